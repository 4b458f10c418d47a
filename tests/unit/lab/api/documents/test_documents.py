"""SSM documents, their versions and their content."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Callable
from typing import Any

import pytest
import yaml
from lab.api.testing.kit import Lab
from lab.api.testing.scripted_node import ScriptedNode

DOCUMENT: dict[str, Any] = {
    "schemaVersion": "2.2",
    "description": "d",
    "parameters": {"Word": {"type": "String", "default": "a", "allowedPattern": "^[a-z]*$"}},
    "mainSteps": [{"action": "aws:runShellScript", "name": "say", "inputs": {"runCommand": ["echo {{ Word }}"]}}],
}
TEXT = json.dumps(DOCUMENT)


def changed(**fields: Any) -> str:
    return json.dumps({**DOCUMENT, **fields})


# The tests of the time before a document is Active must not depend on how fast they run.
NEVER_ACTIVE = pytest.mark.parametrize("lab_overrides", [{"api.document_activation": 600.0}])


@pytest.fixture
def document(ssm: Any, eventually: Callable[..., Any]) -> str:
    ssm.create_document(Name="my-doc", Content=TEXT, DocumentType="Command", Tags=[{"Key": "a", "Value": "b"}])
    eventually(lambda: ssm.describe_document(Name="my-doc")["Document"]["Status"] == "Active")
    return "my-doc"


def test_a_document_is_creating_before_it_is_active(ssm: Any, eventually: Callable[..., Any]) -> None:
    created = ssm.create_document(Name="my-doc", Content=TEXT)["DocumentDescription"]
    assert (created["Status"], created["DocumentVersion"], created["DefaultVersion"]) == ("Creating", "1", "1")
    eventually(lambda: ssm.describe_document(Name="my-doc")["Document"]["Status"] == "Active")


@NEVER_ACTIVE
def test_reads_show_a_document_that_is_not_active_yet(ssm: Any) -> None:
    ssm.create_document(Name="my-doc", Content=TEXT)
    assert ssm.describe_document(Name="my-doc")["Document"]["Status"] == "Creating"
    ssm.update_document(Name="my-doc", Content=changed(description="new"), DocumentVersion="$LATEST")
    newer = ssm.describe_document(Name="my-doc", DocumentVersion="$LATEST")["Document"]
    assert (newer["Status"], newer["DocumentVersion"]) == ("Updating", "2")


@NEVER_ACTIVE
def test_a_document_that_is_not_active_cannot_be_run(
    ssm: Any, nodes: dict[str, ScriptedNode], refusal: Callable[..., str]
) -> None:
    ssm.create_document(Name="my-doc", Content=TEXT)
    assert refusal(ssm.send_command, DocumentName="my-doc", InstanceIds=["i-00000000000000001"]) == "InvalidDocument"


def test_a_failed_document_says_why(lab_api: Lab, ssm: Any, eventually: Callable[..., Any]) -> None:
    lab_api.fault("document_failed", next=1)
    ssm.create_document(Name="my-doc", Content=TEXT)
    eventually(lambda: ssm.describe_document(Name="my-doc")["Document"]["Status"] == "Failed")
    assert ssm.describe_document(Name="my-doc")["Document"]["StatusInformation"]
    ssm.create_document(Name="other", Content=TEXT)
    eventually(lambda: ssm.describe_document(Name="other")["Document"]["Status"] == "Active")


def test_content_comes_back_in_the_form_asked_for(ssm: Any, document: str) -> None:
    as_json = ssm.get_document(Name=document)
    as_yaml = ssm.get_document(Name=document, DocumentFormat="YAML")
    assert json.loads(as_json["Content"]) == yaml.safe_load(as_yaml["Content"]) == DOCUMENT
    assert as_json["Content"] != TEXT
    with pytest.raises(json.JSONDecodeError):
        json.loads(as_yaml["Content"])


def test_an_update_makes_a_version_and_leaves_the_default(ssm: Any, document: str) -> None:
    text = changed(description="new")
    updated = ssm.update_document(Name=document, Content=text, DocumentVersion="$LATEST")["DocumentDescription"]
    assert (updated["DocumentVersion"], updated["DefaultVersion"], updated["Status"]) == ("2", "1", "Updating")
    assert ssm.get_document(Name=document)["DocumentVersion"] == "1"
    assert ssm.get_document(Name=document, DocumentVersion="$LATEST")["DocumentVersion"] == "2"
    ssm.update_document_default_version(Name=document, DocumentVersion="2")
    assert ssm.get_document(Name=document)["DocumentVersion"] == "2"
    versions = ssm.list_document_versions(Name=document)["DocumentVersions"]
    assert [(item["DocumentVersion"], item["IsDefaultVersion"]) for item in versions] == [("2", True), ("1", False)]


def test_tags(ssm: Any, document: str) -> None:
    ssm.add_tags_to_resource(ResourceType="Document", ResourceId=document, Tags=[{"Key": "c", "Value": "d"}])
    ssm.remove_tags_from_resource(ResourceType="Document", ResourceId=document, TagKeys=["a"])
    assert ssm.list_tags_for_resource(ResourceType="Document", ResourceId=document)["TagList"] == [
        {"Key": "c", "Value": "d"}
    ]
    found = ssm.list_documents(Filters=[{"Key": "tag:c", "Values": ["d"]}])["DocumentIdentifiers"]
    assert [item["Name"] for item in found] == [document]


def test_documents_are_listed_by_owner_and_in_pages(ssm: Any, document: str) -> None:
    own = ssm.list_documents(Filters=[{"Key": "Owner", "Values": ["Self"]}])["DocumentIdentifiers"]
    assert [item["Name"] for item in own] == [document]
    by_name = ssm.list_documents(Filters=[{"Key": "Name", "Values": ["my-"]}])["DocumentIdentifiers"]
    assert [item["Name"] for item in by_name] == [document]
    pages = ssm.get_paginator("list_documents").paginate(PaginationConfig={"PageSize": 2})
    names = [item["Name"] for page in pages for item in page["DocumentIdentifiers"]]
    assert {"AWS-RunPatchBaseline", "AWS-RunPatchBaselineWithHooks", document} < set(names)
    assert len(names) == len(set(names))


def test_deleting(ssm: Any, document: str, refusal: Callable[..., str]) -> None:
    for name in ("two", "three"):
        ssm.update_document(
            Name=document, Content=changed(description=name), DocumentVersion="$LATEST", VersionName=name
        )
    assert refusal(ssm.delete_document, Name=document, DocumentVersion="1") == "InvalidDocumentOperation"
    ssm.delete_document(Name=document, DocumentVersion="2")
    ssm.delete_document(Name=document, VersionName="three")
    for gone in ({"DocumentVersion": "2"}, {"VersionName": "three"}, {"DocumentVersion": "9"}):
        assert refusal(ssm.delete_document, Name=document, **gone) == "InvalidDocument"
    assert ssm.describe_document(Name=document)["Document"]["LatestVersion"] == "1"
    ssm.delete_document(Name=document)
    assert refusal(ssm.describe_document, Name=document) == "InvalidDocument"


def test_what_an_association_uses_is_not_deleted(ssm: Any, document: str, refusal: Callable[..., str]) -> None:
    for number in "23":
        ssm.update_document(Name=document, Content=changed(description=number), DocumentVersion="$LATEST")
    ssm.update_document_default_version(Name=document, DocumentVersion="3")
    target = [{"Key": "InstanceIds", "Values": ["i-00000000000000001"]}]
    ssm.create_association(Name=document, DocumentVersion="1", Targets=target, ScheduleExpression="rate(1 day)")
    assert refusal(ssm.delete_document, Name=document) == "AssociatedInstances"
    assert refusal(ssm.delete_document, Name=document, DocumentVersion="1") == "AssociatedInstances"
    ssm.delete_document(Name=document, DocumentVersion="2")


def test_limits(lab_api: Lab, ssm: Any, document: str, refusal: Callable[..., str]) -> None:
    known = lab_api.api.region.documents
    first = known.get(document)
    first.versions |= {number: dataclasses.replace(first.latest, number=number) for number in range(2, 1001)}
    more = {"Name": document, "Content": changed(description="more"), "DocumentVersion": "$LATEST"}
    assert refusal(ssm.update_document, **more) == "DocumentVersionLimitExceeded"
    ssm.delete_document(Name=document, DocumentVersion="2")
    assert ssm.update_document(**more)["DocumentDescription"]["DocumentVersion"] == "1001"
    known.by_name |= {f"doc-{number}": dataclasses.replace(first, name=f"doc-{number}") for number in range(499)}
    assert refusal(ssm.create_document, Name="one-more", Content=TEXT) == "DocumentLimitExceeded"


def test_schema_1_2_is_never_updated(ssm: Any, refusal: Callable[..., str]) -> None:
    old = {"schemaVersion": "1.2", "description": "old", "runtimeConfig": {}}
    ssm.create_document(Name="old-doc", Content=json.dumps(old))
    newer = {"Name": "old-doc", "Content": TEXT, "DocumentVersion": "$LATEST"}
    assert refusal(ssm.update_document, **newer) == "InvalidDocumentSchemaVersion"


def test_the_same_content_makes_a_version_for_another_target_type_only(
    ssm: Any, document: str, refusal: Callable[..., str]
) -> None:
    same = {"Name": document, "Content": TEXT, "DocumentVersion": "$LATEST"}
    for more in ({"DisplayName": "Doc"}, {"VersionName": "new"}):
        assert refusal(ssm.update_document, **same, **more) == "DuplicateDocumentContent"
    updated = ssm.update_document(**same, TargetType="/AWS::EC2::Instance", DisplayName="Doc")["DocumentDescription"]
    assert (updated["DocumentVersion"], updated["TargetType"]) == ("2", "/AWS::EC2::Instance")
    again = ssm.update_document(Name=document, Content=changed(description="3"), DocumentVersion="$LATEST")
    assert again["DocumentDescription"]["DisplayName"] == "Doc"


def test_requires(ssm: Any, document: str, refusal: Callable[..., str]) -> None:
    required = [{"Name": document, "Version": "1"}]
    ssm.create_document(Name="new-doc", Content=TEXT, Requires=required)
    assert ssm.describe_document(Name="new-doc")["Document"]["Requires"] == required
    assert ssm.get_document(Name="new-doc")["Requires"] == required
    unknown = {"Name": "other", "Content": TEXT, "Requires": [{"Name": "none"}]}
    assert refusal(ssm.create_document, **unknown) == "NotImplementedInLab"


STEP = DOCUMENT["mainSteps"][0]


@pytest.mark.parametrize(
    ("params", "code"),
    [
        ({"Name": "my-doc"}, "DocumentAlreadyExists"),
        ({"Name": "aws-mine"}, "ValidationException"),
        ({"Name": "AmazonThing"}, "ValidationException"),
        ({"Name": "x"}, "ValidationException"),
        ({"Name": "a name"}, "ValidationException"),
        ({"Content": "not json"}, "InvalidDocumentContent"),
        ({"Content": "a: [1", "DocumentFormat": "YAML"}, "InvalidDocumentContent"),
        ({"Content": "just text", "DocumentFormat": "YAML"}, "InvalidDocumentContent"),
        ({"Content": yaml.safe_dump(DOCUMENT)}, "InvalidDocumentContent"),
        ({"Content": changed(schemaVersion="9.9")}, "InvalidDocumentSchemaVersion"),
        ({"Content": changed(schemaVersion="0.3")}, "InvalidDocumentSchemaVersion"),
        ({"Content": "{}"}, "InvalidDocumentContent"),
        ({"Content": changed(nonsense=1)}, "InvalidDocumentContent"),
        ({"Content": changed(mainSteps=[])}, "InvalidDocumentContent"),
        ({"Content": changed(mainSteps=[STEP, STEP])}, "InvalidDocumentContent"),
        ({"Content": changed(mainSteps=[{**STEP, "name": "a b"}])}, "InvalidDocumentContent"),
        ({"Content": changed(mainSteps=[{"name": "a"}])}, "InvalidDocumentContent"),
        ({"Content": changed(parameters={"A": {"type": "AWS::EC2::Instance::Id"}})}, "InvalidDocumentContent"),
        (
            {"Content": changed(parameters={"A": {"type": "StringList", "interpolationType": "ENV_VAR"}})},
            "InvalidDocumentContent",
        ),
        ({"Content": changed(parameters={"A_B": {"type": "String"}})}, "InvalidDocumentContent"),
        (
            {"Content": changed(parameters={"A": {"type": "String", "default": "x", "allowedValues": ["y"]}})},
            "InvalidDocumentContent",
        ),
        ({"Content": changed(description="x" * 70_000)}, "MaxDocumentSizeExceeded"),
        ({"DocumentType": "Nonsense"}, "ValidationException"),
        ({"DocumentType": "ChangeCalendar"}, "InvalidDocumentContent"),
    ],
)
def test_what_create_refuses(
    ssm: Any, document: str, refusal: Callable[..., str], params: dict[str, Any], code: str
) -> None:
    assert refusal(ssm.create_document, **{"Name": "new-doc", "Content": TEXT, **params}) == code


@pytest.mark.parametrize(
    ("params", "code"),
    [
        ({"Content": TEXT, "DocumentVersion": "$LATEST"}, "DuplicateDocumentContent"),
        ({"Content": changed(description="3"), "DocumentVersion": "9"}, "InvalidDocumentVersion"),
        ({"Content": "nonsense", "DocumentVersion": "$LATEST"}, "InvalidDocumentContent"),
        ({"Name": "none", "Content": TEXT}, "InvalidDocument"),
        ({"Name": "AWS-Noop", "Content": TEXT}, "AccessDeniedException"),
    ],
)
def test_what_update_refuses(
    ssm: Any, document: str, refusal: Callable[..., str], params: dict[str, Any], code: str
) -> None:
    assert refusal(ssm.update_document, **{"Name": document, **params}) == code


def test_only_the_latest_version_can_be_updated(ssm: Any, document: str, refusal: Callable[..., str]) -> None:
    ssm.update_document(Name=document, Content=changed(description="2"), DocumentVersion="1", VersionName="two")
    again = {"Name": document, "Content": changed(description="3")}
    assert refusal(ssm.update_document, **again) == "InvalidDocumentVersion"
    assert refusal(ssm.update_document, DocumentVersion="1", **again) == "InvalidDocumentVersion"
    twice = {"DocumentVersion": "$LATEST", "VersionName": "two", **again}
    assert refusal(ssm.update_document, **twice) == "DuplicateDocumentVersionName"


def test_an_old_content_is_a_new_version(ssm: Any, document: str) -> None:
    ssm.update_document(Name=document, Content=changed(description="2"), DocumentVersion="$LATEST")
    back = ssm.update_document(Name=document, Content=TEXT, DocumentVersion="$LATEST")["DocumentDescription"]
    assert back["DocumentVersion"] == "3"


def test_amazon_s_documents_are_there_and_its_own(ssm: Any, refusal: Callable[..., str]) -> None:
    described = ssm.describe_document(Name="AWS-RunPatchBaselineWithHooks")["Document"]
    assert (described["Owner"], described["Status"], described["DefaultVersion"]) == ("Amazon", "Active", "1")
    assert refusal(ssm.delete_document, Name="AWS-RunPatchBaselineWithHooks") == "AccessDeniedException"
