from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import botocore.session
import pytest
from ansible_collections.steadyfleet.aws_patching.plugins.module_utils._document.content import content_from
from ansible_collections.steadyfleet.aws_patching.plugins.module_utils._document.model import (
    DesiredDocument,
    Document,
    DocumentVersion,
)
from ansible_collections.steadyfleet.aws_patching.plugins.module_utils._document.transformations import (
    attachments_from,
    create_request,
    desired_document,
    document_from,
    document_removal,
    version_from,
    version_request,
)
from botocore.validate import ParamValidator

EVERYTHING = DesiredDocument(
    name="doc",
    content=content_from("a: 1\n"),
    document_type="Automation",
    target_type="/",
    display_name="Doc",
    cloud_providers=("AWS", "GCP"),
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
    # An older botocore knows no cloud providers, and the module refuses them.
    known = {name: value for name, value in request_.items() if name in shape.members}
    assert set(request_) - set(known) <= {"CloudProviders"}
    assert ParamValidator().validate(known, shape).generate_report() == ""
    assert set(known) == set(shape.members) - elsewhere


def test_a_new_version_can_keep_what_the_document_has() -> None:
    kept = version_request(EVERYTHING, target_type="/AWS::EC2::Instance", display_name=None)
    assert (kept["TargetType"], "DisplayName" in kept) == ("/AWS::EC2::Instance", False)


NOTHING: dict[str, Any] = {
    **dict.fromkeys(("document_type", "target_type", "display_name", "version_name", "default_version")),
    **dict.fromkeys(("keep_versions", "shared_document_version", "attachments", "requires", "share_with", "tags")),
    **dict.fromkeys(("document_format", "src")),
    "purge_tags": True,
    "purge_shares": True,
}


def test_desired_document() -> None:
    attachment = {"key": "SourceUrl", "values": ["s3://bucket/folder"], "name": None}
    given = {"attachments": [attachment], "share_with": ["all"], "tags": {"Number": 7}, "purge_tags": False}
    assert desired_document({**NOTHING, "name": "doc", "state": "present", **given}, {"a": 1}) == DesiredDocument(
        name="doc",
        content=content_from({"a": 1}),
        attachments=({"key": "SourceUrl", "values": ["s3://bucket/folder"]},),
        share_with=("all",),
        tags={"Number": "7"},
        purge_tags=False,
    )
    # The content may come from a file.
    assert desired_document({**NOTHING, "name": "doc", "content": "ignored"}, None) == DesiredDocument(name="doc")


@pytest.mark.parametrize(
    ("version", "of_one_version"),
    [
        ({}, False),
        ({"document_version": "2"}, True),
        ({"version_name": "v2"}, True),
        ({"version_name": ""}, True),  # not valid, and by no means the whole document
    ],
)
def test_removal(version: dict[str, str], of_one_version: bool) -> None:
    options = {"name": "doc", "document_version": None, "version_name": None, "force_delete": False}
    removal = document_removal({**options, **version, "unshare_on_delete": True})
    assert (removal.name, removal.unshare_on_delete, removal.force_delete) == ("doc", True, False)
    assert removal.of_one_version is of_one_version


MOMENT = datetime(2026, 8, 1, 9, 30, tzinfo=UTC)


def test_document_from_a_response() -> None:
    response = {
        "Name": "doc",
        "DocumentVersion": "3",
        "LatestVersion": "3",
        "DefaultVersion": "1",
        "Status": "Active",
        "DocumentType": "Command",
        "HashType": "Sha256",
        "CreatedDate": MOMENT,
        "PlatformTypes": ["Linux"],
        "Parameters": [{"Name": "Whom", "Type": "String"}],
        "AttachmentsInformation": [{"Name": "b"}, {"Name": "a"}],
        "Requires": [{"Name": "other", "VersionName": "v1"}],
    }
    assert document_from(response) == Document(
        name="doc",
        document_version="3",
        latest_version="3",
        default_version="1",
        status="Active",
        document_type="Command",
        hash_type="Sha256",
        created_at="2026-08-01T09:30:00.000Z",
        platform_types=("Linux",),
        attachments=("a", "b"),
        requires=({"name": "other", "version_name": "v1"},),
    )
    assert document_from({"Name": "doc"}) == Document(name="doc")


def test_version_from_a_response() -> None:
    response = {"Name": "doc", "DocumentVersion": "3", "VersionName": "v3", "IsDefaultVersion": True}
    assert version_from({**response, "Status": "Active", "CreatedDate": MOMENT}) == DocumentVersion(
        document_version="3",
        version_name="v3",
        is_default_version=True,
        status="Active",
        created_at="2026-08-01T09:30:00.000Z",
    )


def test_attachments_from_a_response() -> None:
    response = {"AttachmentsContent": [{"Name": "a", "Size": 3, "Hash": "x", "HashType": "Sha256"}]}
    assert attachments_from(response) == [{"name": "a", "size": 3, "hash": "x", "hash_type": "Sha256", "url": None}]
    assert attachments_from({}) == []
