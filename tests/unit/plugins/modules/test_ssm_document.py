"""ssm_document and ssm_document_info against the lab's API, run as Ansible runs them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from lab.api.kit import Lab, RunModule

QUICK = {"poll_interval": 0.02, "wait_timeout": 10}
NAME = "shop-hello"


def command(said: str = "hello") -> dict[str, Any]:
    step = {"name": "hello", "action": "aws:runShellScript", "inputs": {"runCommand": [f"echo {said}"]}}
    return {"schemaVersion": "2.2", "description": "Says hello", "mainSteps": [step]}


YAML = """\
# The same as command(), written another way.
mainSteps:
- action: aws:runShellScript
  name: hello
  inputs: {runCommand: ["echo hello"]}
description: Says hello
schemaVersion: '2.2'
"""


@pytest.fixture
def document(run_module: RunModule) -> Any:
    def run(check: bool = False, **options: Any) -> dict[str, Any]:
        return run_module("ssm_document", {"name": NAME, **QUICK, **options}, check=check)

    return run


def four_steps(lab: Lab, run: Any, writes: list[str], **options: Any) -> dict[str, Any]:
    """Check, real, check again, real again: told truly, and written once."""
    lab.forget_calls()
    predicted = run(check=True, **options)
    assert not lab.writes()
    done = run(**options)
    assert lab.writes() == writes
    assert (predicted["failed"], done["failed"]) == (False, False)
    assert (predicted["changed"], done["changed"]) == (True, True)
    assert predicted["diff"] == done["diff"]
    lab.forget_calls()
    for check in (True, False):
        again = run(check=check, **options)
        assert (again["failed"], again["changed"]) == (False, False)
        assert again["diff"]["before"] == again["diff"]["after"]
    assert not lab.writes()
    return done


def test_create_change_delete(document: Any, aws: Lab) -> None:
    created = four_steps(aws, document, ["CreateDocument"], content=command())
    assert created["document"]["status"] == "Active"
    assert created["document"]["document_version"] == created["document"]["default_version"] == "1"
    assert created["diff"]["before"] == {}

    changed = four_steps(aws, document, ["UpdateDocument"], content=command("good morning"))
    assert changed["document"]["latest_version"] == "2"
    assert changed["document"]["default_version"] == "1"
    assert changed["document"]["status"] == "Active"

    four_steps(aws, document, ["DeleteDocument"], state="absent")


@pytest.mark.parametrize(
    "same",
    [
        pytest.param({"content": YAML}, id="YAML for JSON"),
        pytest.param({"content": json.dumps(command(), indent=8, sort_keys=True)}, id="layout"),
        pytest.param({"content": YAML, "document_format": "YAML"}, id="format named"),
        pytest.param({"content": command(), "document_format": "YAML"}, id="a structure as YAML"),
        pytest.param({"content": command(), "default_version": "latest"}, id="default is the latest already"),
        pytest.param({"content": command(), "version_name": "v9"}, id="a version name with nothing to name"),
        pytest.param({}, id="nothing asked"),
    ],
)
def test_what_is_no_change(document: Any, aws: Lab, same: dict[str, Any]) -> None:
    document(content=command())
    aws.forget_calls()
    assert document(**same)["changed"] is False
    assert not aws.writes()


def test_a_check_of_nothing_new_costs_two_calls(document: Any, aws: Lab) -> None:
    document(content=command())
    aws.forget_calls()
    document(content=command())
    assert [call.action for call in aws.calls()] == ["DescribeDocument", "GetDocument"]


def test_yaml_stays_yaml(document: Any, run_module: RunModule) -> None:
    document(content=YAML)
    document(content=YAML.replace("echo hello", "echo bye"))
    found = run_module("ssm_document_info", {"names": [NAME], "include_content": True, "document_format": "YAML"})
    [told] = found["documents"]
    assert told["document_format"] == "YAML"
    assert "echo bye" in told["content"]
    assert told["document_version"] == "2"


def test_content_from_a_file(document: Any, tmp_path: Path, aws: Lab) -> None:
    path = tmp_path / "hello.yml"
    path.write_text(YAML)
    four_steps(aws, document, ["CreateDocument"], src=str(path))


def test_a_new_version_becomes_the_default(document: Any, aws: Lab) -> None:
    document(content=command())
    options = {"content": command("bye"), "default_version": "latest", "version_name": "v2"}
    done = four_steps(aws, document, ["UpdateDocument", "UpdateDocumentDefaultVersion"], **options)
    assert done["document"]["default_version"] == "2"
    assert done["document"]["version_name"] == "v2"


def test_the_default_can_go_back(document: Any, aws: Lab) -> None:
    document(content=command())
    document(content=command("bye"), default_version="latest")
    done = four_steps(aws, document, ["UpdateDocumentDefaultVersion"], default_version="1")
    assert (done["diff"]["before"]["default_version"], done["diff"]["after"]["default_version"]) == (2, 1)


def test_the_default_is_not_moved_to_a_version_that_is_not_active(document: Any, aws: Lab) -> None:
    document(content=command())
    aws.fault("document_failed", next=1)
    result = document(content=command("bye"), default_version="latest", wait=False)
    assert result["failed"]
    assert "version 2 of document shop-hello is Failed: " in result["msg"]
    assert "UpdateDocumentDefaultVersion" not in aws.writes()


def test_tags(document: Any, aws: Lab) -> None:
    document(content=command(), tags={"Team": "shop", "Old": "1"})
    purged = four_steps(aws, document, ["AddTagsToResource", "RemoveTagsFromResource"], tags={"Team": "web"})
    assert purged["document"]["tags"] == {"Team": "web"}
    four_steps(aws, document, ["AddTagsToResource"], tags={"Cost": 7}, purge_tags=False)
    kept = document(tags={"Team": "web", "Cost": "7"})
    assert not kept["changed"]


def test_a_failed_version_is_told_with_the_reason_of_aws(document: Any, aws: Lab) -> None:
    aws.fault("document_failed", next=1)
    result = document(content=command())
    assert result["failed"]
    assert "version 1 of document shop-hello is Failed: " in result["msg"]
    assert "\n" not in result["msg"]
    # The same again is not fine because nothing differs.
    assert document(content=command())["failed"]


def test_a_broken_version_can_be_mended(document: Any, aws: Lab) -> None:
    aws.fault("document_failed", next=1)
    document(content=command())
    assert document(content=command("bye"))["document"]["status"] == "Active"


def test_a_document_that_appears_meanwhile_is_updated(document: Any, aws: Lab, monkeypatch: pytest.MonkeyPatch) -> None:
    client = aws.client("ssm")
    from ansible_collections.steadyfleet.aws_patching.plugins.module_utils._aws import ssm_documents

    create = ssm_documents.create

    def somebody_was_first(*args: Any) -> Any:
        client.create_document(Name=NAME, Content=json.dumps(command("first")), DocumentType="Command")
        return create(*args)

    monkeypatch.setattr(ssm_documents, "create", somebody_was_first)
    result = document(content=command("second"))
    assert result["changed"]
    assert result["document"]["latest_version"] == "2"
    assert "echo second" in client.get_document(Name=NAME, DocumentVersion="2")["Content"]


def test_what_aws_holds_for_a_duplicate_is_no_change(document: Any, aws: Lab, monkeypatch: pytest.MonkeyPatch) -> None:
    from ansible_collections.steadyfleet.aws_patching.plugins.module_utils import _document

    document(content=command())
    monkeypatch.setattr(_document, "read", lambda *_: {"schemaVersion": "2.2", "description": "as AWS renders it"})
    aws.forget_calls()
    result = document(content=command(), default_version="latest")
    assert aws.writes() == ["UpdateDocument"]
    assert (result["failed"], result["changed"]) == (False, False)


@pytest.mark.parametrize(
    ("options", "told"),
    [
        ({"name": "AWS-Mine", "content": command()}, "reserved"),
        ({"name": "amazon-mine", "content": command()}, "reserved"),
        ({"name": "a b", "content": command()}, "must be 3 to 128"),
        ({"name": "AWS-Noop", "state": "absent"}, "reserved"),
        ({}, "there is no document shop-hello yet: content or src is needed"),
        ({"content": "{"}, "not valid JSON"),
        ({"content": "a: [b"}, "not valid YAML"),
        ({"content": "just text"}, "must be a mapping at the top"),
        ({"content": ["a", "list"]}, "must be a mapping at the top"),
        ({"content": {"schemaVersion": "2.2", "description": "x" * 70000}}, "at most 65536"),
        ({"src": "not/there.yml"}, "src can't be read"),
        ({"content": command(), "default_version": "2"}, "no version 2"),
        ({"content": command(), "default_version": "newest"}, "default_version must be a number or latest"),
        ({"content": command(), "target_type": "EC2"}, "target_type must be a resource type"),
        ({"content": command(), "version_name": "v 1"}, "version_name must be"),
        ({"content": command(), "src": "x"}, "mutually exclusive"),
    ],
)
def test_wrong_input_writes_nothing(document: Any, aws: Lab, options: dict[str, Any], told: str) -> None:
    for check in (True, False):
        result = document(check=check, **options)
        assert result["failed"]
        assert told in result["msg"]
        assert "\n" not in result["msg"]
    assert not aws.writes()


def test_the_type_cannot_change(document: Any, aws: Lab) -> None:
    document(content=command(), document_type="Command")
    aws.forget_calls()
    for check in (True, False):
        result = document(check=check, content=command(), document_type="Automation")
        assert "of type Command, and AWS can't make it Automation" in result["msg"]
    assert not aws.writes()


def test_a_version_name_is_used_once(document: Any, aws: Lab) -> None:
    document(content=command(), version_name="v1")
    aws.forget_calls()
    for check in (True, False):
        result = document(check=check, content=command("bye"), version_name="v1")
        assert "version_name v1 is already that of version 1" in result["msg"]
    assert not aws.writes()


def test_a_display_name_changes_with_the_content_only(document: Any, aws: Lab) -> None:
    document(content=command())
    alone = document(display_name="Hello")
    assert "content or src is needed too" in alone["msg"]
    beside_the_same = document(content=command(), display_name="Hello")
    assert "only together with its content" in beside_the_same["msg"]
    done = document(content=command("bye"), display_name="Hello")
    assert done["document"]["display_name"] == "Hello"


def test_a_document_in_use_is_not_deleted(document: Any, aws: Lab) -> None:
    document(content=command())
    target = [{"Key": "InstanceIds", "Values": [aws.instance_ids[0]]}]
    aws.client("ssm").create_association(Name=NAME, Targets=target, ScheduleExpression="rate(1 day)")
    result = document(state="absent")
    assert "AssociatedInstances" in result["msg"]


def test_info(document: Any, run_module: RunModule, aws: Lab) -> None:
    document(content=command())
    aws.forget_calls()
    mine = run_module("ssm_document_info", {"filters": {"Owner": "Self"}})
    assert [found["name"] for found in mine["documents"]] == [NAME]
    by_name = run_module("ssm_document_info", {"name": ["no-such-one", NAME, "AWS-Noop"]})
    assert [found["name"] for found in by_name["documents"]] == [NAME, "AWS-Noop"]
    assert "content" not in by_name["documents"][0]
    assert (by_name["changed"], aws.writes()) == (False, [])


def test_info_refuses_what_is_no_name(run_module: RunModule) -> None:
    assert "name must be a document's name" in run_module("ssm_document_info", {"names": ["a b"]})["msg"]
