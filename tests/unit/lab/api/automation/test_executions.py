"""Automation: executions from StartAutomationExecution to the results of their steps."""

from __future__ import annotations

import json
import uuid
from collections.abc import Callable
from typing import Any

import pytest
from lab.api.documents.content import check_content
from lab.api.errors import ApiError
from lab.api.testing.kit import Lab
from lab.api.testing.scripted_node import ScriptedNode, Step

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
        {
            "name": "groups",
            "action": "aws:executeAwsApi",
            "inputs": {"Service": "elbv2", "Api": "describe_rules", "ListenerArn": "no-arn"},
        },
        outputs=["look.Zone", "look.Keys"],
        **ON_INSTANCE,
    )
    ended = until(start(content, Parameters={"InstanceId": [ONE]}))
    assert ended["Outputs"]["look.Zone"] == ["eu-central-1a"]
    assert sorted(ended["Outputs"]["look.Keys"]) == ["App", "Lab", "Name"]
    assert statuses(ended) == {"look": "Success", "groups": "Failed"}
    assert not lab_api.calls("DescribeInstances")


def fails(name: str = "bad", **more: Any) -> dict[str, Any]:
    return {"name": name, "action": "aws:executeAwsApi", "inputs": FAIL, **more}


def nap(name: str, **more: Any) -> dict[str, Any]:
    return {**SLEEP, "name": name, **more}


P, S, F, T = "Pending", "Success", "Failed", "TimedOut"


@pytest.mark.parametrize(
    ("steps", "seen", "status"),
    [
        pytest.param([fails(), nap("n")], [F, P], F, id="Abort is the default"),
        pytest.param([fails(onFailure="Continue"), nap("n")], [F, S], S, id="Continue is not critical"),
        pytest.param([fails(onFailure="Continue", isCritical=True), nap("n")], [F, S], F, id="unless it says so"),
        pytest.param([fails(onFailure="step:n"), nap("skipped"), nap("n")], [F, P, S], S, id="to another step"),
        pytest.param([fails(onFailure="step:n", isCritical=True), nap("n")], [F, S], F, id="to another, critical"),
        pytest.param([fails(onFailure="Continue", isEnd=True), nap("n")], [F, P], S, id="the end when it fails"),
        pytest.param([nap("a", isEnd=True), nap("n")], [S, P], S, id="the end when it succeeds"),
        pytest.param([nap("a", nextStep="n"), nap("skipped"), nap("n")], [S, P, S], S, id="nextStep"),
        pytest.param([{**PAUSE, "timeoutSeconds": 0}, nap("n")], [T, P], T, id="timed out"),
        pytest.param([{**PAUSE, "timeoutSeconds": 0, "onFailure": "Continue"}, nap("n")], [T, S], S, id="and went on"),
    ],
)
def test_what_a_failure_leads_to(
    start: Start, until: Any, steps: list[dict[str, Any]], seen: list[str], status: str
) -> None:
    ended = until(start(runbook(*steps)))
    assert list(statuses(ended).values()) == seen
    assert ended["AutomationExecutionStatus"] == status
    assert bool(ended.get("FailureMessage")) == (status != S)


def branch(*choices: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"name": "choose", "action": "aws:branch", "inputs": {"Choices": list(choices), **more}}


WORD = "{{ Word }}"


@pytest.mark.parametrize(("word", "seen"), [("a", [S, S, P, P]), ("b", [S, P, S, P]), ("c", [S, P, P, S])])
def test_a_branch_leads_to_a_step(start: Start, until: Any, word: str, seen: list[str]) -> None:
    choices = [{"NextStep": name, "Variable": WORD, "StringEquals": name} for name in ("a", "b")]
    steps = [nap(name, isEnd=True) for name in ("a", "b", "other")]
    content = runbook(branch(*choices, Default="other"), *steps, parameters={"Word": {"type": "String"}})
    assert list(statuses(until(start(content, Parameters={"Word": [word]}))).values()) == seen


def test_a_step_is_tried_as_often_as_it_says(start: Start, until: Any, nodes: dict[str, ScriptedNode]) -> None:
    answers = [Step(status="Failed", code=1), Step(status="Failed", code=1), Step(stdout="third time")]
    nodes[ONE].shell = lambda _commands: answers.pop(0)
    ended = until(start(runbook(shell(maxAttempts=3), **ON_INSTANCE), Parameters={"InstanceId": [ONE]}))
    assert ended["StepExecutions"][0]["Outputs"]["Output"] == ["third time"]


def test_a_timeout_cancels_the_command(
    start: Start, until: Any, ssm: Any, nodes: dict[str, ScriptedNode], eventually: Any
) -> None:
    nodes[ONE].hold()
    content = runbook(
        shell(timeoutSeconds="{{ Patience }}"),
        parameters={**ON_INSTANCE["parameters"], "Patience": {"type": "Integer", "default": 0}},
    )
    ended = until(start(content, Parameters={"InstanceId": [ONE]}))
    assert (ended["AutomationExecutionStatus"], statuses(ended)) == ("TimedOut", {"run": "TimedOut"})
    # Cancelled when the node had not fetched it yet.
    eventually(lambda: {command["Status"] for command in ssm.list_commands()["Commands"]} & {"Cancelled", "Cancelling"})


def approval(*approvers: str, needed: int = 1) -> dict[str, Any]:
    return {"name": "ask", "action": "aws:approve", "inputs": {"Approvers": approvers, "MinRequiredApprovals": needed}}


@pytest.mark.parametrize(("kind", "status", "said"), [("Approve", S, "Approved"), ("Reject", F, "Rejected")])
def test_somebody_decides(start: Start, until: Any, ssm: Any, kind: str, status: str, said: str) -> None:
    execution_id = start(runbook(approval("operator"), SLEEP))
    waiting = until(execution_id, "Waiting")
    assert (waiting["CurrentStepName"], waiting["CurrentAction"]) == ("ask", "aws:approve")
    assert statuses(waiting) == {"ask": "Waiting", "nap": "Pending"}
    ssm.send_automation_signal(AutomationExecutionId=execution_id, SignalType=kind, Payload={"Comment": ["well"]})
    ended = until(execution_id)
    assert ended["AutomationExecutionStatus"] == status
    assert ended["StepExecutions"][0]["Outputs"]["ApprovalStatus"] == [said]


def test_one_person_is_not_two_approvals(start: Start, until: Any, ssm: Any, refusal: Callable[..., str]) -> None:
    execution_id = start(runbook(approval("operator", "somebody", needed=2)))
    until(execution_id, "Waiting")
    sent = {"AutomationExecutionId": execution_id, "SignalType": "Approve"}
    ssm.send_automation_signal(**sent)
    assert refusal(ssm.send_automation_signal, **sent) == "InvalidAutomationSignalException"
    assert until(execution_id, "Waiting")


def test_a_pause_ends_with_resume(start: Start, until: Any, ssm: Any, refusal: Callable[..., str]) -> None:
    execution_id = start(runbook(PAUSE, SLEEP))
    until(execution_id, "Waiting")
    sent = {"AutomationExecutionId": execution_id}
    wrong: list[tuple[str, dict[str, list[str]], str]] = [
        ("Resume", {"StepName": ["nowhere"]}, "AutomationStepNotFoundException"),
        ("Resume", {"StepName": ["nap"]}, "InvalidAutomationSignalException"),
        ("StartStep", {"StepName": ["hold"]}, "InvalidAutomationSignalException"),
        ("StopStep", {"StepExecutionId": ["nothing"]}, "AutomationStepNotFoundException"),
        ("Approve", {}, "InvalidAutomationSignalException"),
        ("Revoke", {}, "NotImplementedInLab"),
    ]
    for kind, payload, code in wrong:
        told = {"Payload": payload} if payload else {}
        assert refusal(ssm.send_automation_signal, **sent, SignalType=kind, **told) == code
    ssm.send_automation_signal(**sent, SignalType="Resume", Payload={"StepName": ["hold"]})
    assert until(execution_id)["AutomationExecutionStatus"] == "Success"
    assert refusal(ssm.send_automation_signal, **sent, SignalType="Approve") == "InvalidAutomationSignalException"


def test_interactive_goes_step_by_step(start: Start, until: Any, ssm: Any, eventually: Any) -> None:
    execution_id = start(runbook(SLEEP, PAUSE), Mode="Interactive")
    sent = {"AutomationExecutionId": execution_id}
    until(execution_id, "Waiting")
    ssm.send_automation_signal(**sent, SignalType="StartStep", Payload={"StepName": ["nap"]})
    eventually(lambda: until(execution_id, "Waiting")["CurrentStepName"] == "hold")
    ssm.send_automation_signal(**sent, SignalType="StartStep", Payload={"StepName": ["hold"]})
    eventually(lambda: statuses(until(execution_id, "Waiting"))["hold"] == "Waiting")
    step_id = until(execution_id, "Waiting")["StepExecutions"][1]["StepExecutionId"]
    ssm.send_automation_signal(**sent, SignalType="StopStep", Payload={"StepExecutionId": [step_id]})
    eventually(lambda: statuses(until(execution_id, "Waiting"))["hold"] == "Cancelled")
    ssm.stop_automation_execution(**sent, Type="Complete")
    assert statuses(until(execution_id)) == {"nap": "Success", "hold": "Cancelled"}


def test_a_stop_cancels_what_runs(
    start: Start, until: Any, ssm: Any, nodes: dict[str, ScriptedNode], refusal: Callable[..., str], eventually: Any
) -> None:
    nodes[ONE].hold()
    execution_id = start(runbook(shell(), SLEEP, **ON_INSTANCE), Parameters={"InstanceId": [ONE]})
    eventually(lambda: statuses(until(execution_id, "InProgress", "Pending"))["run"] == "InProgress")
    stopped = {"AutomationExecutionId": execution_id}
    ssm.stop_automation_execution(**stopped)
    ended = until(execution_id)
    assert ended["AutomationExecutionStatus"] == "Cancelled"
    assert statuses(ended) == {"run": "Cancelled", "nap": "Pending"}
    assert refusal(ssm.stop_automation_execution, **stopped) == "InvalidAutomationStatusUpdateException"


def test_a_runbook_runs_a_runbook(start: Start, until: Any, ssm: Any, write: Callable[..., str]) -> None:
    look = {"Service": "sts", "Api": "GetCallerIdentity"}
    picked = [{"Name": "Account", "Selector": "$.Account", "Type": "String"}]
    step = {"name": "who", "action": "aws:executeAwsApi", "inputs": look, "outputs": picked}
    write(runbook(step, outputs=["who.Account"]), "shop-inner")
    outer = {"name": "inner", "action": "aws:executeAutomation", "inputs": {"DocumentName": "shop-inner"}}
    ended = until(start(runbook(outer, outputs=["inner.Output"])))
    assert ended["Outputs"] == {"inner.Output": ["123456789012"]}
    [child] = children(ssm, ended["AutomationExecutionId"])
    assert ended["StepExecutions"][0]["Outputs"]["ExecutionId"] == [child["AutomationExecutionId"]]


def children(ssm: Any, execution_id: str) -> list[dict[str, Any]]:
    asked = [{"Key": "ParentExecutionId", "Values": [execution_id]}]
    return list(ssm.describe_automation_executions(Filters=asked)["AutomationExecutionMetadataList"])


APP = {"Targets": [{"Key": "tag:App", "Values": ["shop"]}], "TargetParameterName": "InstanceId"}


def test_each_target_is_an_execution(start: Start, until: Any, ssm: Any, nodes: dict[str, ScriptedNode]) -> None:
    ended = until(start(runbook(shell(), **ON_INSTANCE), **APP, MaxConcurrency="2"))
    assert ended["AutomationExecutionStatus"] == "Success"
    assert statuses(ended) == dict.fromkeys((ONE, TWO, THREE, FOUR), "Success")
    assert ended["ResolvedTargets"]["ParameterValues"] == [ONE, TWO, THREE, FOUR]
    assert ended["TargetsSummary"]["SuccessfulCount"] == 4
    found = children(ssm, ended["AutomationExecutionId"])
    assert sorted(child["Target"] for child in found) == [ONE, TWO, THREE, FOUR]


def test_no_more_at_once_than_allowed(
    start: Start, until: Any, ssm: Any, nodes: dict[str, ScriptedNode], eventually: Any
) -> None:
    for node in nodes.values():
        node.hold()
    execution_id = start(runbook(shell(), **ON_INSTANCE), **APP, MaxConcurrency="50%")
    eventually(lambda: len(nodes[ONE].jobs) == len(nodes[TWO].jobs) == 1)
    assert list(statuses(until(execution_id, "InProgress")).values()) == ["InProgress"] * 2 + ["Pending"] * 2
    nodes[ONE].release()
    eventually(lambda: nodes[THREE].jobs)
    assert not nodes[FOUR].jobs
    ssm.stop_automation_execution(AutomationExecutionId=execution_id)
    ended = until(execution_id)
    assert statuses(ended) == {ONE: "Success", TWO: "Cancelled", THREE: "Cancelled", FOUR: "Pending"}


@pytest.mark.parametrize(
    ("errors", "status", "seen"),
    [("0", F, [F, "Cancelled", "Cancelled", "Cancelled"]), ("1", F, [F, F, "Cancelled", "Cancelled"]),
     ("50%", S, [F, F, S, S])],
)  # fmt: skip
def test_too_many_errors_start_no_more(
    start: Start, until: Any, nodes: dict[str, ScriptedNode], errors: str, status: str, seen: list[str]
) -> None:
    for instance_id in (ONE, TWO):
        nodes[instance_id].shell = lambda _commands: Step(status="Failed", code=1)
    ended = until(start(runbook(shell(), **ON_INSTANCE), **APP, MaxConcurrency="1", MaxErrors=errors))
    assert ended["AutomationExecutionStatus"] == status
    assert list(statuses(ended).values()) == seen


def test_target_maps(start: Start, until: Any, ssm: Any) -> None:
    content = runbook(SLEEP, parameters={"A": {"type": "String"}, "B": {"type": "String", "default": "b"}})
    ended = until(start(content, TargetMaps=[{"A": ["1"], "B": ["x"]}, {"A": ["2"]}], TargetParameterName="A"))
    assert statuses(ended) == {"1": "Success", "2": "Success"}
    given = {
        child["Target"]: ssm.get_automation_execution(AutomationExecutionId=child["AutomationExecutionId"])[
            "AutomationExecution"
        ]["Parameters"]
        for child in children(ssm, ended["AutomationExecutionId"])
    }
    assert given == {"1": {"A": ["1"], "B": ["x"]}, "2": {"A": ["2"], "B": ["b"]}}


NO_SUCH_PARAMETERS = "InvalidAutomationExecutionParametersException"


REFUSED: list[tuple[dict[str, Any], str]] = [
    ({"DocumentName": "no-such-runbook"}, "AutomationDefinitionNotFoundException"),
    ({"DocumentName": "AWS-RunShellScript"}, "AutomationDefinitionNotFoundException"),
    ({"DocumentVersion": "9"}, "AutomationDefinitionVersionNotFoundException"),
    ({"Parameters": {}}, "ValidationException"),
    ({"Parameters": {"A": ["1"], "C": ["1"]}}, NO_SUCH_PARAMETERS),
    ({"Parameters": {"B": ["1"]}}, NO_SUCH_PARAMETERS),
    ({"Parameters": {"A": ["1", "2"]}}, NO_SUCH_PARAMETERS),
    ({"Parameters": {"A": ["9"]}}, NO_SUCH_PARAMETERS),
    ({"Parameters": {"A": ["1"], "B": ["many"]}}, NO_SUCH_PARAMETERS),
    ({"TargetParameterName": "A"}, NO_SUCH_PARAMETERS),
    ({"TargetParameterName": "a", "Targets": [{"Key": "tag:App", "Values": ["shop"]}]}, NO_SUCH_PARAMETERS),
    ({"TargetParameterName": "A", "Targets": [{"Key": "ParameterValues"}]}, "InvalidTarget"),
    ({"TargetParameterName": "A", "Targets": [{"Key": "Colour", "Values": ["red"]}]}, "InvalidTarget"),
    ({"TargetMaps": [{"A": ["1"]}], "Targets": [{"Key": "tag:App", "Values": ["shop"]}]}, NO_SUCH_PARAMETERS),
    ({"Tags": [{"Key": f"k{n}", "Value": ""} for n in range(6)]}, "ValidationException"),
    ({"ClientToken": "none"}, "ValidationException"),
    ({"TargetLocations": [{"Accounts": ["1"], "Regions": ["eu-west-1"]}]}, "NotImplementedInLab"),
    ({"TargetParameterName": "A", "Targets": [{"Key": "ResourceGroup", "Values": ["x"]}]}, "NotImplementedInLab"),
    ({"TargetParameterName": "A", "Targets": [{"Key": "InstanceIds", "Values": ["i-1"]}]}, "NotImplementedInLab"),
    ({"AlarmConfiguration": {"Alarms": [{"Name": "a"}]}}, "NotImplementedInLab"),
    ({"Parameters": {"A": ["{{ssm:x}}"]}}, "NotImplementedInLab"),
]


def test_refusals_of_a_start(lab_api: Lab, write: Callable[..., str], refusal: Callable[..., str]) -> None:
    parameters = {"A": {"type": "String", "allowedValues": ["1", "2"]}, "B": {"type": "Integer", "default": 1}}
    write(runbook(SLEEP, parameters=parameters))
    client = lab_api.client("ssm", checked=False)
    for asked, code in REFUSED:
        given = {} if "Targets" in asked or "TargetMaps" in asked else {"Parameters": {"A": ["1"]}}
        sent = {"DocumentName": "shop-runbook", **given, **asked}
        assert refusal(client.start_automation_execution, **sent) == code, asked
    assert not client.describe_automation_executions()["AutomationExecutionMetadataList"]


NOT_DONE: list[dict[str, Any]] = [
    {"name": "s", "action": "aws:executeScript", "inputs": {"Runtime": "PowerShell 7.4", "Script": "Get-Date"}},
    {"name": "s", "action": "aws:runInstances", "inputs": {"ImageId": "ami-1"}},
    {**SLEEP, "onCancel": "Abort"},
    {**approval("operator"), "inputs": {"Approvers": ["operator"], "NotificationArn": "arn:aws:sns:x:1:Auto"}},
    {**SLEEP, "inputs": {"Duration": "{{ ssm:pause }}"}},
    {"name": "s", "action": "aws:executeAwsApi", "inputs": {"Service": "s3", "Api": "ListBuckets"}},
    {"name": "s", "action": "aws:executeAwsApi", "inputs": {"Service": "ec2", "Api": "RunInstances"}},
    {
        "name": "s",
        "action": "aws:executeAwsApi",
        "inputs": {"Service": "ec2", "Api": "DescribeVpcs"},
        "outputs": [{"Name": "n", "Selector": "$..VpcId", "Type": "String"}],
    },
]


def test_what_the_lab_does_not_do_is_refused_at_the_start(
    ssm: Any, eventually: Any, refusal: Callable[..., str]
) -> None:
    for number, step in enumerate(NOT_DONE):
        content = json.dumps(runbook(step))
        ssm.create_document(Name=f"shop-{number}", DocumentType="Automation", Content=content)
    eventually(lambda: ssm.describe_document(Name=f"shop-{number}")["Document"]["Status"] == "Active")
    for number, step in enumerate(NOT_DONE):
        assert refusal(ssm.start_automation_execution, DocumentName=f"shop-{number}") == "NotImplementedInLab", step


@pytest.mark.parametrize(
    "content",
    [
        {"schemaVersion": "0.3"},
        runbook(SLEEP, unknown=1),
        runbook(SLEEP, SLEEP),
        runbook({"name": "no action"}),
        runbook({**SLEEP, "action": "sleep"}),
        runbook({**SLEEP, "nextStep": "nowhere"}),
        runbook({**SLEEP, "onFailure": "step:nowhere"}),
        runbook({**SLEEP, "onFailure": "Retry"}),
        runbook({**SLEEP, "nextStep": "nap"}),
        runbook({**SLEEP, "inputs": {"Duration": "{{ Unknown }}"}}),
        runbook({**SLEEP, "inputs": {"Duration": "{{ nowhere.Output }}"}}),
        runbook(SLEEP, outputs=["nowhere.Output"]),
        runbook(SLEEP, parameters={"A": {"type": "Number"}}),
        runbook(branch({"NextStep": "choose2", "Variable": "x", "Resembles": "y"}), nap("choose2")),
        runbook(branch()),
    ],
)
def test_a_runbook_that_makes_no_sense_is_not_taken(content: dict[str, Any]) -> None:
    with pytest.raises(ApiError) as refused:
        check_content(content, "Automation")
    assert refused.value.code == "InvalidDocumentContent"


def test_a_token_starts_once(start: Start, until: Any, refusal: Callable[..., str], ssm: Any) -> None:
    token = str(uuid.uuid4())
    first = start(runbook(SLEEP, parameters={"A": {"type": "String", "default": "1"}}), ClientToken=token)
    assert start(ClientToken=token.upper()) == first
    asked = {"DocumentName": "shop-runbook", "ClientToken": token}
    other = {**asked, "Parameters": {"A": ["2"]}}
    assert refusal(ssm.start_automation_execution, **other) == "IdempotentParameterMismatch"
    until(first)
    assert len(ssm.describe_automation_executions()["AutomationExecutionMetadataList"]) == 1


@pytest.mark.parametrize("lab_overrides", [{"api.automation_limit": 1}])
def test_too_many_at_once(start: Start, refusal: Callable[..., str], ssm: Any) -> None:
    start(runbook(PAUSE))
    code = refusal(ssm.start_automation_execution, DocumentName="shop-runbook")
    assert code == "AutomationExecutionLimitExceededException"


def test_executions_are_found(start: Start, until: Any, ssm: Any, refusal: Callable[..., str]) -> None:
    first = start(runbook(SLEEP), Tags=[{"Key": "Team", "Value": "shop"}])
    until(first)
    second = start()
    until(second)

    def found(key: str, *values: str) -> list[str]:
        told = ssm.describe_automation_executions(Filters=[{"Key": key, "Values": list(values)}])
        return [item["AutomationExecutionId"] for item in told["AutomationExecutionMetadataList"]]

    assert found("DocumentNamePrefix", "shop-") == [second, first]
    assert found("TagKey", "Team") == [first]
    assert found("ExecutionId", second) == [second]
    assert found("ExecutionStatus", "Failed", "Success") == [second, first]
    assert found("StartTimeAfter", "2100-01-01T00:00:00Z") == found("CurrentAction", "aws:sleep") == []
    assert found("AutomationType", "Local") == found("StartTimeBefore", "2100-01-01T00:00:00Z")
    asked = {"Key": "ExecutionStatus", "Values": ["Fine"]}
    assert refusal(ssm.describe_automation_executions, Filters=[asked]) == "InvalidFilterValue"
    asked = {"Key": "OpsItemId", "Values": ["oi-1"]}
    assert refusal(ssm.describe_automation_executions, Filters=[asked]) == "NotImplementedInLab"
    assert refusal(ssm.describe_automation_executions, NextToken="x") == "InvalidNextToken"
    assert ssm.list_tags_for_resource(ResourceType="Automation", ResourceId=first)["TagList"] == [
        {"Key": "Team", "Value": "shop"}
    ]


@pytest.mark.parametrize("lab_overrides", [{"api.automation_steps_shown": 2}])
def test_many_steps_come_in_pages(start: Start, until: Any, ssm: Any, refusal: Callable[..., str]) -> None:
    ended = until(start(runbook(*(nap(f"n{number}") for number in range(5)))))
    assert (len(ended["StepExecutions"]), ended["StepExecutionsTruncated"]) == (2, True)
    asked = {"AutomationExecutionId": ended["AutomationExecutionId"]}
    first = ssm.describe_automation_step_executions(**asked, MaxResults=3)
    rest = ssm.describe_automation_step_executions(**asked, MaxResults=3, NextToken=first["NextToken"])
    names = [step["StepName"] for page in (first, rest) for step in page["StepExecutions"]]
    assert names == [f"n{number}" for number in range(5)]
    wanted = [{"Key": "StepName", "Values": ["n3"]}]
    assert len(ssm.describe_automation_step_executions(**asked, Filters=wanted)["StepExecutions"]) == 1
    nobody = "00000000-0000-0000-0000-000000000000"
    for operation in ("get_automation_execution", "describe_automation_step_executions", "stop_automation_execution"):
        code = refusal(getattr(ssm, operation), AutomationExecutionId=nobody)
        assert code == "AutomationExecutionNotFoundException"


def test_others_start_executions_too(lab_api: Lab, write: Callable[..., str], eventually: Any) -> None:
    """The one entry that associations and maintenance windows use."""
    write(runbook(SLEEP))
    ended: list[str] = []
    with lab_api.api.region.engine.lock:
        execution = lab_api.api.region.automations.start(
            {"DocumentName": "shop-runbook"}, association_id="a-1", on_end=lambda over: ended.append(over.status)
        )
    assert eventually(lambda: ended) == ["Success"]
    assert execution.over


def test_the_lab_takes_its_threads_with_it(lab_api: Lab, start: Start, until: Any) -> None:
    until(start(runbook(PAUSE)), "Waiting")
    automations = lab_api.api.region.automations
    [thread] = [thread for thread in automations._threads if thread.is_alive()]
    lab_api.api.close()
    assert not thread.is_alive()
