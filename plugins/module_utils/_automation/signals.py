# Copyright: steadyfleet contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection: may change without notice.

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Literal

from .._common.errors import InvalidInput, Refused
from .model import FAILED, AutomationExecution, AutomationStep, between_steps

_GATES = {"Approve": "aws:approve", "Reject": "aws:approve", "Resume": "aws:pause"}


@dataclass(frozen=True, kw_only=True)
class Signal:
    """What somebody has to say to an execution; ``kind`` is AWS's SignalType, or Cancel or Complete for a stop."""

    kind: str
    step_name: str | None = None
    comment: str | None = None

    @property
    def stops(self) -> bool:
        return self.kind in ("Cancel", "Complete")

    def as_dict(self) -> dict[str, str]:
        return {name: value for name, value in asdict(self).items() if value is not None}


@dataclass(frozen=True, kw_only=True)
class Turn:
    """Whether it is time to send it, it is not necessary any more, or not possible yet."""

    act: Literal["send", "done", "wait"]
    # Why it has to wait.
    why: str = ""
    step: AutomationStep | None = None


def payload(signal: Signal, step: AutomationStep | None) -> dict[str, list[str]]:
    """As SendAutomationSignal wants it: a step's name, its execution id, or a comment."""
    if signal.kind == "StopStep" and step is not None:
        return {"StepExecutionId": [step.step_execution_id]}
    if signal.kind in ("StartStep", "Resume"):
        return {"StepName": [signal.step_name or ""]}
    return {"Comment": [signal.comment]} if signal.comment else {}


def turn(seen: AutomationExecution, signal: Signal) -> Turn:
    """
    :raises InvalidInput, Refused: when it can never be sent to this execution.
    """
    if signal.stops:
        return _stop(seen, signal)
    if signal.kind == "Revoke":
        return Turn(act="done") if seen.ended else Turn(act="send")
    step = _step(seen, signal)
    found = _gate(signal, step) if signal.kind in _GATES else _manual(seen, signal, step)
    if found.act != "done" and seen.ended:
        raise Refused(
            f"{signal.kind} comes too late: execution {seen.execution_id} is {seen.status} "
            f"and step {step.name} was {step.status}"
        )
    return found


def settled(seen: AutomationExecution, said: Signal | None) -> bool:
    """Nothing happens any more by itself: it has ended or, step by step, waits for the next signal.

    :param said: what it was just told; it has to show that it has heard.
    """
    if seen.ended or said is None:
        return seen.ended or between_steps(seen)
    step = seen.step(said.step_name) if said.step_name else None
    if said.stops or step is None or not between_steps(seen):
        return False
    if said.kind == "StartStep":
        return step.started and step.status not in ("InProgress", "Cancelling")
    return step.ended


def as_wished(seen: AutomationExecution, said: Signal | None) -> bool:
    """Whether it ended without success because that was asked for."""
    if said is None or not seen.ended:
        return False
    rejected = any(step.outputs.get("ApprovalStatus") == ["Rejected"] for step in seen.steps if step.status in FAILED)
    return said.stops or (said.kind == "Reject" and (rejected or seen.status == "Rejected"))


def _stop(seen: AutomationExecution, signal: Signal) -> Turn:
    if seen.ended or seen.status == "Cancelling":
        return Turn(act="done")
    if signal.kind == "Complete" and seen.mode == "Interactive" and not between_steps(seen):
        return Turn(act="wait", why=f"it is {seen.status}, and can be completed between two steps only")
    return Turn(act="send")


def _step(seen: AutomationExecution, signal: Signal) -> AutomationStep:
    """The step that is meant."""
    if signal.step_name:
        step = seen.step(signal.step_name)
        if step is None:
            names = ", ".join(found.name for found in seen.steps) or "none"
            raise InvalidInput(
                f"execution {seen.execution_id} has no step {signal.step_name} for step_name (it has {names})"
            )
        return step
    asking = [found for found in seen.steps if found.action == _GATES[signal.kind]]
    if not asking:
        raise InvalidInput(f"execution {seen.execution_id} has no step that asks for approval")
    if len(asking) > 1:
        names = ", ".join(found.name for found in asking)
        raise InvalidInput(f"several steps of execution {seen.execution_id} ask for approval, name one of {names}")
    return asking[0]


def _gate(signal: Signal, step: AutomationStep) -> Turn:
    """Approve, Reject and Resume: for a step that waits for them."""
    wanted = _GATES[signal.kind]
    if step.action != wanted:
        raise InvalidInput(f"{signal.kind} is for steps of {wanted}, and step {step.name} is one of {step.action}")
    if step.status == "Waiting":
        return Turn(act="send", step=step)
    if step.ended:
        return _decided(signal, step)
    return Turn(act="wait", why=f"step {step.name} is {step.status}", step=step)


def _decided(signal: Signal, step: AutomationStep) -> Turn:
    rejected = step.outputs.get("ApprovalStatus") == ["Rejected"] or step.status == "Rejected"
    if step.status not in ("TimedOut", "Cancelled") and rejected == (signal.kind == "Reject"):
        return Turn(act="done", step=step)
    said = "rejected" if rejected else step.status
    raise Refused(f"{signal.kind} comes too late: step {step.name} is over ({said})")


def _manual(seen: AutomationExecution, signal: Signal, step: AutomationStep) -> Turn:
    """StartStep and StopStep: for executions that go step by step."""
    if seen.mode != "Interactive":
        raise Refused(f"{signal.kind} is for executions in mode Interactive, and {seen.execution_id} is in {seen.mode}")
    if signal.kind == "StartStep":
        if step.started:
            return Turn(act="done", step=step)
        ready = seen.status == "Waiting"
        return Turn(act="send" if ready else "wait", why=f"it is {seen.status}", step=step)
    if step.ended:
        return Turn(act="done", step=step)
    return Turn(act="send" if step.started else "wait", why=f"step {step.name} is {step.status}", step=step)
