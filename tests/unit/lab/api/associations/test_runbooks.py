"""State Manager: associations of runbooks run as executions of Automation."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from lab.api.testing.kit import Lab
from lab.api.testing.scripted_node import ScriptedNode, Step
from unit.lab.api.associations.association_runs import FOUR, ONE, THREE, TWO, finished_runs, run_targets

TAGGED = [{"Key": "tag:App", "Values": ["shop"]}]
VALUES = [{"Key": "ParameterValues", "Values": ["a", "b"]}]
NOBODY = "AWS-NoOpAutomationTarget-Value"
SHELL = {
    "name": "run",
    "action": "aws:runCommand",
    "inputs": {
        "DocumentName": "AWS-RunShellScript",
        "InstanceIds": ["{{ Id }}"],
        "Parameters": {"commands": ["id"]},
    },
}
ON_NODES = {"Name": "shell", "AutomationTargetParameterName": "Id", "Targets": TAGGED}
ON_VALUES = {"Name": "nap", "AutomationTargetParameterName": "Id", "Targets": VALUES}


def nap(name: str = "nap", seconds: str = "0.01") -> dict[str, Any]:
    return {"name": name, "action": "aws:sleep", "inputs": {"Duration": f"PT{seconds}S"}}


@pytest.fixture
def runbook(lab_api: Lab, ssm: Any) -> Callable[..., None]:
    """Write a runbook; three are there: without a parameter, with two, and one that sends a command."""

    def write(name: str, *steps: dict[str, Any], **parameters: Any) -> None:
        content = {"schemaVersion": "0.3", "parameters": parameters, "mainSteps": list(steps)}
        ssm.create_document(Name=name, DocumentType="Automation", Content=json.dumps(content))
        lab_api.api.region.documents.by_name[name].latest.ready = 0.0

    write("simple", nap())
    write("nap", nap(), Id={"type": "String"}, More={"type": "String", "default": ""})
    write("shell", SHELL, Id={"type": "String"})
    return write


def create(ssm: Any, **params: Any) -> str:
    return str(ssm.create_association(**params)["AssociationDescription"]["AssociationId"])


def executed(ssm: Any, target: dict[str, Any]) -> dict[str, Any]:
    """The execution that a target names as its output."""
    source = target["OutputSource"]
    assert source["OutputSourceType"] == "Automation"
    found: dict[str, Any] = ssm.get_automation_execution(AutomationExecutionId=source["OutputSourceId"])
    return found["AutomationExecution"]


@pytest.mark.usefixtures("runbook")
@pytest.mark.parametrize(
    ("asked", "kind", "given"),
    [
        pytest.param({"Name": "simple"}, "aws:NoOpAutomationTag", {NOBODY: {}}, id="simple"),
        pytest.param(
            ON_NODES, "ManagedInstance", {each: {"Id": [each]} for each in (ONE, TWO, THREE, FOUR)}, id="on nodes"
        ),
        pytest.param(
            {**ON_VALUES, "Parameters": {"More": ["m"]}},
            "ParameterValues",
            {each: {"Id": [each], "More": ["m"]} for each in ("a", "b")},
            id="on values",
        ),
        pytest.param(
            {"Name": "nap", "TargetMaps": [{"Id": ["a"], "More": ["1"]}, {"Id": ["b"], "More": ["2"]}]},
            "TargetMaps",
            {"a": {"Id": ["a"], "More": ["1"]}, "b": {"Id": ["b"], "More": ["2"]}},
            id="on target maps",
        ),
    ],
)
def test_each_target_has_an_execution_of_its_own(
    ssm: Any,
    nodes: dict[str, ScriptedNode],
    eventually: Callable[..., Any],
    asked: dict[str, Any],
    kind: str,
    given: dict[str, dict[str, list[str]]],
) -> None:
    association_id = create(ssm, **asked)
    (run,) = finished_runs(ssm, eventually, association_id)
    assert (run["Status"], run["ResourceCountByStatus"]) == ("Success", f"{{Success={len(given)}}}")
    found = run_targets(ssm, run)
    assert {target["ResourceType"] for target in found.values()} == {kind}
    executions = {name: executed(ssm, target) for name, target in found.items()}
    assert {name: execution["Parameters"] for name, execution in executions.items()} == given
    assert {execution["AssociationId"] for execution in executions.values()} == {association_id}
    assert len({execution["AutomationExecutionId"] for execution in executions.values()}) == len(given)
    described = ssm.describe_association(AssociationId=association_id)["AssociationDescription"]
    assert described["Overview"]["Status"] == "Success"
    assert {name for name, node in nodes.items() if node.jobs} == (set(given) & set(nodes))


def test_one_after_another_and_stopped_by_the_first_failure(
    ssm: Any, runbook: Any, nodes: dict[str, ScriptedNode], eventually: Callable[..., Any]
) -> None:
    nodes[ONE].shell = lambda _commands: Step(status="Failed", code=3)
    association_id = create(ssm, **ON_NODES, MaxConcurrency="1", MaxErrors="0")
    (run,) = finished_runs(ssm, eventually, association_id)
    found = run_targets(ssm, run)
    assert run["Status"] == "Failed"
    assert {name: target["Status"] for name, target in found.items()} == {
        ONE: "Failed", TWO: "Skipped", THREE: "Skipped", FOUR: "Skipped",
    }  # fmt: skip
    assert "OutputSource" not in found[TWO]
    execution = executed(ssm, found[ONE])
    assert (execution["AutomationExecutionStatus"], execution["StepExecutions"][0]["StepStatus"]) == (
        "Failed",
        "Failed",
    )


def test_what_ends_an_execution_ends_the_target(ssm: Any, runbook: Any, eventually: Callable[..., Any]) -> None:
    runbook("endless", nap(seconds="600"))
    association_id = create(ssm, Name="endless")

    def under_way() -> Any:
        runs = ssm.describe_association_executions(AssociationId=association_id)["AssociationExecutions"]
        found = run_targets(ssm, runs[0]) if runs else {}
        return found[NOBODY] if NOBODY in found and "OutputSource" in found[NOBODY] else None

    target = eventually(under_way)
    assert (target["Status"], target["DetailedStatus"]) == ("InProgress", "InProgress")
    assert executed(ssm, target)["AutomationExecutionStatus"] in ("Pending", "InProgress")
    ssm.stop_automation_execution(AutomationExecutionId=target["OutputSource"]["OutputSourceId"])
    (run,) = finished_runs(ssm, eventually, association_id)
    (over,) = run_targets(ssm, run).values()
    assert (run["Status"], over["Status"], over["DetailedStatus"]) == ("Failed", "Failed", "Cancelled")


@pytest.mark.parametrize("lab_overrides", [{"api.automation_limit": 1}])
def test_what_can_not_be_started_fails(ssm: Any, runbook: Any, eventually: Callable[..., Any]) -> None:
    runbook("endless", nap(seconds="600"))
    ssm.start_automation_execution(DocumentName="endless")
    (run,) = finished_runs(ssm, eventually, create(ssm, Name="simple"))
    (target,) = run_targets(ssm, run).values()
    assert (target["Status"], target["DetailedStatus"]) == ("Failed", "AutomationExecutionLimitExceededException")
    assert "OutputSource" not in target


@pytest.mark.parametrize(
    "asked",
    [
        pytest.param({"Name": "strange"}, id="a step"),
        pytest.param({**ON_NODES, "Targets": [{"Key": "InstanceIds", "Values": [ONE]}]}, id="instance ids"),
        pytest.param({**ON_NODES, "Targets": [*TAGGED, {"Key": "tag:Name", "Values": ["shop-1"]}]}, id="two keys"),
        pytest.param({**ON_NODES, "Targets": [{"Key": "resource-groups:Name", "Values": ["shop"]}]}, id="a group"),
        pytest.param({**ON_NODES, "Targets": [{"Key": "aws:NoOpAutomationTag", "Values": [NOBODY]}]}, id="no-op"),
        pytest.param({"Name": "nap", "TargetMaps": [{"Id": ["a"]}, {"Id": ["a"], "More": ["2"]}]}, id="same name"),
        pytest.param({"Name": "simple", "TargetLocations": [{"Regions": ["eu-west-1"]}]}, id="elsewhere"),
        pytest.param({"Name": "simple", "CalendarNames": ["days"]}, id="a calendar"),
        pytest.param({"Name": "simple", "AlarmConfiguration": {"Alarms": [{"Name": "a"}]}}, id="an alarm"),
    ],
)
def test_what_the_lab_can_not_run_it_keeps_and_refuses_to_run(
    ssm: Any, runbook: Any, refusal: Callable[..., str], asked: dict[str, Any]
) -> None:
    runbook("strange", {"name": "a", "action": "aws:executeScript", "inputs": {"Runtime": "PowerShell 7.4"}})
    later = {"ApplyOnlyAtCronInterval": True, "ScheduleExpression": "cron(0 2 ? * SUN *)"}
    association_id = create(ssm, **asked, **later)
    assert refusal(ssm.start_associations_once, AssociationIds=[association_id]) == "NotImplementedInLab"
    assert refusal(ssm.create_association, **asked) == "NotImplementedInLab"
    assert refusal(ssm.update_association, AssociationId=association_id, **asked) == "NotImplementedInLab"
    assert ssm.describe_association_executions(AssociationId=association_id)["AssociationExecutions"] == []
