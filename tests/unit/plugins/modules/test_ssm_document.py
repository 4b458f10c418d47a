"""ssm_document and ssm_document_info against the lab's API, run as Ansible runs them."""

from __future__ import annotations

import json
import time
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import botocore.endpoint
import pytest
from lab.api.testing.kit import Lab, RunModule
from unit.plugins.modules.document_under_test import NAME, Documents, command

OLD = {"schemaVersion": "1.2", "runtimeConfig": {}}
READ = ["DescribeDocument", "GetDocument"]
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
def document(aws: Lab, run_module: RunModule) -> Documents:
    return Documents(aws, run_module)


def test_create_change_delete(document: Documents) -> None:
    created = document.four_steps(["CreateDocument"], READ, content=command())
    assert created["document"]["status"] == "Active"
    assert created["document"]["document_version"] == created["document"]["default_version"] == "1"
    assert created["diff"]["before"] == {}

    changed = document.four_steps(["UpdateDocument"], READ, content=command("good morning"))
    assert changed["document"]["latest_version"] == "2"
    assert changed["document"]["default_version"] == "1"
    assert changed["document"]["status"] == "Active"

    document.four_steps(["DeleteDocument"], ["DescribeDocument"], state="absent")


def test_everything_at_once(document: Documents) -> None:
    options = {
        "content": YAML,
        "target_type": "/AWS::EC2::Instance",
        "display_name": "Hello",
        "version_name": "v1",
        "default_version": "v1",
        "requires": [{"name": "AWS-Noop", "version": "1"}],
        "tags": {"Team": "shop"},
        "share_with": ["111122223333"],
        "keep_versions": 2,
    }
    reads = [*READ, "ListTagsForResource", "DescribeDocumentPermission", "ListDocumentVersions"]
    created = document.four_steps(["CreateDocument", "ModifyDocumentPermission"], reads, **options)
    assert created["document"]["requires"] == [{"name": "AWS-Noop", "version": "1"}]
    options |= {"content": command("bye"), "version_name": "v2", "default_version": "v2"}
    changed = document.four_steps(["UpdateDocument", "UpdateDocumentDefaultVersion"], reads, **options)
    assert changed["document"]["version_name"] == "v2"


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
def test_what_is_no_change(document: Documents, aws: Lab, same: dict[str, Any]) -> None:
    document(content=command())
    aws.forget_calls()
    assert document(**same)["changed"] is False
    assert not aws.writes()


def test_a_check_of_nothing_new_costs_two_calls(document: Documents, aws: Lab) -> None:
    document(content=command())
    aws.forget_calls()
    document(content=command())
    assert [call.action for call in aws.calls()] == ["DescribeDocument", "GetDocument"]


def test_yaml_stays_yaml(document: Documents, run_module: RunModule) -> None:
    document(content=YAML)
    document(content=YAML.replace("echo hello", "echo bye"))
    found = run_module("ssm_document_info", {"names": [NAME], "include_content": True, "document_format": "YAML"})
    [told] = found["documents"]
    assert told["document_format"] == "YAML"
    assert "echo bye" in told["content"]
    assert told["document_version"] == "2"


def test_content_from_a_file(document: Documents, tmp_path: Path) -> None:
    path = tmp_path / "hello.yml"
    path.write_text(YAML)
    document.four_steps(["CreateDocument"], READ, src=str(path))


@pytest.mark.parametrize("mark", [b"", b"\xef\xbb\xbf"], ids=["plain", "byte order mark"])
def test_a_file_is_sent_with_its_own_line_ends(document: Documents, aws: Lab, tmp_path: Path, mark: bytes) -> None:
    path = tmp_path / "hello.yml"
    path.write_bytes(mark + YAML.replace("\n", "\r\n").encode())
    assert document(src=str(path))["changed"]
    assert aws.api.region.documents.get(NAME).versions[1].content == YAML.replace("\n", "\r\n")
    assert not document(content=command())["changed"]


@pytest.mark.parametrize(
    ("content", "fact"),
    [(YAML.encode("utf-16"), "is not UTF-8"), (b"a: \xe4\n", "is not UTF-8 (byte 4 is 0xe4): save it as UTF-8")],
    ids=["UTF-16", "Latin-1"],
)
def test_a_file_that_is_not_utf_8_is_refused(document: Documents, tmp_path: Path, content: bytes, fact: str) -> None:
    path = tmp_path / "hello.yml"
    path.write_bytes(content)
    document.refused("src_unreadable", fact, src=str(path))


def test_true_is_not_one(document: Documents) -> None:
    changed = {**command(), "description": "x"}
    changed["mainSteps"][0]["inputs"]["limit"] = 1
    document(content=changed)
    other = json.loads(json.dumps(changed))
    other["mainSteps"][0]["inputs"]["limit"] = 1.0
    assert not document(content=other)["changed"]
    other["mainSteps"][0]["inputs"]["limit"] = True
    document.four_steps(["UpdateDocument"], READ, content=other)


def test_cloud_providers_need_a_botocore_that_knows_them(document: Documents, aws: Lab) -> None:
    shape = aws.client("ssm").meta.service_model.operation_model("CreateDocument").input_shape
    options: dict[str, Any] = {"content": command(), "cloud_providers": ["AWS"]}
    if "CloudProviders" in shape.members:
        assert document(check=True, **options)["document"]["cloud_providers"] == ["AWS"]
    else:
        document.refused("botocore_too_old", "too old to send CloudProviders", **options)


def test_a_change_calendar_is_a_text(document: Documents) -> None:
    calendar = {"document_type": "ChangeCalendar", "content": "BEGIN:VCALENDAR\r\nEND:VCALENDAR\r\n"}
    assert document(check=True, **calendar)["document"]["document_format"] == "TEXT"
    document.refused("content_invalid", "BEGIN:VCALENDAR", **{**calendar, "content": command()})


@pytest.mark.parametrize(
    ("content", "fact"),
    [
        (YAML.replace("'2.2'", "2.2"), 'write "2.2" in quotes'),
        ({**command(), "schemaVersion": 2.2}, 'write "2.2" in quotes'),
        (f"{YAML}description: again\n", "the key description is there twice, again in line 8"),
        (f"{YAML}---\na: 1\n", "another document"),
        (f"{YAML}a: &a [*a]\n", "a[0] is an alias"),
    ],
)
def test_content_that_would_not_mean_what_it_says(document: Documents, content: Any, fact: str) -> None:
    document.refused("content_invalid", fact, content=content)


def test_a_scalar_that_yaml_reads_in_two_ways_is_warned_of(document: Documents) -> None:
    done = document(check=True, content=YAML.replace("Says hello", "0644"))
    assert "document shop-hello: description is 0644 without quotes" in str(done["warnings"])


def test_a_new_version_becomes_the_default(document: Documents, aws: Lab) -> None:
    document(content=command())
    options = {"content": command("bye"), "default_version": "latest", "version_name": "v2"}
    done = document.four_steps(["UpdateDocument", "UpdateDocumentDefaultVersion"], READ, **options)
    assert done["document"]["default_version"] == "2"
    assert done["document"]["version_name"] == "v2"


def test_the_default_is_not_moved_to_a_version_that_is_not_active(document: Documents, aws: Lab) -> None:
    document(content=command())
    aws.fault("document_failed", next=1)
    result = document(content=command("bye"), default_version="latest", wait=False)
    assert result["failed"]
    assert "version 2 of document shop-hello is Failed: " in result["msg"]
    assert "UpdateDocumentDefaultVersion" not in aws.writes()


def test_tags(document: Documents, aws: Lab) -> None:
    document(content=command(), tags={"Team": "shop", "Old": "1"})
    reads = ["DescribeDocument", "ListTagsForResource"]
    purged = document.four_steps(["AddTagsToResource", "RemoveTagsFromResource"], reads, tags={"Team": "web"})
    assert purged["document"]["tags"] == {"Team": "web"}
    document.four_steps(["AddTagsToResource"], reads, tags={"Cost": 7}, purge_tags=False)
    kept = document(tags={"Team": "web", "Cost": "7"})
    assert not kept["changed"]


def test_a_failed_version_is_told_with_the_reason_of_aws(document: Documents, aws: Lab) -> None:
    aws.fault("document_failed", next=1)
    result = document(content=command())
    assert (result["failed"], result["code"]) == (True, "document_failed")
    assert "version 1 of document shop-hello is Failed: " in result["msg"]
    assert "\n" not in result["msg"]
    # The same again is not fine because nothing differs.
    document.refused("document_failed", "version 1 of document shop-hello is Failed: ", content=command())


def test_a_broken_version_can_be_mended(document: Documents, aws: Lab) -> None:
    aws.fault("document_failed", next=1)
    document(content=command())
    assert document(content=command("bye"))["document"]["status"] == "Active"


def test_a_document_that_appears_meanwhile_is_updated(
    document: Documents, aws: Lab, monkeypatch: pytest.MonkeyPatch
) -> None:
    client = aws.client("ssm")
    from ansible_collections.steadyfleet.aws_patching.plugins.module_utils._document import api as ssm_documents

    create = ssm_documents.create_document

    def somebody_was_first(*args: Any) -> Any:
        client.create_document(Name=NAME, Content=json.dumps(command("first")), DocumentType="Command")
        return create(*args)

    monkeypatch.setattr(ssm_documents, "create_document", somebody_was_first)
    result = document(content=command("second"))
    assert result["changed"]
    assert result["document"]["latest_version"] == "2"
    assert "echo second" in client.get_document(Name=NAME, DocumentVersion="2")["Content"]


def test_what_aws_holds_for_a_duplicate_is_no_change(
    document: Documents, aws: Lab, monkeypatch: pytest.MonkeyPatch
) -> None:
    from ansible_collections.steadyfleet.aws_patching.plugins.module_utils._document import read as document_read

    document(content=command())
    monkeypatch.setattr(
        document_read, "read_content", lambda *_: {"schemaVersion": "2.2", "description": "as AWS renders it"}
    )
    aws.forget_calls()
    result = document(content=command(), default_version="latest")
    assert aws.writes() == ["UpdateDocument"]
    assert (result["failed"], result["changed"]) == (False, False)


@pytest.mark.parametrize(
    ("options", "code", "fact"),
    [
        ({"name": "AWS-Mine", "content": command()}, "invalid_option", "reserved"),
        ({"name": "amazon-mine", "content": command()}, "invalid_option", "reserved"),
        ({"name": "a b", "content": command()}, "invalid_option", "name must match"),
        ({"name": "AWS-Noop", "state": "absent"}, "invalid_option", "reserved"),
        ({}, "content_required", "document shop-hello does not exist"),
        ({"content": "{"}, "content_invalid", "not valid JSON"),
        ({"content": "a: [b"}, "content_invalid", "not valid YAML"),
        ({"content": "just text"}, "content_invalid", "must be a mapping"),
        ({"content": ["a", "list"]}, "content_invalid", "must be a mapping"),
        ({"content": {"schemaVersion": "2.2", "description": "x" * 70000}}, "content_too_large", "at most 65536"),
        ({"src": "not/there.yml"}, "src_unreadable", "not/there.yml"),
        ({"content": command(), "default_version": "2"}, "document_version_not_found", "no version 2"),
        ({"content": command(), "default_version": "newest"}, "document_version_not_found", "no version newest"),
        ({"content": command(), "default_version": "v 1"}, "invalid_option", "default_version must match"),
        ({"content": command(), "target_type": "EC2"}, "invalid_option", "target_type must match"),
        ({"content": command(), "version_name": "v 1"}, "invalid_option", "version_name must match"),
        ({"content": command(), "src": "x"}, "", "mutually exclusive"),
        ({"content": command(), "keep_versions": 0}, "invalid_option", "keep_versions must be 1 to 1000"),
        (
            {"content": command(), "share_with": ["12345"]},
            "invalid_option",
            "share_with[0] must match",
        ),
        ({"content": command(), "share_with": ["all", "111122223333"]}, "invalid_option", "not both"),
        ({"content": command(), "version_name": ""}, "invalid_option", "version_name must match"),
        ({"content": command(), "tags": {"aws:mine": "x"}}, "invalid_option", "aws:mine"),
        ({"content": command(), "tags": {"k" * 129: "x"}}, "invalid_option", "tags[0].key must have 1 to 128"),
        ({"content": command(), "requires": [{"name": "a b"}]}, "invalid_option", "requires[0].name must match"),
        (
            {"content": command(), "attachments": [{"key": "SourceUrl", "values": []}]},
            "invalid_option",
            "attachments[0].values must have 1 items, not 0",
        ),
        (
            {"content": command(), "attachments": [{"key": "Nowhere", "values": ["x"]}]},
            "",
            "value of key must be one of",
        ),
        ({"state": "absent", "document_version": "first"}, "invalid_option", "document_version must match"),
        ({"state": "absent", "document_version": "1", "version_name": "v1"}, "", "mutually exclusive"),
    ],
)
def test_wrong_input_writes_nothing(
    document: Documents, aws: Lab, options: dict[str, Any], code: str, fact: str
) -> None:
    document.refused(code, fact, **options)
    if code == "invalid_option":
        assert not aws.calls()


@pytest.mark.parametrize("name", ["ab", "x" * 129, "a b", "a/b", ""])
def test_names_that_cannot_be(document: Documents, name: str) -> None:
    document.refused("invalid_option", "name must match", name=name, content=command())
    document.refused("invalid_option", "name must match", name=name, state="absent")


@pytest.mark.parametrize(
    ("operation", "error_code"),
    [
        ("create_document", "DocumentAlreadyExists"),
        ("update_document", "DuplicateDocumentContent"),
        ("update_document", "DuplicateDocumentVersionName"),
    ],
)
def test_a_request_that_arrives_twice_is_a_change(
    document: Documents, aws: Lab, monkeypatch: pytest.MonkeyPatch, operation: str, error_code: str
) -> None:
    from ansible_collections.steadyfleet.aws_patching.plugins.module_utils._common.errors import AwsError
    from ansible_collections.steadyfleet.aws_patching.plugins.module_utils._document import api

    creates = operation == "create_document"
    if not creates:
        document(content=command())
    write = getattr(api, operation)

    def written_and_refused(*args: Any) -> Any:
        write(*args)
        raise AwsError("refused", error_code, operation)

    monkeypatch.setattr(api, operation, written_and_refused)
    result = document(content=command("bye"), version_name="v2")
    assert (result["failed"], result["changed"]) == (False, True), result
    assert result["diff"]["before"].get("latest_version") == (None if creates else 1)
    number = 1 if creates else 2
    assert (result["diff"]["after"]["latest_version"], result["document"]["document_version"]) == (number, str(number))
    assert (result["document"]["status"], len(aws.api.region.documents.get(NAME).versions)) == ("Active", number)


def test_without_wait_a_document_that_aws_still_creates_is_changed_at_once(document: Documents, aws: Lab) -> None:
    document(content=command())
    aws.api.region.documents.get(NAME).versions[1].ready = time.monotonic() + 60
    result = document(tags={"Team": "shop"}, wait=False, wait_timeout=1)
    assert (result["failed"], result["document"]["status"]) == (False, "Creating"), result


@pytest.mark.parametrize(("check", "name"), [(True, "Word"), (False, "Whom")])
def test_text_that_becomes_a_script_is_warned_of(document: Documents, check: bool, name: str) -> None:
    # In one process, warnings of earlier runs are still there: each run has a parameter of its own.
    bounded = {"type": "String", "default": "a", "allowedPattern": "^[a-z]*$"}
    parameters = {name: {"type": "String", "default": "a"}, f"{name}2": bounded}
    content = {**command(f"{{{{ {name} }}}} {{{{ {name}2 }}}}"), "parameters": parameters}
    warnings = str(document(check=check, content=content)["warnings"])
    assert f"document shop-hello: parameter {name} becomes part of a script as text" in warnings
    assert f"{name}2" not in warnings


def test_every_problem_is_named_at_once(document: Documents) -> None:
    wrong: dict[str, Any] = {"version_name": "v 1", "target_type": "EC2", "keep_versions": 0, "share_with": ["12"]}
    result = document(content=command(), **wrong)
    assert all(name in result["msg"] for name in wrong)


@pytest.mark.parametrize(
    ("there", "asked", "code", "fact"),
    [
        ({"document_type": "Command"}, {"document_type": "Automation"}, "document_type_fixed", "Automation"),
        ({}, {"requires": [{"name": "AWS-Noop"}]}, "document_requires_fixed", "requires"),
        (
            {"version_name": "v1"},
            {"content": command("bye"), "version_name": "v1"},
            "version_name_taken",
            "version 1 of shop-hello",
        ),
        ({}, {"display_name": "Hello"}, "content_required", "display_name of shop-hello"),
        ({}, {"content": command(), "display_name": "Hello"}, "content_unchanged", "display_name"),
        (
            {"content": {"schemaVersion": "1.2", "runtimeConfig": {}}},
            {"content": command()},
            "document_schema_fixed",
            "1.2",
        ),
        ({}, {"state": "present", "document_version": "1"}, "invalid_option", "default_version"),
    ],
)
def test_what_aws_offers_no_way_to(
    document: Documents, there: dict[str, Any], asked: dict[str, Any], code: str, fact: str
) -> None:
    made = document(**{"content": command(), **there})
    assert not made["failed"], made["msg"]
    document.refused(code, fact, **asked)


def test_a_display_name_changes_with_the_content_and_stays(document: Documents) -> None:
    document(content=command(), target_type="/")
    done = document.four_steps(["UpdateDocument"], READ, content=command("bye"), display_name="Hello")
    assert (done["document"]["display_name"], done["document"]["target_type"]) == ("Hello", "/")
    assert document(content=command("again"))["document"]["display_name"] == "Hello"


def test_a_target_type_changes_with_the_same_content(document: Documents) -> None:
    document(content=command())
    done = document.four_steps(["UpdateDocument"], READ, content=command(), target_type="/")
    assert done["document"]["document_version"] == "2"


ALL_OF_IT: dict[str, Any] = {
    "share_with": ["111122223333"],
    "keep_versions": 1,
    "default_version": "latest",
    "tags": {"a": "b"},
}


@pytest.mark.parametrize(
    "action",
    [
        "CreateDocument",
        "UpdateDocument",
        "UpdateDocumentDefaultVersion",
        "ModifyDocumentPermission",
        "DeleteDocument",
        "AddTagsToResource",
        "DescribeDocument",
        "GetDocument",
        "DescribeDocumentPermission",
        "ListDocumentVersions",
        "ListAssociations",
        "ListTagsForResource",
    ],
)
def test_throttling_and_errors_of_the_server_are_survived(
    document: Documents, aws: Lab, monkeypatch: pytest.MonkeyPatch, action: str
) -> None:
    # botocore's own pauses between its attempts are nothing to wait for here.
    monkeypatch.setattr(botocore.endpoint, "time", SimpleNamespace(sleep=lambda _seconds: None))
    for fault in ("throttling", "server_error"):
        aws.fault(fault, actions=[action], next=1)
    assert document(content=command())["changed"]
    assert document(content=command("bye"), **ALL_OF_IT)["changed"]
    gone = document(state="absent", unshare=True)
    assert (gone["failed"], gone["changed"]) == (False, True), gone
    refused = [call.error_code for call in aws.calls(action) if call.error_code != "InvalidDocument"][:2]
    assert refused == ["ThrottlingException", "InternalServerError"]


@pytest.mark.parametrize("nth", [1, 2, 3, 4, 5])
def test_a_run_that_was_killed_is_finished_by_the_next(document: Documents, aws: Lab, nth: int) -> None:
    document(content=command())
    wish = {**ALL_OF_IT, "content": command("bye")}
    aws.fault("crash_point", nth=nth, when="after")
    killed = document(**wish)["failed"]
    aws.fault("crash_point", on=False)
    assert killed
    done = document(**wish)
    assert not done["failed"], done["msg"]
    assert (done["document"]["default_version"], done["document"]["latest_version"]) == ("2", "2")
    assert list(aws.api.region.documents.get(NAME).versions) == [2]
    assert document(**wish)["changed"] is False


def test_reads_that_are_behind_are_survived(document: Documents, aws: Lab) -> None:
    """What one run has written, the next one sees: the first waits for it."""
    aws.fault("stale", seconds=0.1)
    options: dict[str, Any] = {"share_with": ["111122223333"], "keep_versions": 1, "default_version": "latest"}
    reads = [*READ, "DescribeDocumentPermission", "ListDocumentVersions"]
    document.four_steps(["CreateDocument", "ModifyDocumentPermission"], reads, content=command(), **options)
    writes = ["UpdateDocument", "UpdateDocumentDefaultVersion", "DeleteDocument"]
    document.four_steps(writes, reads, content=command("bye"), **options)
    alone = document.four_steps(["UpdateDocument"], READ, content=command("once more"))
    assert alone["document"]["document_version"] == "3"
    writes = ["ModifyDocumentPermission", "DeleteDocument"]
    document.four_steps(writes, ["DescribeDocument"], state="absent", unshare=True)


def test_a_read_that_is_behind_makes_nothing_twice(document: Documents, aws: Lab) -> None:
    document(content=command())
    aws.fault("stale", seconds=0.3)
    document(content=command("bye"), wait=False)
    again = document(content=command("bye"), wait=False)
    assert (again["failed"], again["changed"]) == (False, False)
    aws.fault("stale", on=False)
    assert document(content=command("bye"))["document"]["latest_version"] == "2"


@pytest.mark.parametrize(
    ("operation", "action"), [("create_document", "CreateDocument"), ("delete_document", "DeleteDocument")]
)
def test_one_change_at_a_time_is_waited_for(
    document: Documents, aws: Lab, monkeypatch: pytest.MonkeyPatch, operation: str, action: str
) -> None:
    from ansible_collections.steadyfleet.aws_patching.plugins.module_utils._common.errors import AwsError
    from ansible_collections.steadyfleet.aws_patching.plugins.module_utils._document import api as ssm_documents

    if operation == "delete_document":
        document(content=command())
    act, refusals = getattr(ssm_documents, operation), [AwsError("busy", "TooManyUpdates", action)] * 2

    def busy_at_first(*args: Any, **options: Any) -> Any:
        if refusals:
            raise refusals.pop()
        return act(*args, **options)

    monkeypatch.setattr(ssm_documents, operation, busy_at_first)
    aws.forget_calls()
    result = document(content=command()) if operation == "create_document" else document(state="absent")
    assert (result["failed"], result["changed"], aws.writes(), refusals) == (False, True, [action], [])
