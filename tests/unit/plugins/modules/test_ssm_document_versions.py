"""ssm_document: which version is the default one, which are kept, and deleting one of them."""

from __future__ import annotations

import dataclasses
import time
from typing import Any

import pytest
from lab.api.testing.kit import Lab, RunModule
from unit.plugins.modules.document_under_test import NAME, Documents, command

MOVE = "UpdateDocumentDefaultVersion"


@pytest.fixture
def document(aws: Lab, run_module: RunModule) -> Documents:
    return Documents(aws, run_module)


def listed(lab: Lab) -> list[int]:
    return sorted(lab.api.region.documents.get(NAME).versions)


@pytest.mark.parametrize(
    ("asked", "number", "no_op"),
    [
        ("latest", 3, ["DescribeDocument"]),
        ("3", 3, ["DescribeDocument"]),
        ("v3", 3, ["DescribeDocument"]),
        ("2", 2, ["DescribeDocument"]),
        ("v2", 2, ["DescribeDocument", "DescribeDocument"]),
    ],
)
def test_the_default_is_any_version(document: Documents, asked: str, number: int, no_op: list[str]) -> None:
    document.versions(3)
    done = document.four_steps([MOVE], no_op, default_version=asked)
    assert (done["diff"]["before"]["default_version"], done["diff"]["after"]["default_version"]) == (1, number)
    assert (done["document"]["default_version"], done["document"]["latest_version"]) == (str(number), "3")


def test_the_default_goes_back_from_a_version_that_failed(document: Documents, aws: Lab) -> None:
    document.versions(2, default_version="latest")
    aws.fault("document_failed", next=1)
    assert document(content=command("broken"), default_version="latest")["failed"]
    done = document.four_steps([MOVE], ["DescribeDocument"], default_version="1")
    assert (done["document"]["default_version"], done["document"]["status"]) == ("1", "Failed")


@pytest.mark.parametrize("asked", ["latest", "3", "v3", "2", "v2"])
def test_what_failed_never_becomes_the_default(document: Documents, aws: Lab, asked: str) -> None:
    document.versions(1)
    for number in (2, 3):
        aws.fault("document_failed", next=1)
        document(content=command(f"broken {number}"), version_name=f"v{number}")
    document.refused(
        "document_failed",
        f"version {asked[-1] if asked != 'latest' else 3} of document shop-hello is Failed",
        default_version=asked,
    )


def test_the_default_moves_to_an_older_version_once_that_is_active(document: Documents, aws: Lab) -> None:
    document.versions(3)
    older = aws.api.region.documents.get(NAME).versions[2]
    older.ready = time.monotonic() + 0.5
    done = document(default_version="2", wait=False)
    assert (done["failed"], done["changed"], older.status) == (False, True, "Active")


@pytest.mark.parametrize("asked", ["9", "v9"])
def test_a_default_that_is_not_there_is_refused(document: Documents, asked: str) -> None:
    document.versions(2)
    document.refused("document_version_not_found", f"no version {asked} for default_version", default_version=asked)


def test_a_deleted_version_is_no_default(document: Documents, aws: Lab) -> None:
    document.versions(3)
    aws.client("ssm").delete_document(Name=NAME, DocumentVersion="2")
    document.refused("document_version_not_found", "no version 2 for default_version", default_version="2")


def test_old_versions_are_pruned(document: Documents, aws: Lab) -> None:
    document.versions(5)
    document(default_version="2")
    reads = ["DescribeDocument", "ListDocumentVersions"]
    done = document.four_steps(["DeleteDocument"] * 2, reads, keep_versions=3)
    assert (listed(aws), done["deleted_versions"]) == ([2, 4, 5], [1, 3])
    assert (done["diff"]["before"]["versions"], done["diff"]["after"]["versions"]) == ([1, 2, 3, 4, 5], [2, 4, 5])
    done = document.four_steps(["DeleteDocument"], reads, keep_versions=1)
    assert listed(aws) == [2, 5]  # the default and the latest stay, whatever is asked


def test_pruning_and_a_new_version_that_becomes_the_default(document: Documents, aws: Lab) -> None:
    document.versions(2)
    done = document.four_steps(
        ["UpdateDocument", MOVE, "DeleteDocument", "DeleteDocument"],
        ["DescribeDocument", "GetDocument", "ListDocumentVersions"],
        content=command("new"),
        default_version="latest",
        keep_versions=1,
    )
    assert (listed(aws), done["deleted_versions"]) == ([3], [1, 2])


def test_nothing_is_pruned_when_the_new_version_failed(document: Documents, aws: Lab) -> None:
    document.versions(2)
    aws.fault("document_failed", next=1)
    assert document(content=command("broken"), keep_versions=1)["failed"]
    assert listed(aws) == [1, 2, 3]


def bind(lab: Lab, version: str) -> str:
    """An association that uses a version."""
    target = [{"Key": "InstanceIds", "Values": [lab.instance_ids[0]]}]
    fields = {"Name": NAME, "DocumentVersion": version, "Targets": target, "ScheduleExpression": "rate(1 day)"}
    made = lab.client("ssm").create_association(**fields)["AssociationDescription"]
    return str(made["AssociationId"])


def test_a_version_that_an_association_uses_is_kept(document: Documents, aws: Lab) -> None:
    document.versions(4)
    bind(aws, "2")
    reads = ["DescribeDocument", "ListDocumentVersions", "ListAssociations"]
    document.four_steps(["DeleteDocument"], reads, keep_versions=1)
    assert listed(aws) == [1, 2, 4]


def fill(lab: Lab, number: int) -> None:
    versions = lab.api.region.documents.get(NAME).versions
    versions |= {other: dataclasses.replace(versions[1], number=other, version_name=None) for other in range(2, number)}
    last = dataclasses.replace(versions[1], number=number, version_name=None)
    versions[number] = last
    lab.api.region.documents.changed(lab.api.region.documents.get(NAME))


def test_a_full_document_is_told_before_anything_is_written(document: Documents, aws: Lab) -> None:
    document.versions(1)
    fill(aws, 1000)
    document.refused("too_many_versions", "has 1000 versions", content=command("more"))
    document.refused("too_many_versions", "set keep_versions", content=command("more"))


def test_a_full_document_gets_room_first(document: Documents, aws: Lab) -> None:
    document.versions(1)
    fill(aws, 1000)
    aws.forget_calls()
    done = document(content=command("more"), keep_versions=998)
    assert not done["failed"], done["msg"]
    assert aws.writes() == ["DeleteDocument", "UpdateDocument", "DeleteDocument", "DeleteDocument"]
    assert (done["deleted_versions"], len(listed(aws))) == ([2, 3, 4], 998)


@pytest.mark.parametrize("which", [{"document_version": "2"}, {"version_name": "v2"}])
def test_one_version_is_deleted(document: Documents, aws: Lab, which: dict[str, Any]) -> None:
    document.versions(3)
    done = document.four_steps(["DeleteDocument"], ["DescribeDocument"], state="absent", **which)
    assert listed(aws) == [1, 3]
    assert (done["diff"]["before"]["version_name"], done["diff"]["after"]) == ("v2", {})


def test_a_version_in_use_is_not_deleted(document: Documents, aws: Lab) -> None:
    document.versions(3)
    association = bind(aws, "2")
    document.refused("default_version_in_use", "version 1 of document shop-hello", state="absent", document_version="1")
    document.refused("document_in_use", f"association {association}", state="absent", version_name="v2")
    document.refused("document_in_use", f"association {association}", state="absent")


@pytest.mark.parametrize("which", [{"version_name": ""}, {"document_version": ""}, {"version_name": "v 1"}])
def test_a_version_without_a_valid_name_is_never_the_whole_document(
    document: Documents, aws: Lab, which: dict[str, Any]
) -> None:
    document.versions(2)
    document.refused("invalid_option", f"{next(iter(which))} must match", state="absent", **which)
    assert listed(aws) == [1, 2]
