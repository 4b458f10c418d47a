"""Executions and steps as the API shows them."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

from lab.api.runbooks import values as automation_values
from lab.api.runbooks.content import NO_OUTPUT

if TYPE_CHECKING:
    from lab.api.automation.store import Execution, Step

SHOWN_AGAIN = (
    "TargetParameterName",
    "Targets",
    "TargetMaps",
    "MaxConcurrency",
    "MaxErrors",
)
# What DescribeAutomationExecutions leaves out.
DETAILS = ("StepExecutions", "StepExecutionsTruncated", "Parameters", "TargetsSummary", "Variables")


def execution(seen: Execution) -> dict[str, Any]:
    """With all its steps; whoever answers cuts them."""
    current = seen.current
    view = {
        **{name: seen.asked[name] for name in SHOWN_AGAIN if name in seen.asked},
        "AutomationExecutionId": seen.id,
        "DocumentName": seen.document.name,
        "DocumentVersion": str(seen.version.number),
        "ExecutionStartTime": seen.started,
        "ExecutionEndTime": seen.ended,
        "AutomationExecutionStatus": seen.status,
        "StepExecutions": [step(found) for found in seen.steps],
        "StepExecutionsTruncated": False,
        "Parameters": seen.parameters,
        "Outputs": outputs(seen),
        "FailureMessage": seen.failure,
        "Mode": seen.asked.get("Mode", "Auto"),
        "ParentAutomationExecutionId": seen.parent.id if seen.parent else None,
        "ExecutedBy": "arn:aws:iam::123456789012:user/operator",
        "CurrentStepName": current.name if current else None,
        "CurrentAction": current.action if current else None,
        "ResolvedTargets": {"ParameterValues": seen.plan.resolved if seen.plan else [], "Truncated": False},
        "Target": seen.target,
        "AssociationId": seen.association_id,
        "TargetsSummary": _summary(seen) if seen.plan else None,
    }
    return {name: value for name, value in view.items() if value is not None}


def metadata(view: dict[str, Any]) -> dict[str, Any]:
    """The same execution in a list of them."""
    kept = {name: value for name, value in view.items() if name not in DETAILS}
    return {**kept, "AutomationType": "Local", "LogFile": ""}


def step(seen: Step) -> dict[str, Any]:
    spec = seen.spec
    view = {
        "StepName": seen.name,
        "Action": seen.action,
        "StepExecutionId": seen.id,
        "StepStatus": seen.status,
        "ExecutionStartTime": seen.started,
        "ExecutionEndTime": seen.ended,
        "Inputs": seen.inputs,
        "Outputs": {name: automation_values.texts(value) for name, value in seen.values.items()},
        "OverriddenParameters": {},
        "FailureMessage": seen.failure,
        "ResponseCode": seen.values.get("ResponseCode", "0") if seen.ended else None,
        "Response": _response(seen),
        "FailureDetails": _failure(seen),
        "MaxAttempts": _number(spec.get("maxAttempts")),
        "TimeoutSeconds": _number(spec.get("timeoutSeconds")),
        "OnFailure": spec.get("onFailure", "Abort") if spec else None,
        "IsCritical": spec.get("isCritical", spec.get("onFailure") != "Continue") if spec else None,
        "IsEnd": spec.get("isEnd", False) if spec else None,
        "NextStep": spec.get("nextStep"),
        "ValidNextSteps": seen.next_steps or None,
    }
    return {name: value for name, value in view.items() if value is not None}


def outputs(seen: Execution) -> dict[str, list[str]]:
    found = {}
    for name in seen.version.parsed.get("outputs", []) if seen.steps and not seen.plan else []:
        step_name, _, output = name.partition(".")
        of = seen.step(step_name)
        value = of.values.get(output) if of is not None and of.status == "Success" else None
        found[name] = [NO_OUTPUT] if value is None else automation_values.texts(value)
    return found


def _summary(seen: Execution) -> dict[str, int]:
    counts = Counter(found.status for found in seen.steps)
    ended = sum(counts[status] for status in ("Success", "Failed", "TimedOut", "Cancelled"))
    return {
        "TotalCount": len(seen.steps),
        "StartedCount": sum(1 for found in seen.steps if found.started),
        "CompletedCount": ended,
        "SuccessfulCount": counts["Success"],
        "FailedCount": counts["Failed"] + counts["TimedOut"],
    }


def _response(seen: Step) -> str | None:
    said = seen.values.get("Output")
    return said if isinstance(said, str) and said else None


def _failure(seen: Step) -> dict[str, Any] | None:
    if seen.failure is None:
        return None
    stage = "Verification" if "Verify" in seen.failure else "Invocation"
    return {"FailureStage": stage, "FailureType": "Action", "Details": {"VerificationErrorMessage": [seen.failure]}}


def _number(value: Any) -> int | None:
    return int(value) if str(value).isdigit() else None
