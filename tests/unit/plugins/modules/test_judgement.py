"""What can be known before a write is refused before it, with the same line in check mode and in a real run."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any, NoReturn

import pytest
from ansible_collections.steadyfleet.aws_patching.plugins.module_utils._common.errors import AwsError
from ansible_collections.steadyfleet.aws_patching.plugins.module_utils._runnable import api, read
from lab.api.testing.kit import Lab, RunModule
from lab.api.testing.scripted_node import ScriptedNode

ONE, UNKNOWN = "i-00000000000000001", "i-0abcdefabcdefabcd"
ELSEWHERE = "arn:aws:ssm:us-east-1:123456789012:document/other"
QUICK = {"poll_interval": 0.02, "wait_timeout": 10}
PARAMETERS = {
    "Word": {"type": "String", "allowedValues": ["a", "b"]},
    "Name": {"type": "String", "default": "x", "allowedPattern": "^[a-z]+$", "maxChars": 5},
    "List": {"type": "StringList", "default": [], "maxItems": 2},
}
SHELL = {"action": "aws:runShellScript", "name": "run", "inputs": {"runCommand": ["true"]}}
POWER = {"action": "aws:runPowerShellScript", "name": "run", "inputs": {"runCommand": ["true"]}}
SLEEP = {"action": "aws:sleep", "name": "nap", "inputs": {"Duration": "PT0.01S"}}
DOCUMENTS: dict[str, tuple[str, dict[str, Any]]] = {
    "command": ("Command", {"schemaVersion": "2.2", "parameters": PARAMETERS, "mainSteps": [SHELL]}),
    "windows": ("Command", {"schemaVersion": "2.2", "mainSteps": [POWER]}),
    "broken": ("Command", {"schemaVersion": "2.2", "mainSteps": [SHELL]}),
    "runbook": ("Automation", {"schemaVersion": "0.3", "parameters": PARAMETERS, "mainSteps": [SLEEP]}),
}
Build = Callable[[dict[str, Any]], dict[str, Any]]


def command(changes: dict[str, Any]) -> dict[str, Any]:
    return {"document_name": "command", "instance_ids": [ONE], "parameters": {"Word": "a"}, **changes}


def association(changes: dict[str, Any]) -> dict[str, Any]:
    return {"association_name": "shop", **command(changes)}


def automation(changes: dict[str, Any]) -> dict[str, Any]:
    return {"document_name": "runbook", "parameters": {"Word": "a"}, **changes}


def window(kind: str, suboption: str, document: str) -> Build:
    def build(changes: dict[str, Any]) -> dict[str, Any]:
        call = {"parameters": changes.get("parameters", {"Word": "a"})}
        call |= {name: changes[name] for name in ("document_version", "document_hash") if name in changes}
        task = {"name": "task", "task_type": kind, "task_arn": changes.get("document_name", document)}
        task |= {"instance_ids": [ONE], "max_concurrency": "1", "max_errors": "0"}
        task["task_invocation_parameters"] = {suboption: call}
        rest = {"schedule": "cron(0 2 ? * SUN *)", "allow_unassociated_targets": True}
        return {"name": "shop", "duration": 2, "cutoff": 1, "tasks": [task], **rest}

    return build


# Each module, and the options that it takes.
MODULES: dict[str, tuple[str, Build]] = {
    "ssm_command": ("ssm_command", command),
    "ssm_association": ("ssm_association", association),
    "ssm_association once": ("ssm_association", lambda changes: {"run": "once", **association(changes)}),
    "ssm_automation": ("ssm_automation", automation),
    "a window's command": ("ssm_maintenance_window", window("RUN_COMMAND", "run_command", "command")),
    "a window's runbook": ("ssm_maintenance_window", window("AUTOMATION", "automation", "runbook")),
}
COMMANDS = ["ssm_command", "ssm_association", "ssm_association once", "a window's command"]
RUNBOOKS = ["ssm_automation", "a window's runbook"]

WRONG: list[tuple[list[str], dict[str, Any], str, str]] = [
    ([*MODULES], {"document_name": "comand"}, "document_not_found", "document comand does not exist"),
    ([*MODULES], {"document_version": "7"}, "document_version_not_found", "has no version 7"),
    ([*MODULES], {"parameters": {"Word": "a", "Wrod": "a"}}, "parameter_unknown", "no parameter Wrod"),
    ([*MODULES], {"parameters": {}}, "parameter_required", "requires a value for parameter Word"),
    ([*MODULES], {"parameters": {"Word": "c"}}, "parameter_invalid", "must be one of 'a', 'b', not 'c'"),
    ([*MODULES], {"parameters": {"Word": ["a", "b"]}}, "parameter_invalid", "takes one value, not 2"),
    ([*MODULES], {"parameters": {"Word": "a", "Name": "X"}}, "parameter_invalid", "must match ^[a-z]+$, not 'X'"),
    ([*MODULES], {"parameters": {"Word": "a", "Name": "abcdef"}}, "parameter_invalid", "at most 5 characters"),
    ([*MODULES], {"parameters": {"Word": "a", "List": ["1", "2", "3"]}}, "parameter_invalid", "at most 2 items"),
    ([*MODULES], {"parameters": {"Word": True}}, "parameter_not_text", "put it in quotes"),
    (COMMANDS, {"document_name": "broken", "parameters": {}}, "document_not_active", "is Failed"),
    (RUNBOOKS, {"document_name": "command"}, "document_type_unsuitable", "is of type Command, not Automation"),
    (
        ["ssm_command", "a window's command"],
        {"document_name": "runbook"},
        "document_type_unsuitable",
        "is of type Automation, not Command",
    ),
    (
        ["ssm_command", "a window's command"],
        {"document_hash": "0" * 64},
        "document_hash_mismatch",
        "(document_hash)",
    ),
    (
        COMMANDS[:3],
        {"document_name": "windows", "parameters": {}},
        "document_platform_unsuitable",
        f"document windows is for Windows, so it cannot run on {ONE} (Linux)",
    ),
    (["ssm_command", "ssm_association once"], {"instance_ids": [UNKNOWN]}, "node_unknown", UNKNOWN),
    (
        ["ssm_association"],
        {"instance_ids": [], "targets": None},
        "targets_required",
        "targets or instance_ids is required",
    ),
]
TABLE = [
    pytest.param(*MODULES[name], changes, code, fact, id=f"{name}-{code}-{number}")
    for number, (names, changes, code, fact) in enumerate(WRONG)
    for name in names
]

MINUTES = {"duration": 2, "cutoff": 1, "name": "shop"}
IMPOSSIBLE = [
    "cron(0 2 31 2 ? *)",
    "cron(0 25 ? * SUN *)",
    "cron(0 2 * * * *)",
    "cron(0 2 ? * TUE#6 *)",
    "rate(1 days)",
]
SCHEDULES = [
    pytest.param(module, options, schedule, id=f"{module}-{schedule}")
    for schedule in [*IMPOSSIBLE, "at(2030-02-30T02:00:00)", "cron(0 2 ? * SUN 1969)", "every sunday"]
    for module, options in (
        ("ssm_association", {**association({}), "schedule_expression": schedule}),
        ("ssm_maintenance_window", {**MINUTES, "schedule": schedule}),
    )
]

# What is wrong with targets in every module that takes them.
TARGETS = [
    ([{"key": "tag:App", "values": [""]}], "target_value_empty"),
    ([{"key": "tag:App", "values": []}], "target_value_empty"),
    ([{"key": "App", "values": ["shop"]}], "target_key_invalid"),
    ([{"key": "InstanceIds", "values": ["shop-1"]}], "instance_id_invalid"),
    ([{"key": "tag:App", "values": ["a"]}, {"key": "tag:App", "values": ["b"]}], "target_key_repeated"),
    ([{"key": "InstanceIds", "values": [ONE]}, {"key": "tag:App", "values": ["b"]}], "target_keys_exclusive"),
    ([{"key": "resource-groups:Name", "values": ["a", "b"]}], "too_many_resource_groups"),
    ([{"key": f"tag:{number}", "values": ["x"]} for number in range(6)], "invalid_option"),
]


@pytest.fixture
def lab(aws: Lab, nodes: dict[str, ScriptedNode]) -> Lab:
    ssm, stored = aws.client("ssm"), aws.api.region.documents.by_name
    for name, (kind, content) in DOCUMENTS.items():
        ssm.create_document(Name=name, DocumentType=kind, Content=json.dumps(content))
        stored[name].latest.ready = 0.0
    stored["broken"].latest.failure = "The attachment does not exist."
    aws.forget_calls()
    return aws


@pytest.fixture
def refused(run_module: RunModule, lab: Lab) -> Callable[..., dict[str, Any]]:
    """Check that check mode and the real run refuse options with the same line, before any write."""

    def run(module: str, options: dict[str, Any]) -> dict[str, Any]:
        given = {name: value for name, value in {**QUICK, **options}.items() if value is not None}
        checked, real = (run_module(module, given, check=check) for check in (True, False))
        assert (checked["failed"], real["failed"]) == (True, True)
        assert (checked["msg"], checked["code"]) == (real["msg"], real["code"])
        assert "\n" not in real["msg"]
        assert lab.writes() == []
        return real

    return run


@pytest.mark.parametrize(("module", "build", "changes", "code", "fact"), TABLE)
def test_check_mode_and_the_real_run_refuse_in_the_same_words(
    refused: Any, module: str, build: Build, changes: dict[str, Any], code: str, fact: str
) -> None:
    result = refused(module, build(changes))
    assert result["code"] == code
    assert fact in result["msg"]


@pytest.mark.parametrize(("module", "options", "schedule"), SCHEDULES)
def test_impossible_schedules(refused: Any, module: str, options: dict[str, Any], schedule: str) -> None:
    result = refused(module, options)
    assert result["code"] == "schedule_invalid"
    assert schedule in result["msg"]


@pytest.mark.parametrize(("targets", "code"), TARGETS)
@pytest.mark.parametrize("module", ["ssm_command", "ssm_association", "ssm_automation", "ssm_maintenance_window"])
def test_wrong_targets(refused: Any, module: str, targets: list[dict[str, Any]], code: str) -> None:
    options: dict[str, Any] = {
        "ssm_command": {**command({}), "instance_ids": None, "targets": targets},
        "ssm_association": {**association({}), "instance_ids": None, "targets": targets},
        "ssm_automation": {**automation({}), "targets": targets, "target_parameter_name": "Word"},
        "ssm_maintenance_window": {
            **MINUTES,
            "schedule": "rate(7 days)",
            "targets": [{"name": "web", "targets": targets}],
        },
    }
    # AWS takes one target for a runbook, so more of them exceed a limit.
    expected = "invalid_option" if module == "ssm_automation" and len(targets) > 1 else code
    assert refused(module, options[module])["code"] == expected


@pytest.mark.parametrize(("module", "build"), MODULES.values(), ids=MODULES)
def test_right_input_is_no_problem(run_module: RunModule, lab: Lab, module: str, build: Build) -> None:
    parameters = {"Word": "a", "Name": "abc", "List": ["1", "2"]}
    result = run_module(module, {**QUICK, **build({"parameters": parameters})}, check=True)
    assert (result["failed"], result["changed"]) == (False, True), result.get("msg")


@pytest.mark.parametrize("value", ["{{ssm:word}}", "{{ TARGET_ID }}", "{{WINDOW_ID}}", "x{{ RESOURCE_ID }}"])
@pytest.mark.parametrize(("module", "build"), MODULES.values(), ids=MODULES)
def test_references_are_not_judged_as_values(
    run_module: RunModule, lab: Lab, module: str, build: Build, value: str
) -> None:
    result = run_module(module, {**QUICK, **build({"parameters": {"Word": value}})}, check=True)
    assert not result["failed"], result.get("msg")
    assert not lab.calls("GetDocument")


@pytest.mark.parametrize(("module", "build"), MODULES.values(), ids=MODULES)
def test_what_may_not_be_read_is_not_judged(
    run_module: RunModule, lab: Lab, monkeypatch: pytest.MonkeyPatch, module: str, build: Build
) -> None:
    def denied(*_: Any) -> NoReturn:
        raise AwsError("no", "AccessDeniedException", "Any")

    for where, name in ((api, "describe_document"), (api, "document_content"), (read, "list_nodes")):
        with monkeypatch.context() as patch:
            patch.setattr(where, name, denied)
            assert not run_module(module, {**QUICK, **build({})}, check=True)["failed"], name


@pytest.mark.parametrize(("module", "build"), MODULES.values(), ids=MODULES)
def test_a_document_of_another_region_is_not_judged(run_module: RunModule, lab: Lab, module: str, build: Build) -> None:
    result = run_module(module, {**QUICK, **build({"document_name": ELSEWHERE})}, check=True)
    assert not result["failed"], result.get("msg")
    assert not lab.calls("DescribeDocument")


@pytest.mark.parametrize("module", ["ssm_association", "ssm_automation"])
def test_a_run_in_other_regions_is_not_judged(run_module: RunModule, lab: Lab, module: str) -> None:
    locations = [{"accounts": ["123456789012"], "regions": ["us-east-1"], "execution_role_name": "run"}]
    options: dict[str, Any] = {"document_name": "only-there", "target_locations": locations}
    options |= {"association_name": "shop"} if module == "ssm_association" else {}
    assert not run_module(module, {**QUICK, **options}, check=True)["failed"]
    assert not lab.calls("DescribeDocument")


def test_an_association_may_name_a_node_that_is_registered_later(run_module: RunModule, lab: Lab) -> None:
    options = {**QUICK, **association({"instance_ids": [UNKNOWN]}), "wait": False}
    assert run_module("ssm_association", options, check=True)["changed"]
