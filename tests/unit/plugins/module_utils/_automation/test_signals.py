from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.steadyfleet.aws_patching.plugins.module_utils._automation.model import (
    AutomationExecution,
    AutomationStep,
)
from ansible_collections.steadyfleet.aws_patching.plugins.module_utils._automation.signals import (
    Signal,
    decide,
    failure_expected,
    settled,
    signal_payload,
)
from ansible_collections.steadyfleet.aws_patching.plugins.module_utils._common.errors import (
    InvalidInput,
    PatchingError,
    Refused,
)


def step(name: str = "s", status: str = "Success", action: str = "aws:sleep", **more: Any) -> AutomationStep:
    started = None if status == "Pending" else "2026-08-01T09:30:00.000Z"
    return AutomationStep(name=name, action=action, status=status, started_at=started, **more)


def execution(status: str = "Success", *steps: AutomationStep, **more: Any) -> AutomationExecution:
    return AutomationExecution(execution_id="e-1", status=status, document_name="shop", steps=steps, **more)


ASK, HOLD = "aws:approve", "aws:pause"
REJECTED = {"ApprovalStatus": ["Rejected"]}
BY_HAND = {"mode": "Interactive"}


def signal(kind: str, name: str | None = None) -> Signal:
    return Signal(kind=kind, step_name=name)


@pytest.mark.parametrize(
    ("found", "sent", "act"),
    [
        (execution("Waiting", step("a", "Waiting", ASK)), signal("Approve"), "send"),
        (execution("InProgress", step("a", "Pending", ASK)), signal("Approve"), "wait"),
        (execution("InProgress", step("a", "Success", ASK)), signal("Approve"), "done"),
        (execution("Success", step("a", "Success", ASK)), signal("Approve"), "done"),
        (execution("Success", step("a", "Success", ASK)), signal("Reject"), Refused),
        (execution("Failed", step("a", "Failed", ASK, outputs=REJECTED)), signal("Reject"), "done"),
        (execution("Failed", step("a", "Failed", ASK, outputs=REJECTED)), signal("Approve"), Refused),
        (execution("TimedOut", step("a", "TimedOut", ASK)), signal("Approve"), Refused),
        (execution("Cancelled", step("a", "Pending", ASK)), signal("Approve"), Refused),
        (execution("Waiting", step()), signal("Approve"), InvalidInput),
        (execution("Waiting", step("a", "Success", ASK), step("b", "Waiting", ASK)), signal("Approve"), InvalidInput),
        (execution("Waiting", step("a", "Success", ASK), step("b", "Waiting", ASK)), signal("Approve", "b"), "send"),
        (execution("Waiting", step("p", "Waiting", HOLD)), signal("Resume", "p"), "send"),
        (execution("Success", step("p", "Success", HOLD)), signal("Resume", "p"), "done"),
        (execution("Waiting", step("p", "Waiting", HOLD)), signal("Resume", "q"), InvalidInput),
        (execution("Waiting", step("p", "Waiting", HOLD)), signal("Approve", "p"), InvalidInput),
        (execution("Waiting", step("s", "Pending"), **BY_HAND), signal("StartStep", "s"), "send"),
        (execution("InProgress", step("s", "Pending"), **BY_HAND), signal("StartStep", "s"), "wait"),
        (execution("InProgress", step("s", "InProgress"), **BY_HAND), signal("StartStep", "s"), "done"),
        (execution("Cancelled", step("s", "Pending"), **BY_HAND), signal("StartStep", "s"), Refused),
        (execution("Waiting", step("s", "Pending")), signal("StartStep", "s"), Refused),
        (execution("InProgress", step("s", "InProgress"), **BY_HAND), signal("StopStep", "s"), "send"),
        (execution("Waiting", step("s", "Pending"), **BY_HAND), signal("StopStep", "s"), "wait"),
        (execution("Waiting", step("s", "Cancelled"), **BY_HAND), signal("StopStep", "s"), "done"),
        (execution("InProgress"), signal("Revoke"), "send"),
        (execution("Success"), signal("Revoke"), "done"),
        (execution("InProgress"), signal("Cancel"), "send"),
        (execution("Cancelling"), signal("Cancel"), "done"),
        (execution("Failed"), signal("Cancel"), "done"),
        (execution("Waiting", **BY_HAND), signal("Complete"), "send"),
        (execution("InProgress", **BY_HAND), signal("Complete"), "wait"),
    ],
)
def test_whose_turn_it_is(found: AutomationExecution, sent: Signal, act: str | type[PatchingError]) -> None:
    if isinstance(act, str):
        assert decide(found, sent).act == act
    else:
        with pytest.raises(act):
            decide(found, sent)


@pytest.mark.parametrize(
    ("found", "sent", "expected"),
    [
        (execution("Success"), None, True),
        (execution("Waiting"), None, False),
        (execution("Waiting", **BY_HAND), None, True),
        (execution("Waiting", **BY_HAND), signal("Complete"), False),
        (execution("Waiting", step("s", "Pending"), **BY_HAND), signal("StartStep", "s"), False),
        (execution("Waiting", step("s", "Waiting"), **BY_HAND), signal("StartStep", "s"), True),
        (execution("Waiting", step("s", "Waiting"), **BY_HAND), signal("StopStep", "s"), False),
        (execution("Waiting", step("s", "Cancelled"), **BY_HAND), signal("StopStep", "s"), True),
    ],
)
def test_when_nothing_happens_by_itself(found: AutomationExecution, sent: Signal | None, expected: bool) -> None:
    assert settled(found, sent) is expected


def test_a_requested_end_is_no_failure() -> None:
    rejected = execution("Failed", step("a", "Failed", ASK, outputs=REJECTED))
    assert failure_expected(rejected, signal("Reject"))
    assert failure_expected(execution("Cancelled"), signal("Cancel"))
    assert not failure_expected(execution("Failed", step("bad", "Failed")), signal("Reject"))
    assert not failure_expected(rejected, signal("Approve"))
    assert not failure_expected(rejected, None)


def test_what_a_signal_carries() -> None:
    running = step("s", "InProgress", step_execution_id="x-1")
    assert signal_payload(signal("StopStep", "s"), running) == {"StepExecutionId": ["x-1"]}
    assert signal_payload(signal("Resume", "s"), running) == {"StepName": ["s"]}
    assert signal_payload(Signal(kind="Approve", comment="fine"), running) == {"Comment": ["fine"]}
    assert signal_payload(signal("Approve"), running) == {}
