"""ssm_document_info against the lab's API."""

from __future__ import annotations

from typing import Any

import pytest
from lab.api.testing.kit import Lab, RunModule
from unit.plugins.modules.document_under_test import NAME, Documents

Found = list[dict[str, Any]]


@pytest.fixture
def document(aws: Lab, run_module: RunModule) -> Documents:
    documents = Documents(aws, run_module)
    documents.versions(2, share_with=["111122223333"], shared_document_version="$ALL", tags={"Team": "shop"})
    aws.forget_calls()
    return documents


def ask(document: Documents, **options: Any) -> Found:
    result = document.run_module("ssm_document_info", options)
    assert (result["failed"], result["changed"], document.lab.writes()) == (False, False, []), result
    found: Found = result["documents"]
    return found


@pytest.mark.parametrize(
    ("options", "names"),
    [
        ({}, [NAME]),
        ({"filters": {"Owner": "Self"}}, [NAME]),
        ({"filters": {"Name": ["shop-"], "DocumentType": ["Command"]}}, [NAME]),
        ({"filters": {"tag:Team": "web"}}, []),
        ({"filters": {"Owner": "Amazon", "Name": "AWS-Noop"}}, ["AWS-Noop"]),
        ({"names": ["no-such-one", NAME, "AWS-Noop"]}, [NAME, "AWS-Noop"]),
        ({"names": [f"arn:aws:ssm:eu-central-1:123456789012:document/{NAME}"]}, [NAME]),
    ],
)
def test_documents_are_found(document: Documents, options: dict[str, Any], names: list[str]) -> None:
    found = ask(document, **options)
    assert [item["name"] for item in found] == names
    assert not any({"content", "versions", "shared_with"} & set(item) for item in found)


@pytest.mark.parametrize(
    ("options", "version"),
    [
        ({}, "2"),
        ({"document_version": "$DEFAULT"}, "1"),
        ({"document_version": "1"}, "1"),
        ({"version_name": "v1"}, "1"),
    ],
)
def test_a_version_and_its_content(document: Documents, options: dict[str, Any], version: str) -> None:
    [found] = ask(document, name=[NAME], include_content=True, document_format="YAML", **options)
    assert (found["document_version"], found["version_name"]) == (version, f"v{version}")
    assert f"- echo version {version}" in found["content"]


@pytest.mark.parametrize("options", [{"document_version": "9"}, {"version_name": "v9"}])
def test_a_version_that_does_not_exist_is_missing(document: Documents, options: dict[str, Any]) -> None:
    assert ask(document, names=[NAME, "AWS-Noop"], **options) == []


def test_versions_and_shares(document: Documents) -> None:
    [own, amazon] = ask(document, names=[NAME, "AWS-Noop"], include_versions=True, include_shares=True)
    told = [(item["document_version"], item["version_name"], item["is_default_version"]) for item in own["versions"]]
    assert told == [("2", "v2", False), ("1", "v1", True)]
    assert {"status", "status_information", "document_format", "created_at", "display_name"} <= set(own["versions"][0])
    assert own["shared_with"] == {"111122223333": "$ALL"}
    assert amazon["shared_with"] is None


def test_each_read_is_made_once(document: Documents) -> None:
    ask(document, names=[NAME], include_content=True, include_attachments=True, include_shares=True)
    actions = [call.action for call in document.lab.calls()]
    assert actions == ["DescribeDocument", "GetDocument", "DescribeDocumentPermission"]


@pytest.mark.parametrize(
    ("options", "told"),
    [
        ({"names": ["a b"]}, "name must match"),
        ({"document_version": "first"}, "document_version must match"),
        ({"filters": {"Nonsense": "x"}}, "InvalidFilterKey"),
    ],
)
def test_wrong_input_is_told_in_a_line(document: Documents, options: dict[str, Any], told: str) -> None:
    result = document.run_module("ssm_document_info", options)
    assert result["failed"]
    assert told in result["msg"]
    assert "\n" not in result["msg"]
