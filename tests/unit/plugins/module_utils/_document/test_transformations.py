from __future__ import annotations

from typing import Any

import botocore.session
import pytest
from ansible_collections.steadyfleet.aws_patching.plugins.module_utils._common.errors import InvalidInput
from ansible_collections.steadyfleet.aws_patching.plugins.module_utils._document.model import DesiredDocument
from ansible_collections.steadyfleet.aws_patching.plugins.module_utils._document.transformations import (
    content_from,
    create_request,
    parse_content,
    version_request,
)
from botocore.validate import ParamValidator


@pytest.mark.parametrize(
    ("given", "form", "found", "parsed"),
    [
        ('{"schemaVersion": "2.2"}', None, "JSON", {"schemaVersion": "2.2"}),
        ('  \n{"a": 1}', None, "JSON", {"a": 1}),
        ("a: 1\n", None, "YAML", {"a": 1}),
        ("# only\na: [1, '2', yes]\n", "YAML", "YAML", {"a": [1, "2", True]}),
        ('{"a": 1}', "YAML", "YAML", {"a": 1}),
        ({"a": 1}, None, "JSON", {"a": 1}),
        ({"a": 1}, "YAML", "YAML", {"a": 1}),
        ("schemaVersion: 2.2\n", None, "YAML", {"schemaVersion": "2.2"}),
        ("when: 2026-01-02\n", None, "YAML", {"when": "2026-01-02"}),
        ("BEGIN:VCALENDAR\r\nEND:VCALENDAR\r\n\r\n", "TEXT", "TEXT", "BEGIN:VCALENDAR\nEND:VCALENDAR"),
    ],
)
def test_content(given: Any, form: str | None, found: str, parsed: Any) -> None:
    content = content_from(given, form)
    assert (content.format, content.parsed) == (found, parsed)
    assert parse_content(content.text, content.format) == parsed


@pytest.mark.parametrize(
    ("given", "form", "code", "fact"),
    [
        ("{", None, "content_invalid", "not valid JSON"),
        ("a: [", None, "content_invalid", "not valid YAML"),
        ("- a\n", None, "content_invalid", "must be a mapping"),
        ("words", None, "content_invalid", "must be a mapping"),
        (["a"], None, "content_invalid", "must be a mapping"),
        ("{}" + " " * 65536, None, "content_too_large", "65536"),
        ("ä: 1\n", "JSON", "content_invalid", "not valid JSON"),
        ("a: !!binary aGk=\n", None, "content_invalid", "which JSON cannot express"),
    ],
)
def test_content_that_is_not_valid(given: Any, form: str | None, code: str, fact: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        content_from(given, form)
    assert caught.value.code == code
    assert fact in str(caught.value)
    assert "\n" not in str(caught.value)


EVERYTHING = DesiredDocument(
    name="doc",
    content=content_from("a: 1\n"),
    document_type="Automation",
    target_type="/",
    display_name="Doc",
    version_name="v1",
    attachments=({"key": "S3FileUrl", "values": ["s3://bucket/file"], "name": "file"},),
    requires=({"name": "other", "version": "1", "require_type": None, "version_name": None},),
)


@pytest.mark.parametrize(
    ("operation", "request_", "elsewhere"),
    [
        ("CreateDocument", create_request(EVERYTHING), {"Tags"}),
        ("UpdateDocument", version_request(EVERYTHING), {"DocumentVersion"}),
    ],
)
def test_every_field_reaches_aws(operation: str, request_: dict[str, Any], elsewhere: set[str]) -> None:
    shape = botocore.session.get_session().get_service_model("ssm").operation_model(operation).input_shape
    assert ParamValidator().validate(request_, shape).generate_report() == ""
    # Cloud providers are newer than the documents that this collection manages.
    assert set(request_) == set(shape.members) - elsewhere - {"CloudProviders"}


def test_a_new_version_can_keep_what_the_document_has() -> None:
    kept = version_request(EVERYTHING, target_type="/AWS::EC2::Instance", display_name=None)
    assert (kept["TargetType"], "DisplayName" in kept) == ("/AWS::EC2::Instance", False)
