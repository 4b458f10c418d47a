"""The targets and tasks of maintenance windows: what AWS refuses, and which defaults it sets."""

from __future__ import annotations

import base64
import binascii
from typing import Any

from lab.api.errors import ApiError
from lab.api.nodes.store import Nodes
from lab.api.nodes.targets import resolve_targets
from lab.api.windows.store import Window, instance_ids, target_ids, unknown_resource

Fields = dict[str, Any]

GROUPS = "resource-groups:"
GROUP_KEYS = (f"{GROUPS}Name", f"{GROUPS}ResourceTypeFilters")
MOST_TARGETS_OF_A_TASK = 10
LARGEST_PAYLOAD = 4096
INVOCATION = {
    "RUN_COMMAND": "RunCommand",
    "AUTOMATION": "Automation",
    "LAMBDA": "Lambda",
    "STEP_FUNCTIONS": "StepFunctions",
}
RATE = ("MaxConcurrency", "MaxErrors")


def check_target(fields: Fields) -> None:
    if not fields["Targets"]:
        raise _invalid("At least one target is required.")
    for item in fields["Targets"]:
        key = item.get("Key", "")
        if not item.get("Values"):
            raise _invalid(f"The target {key} has no values.")
        tag = key == "tag-key" or (key.startswith("tag:") and len(key) > len("tag:"))
        if key not in GROUP_KEYS and not tag and key != "InstanceIds":
            raise _invalid(f"The target key {key} is not valid.")
        if key.startswith(GROUPS) != (fields["ResourceType"] == "RESOURCE_GROUP"):
            raise _invalid(f"The target key {key} does not go with the resource type {fields['ResourceType']}.")


def checked_task(nodes: Nodes, account_id: str, window: Window, fields: Fields, given: Fields) -> Fields:
    """Check a task and add AWS's defaults.

    :param fields: the whole task after the request.
    :param given: the fields of the request, in which a rate without targets is refused.
    """
    fields = {"Priority": 0, "ServiceRoleArn": service_linked_role(account_id), **fields}
    if fields.get("Targets"):
        _check_targets(nodes, window, fields)
        missing = [name for name in RATE if name not in fields]
        if missing:
            raise _invalid(f"{' and '.join(missing)} must be specified for a task with targets.")
    else:
        _check_targetless(fields, given)
        fields = {**fields, **dict.fromkeys(RATE, "1")}
    return _with_invocation_parameters(fields)


def service_linked_role(account_id: str) -> str:
    path = "role/aws-service-role/ssm.amazonaws.com/AWSServiceRoleForAmazonSSM"
    return f"arn:aws:iam::{account_id}:{path}"


def _check_targets(nodes: Nodes, window: Window, fields: Fields) -> None:
    for item in fields["Targets"]:
        if item.get("Key") not in ("WindowTargetIds", "InstanceIds") or not item.get("Values"):
            raise _invalid(f"The target {item.get('Key')} must be WindowTargetIds or InstanceIds, with values.")
    named = target_ids(fields)
    if len(named) > MOST_TARGETS_OF_A_TASK:
        raise _invalid(f"The maximum number of window targets is {MOST_TARGETS_OF_A_TASK}")
    for target_id in named:
        if target_id not in window.targets:
            raise unknown_resource("Window target", target_id)
    if not window.fields["AllowUnassociatedTargets"]:
        unassociated = [
            instance_id
            for instance_id in instance_ids(fields)
            if instance_id not in _registered_instances(nodes, window)
        ]
        if unassociated:
            raise _invalid(f"The window does not allow unassociated targets: {', '.join(unassociated)}")


def _registered_instances(nodes: Nodes, window: Window) -> set[str]:
    kept = [item["Targets"] for item in window.targets.values() if item["ResourceType"] == "INSTANCE"]
    return {instance_id for targets in kept for instance_id in resolve_targets(nodes, targets)}


def _check_targetless(fields: Fields, given: Fields) -> None:
    if fields["TaskType"] == "RUN_COMMAND":
        raise _invalid("One or more targets must be specified for maintenance window Run Command-type tasks.")
    message = " ".join(
        f"Maintenance window tasks without targets do not support {name} values." for name in RATE if name in given
    )
    if message:
        raise _invalid(message)


def _with_invocation_parameters(fields: Fields) -> Fields:
    parameters = fields.get("TaskInvocationParameters")
    if not parameters:
        return fields
    others = [name for name in parameters if name != INVOCATION[fields["TaskType"]]]
    if others:
        raise _invalid(f"TaskInvocationParameters {', '.join(others)} do not match the type {fields['TaskType']}.")
    payload = parameters.get("Lambda", {}).get("Payload")
    if not isinstance(payload, str):
        return fields
    function = {**parameters["Lambda"], "Payload": _decoded(payload)}
    return {**fields, "TaskInvocationParameters": {"Lambda": function}}


def _decoded(payload: str) -> bytes:
    try:
        content = base64.b64decode(payload, validate=True)
    except binascii.Error:
        raise ApiError("SerializationException", "Payload is not Base64.") from None
    if len(content) > LARGEST_PAYLOAD:
        raise _invalid(f"Payload must have length less than or equal to {LARGEST_PAYLOAD}.")
    return content


def _invalid(message: str) -> ApiError:
    return ApiError("ValidationException", message)
