# Copyright: steadyfleet contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection: may change without notice.

from __future__ import annotations

import uuid
from collections.abc import Mapping
from typing import Any

from ansible.module_utils.common.dict_transformations import snake_dict_to_camel_dict

from .._common.parameters import text_lists
from .._common.shapes import drop_none
from .._common.tags import tags_as_text
from .._common.times import iso, utc
from .._runnable.model import RunRequest
from .model import AutomationExecution, AutomationRequest, AutomationStep

# DescribeAutomationExecutions finds executions by the keys of their tags and not by the values: the token is in the
# key.
_TOKEN_TAG = "steadyfleet.aws_patching/client_token/"  # noqa: S105 - a name
_NAMESPACE = uuid.uuid5(uuid.NAMESPACE_DNS, "client-token.aws-patching.steadyfleet")
# The options of a start.
START_OPTIONS = (
    "document_version",
    "parameters",
    "mode",
    "targets",
    "target_parameter_name",
    "target_maps",
    "max_concurrency",
    "max_errors",
    "target_locations",
    "target_locations_url",
    "alarm_configuration",
    "client_token",
)
# Maps whose keys are not AWS's: they keep their names.
_VERBATIM = {"parameters": "Parameters", "target_maps": "TargetMaps"}
_SCALED = ("TargetParameterName", "Targets", "TargetMaps", "TargetLocations", "TargetLocationsURL")


def token_tag(client_token: str) -> str:
    """The key of the tag by which the execution of a token is found."""
    return _TOKEN_TAG + client_token


def is_token_tag(key: str) -> bool:
    return key.startswith(_TOKEN_TAG)


def token_uuid(client_token: str) -> str:
    """The UUID that AWS wants as a token: always the same for the same text."""
    try:
        return str(uuid.UUID(client_token))
    except ValueError:
        return str(uuid.uuid5(_NAMESPACE, client_token))


def automation_request(options: Mapping[str, Any]) -> AutomationRequest:
    """The module's options as a request.

    :raises InvalidInput: for a parameter whose value is no text.
    """
    given = {
        name: options[name] for name in ("document_name", *START_OPTIONS) if options.get(name) not in (None, [], {})
    }
    token = given.pop("client_token", None)
    fields = {name: value if name in _VERBATIM else drop_none(value) for name, value in given.items()}
    if "parameters" in fields:
        fields["parameters"] = text_lists(fields["parameters"])
    if "target_maps" in fields:
        fields["target_maps"] = [text_lists(one) for one in fields["target_maps"]]
    return AutomationRequest(fields=fields, tags=tags_as_text(options.get("tags")) or {}, client_token=token)


def run_request(request: AutomationRequest) -> RunRequest | None:
    """What is judged of a start; None when the runbook runs in other accounts or Regions."""
    if request.fields.get("target_locations") or request.fields.get("target_locations_url"):
        return None
    return RunRequest(
        document_name=request.document_name,
        document_version=request.fields.get("document_version"),
        types=("Automation",),
        parameters=request.parameters,
        filled=request.target_parameters,
    )


def start_parameters(request: AutomationRequest) -> dict[str, Any]:
    """The request as StartAutomationExecution takes it, without its token."""
    nested = {name: value for name, value in request.fields.items() if name not in _VERBATIM}
    parameters: dict[str, Any] = snake_dict_to_camel_dict(nested, capitalize_first=True)
    if "TargetLocationsUrl" in parameters:
        parameters["TargetLocationsURL"] = parameters.pop("TargetLocationsUrl")
    parameters |= {member: request.fields[name] for name, member in _VERBATIM.items() if name in request.fields}
    tags = dict(request.tags)
    if request.client_token:
        tags[token_tag(request.client_token)] = request.client_token
    if tags:
        parameters["Tags"] = [{"Key": key, "Value": value} for key, value in tags.items()]
    return parameters


def execution_filters(query: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Options of ssm_automation_info as filters of DescribeAutomationExecutions.

    :raises ValueError: for a time that is none.
    """
    token = query["client_token"]
    filters = {
        "DocumentNamePrefix": query["document_name"],
        "ExecutionStatus": query["status"],
        "StartTimeAfter": utc(query["started_after"]),
        "StartTimeBefore": utc(query["started_before"]),
        "TagKey": query["tag_key"] if token is None else token_tag(token),
    }
    return [{"Key": key, "Values": [value]} for key, value in filters.items() if value is not None]


def started_execution(request: AutomationRequest, execution_id: str = "") -> AutomationExecution:
    """What is known of an execution before AWS shows it."""
    return AutomationExecution(
        execution_id=execution_id,
        status="Pending",
        document_name=request.document_name.rsplit("/", 1)[-1],
        mode=request.fields.get("mode", "Auto"),
        target_parameter_name=request.fields.get("target_parameter_name"),
        parameters=request.parameters,
    )


def execution_from(response: Mapping[str, Any]) -> AutomationExecution:
    return AutomationExecution(
        execution_id=response["AutomationExecutionId"],
        status=response.get("AutomationExecutionStatus", "Pending"),
        document_name=response.get("DocumentName", ""),
        document_version=response.get("DocumentVersion", ""),
        mode=response.get("Mode", "Auto"),
        started_at=iso(response.get("ExecutionStartTime")),
        ended_at=iso(response.get("ExecutionEndTime")),
        failure_message=response.get("FailureMessage"),
        current_step_name=response.get("CurrentStepName"),
        current_action=response.get("CurrentAction"),
        parent_execution_id=response.get("ParentAutomationExecutionId"),
        target=response.get("Target"),
        target_parameter_name=response.get("TargetParameterName"),
        resolved_targets=tuple(response.get("ResolvedTargets", {}).get("ParameterValues", ())),
        scaled=any(response.get(name) for name in _SCALED),
        steps_truncated=response.get("StepExecutionsTruncated", False),
        parameters=response.get("Parameters", {}),
        outputs=response.get("Outputs", {}),
        steps=tuple(map(step_from, response.get("StepExecutions", ()))),
    )


def step_from(response: Mapping[str, Any]) -> AutomationStep:
    return AutomationStep(
        name=response.get("StepName", ""),
        action=response.get("Action", ""),
        status=response.get("StepStatus", "Pending"),
        step_execution_id=response.get("StepExecutionId", ""),
        started_at=iso(response.get("ExecutionStartTime")),
        ended_at=iso(response.get("ExecutionEndTime")),
        response_code=response.get("ResponseCode"),
        response=response.get("Response"),
        failure_message=response.get("FailureMessage"),
        outputs=response.get("Outputs", {}),
        is_critical=response.get("IsCritical"),
        on_failure=response.get("OnFailure"),
        next_step=response.get("NextStep"),
    )
