"""patch_hook_documents against the lab's API: scripts kept as documents, versions pinned."""

from __future__ import annotations

import json
from typing import Any

import pytest
from lab.api.testing.kit import Lab, RunModule

QUICK = {"poll_interval": 0.02, "wait_timeout": 10}
PRE = {"name": "shop-pre", "script": "systemctl stop shop\nexit 0\n", "timeout": 180}
POST = {"name": "shop-post", "script": "npm update", "timeout": 60}
ON_EXIT = {"name": "shop-on-exit", "script": "systemctl start shop", "timeout": 180}
ALL = {"pre": PRE, "post": POST, "on_exit": ON_EXIT}


@pytest.fixture
def keep(run_module: RunModule) -> Any:
    def keep(check: bool = False, **args: Any) -> dict[str, Any]:
        return run_module("patch_hook_documents", {**QUICK, "document_version": "1", **args}, check=check)

    return keep


def without_what_only_aws_knows(result: dict[str, Any]) -> dict[str, Any]:
    unknown = ("hash", "hash_type", "created_at", "owner", "platform_types")
    documents = [{key: value for key, value in each.items() if key not in unknown} for each in result["documents"]]
    return {key: result[key] for key in ("changed", "diff", "hooks")} | {"documents": documents}


def four_times(keep: Any, aws: Lab, **args: Any) -> dict[str, Any]:
    """Check, real, check, real: the first check tells what happens, and then nothing is left to do."""
    aws.forget_calls()
    told = keep(check=True, **args)
    assert aws.writes() == []
    done = keep(**args)
    assert without_what_only_aws_knows(told) == without_what_only_aws_knows(done)
    aws.forget_calls()
    assert not keep(check=True, **args)["changed"]
    assert not keep(**args)["changed"]
    assert aws.writes() == []
    return done


def test_create_and_change(keep: Any, aws: Lab) -> None:
    made = four_times(keep, aws, **ALL, tags={"Team": "shop"})
    assert made["changed"]
    assert made["hooks"] == {
        "pre": "shop-pre:1",
        "post": "shop-post:1",
        "on_exit": "shop-on-exit:1",
        "document_version": "1",
    }
    said = json.loads(aws.client("ssm").get_document(Name="shop-pre")["Content"])
    [step] = said["mainSteps"]
    assert (step["action"], step["name"]) == ("aws:runShellScript", "pre")
    assert step["inputs"] == {"timeoutSeconds": 180, "runCommand": ["systemctl stop shop", "exit 0"]}
    assert step["precondition"] == {"StringEquals": ["platformType", "Linux"]}

    changed = four_times(keep, aws, **{**ALL, "pre": {**PRE, "script": "systemctl stop shop"}}, tags={"Team": "shop"})
    assert changed["hooks"]["pre"] == "shop-pre:2"
    assert changed["hooks"]["post"] == "shop-post:1"
    assert changed["diff"]["before"]["shop-post"] == changed["diff"]["after"]["shop-post"]


def test_the_documents_become_active_side_by_side(keep: Any, aws: Lab) -> None:
    keep(**ALL)
    actions = [call.action for call in aws.calls()]
    # The first one is of AWS-RunPatchBaselineWithHooks.
    assert actions[:7] == ["DescribeDocument"] * 4 + ["CreateDocument"] * 3
    assert all(document["status"] == "Active" for document in keep(**ALL)["documents"])


def test_nothing_to_do_is_one_look_at_each(keep: Any, aws: Lab) -> None:
    keep(**ALL)
    aws.forget_calls()
    keep(**ALL)
    assert [call.action for call in aws.calls()] == ["DescribeDocument", *["DescribeDocument", "GetDocument"] * 3]


def test_no_hook_is_aws_noop(keep: Any, aws: Lab) -> None:
    hooks = keep(pre={"name": "AWS-Noop"})["hooks"]
    assert hooks == {"pre": "AWS-Noop", "post": "AWS-Noop", "on_exit": "AWS-Noop", "document_version": "1"}
    assert [call.parameters["Name"] for call in aws.calls()] == ["AWS-RunPatchBaselineWithHooks"]


def test_the_versions_of_others_are_looked_up(keep: Any, aws: Lab) -> None:
    keep(post=POST)
    keep(post={**POST, "script": "true"})
    hooks = keep(pre={"name": "shop-post"}, document_version="")["hooks"]
    assert hooks["pre"] == "shop-post:2"
    patches = aws.client("ssm").describe_document(Name="AWS-RunPatchBaselineWithHooks")["Document"]
    assert hooks["document_version"] == patches["DefaultVersion"]


def own_document(aws: Lab, name: str, content: dict[str, Any], **members: Any) -> None:
    text = json.dumps({"schemaVersion": "2.2", **content})
    aws.client("ssm").create_document(Name=name, Content=text, DocumentType="Command", **members)


STEP = {"name": "stop", "action": "aws:runShellScript", "inputs": {"runCommand": ["true"]}}


@pytest.mark.parametrize("version", ["", ":1", ":$LATEST", ":$DEFAULT", ":release"])
def test_an_own_document_is_pinned_by_its_number(keep: Any, aws: Lab, version: str) -> None:
    own_document(aws, "own", {"mainSteps": [STEP]}, VersionName="release")
    aws.forget_calls()
    for check in (True, False):
        assert (
            keep(check=check, pre={"name": f"own{version}"}, post={"name": f"own{version}"})["hooks"]["pre"] == "own:1"
        )
    assert [call.action for call in aws.calls("GetDocument")] == ["GetDocument"] * 4
    assert aws.writes() == []


UNUSABLE: list[tuple[str, dict[str, Any], str]] = [
    ("own:9", {"mainSteps": [STEP]}, "hook_document_not_found"),
    ("own:none", {"mainSteps": [STEP]}, "hook_document_not_found"),
    ("own", {"mainSteps": [STEP], "parameters": {"x": {"type": "String"}}}, "hook_document_parameter_required"),
    ("own", {"mainSteps": [{**STEP, "action": "aws:runPowerShellScript"}]}, "hook_document_not_for_linux"),
    (
        "own",
        {"mainSteps": [{**STEP, "precondition": {"StringEquals": ["platformType", "Windows"]}}]},
        "hook_document_not_for_linux",
    ),
    (
        "own",
        {"schemaVersion": "2.0", "mainSteps": [{**STEP, "precondition": {"StringEquals": ["platformType", "Linux"]}}]},
        "hook_document_step_invalid",
    ),
]


@pytest.mark.parametrize("hook", ["pre", "post", "on_exit"])
@pytest.mark.parametrize(("name", "content", "code"), UNUSABLE)
def test_a_document_that_cannot_run_as_a_hook_is_refused(
    keep: Any, aws: Lab, hook: str, name: str, content: dict[str, Any], code: str
) -> None:
    own_document(aws, "own", content)
    aws.forget_calls()
    other = "post" if hook == "pre" else "pre"
    for check in (True, False):
        result = keep(check=check, **{hook: {"name": name}, other: {**PRE, "name": "shop-other"}})
        assert result["code"] == code
        assert result["msg"].startswith(f"{hook}: document own")
        assert "\n" not in result["msg"]
    assert aws.writes() == []


@pytest.mark.parametrize("check", [False, True])
def test_a_runbook_is_no_hook(keep: Any, aws: Lab, check: bool) -> None:
    runbook = {
        "schemaVersion": "0.3",
        "mainSteps": [{"name": "a", "action": "aws:sleep", "inputs": {"Duration": "PT1S"}}],
    }
    aws.client("ssm").create_document(Name="own", Content=json.dumps(runbook), DocumentType="Automation")
    aws.forget_calls()
    result = keep(check=check, pre={"name": "own"})
    assert result["code"] == "hook_document_type_unsupported"
    assert aws.writes() == []


@pytest.mark.parametrize("check", [False, True])
def test_a_version_of_the_patch_document_that_does_not_exist_is_refused(keep: Any, aws: Lab, check: bool) -> None:
    result = keep(check=check, pre=PRE, document_version="999")
    assert result["code"] == "hook_document_not_found"
    assert "999" in result["msg"]
    assert aws.writes() == []


def test_what_cannot_be_used_is_told_before_anything_is_written(keep: Any, aws: Lab) -> None:
    result = keep(pre={"name": "no-such-one"}, post=POST, on_exit={"name": "nor-this-one"})
    assert {problem["code"] for problem in result["problems"]} == {"hook_document_not_found"}
    assert ["no-such-one" in result["msg"], "nor-this-one" in result["msg"]] == [True, True]
    assert aws.writes() == []


def test_a_document_that_aws_finds_fault_with_is_told(keep: Any, aws: Lab) -> None:
    aws.fault("document_failed")
    result = keep(pre=PRE)
    assert result["msg"].startswith("version 1 of document shop-pre is Failed: ")


def test_throttling_is_waited_out(keep: Any, aws: Lab) -> None:
    aws.fault("throttling", next=2, actions=["CreateDocument", "DescribeDocument"])
    assert keep(pre=PRE)["hooks"]["pre"] == "shop-pre:1"


@pytest.mark.parametrize(
    ("args", "said"),
    [
        ({"pre": {**PRE, "name": "aws-pre"}}, "pre: name 'aws-pre' is reserved"),
        ({"pre": {**PRE, "name": "a b"}}, "pre: name must match"),
        ({"pre": {"name": "{'name': 'x'}"}}, "pre: name must match"),
        ({"pre": {"name": ""}}, "pre: name must match"),
        ({"post": {**POST, "timeout": 4}}, "post: timeout must be 5 to 172800 seconds, not 4"),
        ({"pre": PRE, "post": {**POST, "name": "shop-pre"}}, "shop-pre is named for two hooks"),
        ({"pre": {"script": "true"}}, "missing required arguments: name"),
    ],
)
def test_wrong_input(keep: Any, aws: Lab, args: dict[str, Any], said: str) -> None:
    assert said in keep(**args)["msg"]
    assert aws.calls() == []


SETTINGS: dict[str, Any] = {
    "kind": "systemd",
    "application": "shop.service",
    "path": "",
    "port": "443",
    "health_url": "http://localhost:443/health-check",
    "user": "root",
    "environment": {},
    "name_prefix": "shop",
    "update_command": "",
    "block_port": "true",
    "connection_grace": 30,
    "on_open_connections": "fail",
    "stop_timeout": 60,
    "start_timeout": 300,
    "update_timeout": 900,
}


@pytest.mark.parametrize("check", [False, True])
def test_validate_only_judges_and_ends(keep: Any, aws: Lab, check: bool) -> None:
    result = keep(check=check, pre=PRE, settings=SETTINGS, validate_only=True)
    assert (result["failed"], result["changed"]) == (False, False)
    wrong = keep(check=check, settings={**SETTINGS, "port": 70000, "user": "a b"}, validate_only=True)
    assert {problem["code"] for problem in wrong["problems"]} == {
        "patch_hooks_port_invalid",
        "patch_hooks_user_invalid",
    }
    assert all(fact in wrong["msg"] for fact in ("patch_hooks_port", "70000", "patch_hooks_user", "'a b'"))
    assert aws.calls() == []


@pytest.mark.parametrize("check", [False, True])
def test_wrong_settings_stop_before_anything_is_read(keep: Any, aws: Lab, check: bool) -> None:
    result = keep(check=check, pre=PRE, settings={**SETTINGS, "port": 0})
    assert result["code"] == "patch_hooks_port_invalid"
    assert aws.calls() == []


def test_settings_that_work_change_nothing_else(keep: Any) -> None:
    assert keep(pre=PRE, settings=SETTINGS)["hooks"]["pre"] == "shop-pre:1"


@pytest.mark.parametrize(
    ("args", "facts"),
    [
        ({"validate_only": True}, ["settings"]),
        ({"settings": {**SETTINGS, "prot": 443}}, ["prot", "settings"]),
        ({"settings": {name: value for name, value in SETTINGS.items() if name != "port"}}, ["port", "settings"]),
        ({"settings": {**SETTINGS, "port": "https"}}, ["port", "settings"]),
        ({"settings": {**SETTINGS, "kind": "docker"}}, ["kind", "docker"]),
    ],
)
def test_settings_that_are_not_of_the_spec(keep: Any, aws: Lab, args: dict[str, Any], facts: list[str]) -> None:
    result = keep(**args)
    assert result["failed"]
    assert all(fact in result["msg"] for fact in facts)
    assert aws.calls() == []
