from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.steadyfleet.aws_patching.plugins.module_utils._common.errors import Refused
from ansible_collections.steadyfleet.aws_patching.plugins.module_utils._document.model import Document
from ansible_collections.steadyfleet.aws_patching.plugins.module_utils._document.rules import (
    name_problems,
    option_problems,
    refuse_removal,
    refuse_version_removal,
    satisfies_requires,
)

OPTIONS: dict[str, Any] = {
    "name": "doc",
    "state": "present",
    "document_version": None,
    "keep_versions": None,
    "share_with": None,
}
DOCUMENT = Document(name="doc", document_version="1", latest_version="2", default_version="2", status="Active")


@pytest.mark.parametrize("name", ["shop-pre.install_1", "abc", "my-aws-document"])
def test_names_that_are_free(name: str) -> None:
    assert name_problems(name) == []


@pytest.mark.parametrize("name", ["AWS-Mine", "awsome", "Amazon-x", "amzn-x", "AWSEC2-x"])
def test_names_that_belong_to_aws(name: str) -> None:
    assert name_problems(name)


@pytest.mark.parametrize(
    ("options", "named"),
    [
        ({"keep_versions": 0}, "keep_versions"),
        ({"keep_versions": 1001}, "keep_versions"),
        ({"document_version": "1"}, "default_version"),
        ({"share_with": ["12345"]}, "12345"),
    ],
)
def test_options_that_make_no_sense(options: dict[str, Any], named: str) -> None:
    assert option_problems(OPTIONS) == []
    [problem] = option_problems({**OPTIONS, **options})
    assert named in problem.message


def test_what_aws_does_not_delete() -> None:
    refuse_version_removal(DOCUMENT, {"a-1": "2"})
    refuse_removal(DOCUMENT, {}, "")
    with pytest.raises(Refused, match="a-1") as refused:
        refuse_version_removal(DOCUMENT, {"a-1": "1"})
    assert refused.value.code == "document_in_use"
    with pytest.raises(Refused) as refused:
        refuse_version_removal(Document(**{**vars(DOCUMENT), "default_version": "1"}), {})
    assert refused.value.code == "default_version_in_use"
    with pytest.raises(Refused, match="111122223333") as refused:
        refuse_removal(DOCUMENT, {}, "111122223333")
    assert refused.value.code == "document_shared"
    with pytest.raises(Refused) as refused:
        refuse_removal(DOCUMENT, {"a-1": "$DEFAULT"}, "")
    assert refused.value.code == "document_in_use"


@pytest.mark.parametrize(
    ("current", "desired", "found"),
    [
        ([], [], True),
        ([{"name": "a", "version": "1"}], [{"name": "a", "version": None}], True),
        ([{"name": "a", "version": "1"}], [{"name": "a", "version": "2"}], False),
        ([{"name": "a"}, {"name": "b"}], [{"name": "b"}, {"name": "a"}], True),
        ([{"name": "a"}, {"name": "b"}], [{"name": "a"}], False),
        ([], [{"name": "a"}], False),
    ],
)
def test_requires(current: list[dict[str, Any]], desired: list[dict[str, Any]], found: bool) -> None:
    assert satisfies_requires(current, desired) is found
