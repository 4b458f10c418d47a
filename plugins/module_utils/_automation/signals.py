# Copyright: steadyfleet contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection: may change without notice.

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Literal

from .._common.errors import InvalidInput, Refused
from .model import FAILED, AutomationExecution, AutomationStep

_ACTIONS = {"Approve": "aws:approve", "Reject": "aws:approve", "Resume": "aws:pause"}


@dataclass(frozen=True, kw_only=True)
class Signal:
    """A signal to an execution. ``kind`` is AWS's SignalType, or Cancel or Complete to stop the execution."""

    kind: str
    step_name: str | None = None
    comment: str | None = None

    @property
    def stops(self) -> bool:
        return self.kind in ("Cancel", "Complete")

    def as_dict(self) -> dict[str, str]:
        return {name: value for name, value in asdict(self).items() if value is not None}


@dataclass(frozen=True, kw_only=True)
class SignalDecision:
    """Whether to send the signal now, not at all because it has had its effect, or later."""

    act: Literal["send", "done", "wait"]
    # Why it has to wait.
    reason: str = ""
    step: AutomationStep | None = None


def signal_payload(signal: Signal, step: AutomationStep | None) -> dict[str, list[str]]:
    """The payload of SendAutomationSignal: a step's name, its execution id, or a comment."""
    if signal.kind == "StopStep" and step is not None:
        return {"StepExecutionId": [step.step_execution_id]}
    if signal.kind in ("StartStep", "Resume"):
        return {"StepName": [signal.step_name or ""]}
    return {"Comment": [signal.comment]} if signal.comment else {}


def decide(execution: AutomationExecution, signal: Signal) -> SignalDecision:
    """
    :raises InvalidInput, Refused: when the signal can never be sent to this execution.
    """
    if signal.stops:
        return _decide_stop(execution, signal)
    if signal.kind == "Revoke":
        return SignalDecision(act="done" if execution.ended else "send")
    step = _step_of(execution, signal)
    decision = _decide_gate(signal, step) if signal.kind in _ACTIONS else _decide_interactive(execution, signal, step)
    if decision.act != "done" and execution.ended:
        raise Refused(
            f"{signal.kind} is too late: execution {execution.execution_id} is {execution.status} "
            f"and step {step.name} was {step.status}",
            code="signal_too_late",
        )
    return decision


def settled(execution: AutomationExecution, sent: Signal | None) -> bool:
    """Whether nothing happens any more without a signal: the execution has ended or, in interactive mode, waits.

    :param sent: the signal that was just sent. The execution must show its effect.
    """
    if execution.ended or sent is None:
        return execution.ended or execution.between_steps
    step = execution.step(sent.step_name) if sent.step_name else None
    if sent.stops or step is None or not execution.between_steps:
        return False
    if sent.kind == "StartStep":
        return step.started and step.status not in ("InProgress", "Cancelling")
    return step.ended


def failure_expected(execution: AutomationExecution, sent: Signal | None) -> bool:
    """Whether the execution ended without success because the signal asked for it."""
    if sent is None or not execution.ended:
        return False
    failed = [step for step in execution.steps if step.status in FAILED]
    rejected = execution.status == "Rejected" or any(map(_is_rejected, failed))
    return sent.stops or (sent.kind == "Reject" and rejected)


def _is_rejected(step: AutomationStep) -> bool:
    return step.outputs.get("ApprovalStatus") == ["Rejected"]


def _decide_stop(execution: AutomationExecution, signal: Signal) -> SignalDecision:
    if execution.ended or execution.status == "Cancelling":
        return SignalDecision(act="done")
    if signal.kind == "Complete" and execution.mode == "Interactive" and not execution.between_steps:
        return SignalDecision(
            act="wait", reason=f"it is {execution.status}, and can be completed between two steps only"
        )
    return SignalDecision(act="send")


def _step_of(execution: AutomationExecution, signal: Signal) -> AutomationStep:
    """The step that the signal is for."""
    if signal.step_name:
        step = execution.step(signal.step_name)
        if step is None:
            names = ", ".join(found.name for found in execution.steps) or "none"
            raise InvalidInput(
                f"execution {execution.execution_id} has no step {signal.step_name} for step_name (it has {names})",
                code="step_not_found",
            )
        return step
    asking = [found for found in execution.steps if found.action == _ACTIONS[signal.kind]]
    if not asking:
        raise InvalidInput(
            f"execution {execution.execution_id} has no step that asks for approval", code="step_not_found"
        )
    if len(asking) > 1:
        names = ", ".join(found.name for found in asking)
        raise InvalidInput(
            f"several steps of execution {execution.execution_id} ask for approval: set step_name to one of {names}",
            code="step_ambiguous",
        )
    return asking[0]


def _decide_gate(signal: Signal, step: AutomationStep) -> SignalDecision:
    """Approve, Reject and Resume are for a step that waits for them."""
    action = _ACTIONS[signal.kind]
    if step.action != action:
        raise InvalidInput(
            f"{signal.kind} is for steps with the action {action}, and step {step.name} has {step.action}",
            code="signal_not_for_step",
        )
    if step.status == "Waiting":
        return SignalDecision(act="send", step=step)
    if not step.ended:
        return SignalDecision(act="wait", reason=f"step {step.name} is {step.status}", step=step)
    rejected = _is_rejected(step) or step.status == "Rejected"
    if step.status not in ("TimedOut", "Cancelled") and rejected == (signal.kind == "Reject"):
        return SignalDecision(act="done", step=step)
    status = "rejected" if rejected else step.status
    raise Refused(f"{signal.kind} is too late: step {step.name} has ended ({status})", code="signal_too_late")


def _decide_interactive(execution: AutomationExecution, signal: Signal, step: AutomationStep) -> SignalDecision:
    """StartStep and StopStep are for executions in interactive mode."""
    if execution.mode != "Interactive":
        raise Refused(
            f"{signal.kind} requires mode Interactive, and execution {execution.execution_id} is in mode "
            f"{execution.mode}",
            code="signal_not_for_mode",
        )
    if signal.kind == "StartStep":
        if step.started:
            return SignalDecision(act="done", step=step)
        ready = execution.status == "Waiting"
        return SignalDecision(act="send" if ready else "wait", reason=f"it is {execution.status}", step=step)
    if step.ended:
        return SignalDecision(act="done", step=step)
    reason = f"step {step.name} is {step.status}"
    return SignalDecision(act="send" if step.started else "wait", reason=reason, step=step)
