"""Executions and steps as the API shows them."""

from __future__ import annotations

from collections import Counter
from typing import Any

from lab.api.automation.model import Execution, Step
from lab.api.runbooks.content import NO_OUTPUT
from lab.api.runbooks.values import as_texts

SHOWN_AGAIN = (
    "TargetParameterName",
    "Targets",
    "TargetMaps",
    "MaxConcurrency",
    "MaxErrors",
)
# What DescribeAutomationExecutions leaves out.
DETAILS = ("StepExecutions", "StepExecutionsTruncated", "Parameters", "TargetsSummary", "Variables")


def execution_view(execution: Execution) -> dict[str, Any]:
    """The AutomationExecution of GetAutomationExecution with all its steps; the handler cuts them."""
    current = execution.current
    view = {
        **{name: execution.request[name] for name in SHOWN_AGAIN if name in execution.request},
        "AutomationExecutionId": execution.id,
        "DocumentName": execution.document.name,
        "DocumentVersion": str(execution.version.number),
        "ExecutionStartTime": execution.started,
        "ExecutionEndTime": execution.ended,
        "AutomationExecutionStatus": execution.status,
        "StepExecutions": [step_view(step) for step in execution.steps],
        "StepExecutionsTruncated": False,
        "Parameters": execution.parameters,
        "Outputs": execution_outputs(execution),
        "FailureMessage": execution.failure,
        "Mode": execution.request.get("Mode", "Auto"),
        "ParentAutomationExecutionId": execution.parent.id if execution.parent else None,
        "ExecutedBy": "arn:aws:iam::123456789012:user/operator",
        "CurrentStepName": current.name if current else None,
        "CurrentAction": current.action if current else None,
        "ResolvedTargets": {"ParameterValues": execution.plan.resolved if execution.plan else [], "Truncated": False},
        "Target": execution.target,
        "AssociationId": execution.association_id,
        "TargetsSummary": _summary(execution) if execution.plan else None,
    }
    return {name: value for name, value in view.items() if value is not None}


def execution_metadata(view: dict[str, Any]) -> dict[str, Any]:
    """The AutomationExecutionMetadata of the same execution, for lists."""
    kept = {name: value for name, value in view.items() if name not in DETAILS}
    return {**kept, "AutomationType": "Local", "LogFile": ""}


def step_view(step: Step) -> dict[str, Any]:
    spec = step.spec
    view = {
        "StepName": step.name,
        "Action": step.action,
        "StepExecutionId": step.id,
        "StepStatus": step.status,
        "ExecutionStartTime": step.started,
        "ExecutionEndTime": step.ended,
        "Inputs": step.inputs,
        "Outputs": {name: as_texts(value) for name, value in step.values.items()},
        "OverriddenParameters": {},
        "FailureMessage": step.failure,
        "ResponseCode": step.values.get("ResponseCode", "0") if step.ended else None,
        "Response": _response(step),
        "FailureDetails": _failure_details(step),
        "MaxAttempts": _number(spec.get("maxAttempts")),
        "TimeoutSeconds": _number(spec.get("timeoutSeconds")),
        "OnFailure": spec.get("onFailure", "Abort") if spec else None,
        "IsCritical": spec.get("isCritical", spec.get("onFailure") != "Continue") if spec else None,
        "IsEnd": spec.get("isEnd", False) if spec else None,
        "NextStep": spec.get("nextStep"),
        "ValidNextSteps": step.next_steps or None,
    }
    return {name: value for name, value in view.items() if value is not None}


def execution_outputs(execution: Execution) -> dict[str, list[str]]:
    found = {}
    for name in execution.version.parsed.get("outputs", []) if execution.steps and not execution.plan else []:
        step_name, _, output = name.partition(".")
        step = execution.step(step_name)
        value = step.values.get(output) if step is not None and step.status == "Success" else None
        found[name] = [NO_OUTPUT] if value is None else as_texts(value)
    return found


def _summary(execution: Execution) -> dict[str, int]:
    counts = Counter(found.status for found in execution.steps)
    ended = sum(counts[status] for status in ("Success", "Failed", "TimedOut", "Cancelled"))
    return {
        "TotalCount": len(execution.steps),
        "StartedCount": sum(1 for found in execution.steps if found.started),
        "CompletedCount": ended,
        "SuccessfulCount": counts["Success"],
        "FailedCount": counts["Failed"] + counts["TimedOut"],
    }


def _response(step: Step) -> str | None:
    output = step.values.get("Output")
    return output if isinstance(output, str) and output else None


def _failure_details(step: Step) -> dict[str, Any] | None:
    if step.failure is None:
        return None
    stage = "Verification" if "Verify" in step.failure else "Invocation"
    return {"FailureStage": stage, "FailureType": "Action", "Details": {"VerificationErrorMessage": [step.failure]}}


def _number(value: Any) -> int | None:
    return int(value) if str(value).isdigit() else None
