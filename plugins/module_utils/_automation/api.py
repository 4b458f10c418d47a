# Copyright: steadyfleet contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection: may change without notice.

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from .._aws.call import call, paginate
from .._common.errors import AwsError, InvalidInput
from .model import AutomationExecution, AutomationRequest, AutomationStep
from .transformations import execution_from, start_parameters, step_from, token_tag

_GONE = "AutomationExecutionNotFoundException"
_HINTS = {
    "AutomationDefinitionNotFoundException": "runbook {name} does not exist or cannot be used",
    "AutomationDefinitionVersionNotFoundException": "runbook {name} has no such version",
    "InvalidAutomationExecutionParametersException": "runbook {name} does not take these parameters",
    "InvalidTarget": "these targets are not valid",
    "AutomationExecutionLimitExceededException": "too many automations run in this account now: run again later",
}


def start_execution(client: Any, request: AutomationRequest, token: str) -> str:
    """The id of the execution. Repeating the request with the same token starts nothing more."""
    try:
        response = call(client, "start_automation_execution", ClientToken=token, **start_parameters(request))
    except AwsError as error:
        if error.aws_code in _HINTS:
            hint = _HINTS[error.aws_code].format(name=request.document_name)
            raise InvalidInput(f"{hint}: {error}", code="automation_rejected", **error.details) from error
        raise
    return str(response["AutomationExecutionId"])


def list_by_token(client: Any, client_token: str) -> list[str]:
    """The ids of the executions that have a token."""
    filters = [{"Key": "TagKey", "Values": [token_tag(client_token)]}]
    return [execution.execution_id for execution in list_executions(client, filters)]


def list_executions(
    client: Any, filters: Sequence[Mapping[str, Any]], most: int | None = None
) -> list[AutomationExecution]:
    """Executions without their parameters and steps, in AWS's order.

    :param most: how many executions to read at most; all of them when it is not set.
    """
    operation, key = "describe_automation_executions", "AutomationExecutionMetadataList"
    request = {"Filters": list(filters) or None, "PaginationConfig": {"MaxItems": most}}
    return list(map(execution_from, paginate(client, operation, key, **request)))


def get_execution(client: Any, execution_id: str) -> AutomationExecution | None:
    """With its steps, unless they are too many; None while AWS does not show it."""
    try:
        response = call(client, "get_automation_execution", AutomationExecutionId=execution_id)
    except AwsError as error:
        if error.aws_code == _GONE:
            return None
        raise
    return execution_from(response["AutomationExecution"])


def list_steps(client: Any, execution_id: str) -> tuple[AutomationStep, ...]:
    operation, key = "describe_automation_step_executions", "StepExecutions"
    return tuple(map(step_from, paginate(client, operation, key, AutomationExecutionId=execution_id)))


def list_children(client: Any, execution_id: str) -> tuple[AutomationExecution, ...]:
    """The executions that one with targets has started, without their steps."""
    children = list_executions(client, [{"Key": "ParentExecutionId", "Values": [execution_id]}])
    return tuple(sorted(children, key=lambda child: (child.started_at or "", child.target or "")))


def send_signal(client: Any, execution_id: str, kind: str, payload: Mapping[str, list[str]]) -> None:
    signal = {"SignalType": kind, "Payload": dict(payload) or None}
    call(client, "send_automation_signal", AutomationExecutionId=execution_id, **signal)


def stop_execution(client: Any, execution_id: str, kind: str) -> None:
    call(client, "stop_automation_execution", AutomationExecutionId=execution_id, Type=kind)
