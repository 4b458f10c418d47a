"""ssm_association against the lab's API: runs of runbooks."""

from __future__ import annotations

import json
from typing import Any

import pytest
from ansible_collections.steadyfleet.aws_patching.plugins.module_utils._association import (
    waiters as association_waiters,
)
from ansible_collections.steadyfleet.aws_patching.plugins.module_utils._automation.api import get_execution
from ansible_collections.steadyfleet.aws_patching.plugins.module_utils._automation.model import AutomationExecution
from ansible_collections.steadyfleet.aws_patching.plugins.module_utils._common.errors import AwsError
from lab.api.testing.kit import Lab, RunModule
from lab.api.testing.scripted_node import ScriptedNode, Step
from unit.plugins.modules.association_kit import CRON, ONE, caller, described, four_steps, predicted_part

TWO = "i-00000000000000002"
TAGGED = [{"key": "tag:App", "values": ["shop"]}]
ON_NODES = {"document_name": "shell", "automation_target_parameter_name": "Id", "targets": TAGGED}
ON_ONE = {**ON_NODES, "targets": [{"key": "tag:Name", "values": ["shop-1"]}]}
SHELL = {
    "name": "check",
    "action": "aws:runCommand",
    "inputs": {
        "DocumentName": "AWS-RunShellScript",
        "InstanceIds": ["{{ Id }}"],
        "Parameters": {"commands": ["id"]},
    },
}


@pytest.fixture
def association(run_module: RunModule) -> Any:
    return caller(run_module)


@pytest.fixture(autouse=True)
def runbooks(aws: Lab, nodes: dict[str, ScriptedNode]) -> None:
    """Three runbooks: without a parameter, with one, and one that sends a command."""
    nap = {"name": "nap", "action": "aws:sleep", "inputs": {"Duration": "PT0.01S"}}
    for name, step, parameters in (("simple", nap, ()), ("nap", nap, ("Id",)), ("shell", SHELL, ("Id",))):
        declared = {each: {"type": "String"} for each in parameters}
        content = {"schemaVersion": "0.3", "parameters": declared, "mainSteps": [step]}
        aws.client("ssm").create_document(Name=name, DocumentType="Automation", Content=json.dumps(content))
        aws.api.region.documents.by_name[name].latest.ready = 0.0
    aws.forget_calls()


KINDS = [
    pytest.param({"document_name": "simple"}, {"AWS-NoOpAutomationTarget-Value"}, id="simple"),
    pytest.param(ON_ONE, {ONE}, id="on nodes"),
    pytest.param(
        {**ON_NODES, "document_name": "nap", "targets": [{"key": "ParameterValues", "values": ["a", "b"]}]},
        {"a", "b"},
        id="on values",
    ),
    pytest.param(
        {"document_name": "nap", "target_maps": [{"Id": ["a"]}, {"Id": ["b"]}]}, {"a", "b"}, id="on target maps"
    ),
]


def check_targets(aws: Lab, result: dict[str, Any], names: set[str]) -> None:
    found = {target["resource_id"]: target for target in result["execution"]["targets"]}
    assert set(found) == names
    assert {(target["status"], target["command_id"]) for target in found.values()} == {("Success", None)}
    known = aws.api.region.automations.by_id
    assert {known[target["automation_execution_id"]].status for target in found.values()} == {"Success"}


@pytest.mark.parametrize(("options", "names"), KINDS)
def test_run_now(association: Any, aws: Lab, options: dict[str, Any], names: set[str]) -> None:
    four_steps(aws, association, ["CreateAssociation"], **options, **CRON)
    aws.forget_calls()
    predicted = association(check=True, run_now=True)
    assert not aws.writes()
    result = association(run_now=True)
    assert (predicted["changed"], predicted["diff"]) == (result["changed"], result["diff"]) == (True, result["diff"])
    assert predicted_part(predicted) == predicted_part(result)
    assert aws.writes() == ["StartAssociationsOnce"]
    assert not aws.calls("GetAutomationExecution")
    check_targets(aws, result, names)
    four_steps(aws, association, ["DeleteAssociation"], state="absent")


@pytest.mark.parametrize(("options", "names"), KINDS)
def test_run_once(association: Any, aws: Lab, options: dict[str, Any], names: set[str]) -> None:
    once = {"state": "run_once", **options}
    predicted = association(check=True, **once)
    assert not aws.writes()
    for _time in range(2):
        aws.forget_calls()
        result = association(**once, include_patch_states=True)
        assert (result["failed"], result["changed"], result["attached"]) == (False, True, False)
        assert (predicted["changed"], predicted_part(predicted)) == (True, predicted_part(result))
        assert aws.writes() == ["CreateAssociation", "DeleteAssociation"]
        check_targets(aws, result, names)
        assert set(result["patch_states"]) <= {ONE}
    assert described(aws) == []


def test_the_failing_step_is_named(
    association: Any, aws: Lab, nodes: dict[str, ScriptedNode], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also when the execution is shown later than the association's failure."""
    read, behind = get_execution, [None, AutomationExecution(execution_id="", status="InProgress")]
    monkeypatch.setattr(association_waiters, "get_execution", lambda *of: behind.pop(0) if behind else read(*of))
    nodes[ONE].shell = lambda _commands: Step(status="Failed", code=7, stderr="no space left")
    result = association(state="run_once", **ON_ONE)
    assert result["failed"]
    [target] = result["execution"]["targets"]
    execution = f"{ONE}: execution {target['automation_execution_id']} of shell"
    assert result["msg"].startswith(f"{execution} is Failed in step check (aws:runCommand): ")
    assert "\n" not in result["msg"]
    assert aws.writes() == ["CreateAssociation", "DeleteAssociation"]


def test_one_call_for_each_failure_that_the_message_names(
    association: Any, aws: Lab, nodes: dict[str, ScriptedNode]
) -> None:
    for node in nodes.values():
        node.shell = lambda _commands: Step(status="Failed", code=7)
    result = association(state="run_once", **ON_NODES)
    assert result["msg"].count(" is Failed in step check") == 3
    assert result["msg"].endswith("; and 1 more")
    assert len(aws.calls("GetAutomationExecution")) == 3


def test_without_the_permission_to_read_the_execution_its_id_is_named(
    association: Any, nodes: dict[str, ScriptedNode], monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_call: Any) -> None:
        raise AwsError("not allowed", "AccessDeniedException", "GetAutomationExecution")

    nodes[TWO].shell = lambda _commands: Step(status="Failed", code=7)
    monkeypatch.setattr(association_waiters, "get_execution", refuse)
    result = association(**ON_NODES, max_concurrency="1", max_errors="0")
    [failed] = [target for target in result["execution"]["targets"] if target["status"] == "Failed"]
    execution_id = failed["automation_execution_id"]
    assert failed["resource_id"] == TWO
    assert f"{TWO}: Failed, see execution {execution_id}" in result["msg"]
    assert "i-00000000000000003: Skipped" in result["msg"]


def test_what_another_run_has_left_is_refused(association: Any, aws: Lab) -> None:
    once = {"state": "run_once", "document_name": "nap"}
    association(document="nap", target_maps=[{"Id": ["a"]}])
    aws.forget_calls()
    result = association(**once, target_maps=[{"Id": ["b"]}])
    assert (result["failed"], aws.writes()) == (True, [])
    assert "exists with another target_maps" in result["msg"]
