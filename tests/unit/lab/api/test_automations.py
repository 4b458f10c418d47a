"""Automation, from StartAutomationExecution to what a runbook's steps did."""

from __future__ import annotations

import json
import uuid
from collections.abc import Callable
from typing import Any

import pytest
from lab.api.kit import Lab
from lab.api.scripted import ScriptedNode, Step

ONE, TWO, THREE, FOUR = (f"i-0000000000000000{number}" for number in range(1, 5))
SLEEP = {"name": "nap", "action": "aws:sleep", "inputs": {"Duration": "PT0.01S"}}
PAUSE = {"name": "hold", "action": "aws:pause", "inputs": {}}
FAIL = {"Service": "ssm", "Api": "GetParameter", "Name": "/not/there"}
Start = Callable[..., str]


def runbook(*steps: dict[str, Any], **top: Any) -> dict[str, Any]:
    return {"schemaVersion": "0.3", "mainSteps": list(steps), **top}


def shell(command: str = "id", name: str = "run", **more: Any) -> dict[str, Any]:
    inputs = {
        "DocumentName": "AWS-RunShellScript",
        "InstanceIds": ["{{ InstanceId }}"],
        "Parameters": {"commands": [command]},
    }
    return {"name": name, "action": "aws:runCommand", "inputs": inputs, **more}


ON_INSTANCE = {"parameters": {"InstanceId": {"type": "String"}}}


@pytest.fixture
def write(ssm: Any, eventually: Callable[..., Any]) -> Callable[..., str]:
    def create(content: dict[str, Any], name: str = "shop-runbook") -> str:
        ssm.create_document(Name=name, DocumentType="Automation", Content=json.dumps(content))
        eventually(lambda: ssm.describe_document(Name=name)["Document"]["Status"] == "Active")
        return name

    return create


@pytest.fixture
def start(ssm: Any, write: Callable[..., str]) -> Start:
    def begin(content: dict[str, Any] | None = None, **asked: Any) -> str:
        if content is not None:
            write(content)
        return str(ssm.start_automation_execution(**{"DocumentName": "shop-runbook", **asked})["AutomationExecutionId"])

    return begin


@pytest.fixture
def until(ssm: Any, eventually: Callable[..., Any]) -> Callable[..., dict[str, Any]]:
    """Wait until an execution has one of these statuses."""

    def look(execution_id: str, *statuses: str) -> dict[str, Any]:
        wanted = statuses or ("Success", "Failed", "TimedOut", "Cancelled")

        def seen() -> Any:
            found = ssm.get_automation_execution(AutomationExecutionId=execution_id)["AutomationExecution"]
            return found["AutomationExecutionStatus"] in wanted and found

        return dict(eventually(seen))

    return look


def statuses(execution: dict[str, Any]) -> dict[str, str]:
    return {step["StepName"]: step["StepStatus"] for step in execution["StepExecutions"]}


def test_a_runbook_runs_a_command_and_hands_its_output_on(
    start: Start, until: Any, nodes: dict[str, ScriptedNode]
) -> None:
    nodes[ONE].shell = lambda commands: Step(stdout=f"ran {commands[0]}")
    content = runbook(
        shell("echo {{ Word }} in {{ global:REGION }}"),
        shell("again: {{ run.Output }} for {{ automation:EXECUTION_ID }}", name="again"),
        parameters={**ON_INSTANCE["parameters"], "Word": {"type": "String", "default": "hello"}},
        outputs=["again.Output", "run.CommandId"],
    )
    execution_id = start(content, Parameters={"InstanceId": [ONE]})
    ended = until(execution_id)
    assert ended["AutomationExecutionStatus"] == "Success"
    assert ended["Parameters"] == {"InstanceId": [ONE], "Word": ["hello"]}
    first, second = ended["StepExecutions"]
    assert first["Outputs"]["Output"] == ["ran echo hello in eu-central-1"]
    assert first["Inputs"]["InstanceIds"] == f'["{ONE}"]'
    assert second["StepStatus"] == "Success"
    said = f"ran again: ran echo hello in eu-central-1 for {execution_id}"
    assert ended["Outputs"] == {"again.Output": [said], "run.CommandId": first["Outputs"]["CommandId"]}


def test_a_command_that_fails_ends_the_runbook_with_its_message(
    start: Start, until: Any, nodes: dict[str, ScriptedNode]
) -> None:
    nodes[ONE].shell = lambda _commands: Step(status="Failed", code=7, stderr="no space left")
    ended = until(start(runbook(shell(), SLEEP, **ON_INSTANCE), Parameters={"InstanceId": [ONE]}))
    assert ended["AutomationExecutionStatus"] == "Failed"
    assert statuses(ended) == {"run": "Failed", "nap": "Pending"}
    assert "ResponseCode=[7]" in ended["FailureMessage"]
    assert ended["FailureMessage"] == ended["StepExecutions"][0]["FailureMessage"]


def test_a_property_is_waited_for_and_asserted(start: Start, until: Any, lab_api: Lab) -> None:
    asked = {
        "Service": "ssm",
        "Api": "DescribeInstanceInformation",
        "Filters": [{"Key": "InstanceIds", "Values": ["{{ InstanceId }}"]}],
        "PropertySelector": "$.InstanceInformationList[0].PingStatus",
        "DesiredValues": ["Online"],
    }
    content = runbook(
        {"name": "wait", "action": "aws:waitForAwsResourceProperty", "timeoutSeconds": 5, "inputs": asked},
        {"name": "assert", "action": "aws:assertAwsResourceProperty", "inputs": {**asked, "DesiredValues": ["Lost"]}},
        **ON_INSTANCE,
    )
    execution_id = start(content, Parameters={"InstanceId": [ONE]})
    until(execution_id, "InProgress")
    lab_api.start_nodes(ONE)
    ended = until(execution_id)
    assert statuses(ended) == {"wait": "Success", "assert": "Failed"}
    assert "'Online'" in ended["FailureMessage"]


def test_calls_of_a_runbook_reach_every_service_and_are_nobodys_of_the_controller(
    start: Start, until: Any, lab_api: Lab
) -> None:
    ask = {"Service": "ec2", "Api": "DescribeInstances", "InstanceIds": ["{{ InstanceId }}"]}
    picked = [
        {"Name": "Zone", "Selector": "$.Reservations[0].Instances[0].Placement.AvailabilityZone", "Type": "String"},
        {"Name": "Keys", "Selector": "$.Reservations[0].Instances[0].Tags[*].Key", "Type": "StringList"},
    ]
    content = runbook(
        {"name": "look", "action": "aws:executeAwsApi", "inputs": ask, "outputs": picked},
        {"name": "groups", "action": "aws:executeAwsApi", "inputs": {"Service": "elbv2", "Api": "describe_rules",
         "ListenerArn": "no-arn"}},
        outputs=["look.Zone", "look.Keys"],
        **ON_INSTANCE,
    )
    ended = until(start(content, Parameters={"InstanceId": [ONE]}))
    assert ended["Outputs"]["look.Zone"] == ["eu-central-1a"]
    assert sorted(ended["Outputs"]["look.Keys"]) == ["App", "Lab", "Name"]
    assert statuses(ended) == {"look": "Success", "groups": "Failed"}
    assert not lab_api.calls("DescribeInstances")
