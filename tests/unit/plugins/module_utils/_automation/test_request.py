"""What an execution is asked for, what it has come to, and whose turn it is, as tables."""

from __future__ import annotations

import re
import uuid
from typing import Any

import botocore.session
import pytest
from ansible_collections.steadyfleet.aws_patching.plugins.module_utils._automation.model import (
    ENDED,
    FAILED,
    SUCCEEDED,
    AutomationExecution,
    AutomationStep,
    failure,
    progress,
    short,
)
from ansible_collections.steadyfleet.aws_patching.plugins.module_utils._automation.request import (
    Runbook,
    automation_request,
    check_runbook,
    start_parameters,
    token_tag,
    token_uuid,
)
from ansible_collections.steadyfleet.aws_patching.plugins.module_utils._automation.signals import (
    Signal,
    as_wished,
    payload,
    settled,
    turn,
)
from ansible_collections.steadyfleet.aws_patching.plugins.module_utils._common.errors import (
    InvalidInput,
    PatchingError,
    Refused,
)
from botocore.validate import ParamValidator

SSM = botocore.session.get_session().get_service_model("ssm")
UNDER_WAY = {
    "Pending",
    "InProgress",
    "Waiting",
    "Cancelling",
    "PendingApproval",
    "Approved",
    "Scheduled",
    "RunbookInProgress",
    "PendingChangeCalendarOverride",
    "ChangeCalendarOverrideApproved",
}
# Every option of a start at once; what excludes each other is left to the checks.
EVERYTHING: dict[str, Any] = {
    "document_name": "arn:aws:ssm:eu-central-1:123456789012:document/shop",
    "document_version": "3",
    "parameters": {"InstanceId": "i-1", "Count": 3, "Words": ["a", "b"]},
    "mode": "Auto",
    "targets": [{"key": "tag:App", "values": ["shop"]}],
    "target_parameter_name": "InstanceId",
    "max_concurrency": "10%",
    "max_errors": "0",
    "target_locations": [
        {
            "accounts": ["123456789012"],
            "regions": ["eu-central-1"],
            "target_location_max_concurrency": "1",
            "target_location_max_errors": None,
            "execution_role_name": "role",
            "target_location_alarm_configuration": {"alarms": [{"name": "high"}], "ignore_poll_alarm_failure": True},
            "include_child_organization_units": False,
            "exclude_accounts": ["210987654321"],
            "targets": [{"key": "tag:App", "values": ["shop"]}],
            "targets_max_concurrency": "1",
            "targets_max_errors": "1",
        }
    ],
    "target_locations_url": "https://bucket.s3.amazonaws.com/locations.json",
    "alarm_configuration": {"alarms": [{"name": "high"}], "ignore_poll_alarm_failure": None},
    "client_token": "release-7",
    "tags": {"Team": "shop", "Cost": 7},
}


def test_every_status_of_aws_is_known() -> None:
    known = set(SSM.shape_for("AutomationExecutionStatus").enum)
    assert known == ENDED | UNDER_WAY
    assert not ENDED & UNDER_WAY
    assert not SUCCEEDED & FAILED


def test_every_option_reaches_aws_under_its_name() -> None:
    asked = start_parameters(automation_request(EVERYTHING))
    shape = SSM.operation_model("StartAutomationExecution").input_shape
    assert ParamValidator().validate(asked, shape).generate_report() == ""
    assert set(asked) == set(shape.members) - {"ClientToken", "TargetMaps"}
    assert asked["Parameters"] == {"InstanceId": ["i-1"], "Count": ["3"], "Words": ["a", "b"]}
    assert asked["TargetLocations"][0]["TargetLocationAlarmConfiguration"]["Alarms"] == [{"Name": "high"}]
    assert asked["AlarmConfiguration"] == {"Alarms": [{"Name": "high"}]}
    tags = {tag["Key"]: tag["Value"] for tag in asked["Tags"]}
    assert tags == {"Team": "shop", "Cost": "7", token_tag("release-7"): "release-7"}


def test_target_maps_keep_their_names() -> None:
    options = {"document_name": "shop", "target_maps": [{"instance_id": "i-1"}, {"instance_id": ["i-2"]}]}
    asked = start_parameters(automation_request(options))
    assert asked["TargetMaps"] == [{"instance_id": ["i-1"]}, {"instance_id": ["i-2"]}]


def test_a_token_is_always_the_same_uuid() -> None:
    given = str(uuid.uuid4())
    assert token_uuid(given.upper()) == given
    assert token_uuid("release-7") == token_uuid("release-7") != token_uuid("release-8")
    pattern = SSM.shape_for("IdempotencyToken").metadata["pattern"]
    assert re.fullmatch(pattern, token_uuid("release-7"))


@pytest.mark.parametrize(
    ("runbook", "said"),
    [
        (None, "there is no document shop"),
        ({"document_type": "Command"}, "document shop is of type Command, not Automation"),
        ({"status": "Creating"}, "version 1 of document shop is Creating"),
        ({"parameters": {"Other": True}}, "has no parameter Given (it has Other)"),
        ({"parameters": {"Given": False, "Needed": False}}, "needs a value for Needed"),
    ],
)
def test_what_the_runbook_does_not_take(runbook: dict[str, Any] | None, said: str) -> None:
    good: dict[str, Any] = {
        "name": "shop",
        "document_type": "Automation",
        "document_version": "1",
        "status": "Active",
        "parameters": {"Given": False, "Optional": True},
    }
    request = automation_request({"document_name": "shop", "parameters": {"Given": "x"}})
    check_runbook(request, Runbook(**good))
    with pytest.raises(InvalidInput) as refused:
        check_runbook(request, None if runbook is None else Runbook(**{**good, **runbook}))
    assert said in str(refused.value)


def step(name: str = "s", status: str = "Success", action: str = "aws:sleep", **more: Any) -> AutomationStep:
    started = None if status == "Pending" else "2026-08-01T09:30:00.000Z"
    return AutomationStep(name=name, action=action, status=status, started_at=started, **more)


def execution(status: str = "Success", *steps: AutomationStep, **more: Any) -> AutomationExecution:
    return AutomationExecution(execution_id="e-1", status=status, document_name="shop", steps=steps, **more)


BAD = step("bad", "Failed", failure_message="Step fails.  Please refer to Automation Service Troubleshooting Guide for "
           "more diagnosis details.")  # fmt: skip
CHILD = execution("Failed", BAD, target="i-1")


@pytest.mark.parametrize(
    ("seen", "said"),
    [
        (execution("Success", step()), None),
        (execution("CompletedWithSuccess"), None),
        (execution("Success", BAD), None),
        (execution("Failed", BAD), "execution e-1 of shop is Failed in step bad (aws:sleep): Step fails."),
        (execution("Failed", failure_message="no role"), "execution e-1 of shop is Failed: no role"),
        (execution("Rejected"), "execution e-1 of shop is Rejected"),
        (execution("Exited"), "execution e-1 of shop is Exited"),
        (
            execution("Failed", step("cause", "Failed", failure_message="x"), BAD, failure_message="x"),
            "execution e-1 of shop is Failed in step cause (aws:sleep): x",
        ),
        (execution("Success", scaled=True), "execution e-1 of shop ran nowhere: nothing matches its targets"),
        (
            execution("Success", scaled=True, children=(CHILD, execution("Success", target="i-2"))),
            "1 of 2 targets of execution e-1 of shop did not succeed: i-1: Failed in step bad (aws:sleep): Step fails.",
        ),
    ],
)
def test_a_failure_in_one_line(seen: AutomationExecution, said: str | None) -> None:
    assert failure(seen) == said


def test_how_far_it_is() -> None:
    asking = execution("Waiting", current_step_name="ask", current_action="aws:approve")
    assert progress(asking) == "execution e-1 of shop is Waiting in step ask (aws:approve)"
    busy = execution("InProgress", step("i-1"), step("i-2", "InProgress"), step("i-3", "Pending"), scaled=True)
    assert progress(busy) == "execution e-1 of shop is InProgress: i-2 InProgress, i-3 Pending".replace(", ", "; ")


def test_long_messages_are_cut_and_lines_joined() -> None:
    assert short("a\n  b " + "x" * 900) == "a b " + "x" * 395 + "…"


ASK, HOLD = "aws:approve", "aws:pause"
REJECTED = {"ApprovalStatus": ["Rejected"]}
BY_HAND = {"mode": "Interactive"}


def said(kind: str, name: str | None = None) -> Signal:
    return Signal(kind=kind, step_name=name)


@pytest.mark.parametrize(
    ("seen", "signal", "act"),
    [
        (execution("Waiting", step("a", "Waiting", ASK)), said("Approve"), "send"),
        (execution("InProgress", step("a", "Pending", ASK)), said("Approve"), "wait"),
        (execution("InProgress", step("a", "Success", ASK)), said("Approve"), "done"),
        (execution("Success", step("a", "Success", ASK)), said("Approve"), "done"),
        (execution("Success", step("a", "Success", ASK)), said("Reject"), Refused),
        (execution("Failed", step("a", "Failed", ASK, outputs=REJECTED)), said("Reject"), "done"),
        (execution("Failed", step("a", "Failed", ASK, outputs=REJECTED)), said("Approve"), Refused),
        (execution("TimedOut", step("a", "TimedOut", ASK)), said("Approve"), Refused),
        (execution("Cancelled", step("a", "Pending", ASK)), said("Approve"), Refused),
        (execution("Waiting", step()), said("Approve"), InvalidInput),
        (execution("Waiting", step("a", "Success", ASK), step("b", "Waiting", ASK)), said("Approve"), InvalidInput),
        (execution("Waiting", step("a", "Success", ASK), step("b", "Waiting", ASK)), said("Approve", "b"), "send"),
        (execution("Waiting", step("p", "Waiting", HOLD)), said("Resume", "p"), "send"),
        (execution("Success", step("p", "Success", HOLD)), said("Resume", "p"), "done"),
        (execution("Waiting", step("p", "Waiting", HOLD)), said("Resume", "q"), InvalidInput),
        (execution("Waiting", step("p", "Waiting", HOLD)), said("Approve", "p"), InvalidInput),
        (execution("Waiting", step("s", "Pending"), **BY_HAND), said("StartStep", "s"), "send"),
        (execution("InProgress", step("s", "Pending"), **BY_HAND), said("StartStep", "s"), "wait"),
        (execution("InProgress", step("s", "InProgress"), **BY_HAND), said("StartStep", "s"), "done"),
        (execution("Cancelled", step("s", "Pending"), **BY_HAND), said("StartStep", "s"), Refused),
        (execution("Waiting", step("s", "Pending")), said("StartStep", "s"), Refused),
        (execution("InProgress", step("s", "InProgress"), **BY_HAND), said("StopStep", "s"), "send"),
        (execution("Waiting", step("s", "Pending"), **BY_HAND), said("StopStep", "s"), "wait"),
        (execution("Waiting", step("s", "Cancelled"), **BY_HAND), said("StopStep", "s"), "done"),
        (execution("InProgress"), said("Revoke"), "send"),
        (execution("Success"), said("Revoke"), "done"),
        (execution("InProgress"), said("Cancel"), "send"),
        (execution("Cancelling"), said("Cancel"), "done"),
        (execution("Failed"), said("Cancel"), "done"),
        (execution("Waiting", **BY_HAND), said("Complete"), "send"),
        (execution("InProgress", **BY_HAND), said("Complete"), "wait"),
    ],
)
def test_whose_turn_it_is(seen: AutomationExecution, signal: Signal, act: str | type[PatchingError]) -> None:
    if isinstance(act, str):
        assert turn(seen, signal).act == act
    else:
        with pytest.raises(act):
            turn(seen, signal)


@pytest.mark.parametrize(
    ("seen", "signal", "expected"),
    [
        (execution("Success"), None, True),
        (execution("Waiting"), None, False),
        (execution("Waiting", **BY_HAND), None, True),
        (execution("Waiting", **BY_HAND), said("Complete"), False),
        (execution("Waiting", step("s", "Pending"), **BY_HAND), said("StartStep", "s"), False),
        (execution("Waiting", step("s", "Waiting"), **BY_HAND), said("StartStep", "s"), True),
        (execution("Waiting", step("s", "Waiting"), **BY_HAND), said("StopStep", "s"), False),
        (execution("Waiting", step("s", "Cancelled"), **BY_HAND), said("StopStep", "s"), True),
    ],
)
def test_when_nothing_happens_by_itself(seen: AutomationExecution, signal: Signal | None, expected: bool) -> None:
    assert settled(seen, signal) is expected


def test_an_end_that_was_asked_for_is_no_failure() -> None:
    rejected = execution("Failed", step("a", "Failed", ASK, outputs=REJECTED))
    assert as_wished(rejected, said("Reject"))
    assert as_wished(execution("Cancelled"), said("Cancel"))
    assert not as_wished(execution("Failed", BAD), said("Reject"))
    assert not as_wished(rejected, said("Approve"))
    assert not as_wished(rejected, None)


def test_what_a_signal_carries() -> None:
    running = step("s", "InProgress", step_execution_id="x-1")
    assert payload(said("StopStep", "s"), running) == {"StepExecutionId": ["x-1"]}
    assert payload(said("Resume", "s"), running) == {"StepName": ["s"]}
    assert payload(Signal(kind="Approve", comment="fine"), running) == {"Comment": ["fine"]}
    assert payload(said("Approve"), running) == {}
