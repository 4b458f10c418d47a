# Copyright: steadyfleet contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection: may change without notice.

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from .._aws.call import call, paginate
from .._common.errors import AwsError, InvalidInput
from .._common.times import iso
from .model import AutomationExecution, AutomationStep
from .request import AutomationRequest, Runbook, start_parameters, token_tag

_GONE = "AutomationExecutionNotFoundException"
_REFUSED = {
    "AutomationDefinitionNotFoundException": "there is no runbook {name} that can be used",
    "AutomationDefinitionVersionNotFoundException": "runbook {name} has no such version",
    "InvalidAutomationExecutionParametersException": "runbook {name} does not take these parameters",
    "InvalidTarget": "these targets are not valid",
    "AutomationExecutionLimitExceededException": "too many automations run in this account just now: run again later",
}


def describe_runbook(client: Any, name: str, version: str) -> Runbook | None:
    """A document before it is run; None when there is none, or no such version."""
    try:
        found = call(client, "describe_document", Name=name, DocumentVersion=version)["Document"]
    except AwsError as error:
        if error.aws_code == "InvalidDocument":
            return None
        if error.aws_code == "InvalidDocumentVersion":
            raise InvalidInput(f"document {name} has no version {version}: {error}", **error.details) from error
        raise
    return Runbook(
        name=found["Name"],
        document_type=found.get("DocumentType", ""),
        document_version=found.get("DocumentVersion", ""),
        status=found.get("Status", ""),
        parameters={item["Name"]: "DefaultValue" in item for item in found.get("Parameters", [])},
    )


def start_automation(client: Any, request: AutomationRequest, token: str) -> str:
    """The id of the execution. Repeating it with the same token starts nothing more."""
    try:
        answer = call(client, "start_automation_execution", ClientToken=token, **start_parameters(request))
    except AwsError as error:
        if error.aws_code in _REFUSED:
            hint = _REFUSED[error.aws_code].format(name=request.document_name)
            raise InvalidInput(f"{hint}: {error}", **error.details) from error
        raise
    execution_id: str = answer["AutomationExecutionId"]
    return execution_id


def find_token(client: Any, client_token: str) -> list[str]:
    """The ids of the executions that carry a token."""
    asked = [{"Key": "TagKey", "Values": [token_tag(client_token)]}]
    found = paginate(client, "describe_automation_executions", "AutomationExecutionMetadataList", Filters=asked)
    return [item["AutomationExecutionId"] for item in found]


def get_execution(client: Any, execution_id: str) -> AutomationExecution | None:
    """With its steps, unless they are too many; None as long as AWS does not show it."""
    try:
        answer = call(client, "get_automation_execution", AutomationExecutionId=execution_id)
    except AwsError as error:
        if error.aws_code == _GONE:
            return None
        raise
    return _execution(answer["AutomationExecution"])


def list_steps(client: Any, execution_id: str) -> tuple[AutomationStep, ...]:
    found = paginate(
        client, "describe_automation_step_executions", "StepExecutions", AutomationExecutionId=execution_id
    )
    return tuple(map(_step, found))


def list_children(client: Any, execution_id: str) -> tuple[AutomationExecution, ...]:
    """The executions that one with targets has started, without their steps."""
    asked = [{"Key": "ParentExecutionId", "Values": [execution_id]}]
    found = paginate(client, "describe_automation_executions", "AutomationExecutionMetadataList", Filters=asked)
    children = sorted(map(_execution, found), key=lambda child: (child.started_at or "", child.target or ""))
    return tuple(children)


def send_signal(client: Any, execution_id: str, kind: str, payload: Mapping[str, list[str]]) -> None:
    call(
        client,
        "send_automation_signal",
        AutomationExecutionId=execution_id,
        SignalType=kind,
        Payload=dict(payload) or None,
    )


def stop_automation(client: Any, execution_id: str, kind: str) -> None:
    call(client, "stop_automation_execution", AutomationExecutionId=execution_id, Type=kind)


def _execution(found: Mapping[str, Any]) -> AutomationExecution:
    scaled = ("TargetParameterName", "Targets", "TargetMaps", "TargetLocations", "TargetLocationsURL")
    return AutomationExecution(
        execution_id=found["AutomationExecutionId"],
        status=found.get("AutomationExecutionStatus", "Pending"),
        document_name=found.get("DocumentName", ""),
        document_version=found.get("DocumentVersion", ""),
        mode=found.get("Mode", "Auto"),
        started_at=iso(found.get("ExecutionStartTime")),
        ended_at=iso(found.get("ExecutionEndTime")),
        failure_message=found.get("FailureMessage"),
        current_step_name=found.get("CurrentStepName"),
        current_action=found.get("CurrentAction"),
        parent_execution_id=found.get("ParentAutomationExecutionId"),
        target=found.get("Target"),
        target_parameter_name=found.get("TargetParameterName"),
        resolved_targets=tuple(found.get("ResolvedTargets", {}).get("ParameterValues", ())),
        scaled=any(found.get(name) for name in scaled),
        steps_truncated=found.get("StepExecutionsTruncated", False),
        parameters=found.get("Parameters", {}),
        outputs=found.get("Outputs", {}),
        steps=tuple(map(_step, found.get("StepExecutions", ()))),
    )


def _step(found: Mapping[str, Any]) -> AutomationStep:
    return AutomationStep(
        name=found.get("StepName", ""),
        action=found.get("Action", ""),
        status=found.get("StepStatus", "Pending"),
        step_execution_id=found.get("StepExecutionId", ""),
        started_at=iso(found.get("ExecutionStartTime")),
        ended_at=iso(found.get("ExecutionEndTime")),
        response_code=found.get("ResponseCode"),
        response=found.get("Response"),
        failure_message=found.get("FailureMessage"),
        outputs=found.get("Outputs", {}),
        is_critical=found.get("IsCritical"),
        on_failure=found.get("OnFailure"),
        next_step=found.get("NextStep"),
    )
