"""ssm_automation against the lab's API, run as Ansible runs it."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from typing import Any, NoReturn

import pytest
from ansible_collections.steadyfleet.aws_patching.plugins.module_utils._common.errors import AwsError
from ansible_collections.steadyfleet.aws_patching.plugins.module_utils._runnable import api
from lab.api.testing.kit import Lab, RunModule
from lab.api.testing.scripted_node import ScriptedNode, Step

ONE, TWO, THREE, FOUR = (f"i-0000000000000000{number}" for number in range(1, 5))
NAME = "shop-runbook"
NAP = {"name": "nap", "action": "aws:sleep", "inputs": {"Duration": "PT0.01S"}}
PAUSE = {"name": "hold", "action": "aws:pause", "inputs": {}}
ASK = {"name": "ask", "action": "aws:approve", "inputs": {"Approvers": ["operator"]}}
SHELL = {
    "name": "run",
    "action": "aws:runCommand",
    "inputs": {
        "DocumentName": "AWS-RunShellScript",
        "InstanceIds": ["{{ InstanceId }}"],
        "Parameters": {"commands": ["id"]},
    },
}
INSTANCE = {"InstanceId": {"type": "String"}}
APP: dict[str, Any] = {"targets": [{"key": "tag:App", "values": ["shop"]}], "target_parameter_name": "InstanceId"}
Run = Callable[..., dict[str, Any]]


@pytest.fixture
def automation(run_module: RunModule) -> Run:
    def run(check: bool = False, **options: Any) -> dict[str, Any]:
        quick = {"poll_interval": 0.02, "wait_timeout": 10}
        named = {} if "execution_id" in options else {"document_name": NAME}
        return run_module("ssm_automation", {**quick, **named, **options}, check=check)

    return run


@pytest.fixture
def runbook(aws: Lab) -> Callable[..., None]:
    """Write the runbook, and forget the calls that it took."""

    def write(*steps: dict[str, Any], name: str = NAME, **top: Any) -> None:
        ssm = aws.client("ssm")
        content = json.dumps({"schemaVersion": "0.3", "mainSteps": list(steps), **top})
        ssm.create_document(Name=name, DocumentType="Automation", Content=content)
        while ssm.describe_document(Name=name)["Document"]["Status"] != "Active":
            time.sleep(0.01)
        aws.forget_calls()

    return write


def actions(lab: Lab) -> list[str]:
    return [call.action for call in lab.calls()]


def executions(lab: Lab) -> int:
    return len(lab.api.region.automations.by_id)


def four_steps(lab: Lab, run: Run, writes: list[str], **options: Any) -> dict[str, Any]:
    """Check, real, check again, real again: predicted truly, and written once."""
    lab.forget_calls()
    predicted = run(check=True, **options)
    assert not lab.writes()
    done = run(**options)
    assert lab.writes() == writes
    assert (predicted["failed"], done["failed"]) == (False, False), done
    assert (predicted["changed"], done["changed"]) == (True, True)
    assert predicted["diff"] == done["diff"]
    lab.forget_calls()
    for check in (True, False):
        again = run(check=check, **options)
        assert (again["failed"], again["changed"]) == (False, False), again
        assert again["diff"]["before"] == again["diff"]["after"]
        assert again["execution"] == done["execution"]
    assert not lab.writes()
    return done


def test_once_for_a_token(automation: Run, runbook: Any, aws: Lab) -> None:
    runbook(NAP, parameters={"Words": {"type": "StringList"}}, outputs=["nap.Nothing"])
    options = {"parameters": {"Words": ["a", "b"]}, "client_token": "release-7"}
    done = four_steps(aws, automation, ["StartAutomationExecution"], **options)
    assert actions(aws) == ["DescribeAutomationExecutions", "GetAutomationExecution"] * 2
    assert executions(aws) == 1
    execution = done["execution"]
    assert (execution["status"], execution["document_version"]) == ("Success", "1")
    assert execution["parameters"] == {"Words": ["a", "b"]}
    assert [(step["name"], step["status"]) for step in execution["steps"]] == [("nap", "Success")]
    assert execution["started_at"] <= execution["steps"][0]["started_at"] <= execution["ended_at"]
    assert done["diff"] == {"before": {}, "after": {"document_name": NAME, **options}}


def test_without_a_token_every_run_is_another_execution(automation: Run, runbook: Any, aws: Lab) -> None:
    runbook(NAP)
    first, second = automation(), automation()
    assert first["changed"]
    assert second["changed"]
    assert first["execution"]["execution_id"] != second["execution"]["execution_id"]
    assert aws.writes() == ["StartAutomationExecution"] * 2


def test_check_mode_predicts_what_a_start_returns(automation: Run, runbook: Any, aws: Lab) -> None:
    runbook(PAUSE, parameters=INSTANCE)
    options = {"parameters": {"InstanceId": ONE}, "wait": False}
    predicted, done = automation(check=True, **options), automation(**options)
    assert {**predicted["execution"], "execution_id": done["execution"]["execution_id"]} == done["execution"]
    assert actions(aws) == [*["DescribeDocument", "GetDocument"] * 2, "StartAutomationExecution"]


def test_a_token_of_something_else_is_refused(automation: Run, runbook: Any, aws: Lab) -> None:
    runbook(NAP, parameters={"Word": {"type": "String", "default": "a"}})
    automation(client_token="7", parameters={"Word": "b"})
    aws.forget_calls()
    assert not automation(client_token="7")["changed"]  # asks nothing of Word
    for options in ({"parameters": {"Word": "c"}}, {"mode": "Interactive"}):
        result = automation(client_token="7", **options)
        assert result["failed"]
        assert (
            f"client_token 7 was already used for execution {next(iter(aws.api.region.automations.by_id))}"
            in (result["msg"])
        )
    assert not aws.writes()


def test_a_failure_names_the_step_and_its_message(
    automation: Run, runbook: Any, aws: Lab, nodes: dict[str, ScriptedNode]
) -> None:
    nodes[ONE].shell = lambda _commands: Step(status="Failed", code=7, stderr="no space left")
    runbook(NAP, SHELL, {**NAP, "name": "later"}, parameters=INSTANCE)
    result = automation(parameters={"InstanceId": ONE}, client_token="x")
    execution = result["execution"]
    assert (result["failed"], result["changed"], execution["status"]) == (True, True, "Failed")
    start = f"execution {execution['execution_id']} of {NAME} is Failed in step run (aws:runCommand): "
    assert result["msg"].startswith(start + "Step fails when it is Poll action status for completion. ")
    assert "ResponseCode=[7]" in result["msg"]
    assert "\n" not in result["msg"]
    assert "Troubleshooting Guide" not in result["msg"]
    assert [step["status"] for step in execution["steps"]] == ["Success", "Failed", "Pending"]
    assert execution["failed_steps"] == ["run"]
    for check in (True, False):
        again = automation(check=check, parameters={"InstanceId": ONE}, client_token="x")
        assert (again["failed"], again["changed"], again["msg"]) == (True, False, result["msg"])


def test_a_failed_step_that_did_not_matter_is_shown(automation: Run, runbook: Any) -> None:
    runbook({**PAUSE, "timeoutSeconds": 0, "onFailure": "Continue"}, NAP)
    result = automation()
    assert (result["failed"], result["execution"]["status"]) == (False, "Success")
    assert result["execution"]["failed_steps"] == ["hold"]


def test_every_target_counts(automation: Run, runbook: Any, aws: Lab, nodes: dict[str, ScriptedNode]) -> None:
    runbook(SHELL, parameters=INSTANCE)
    done = four_steps(aws, automation, ["StartAutomationExecution"], **APP, client_token="all")
    calls = ["DescribeAutomationExecutions", "GetAutomationExecution", "DescribeAutomationExecutions"]
    assert actions(aws) == calls * 2
    execution = done["execution"]
    assert sorted(child["target"] for child in execution["children"]) == [ONE, TWO, THREE, FOUR]
    assert execution["resolved_targets"] == [ONE, TWO, THREE, FOUR]


def test_one_failed_target_is_a_failure(automation: Run, runbook: Any, nodes: dict[str, ScriptedNode]) -> None:
    nodes[TWO].shell = lambda _commands: Step(status="Failed", code=3, stderr="full")
    runbook(SHELL, parameters=INSTANCE)
    result = automation(**APP, max_concurrency="1", max_errors="100%")
    assert result["execution"]["status"] == "Success"
    assert result["failed"]
    assert (
        f"1 of 4 targets of execution {result['execution']['execution_id']} of {NAME} did not succeed: "
        in (result["msg"])
    )
    assert f"{TWO}: Failed in step run (aws:runCommand): Step fails" in result["msg"]
    children = {child["target"]: child for child in result["execution"]["children"]}
    assert children[TWO]["failed_steps"] == ["run"]
    assert children[THREE]["status"] == "Success"


def test_targets_that_match_nothing_are_a_failure(automation: Run, runbook: Any) -> None:
    runbook(NAP, parameters=INSTANCE)
    result = automation(**{**APP, "targets": [{"key": "tag:App", "values": ["nobody"]}]})
    assert result["failed"]
    assert "ran nowhere: nothing matches its targets" in result["msg"]


def test_target_maps(automation: Run, runbook: Any) -> None:
    runbook(NAP, parameters={"A": {"type": "String"}, "N": {"type": "Integer", "default": 0}})
    result = automation(target_maps=[{"A": "x", "N": 1}, {"A": "y"}], target_parameter_name="A")
    assert [child["target"] for child in result["execution"]["children"]] == ["x", "y"]


def test_step_by_step(automation: Run, runbook: Any, aws: Lab) -> None:
    runbook(NAP, PAUSE)
    begun = automation(mode="Interactive")
    execution_id = begun["execution"]["execution_id"]
    assert begun["execution"]["status"] == "Waiting"
    napped = four_steps(
        aws, automation, ["SendAutomationSignal"], execution_id=execution_id, signal="StartStep", step_name="nap"
    )
    assert [step["status"] for step in napped["execution"]["steps"]] == ["Success", "Pending"]
    automation(execution_id=execution_id, signal="StartStep", step_name="hold")
    aws.forget_calls()
    stopped = automation(execution_id=execution_id, signal="StopStep", step_name="hold")
    assert stopped["execution"]["failed_steps"] == ["hold"]
    completed = four_steps(aws, automation, ["StopAutomationExecution"], execution_id=execution_id, stop="Complete")
    assert completed["execution"]["status"] == "Success"


def test_approval(automation: Run, runbook: Any, aws: Lab) -> None:
    runbook(NAP, ASK, NAP | {"name": "after"})
    execution_id = automation(wait=False)["execution"]["execution_id"]
    # It is not asking yet: the signal waits for the question.
    options = {"execution_id": execution_id, "signal": "Approve", "comment": "well done"}
    done = four_steps(aws, automation, ["SendAutomationSignal"], **options)
    assert actions(aws) == ["GetAutomationExecution"] * 2
    assert done["execution"]["steps"][1]["outputs"]["ApprovalStatus"] == ["Approved"]
    assert done["diff"]["after"]["signal"] == {"kind": "Approve", "comment": "well done"}
    late = automation(execution_id=execution_id, signal="Reject")
    assert late["failed"]
    assert late["code"] == "signal_too_late"
    assert "step ask has ended (Success)" in late["msg"]


def test_a_rejection_ends_it_as_requested(automation: Run, runbook: Any, aws: Lab) -> None:
    runbook(ASK, NAP)
    execution_id = automation(wait=False)["execution"]["execution_id"]
    done = four_steps(aws, automation, ["SendAutomationSignal"], execution_id=execution_id, signal="Reject")
    assert done["execution"]["status"] == "Failed"
    followed = automation(execution_id=execution_id)
    assert followed["failed"]
    assert "in step ask (aws:approve): The approval request was rejected." in followed["msg"]


def test_resume(automation: Run, runbook: Any, aws: Lab) -> None:
    runbook(PAUSE, NAP)
    execution_id = automation(wait=False)["execution"]["execution_id"]
    options = {"execution_id": execution_id, "signal": "Resume", "step_name": "hold"}
    done = four_steps(aws, automation, ["SendAutomationSignal"], **options)
    assert done["execution"]["status"] == "Success"


def test_without_wait_the_module_does_not_wait_for_the_step(automation: Run, runbook: Any, aws: Lab) -> None:
    runbook({**NAP, "inputs": {"Duration": "PT1M"}}, ASK)
    execution_id = automation(wait=False)["execution"]["execution_id"]
    result = automation(execution_id=execution_id, signal="Approve", wait=False)
    assert result["code"] == "signal_too_early"
    assert f"{execution_id} cannot take the signal Approve yet: step ask is Pending" in result["msg"]
    assert aws.writes() == ["StartAutomationExecution"]


def test_stop(automation: Run, runbook: Any, aws: Lab) -> None:
    runbook(PAUSE)
    execution_id = automation(wait=False)["execution"]["execution_id"]
    done = four_steps(aws, automation, ["StopAutomationExecution"], execution_id=execution_id, stop="Cancel")
    assert actions(aws) == ["GetAutomationExecution"] * 2
    assert done["execution"]["status"] == "Cancelled"


def test_following_what_somebody_else_started(automation: Run, runbook: Any, aws: Lab) -> None:
    runbook(NAP)
    execution_id = automation(wait=False)["execution"]["execution_id"]
    followed = automation(execution_id=execution_id)
    assert (followed["changed"], followed["execution"]["status"]) == (False, "Success")
    aws.forget_calls()
    assert automation(execution_id=execution_id, check=True)["execution"] == followed["execution"]
    assert actions(aws) == ["GetAutomationExecution"]


def test_a_timeout_says_where_it_is_and_cancels_it_when_requested(automation: Run, runbook: Any, aws: Lab) -> None:
    runbook(PAUSE)
    left = automation(wait_timeout=0, client_token="a")
    execution_id = left["execution"]["execution_id"]
    assert (left["failed"], left["changed"]) == (True, True)
    assert f"gave up after 0 s: execution {execution_id} of {NAME} is " in left["msg"]
    checked = automation(check=True, wait_timeout=0, client_token="a", cancel_on_timeout=True)
    assert checked["code"] == "wait_timeout"
    assert "cancelled" not in checked["msg"]
    stopped = automation(wait_timeout=0, client_token="a", stop_on_timeout=True)
    assert stopped["code"] == "wait_timeout"
    assert "cancelled it" in stopped["msg"]
    assert aws.writes() == ["StartAutomationExecution", "StopAutomationExecution"]


def test_tags(automation: Run, runbook: Any, aws: Lab) -> None:
    runbook(NAP)
    started = automation(client_token="t", tags={"Team": "shop", "Old": 1})
    assert started["execution"]["tags"] == {"Team": "shop", "Old": "1"}
    writes = ["AddTagsToResource", "RemoveTagsFromResource"]
    done = four_steps(aws, automation, writes, client_token="t", tags={"Team": "web"})
    assert done["diff"]["before"]["tags"] == {"Team": "shop", "Old": "1"}
    assert done["execution"]["tags"] == {"Team": "web"}
    execution_id = done["execution"]["execution_id"]
    four_steps(aws, automation, ["AddTagsToResource"], execution_id=execution_id, tags={"A": "b"}, purge_tags=False)
    assert not automation(client_token="t")["changed"]


@pytest.mark.parametrize("lab_overrides", [{"api.automation_steps_shown": 2}])
def test_many_steps_are_all_there(automation: Run, runbook: Any) -> None:
    runbook(*({**NAP, "name": f"n{number}"} for number in range(5)))
    assert len(automation()["execution"]["steps"]) == 5


WRONG: list[tuple[dict[str, Any], list[str]]] = [
    ({"document_name": "no-such-runbook"}, ["document no-such-runbook does not exist"]),
    ({"document_name": "AWS-RunShellScript"}, ["is of type Command, not Automation"]),
    ({"document_version": "9"}, ["document shop-runbook has no version 9"]),
    (
        {"parameters": {"Wrod": "x"}},
        ["has no parameter Wrod (it has InstanceId)", "requires a value for parameter InstanceId"],
    ),
    ({"parameters": {"InstanceId": None}}, ["parameter InstanceId must be text or a list of texts"]),
    (
        {"document_name": "?", "max_concurrency": "0", "tags": {str(n): "" for n in range(5)}, "client_token": "a b"},
        [
            "document_name must match",
            "max_concurrency must match",
            "at most 4 tags are possible",
            "client_token must be",
        ],
    ),
    (
        {"targets": APP["targets"] * 2},
        ["targets must have 0 to 1 items, not 2", "targets requires target_parameter_name"],
    ),
    ({**APP, "target_maps": [{"A": "1"}]}, ["targets and target_maps exclude each other"]),
    ({"target_parameter_name": "A"}, ["target_parameter_name requires targets or target_maps"]),
    ({"max_errors": "0"}, ["max_errors requires targets, target_maps or target_locations"]),
    ({"signal": "Approve"}, ["missing parameter(s) required by 'signal': execution_id"]),
    (
        {"execution_id": "7", "mode": "Auto"},
        ["mode and execution_id exclude each other", "execution_id must have 36 characters"],
    ),
    ({"execution_id": "7", "signal": "Resume"}, ["signal=Resume requires step_name"]),
    (
        {"execution_id": "00000000-0000-0000-0000-000000000000", "wait_timeout": 0},
        ["automation execution 00000000-0000-0000-0000-000000000000 does not exist"],
    ),
]


def test_wrong_input_is_refused_in_one_line_before_anything_is_written(automation: Run, runbook: Any, aws: Lab) -> None:
    runbook(NAP, parameters=INSTANCE)
    for options, facts in WRONG:
        for check in (True, False):
            result = automation(check=check, **options)
            assert result["failed"], options
            assert [fact for fact in facts if fact not in result["msg"]] == [], result["msg"]
            assert "\n" not in result["msg"]
    assert not aws.writes()


def test_a_signal_that_fits_no_step_is_refused(automation: Run, runbook: Any, aws: Lab) -> None:
    runbook(PAUSE, ASK, ASK | {"name": "ask2"})
    execution_id = automation(wait=False)["execution"]["execution_id"]
    aws.forget_calls()
    for options, fact in (
        ({"signal": "Approve"}, "set step_name to one of ask, ask2"),
        ({"signal": "Approve", "step_name": "hold"}, "Approve is for steps with the action aws:approve"),
        ({"signal": "Resume", "step_name": "hlod"}, "has no step hlod for step_name (it has hold, ask, ask2)"),
        ({"signal": "StartStep", "step_name": "hold"}, "StartStep requires mode Interactive"),
    ):
        result = automation(execution_id=execution_id, **options)
        assert fact in result["msg"], result["msg"]
    assert not aws.writes()


def test_what_aws_refuses_is_reported_with_a_hint(
    automation: Run, runbook: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    def denied(*_: Any) -> NoReturn:
        raise AwsError("no", "AccessDeniedException", "DescribeDocument")

    # A document that may not be read is not judged, so AWS refuses its parameters.
    monkeypatch.setattr(api, "describe_document", denied)
    runbook(NAP)
    result = automation(parameters={"Word": "b"})
    assert result["code"] == "automation_rejected"
    assert f"runbook {NAME} does not take these parameters" in result["msg"]
    assert result["error_code"] == "InvalidAutomationExecutionParametersException"


@pytest.mark.parametrize("when", ["before", "after"])
def test_a_start_that_was_cut_off_is_never_repeated(automation: Run, runbook: Any, aws: Lab, when: str) -> None:
    runbook(PAUSE)
    options = {"client_token": "7", "wait": False}
    aws.fault("crash_point", action="StartAutomationExecution", when=when)
    assert automation(**options)["failed"]
    aws.fault("crash_point", on=False)
    result = automation(**options)
    assert (result["failed"], result["changed"]) == (False, when == "before")
    assert executions(aws) == 1


def test_a_start_without_a_response_has_an_unknown_result(
    automation: Run, runbook: Any, aws: Lab, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("time.sleep", lambda _seconds: None)  # botocore's own pauses
    runbook(NAP)
    aws.fault("server_error", actions=["StartAutomationExecution"])
    result = automation()
    assert result["code"] == "automation_unanswered"
    assert "look for it" in result["msg"]
    assert "same client_token" in automation(client_token="7")["msg"]


def test_throttled_and_broken_calls_are_survived(automation: Run, runbook: Any, aws: Lab) -> None:
    runbook(ASK, NAP)
    for action in ("DescribeAutomationExecutions", "StartAutomationExecution"):
        aws.fault("throttling", next=1, actions=[action])
        begun = automation(client_token="7", wait=False)
        assert not begun["failed"], action
    aws.fault("server_error", next=1, actions=["SendAutomationSignal"])
    done = automation(execution_id=begun["execution"]["execution_id"], signal="Approve")
    assert (done["failed"], done["changed"], executions(aws)) == (False, True, 1)


@pytest.mark.parametrize("lab_overrides", [{"api.fault_staleness": 1.0}])
def test_reads_that_are_behind_start_nothing_twice(
    automation: Run, runbook: Any, aws: Lab, nodes: dict[str, ScriptedNode]
) -> None:
    runbook(SHELL, ASK, parameters=INSTANCE)
    time.sleep(aws.settings.api.fault_staleness)  # the runbook itself is there for long
    aws.fault("stale")
    given = {"parameters": {"InstanceId": ONE}, "client_token": "7"}
    first = automation(**given, wait=False)
    second = automation(**given, wait=False)
    assert first["execution"]["execution_id"] == second["execution"]["execution_id"]
    assert executions(aws) == 1
    [execution] = aws.api.region.automations.by_id.values()
    while execution.status != "Waiting":
        time.sleep(0.01)
    aws.client("ssm").send_automation_signal(AutomationExecutionId=execution.id, SignalType="Approve")
    # AWS still shows the question that was answered a moment ago (unless this machine was too slow to see it).
    again = automation(execution_id=execution.id, signal="Approve")
    repeated = aws.calls("SendAutomationSignal")[1:]
    assert {call.error_code for call in repeated} <= {"InvalidAutomationSignalException"}
    assert (again["failed"], again["execution"]["status"]) == (False, "Success")
