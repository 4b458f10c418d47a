# Copyright: steadyfleet contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection: may change without notice.

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass, field, replace
from typing import Any

from .._common.text import one_line
from .request import AutomationRequest

# https://docs.aws.amazon.com/systems-manager/latest/userguide/automation-statuses.html; those that are longer than a
# word are of change requests and runbook workflows. Exited is a loop that was left by a jump, so no failure of a step.
SUCCEEDED = frozenset({"Success", "CompletedWithSuccess"})
FAILED = frozenset(
    {"Failed", "TimedOut", "Cancelled", "Rejected", "ChangeCalendarOverrideRejected", "CompletedWithFailure"}
)
ENDED = SUCCEEDED | FAILED | {"Exited"}
# AWS ends most of its messages so.
_TAIL = "Please refer to Automation Service Troubleshooting Guide for more diagnosis details."
_LONGEST = 400


@dataclass(frozen=True, kw_only=True)
class AutomationStep:
    name: str
    action: str
    status: str
    step_execution_id: str = ""
    started_at: str | None = None
    ended_at: str | None = None
    response_code: str | None = None
    response: str | None = None
    failure_message: str | None = None
    outputs: dict[str, list[str]] = field(default_factory=dict)
    is_critical: bool | None = None
    on_failure: str | None = None
    next_step: str | None = None

    @property
    def ended(self) -> bool:
        return self.status in ENDED

    @property
    def failed(self) -> bool:
        return self.status in FAILED

    @property
    def started(self) -> bool:
        return self.started_at is not None


@dataclass(frozen=True, kw_only=True)
class AutomationExecution:
    execution_id: str
    status: str
    document_name: str = ""
    document_version: str = ""
    mode: str = "Auto"
    started_at: str | None = None
    ended_at: str | None = None
    failure_message: str | None = None
    current_step_name: str | None = None
    current_action: str | None = None
    parent_execution_id: str | None = None
    target: str | None = None
    target_parameter_name: str | None = None
    resolved_targets: tuple[str, ...] = ()
    # It has targets, target maps or locations: its steps are executions of their own.
    scaled: bool = False
    steps_truncated: bool = False
    parameters: dict[str, list[str]] = field(default_factory=dict)
    outputs: dict[str, list[str]] = field(default_factory=dict)
    steps: tuple[AutomationStep, ...] = ()
    children: tuple[AutomationExecution, ...] = ()

    @property
    def ended(self) -> bool:
        return self.status in ENDED

    @property
    def succeeded(self) -> bool:
        return self.status in SUCCEEDED

    def step(self, name: str) -> AutomationStep | None:
        return next((step for step in self.steps if step.name == name), None)

    def as_dict(self) -> dict[str, Any]:
        told = asdict(replace(self, children=()))
        del told["scaled"], told["steps_truncated"]
        shown = [child.as_dict() for child in self.children]
        return {
            **told,
            "resolved_targets": list(self.resolved_targets),
            "steps": list(told["steps"]),
            "failed_steps": [step.name for step in self.steps if step.failed],
            "children": [{name: value for name, value in child.items() if name != "children"} for child in shown],
        }


def beginning(request: AutomationRequest, execution_id: str = "") -> AutomationExecution:
    """What can be told of an execution before AWS tells anything."""
    return AutomationExecution(
        execution_id=execution_id,
        status="Pending",
        document_name=request.document_name.rsplit("/", 1)[-1],
        mode=request.fields.get("mode", "Auto"),
        target_parameter_name=request.fields.get("target_parameter_name"),
        parameters=request.parameters,
    )


def between_steps(seen: AutomationExecution) -> bool:
    """Step by step, it waits for somebody to say what is next."""
    return seen.mode == "Interactive" and seen.status == "Waiting"


def failure(seen: AutomationExecution) -> str | None:
    """Why an execution that has ended did not succeed everywhere, in one line; None if it did."""
    which = f"execution {seen.execution_id} of {seen.document_name}"
    bad = [child for child in seen.children if not child.succeeded]
    if bad:
        counted = f"{len(bad)} of {len(seen.children)} targets of {which} did not succeed"
        return f"{counted}: {one_line([_child_line(child) for child in bad])}"
    if not seen.succeeded:
        return f"{which} is {seen.status}{_where(seen)}"
    if seen.scaled and not seen.steps and not seen.children:
        return f"{which} ran nowhere: nothing matches its targets"
    return None


def progress(seen: AutomationExecution) -> str:
    """How far it has come, for a time-out."""
    step = f" in step {seen.current_step_name} ({seen.current_action})" if seen.current_step_name else ""
    due = [f"{found.name} {found.status}" for found in seen.steps if not found.ended] if seen.scaled else []
    targets = f": {one_line(due)}" if due else ""
    return f"execution {seen.execution_id} of {seen.document_name} is {seen.status}{step}{targets}"


def problem_step(seen: AutomationExecution) -> AutomationStep | None:
    """The step whose failure became the whole's, or else the last one that failed."""
    failed = [step for step in seen.steps if step.failed]
    cause = (step for step in failed if step.failure_message and step.failure_message == seen.failure_message)
    return next(cause, failed[-1] if failed else None)


def other_than(request: AutomationRequest, seen: AutomationExecution) -> list[str]:
    """In what the execution that carries our token differs from what is asked for now."""
    fields = request.fields
    wrong = []
    if fields["document_name"].rsplit("/", 1)[-1] != seen.document_name:
        wrong.append("document_name")
    if fields.get("document_version", "$DEFAULT").isdigit() and fields["document_version"] != seen.document_version:
        wrong.append("document_version")
    if any(seen.parameters.get(name) != values for name, values in request.parameters.items()):
        wrong.append("parameters")
    if fields.get("target_parameter_name") != seen.target_parameter_name:
        wrong.append("target_parameter_name")
    if fields.get("mode", "Auto") != seen.mode:
        wrong.append("mode")
    return wrong


def all_ended(children: Sequence[AutomationExecution]) -> bool:
    return all(child.ended for child in children)


def _where(seen: AutomationExecution) -> str:
    step = problem_step(seen)
    said = short(step.failure_message if step and step.failure_message else seen.failure_message)
    told = f": {said}" if said else ""
    return f" in step {step.name} ({step.action}){told}" if step else told


def _child_line(child: AutomationExecution) -> str:
    return f"{child.target or child.execution_id}: {child.status}{_where(child)}"


def short(message: str | None) -> str:
    """AWS's message as a part of one line."""
    said = " ".join((message or "").replace(_TAIL, "").split())
    return said if len(said) <= _LONGEST else said[: _LONGEST - 1] + "…"
