# Copyright: steadyfleet contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection: may change without notice.

from __future__ import annotations

from dataclasses import asdict, replace
from typing import Any

from .._common.text import one_line
from .model import AutomationExecution, AutomationStep

# AWS ends most of its messages with this sentence.
_TAIL = "Please refer to Automation Service Troubleshooting Guide for more diagnosis details."
_MAX_LENGTH = 400


def execution_result(execution: AutomationExecution) -> dict[str, Any]:
    """An execution as a module returns it."""
    result = asdict(replace(execution, children=()))
    del result["scaled"], result["steps_truncated"]
    children = [execution_result(child) for child in execution.children]
    return {
        **result,
        "resolved_targets": list(execution.resolved_targets),
        "steps": list(result["steps"]),
        "failed_steps": [step.name for step in execution.steps if step.failed],
        "children": [{name: value for name, value in child.items() if name != "children"} for child in children],
    }


# What DescribeAutomationExecutions does not list.
_NOT_LISTED = {"parameters", "steps", "failed_steps", "children"}


def listed_result(execution: AutomationExecution) -> dict[str, Any]:
    """An execution as a module returns it, without what AWS does not list."""
    return {name: value for name, value in execution_result(execution).items() if name not in _NOT_LISTED}


def execution_failure(execution: AutomationExecution) -> str | None:
    """Why an execution that has ended did not succeed on every target, in one line. None when it succeeded."""
    name = f"execution {execution.execution_id} of {execution.document_name}"
    if failed := [child for child in execution.children if not child.succeeded]:
        count = f"{len(failed)} of {len(execution.children)} targets of {name} did not succeed"
        return f"{count}: {one_line([_child_failure(child) for child in failed])}"
    if not execution.succeeded:
        return f"{name} is {execution.status}{_failed_step(execution)}"
    if execution.scaled and not execution.steps and not execution.children:
        return f"{name} ran nowhere: nothing matches its targets"
    return None


def progress(execution: AutomationExecution) -> str:
    """How far an execution is, for a time-out."""
    current = execution.current_step_name
    step = f" in step {current} ({execution.current_action})" if current else ""
    pending = [f"{step.name} {step.status}" for step in execution.steps if not step.ended] if execution.scaled else []
    targets = f": {one_line(pending)}" if pending else ""
    return f"execution {execution.execution_id} of {execution.document_name} is {execution.status}{step}{targets}"


def failing_step(execution: AutomationExecution) -> AutomationStep | None:
    """The step whose failure is the failure of the execution, or else the last step that failed."""
    failed = [step for step in execution.steps if step.failed]
    cause = (step for step in failed if step.failure_message and step.failure_message == execution.failure_message)
    return next(cause, failed[-1] if failed else None)


def _failed_step(execution: AutomationExecution) -> str:
    step = failing_step(execution)
    message = shorten_message(step.failure_message if step and step.failure_message else execution.failure_message)
    reason = f": {message}" if message else ""
    return f" in step {step.name} ({step.action}){reason}" if step else reason


def _child_failure(child: AutomationExecution) -> str:
    return f"{child.target or child.execution_id}: {child.status}{_failed_step(child)}"


def shorten_message(message: str | None) -> str:
    """AWS's message as a part of one line."""
    line = " ".join((message or "").replace(_TAIL, "").split())
    return line if len(line) <= _MAX_LENGTH else line[: _MAX_LENGTH - 1] + "…"
