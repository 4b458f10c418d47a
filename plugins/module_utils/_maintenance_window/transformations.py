# Copyright: steadyfleet contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection: may change without notice.

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime
from typing import Any

from ansible.module_utils.common.dict_transformations import camel_dict_to_snake_dict, snake_dict_to_camel_dict

from .._common.parameters import text_lists
from .._common.shapes import drop_none, in_any_order
from .._common.tags import tags_as_text
from .model import DesiredWindow, Fields, RegisteredItem

WINDOW_FIELDS = (
    "name",
    "description",
    "schedule",
    "schedule_timezone",
    "schedule_offset",
    "start_date",
    "end_date",
    "duration",
    "cutoff",
    "allow_unassociated_targets",
    "enabled",
)
TARGET_FIELDS = ("name", "resource_type", "targets", "owner_information", "description")
TASK_FIELDS = (
    "name",
    "task_type",
    "task_arn",
    "targets",
    "instance_ids",
    "service_role_arn",
    "priority",
    "max_concurrency",
    "max_errors",
    "cutoff_behavior",
    "alarm_configuration",
    "description",
    "task_invocation_parameters",
)
# Fields of a task that AWS writes in a form of its own.
_SPECIAL_TASK_FIELDS = ("targets", "instance_ids", "task_invocation_parameters")
NEW_WINDOW: Fields = {"allow_unassociated_targets": False, "enabled": True}
# AWS does not document the priority that it takes, so the module always sends that of a new task.
NEW_TASK: Fields = {"priority": 1, "cutoff_behavior": "CONTINUE_TASK"}
# The suboption of task_invocation_parameters that goes with each type of task.
INVOCATION_PARAMETERS = {
    "RUN_COMMAND": "run_command",
    "AUTOMATION": "automation",
    "LAMBDA": "lambda",
    "STEP_FUNCTIONS": "step_functions",
}
# The tasks that run a document, and its type.
DOCUMENT_TYPES = {"RUN_COMMAND": "Command", "AUTOMATION": "Automation"}
RATE_CONTROLS = ("max_concurrency", "max_errors")
# Deprecated fields have no options. They are sent again when a task is replaced, which would clear them.
_DEPRECATED = ("TaskParameters", "LoggingInfo")
# https://docs.aws.amazon.com/systems-manager/latest/userguide/using-service-linked-roles-service-action-1.html
_SERVICE_LINKED_ROLE = ":role/aws-service-role/ssm.amazonaws.com/AWSServiceRoleForAmazonSSM"
# Zero clears these fields, for which AWS accepts no zero.
_CLEARED_BY_ZERO = ("schedule_offset", "timeout_seconds")


def member_of(option: str) -> str:
    """The member of AWS's requests and responses that holds an option."""
    return "Targets" if option == "instance_ids" else "".join(part.capitalize() for part in option.split("_"))


# ---- From options to what is desired


def desired_window(options: Mapping[str, Any]) -> DesiredWindow:
    """
    :raises InvalidInput: for a parameter that is neither text nor a list of texts.
    """
    targets, tasks = options["targets"], options["tasks"]
    return DesiredWindow(
        fields=_given(options, WINDOW_FIELDS),
        targets=None if targets is None else tuple(map(desired_target, targets)),
        tasks=None if tasks is None else tuple(map(desired_task, tasks)),
        tags=tags_as_text(options["tags"]),
        **{name: options[name] for name in ("window_id", "purge_targets", "purge_tasks", "purge_tags")},
    )


def desired_target(options: Mapping[str, Any]) -> Fields:
    fields = _given(options, TARGET_FIELDS)
    if options.get("instance_ids") is not None:
        fields["targets"] = [{"key": "InstanceIds", "values": list(options["instance_ids"])}]
    if fields.get("targets"):
        fields.setdefault("resource_type", resource_type_of(fields["targets"]))
    return fields


def desired_task(options: Mapping[str, Any]) -> Fields:
    """
    :raises InvalidInput: for a parameter that is neither text nor a list of texts.
    """
    fields = _given(options, TASK_FIELDS)
    alarm = fields.get("alarm_configuration")
    if alarm is not None:
        fields["alarm_configuration"] = {"ignore_poll_alarm_failure": False, **alarm} if any(alarm.values()) else {}
    for kind, values in (fields.get("task_invocation_parameters") or {}).items():
        # A null inside of these is a value, and not a suboption that was not given.
        verbatim = options["task_invocation_parameters"][kind]
        if "parameters" in values:
            values["parameters"] = text_lists(verbatim["parameters"])
        for name in ("payload", "input"):
            if name in values and not isinstance(values[name], str):
                values[name] = json.dumps(verbatim[name], sort_keys=True)
    return fields


def _given(options: Mapping[str, Any], names: Iterable[str]) -> Fields:
    """The options that were given. An empty value stays, because it asks for the field to be cleared."""
    fields: Fields = drop_none({name: options.get(name) for name in names})
    return fields


def without_cleared(fields: Fields) -> Fields:
    """The fields without empty values, at every depth except in parameters, where an empty text or list is a value."""
    kept = {}
    for name, value in fields.items():
        inner = without_cleared(value) if isinstance(value, dict) and name != "parameters" else value
        if not clears(name, inner):
            kept[name] = inner
    return kept


def clears(name: str, value: Any) -> bool:
    """Whether this value asks for the field to be cleared."""
    return value in ("", [], {}) or (name in _CLEARED_BY_ZERO and value == 0)


def resource_type_of(targets: list[Fields]) -> str:
    groups = any(str(target.get("key")).startswith("resource-groups:") for target in targets)
    return "RESOURCE_GROUP" if groups else "INSTANCE"


# ---- From AWS's responses


def observed_fields(response: Mapping[str, Any], names: Iterable[str]) -> Fields:
    members = {member_of(name) for name in names}
    present = {name: value for name, value in response.items() if name in members and value not in (None, "", [], {})}
    fields: Fields = camel_dict_to_snake_dict(present)
    return fields


def observed_target(response: Mapping[str, Any]) -> RegisteredItem:
    return RegisteredItem(item_id=response["WindowTargetId"], fields=observed_fields(response, TARGET_FIELDS))


def observed_task(
    response: Mapping[str, Any], targets: tuple[RegisteredItem, ...], is_complete: bool
) -> RegisteredItem:
    """A task of DescribeMaintenanceWindowTasks, or of GetMaintenanceWindowTask (``is_complete``).

    :param targets: the window's targets, whose names stand for their ids in the task's fields.
    """
    response = {**response, "TaskType": response.get("TaskType") or response.get("Type")}
    fields = {
        "cutoff_behavior": NEW_TASK["cutoff_behavior"],
        **observed_fields(response, [name for name in TASK_FIELDS if name not in _SPECIAL_TASK_FIELDS]),
    }
    if str(fields.get("service_role_arn")).endswith(_SERVICE_LINKED_ROLE):
        del fields["service_role_arn"]
    if "alarm_configuration" in fields:
        fields["alarm_configuration"] = {"ignore_poll_alarm_failure": False, **fields["alarm_configuration"]}
    if parameters := _observed_parameters(response.get("TaskInvocationParameters") or {}):
        fields["task_invocation_parameters"] = parameters
    # AWS spells the keys in more than one way: InstanceIds, instanceids.
    values = {target["Key"].lower(): list(target["Values"]) for target in response.get("Targets") or []}
    target_ids = tuple(values.get("windowtargetids", ()))
    labels = {item.item_id: item.label for item in targets}
    fields |= {"targets": [labels.get(item_id, item_id) for item_id in target_ids]} if target_ids else {}
    fields |= {"instance_ids": values["instanceids"]} if values.get("instanceids") else {}
    return RegisteredItem(
        item_id=response["WindowTaskId"],
        fields=without_rate_controls_if_targetless(fields),
        target_ids=target_ids,
        deprecated={name: response[name] for name in _DEPRECATED if response.get(name)},
        is_complete=is_complete,
    )


def _observed_parameters(response: Mapping[str, Any]) -> Fields:
    observed: Fields = {}
    for kind in INVOCATION_PARAMETERS.values():
        values = camel_dict_to_snake_dict(response.get(member_of(kind)) or {}, ignore_list=("Parameters",))
        if "payload" in values:
            values["payload"] = bytes(values["payload"]).decode(errors="replace")
        observed |= {kind: values} if values else {}
    return observed


def is_targetless(task: Fields) -> bool:
    return not task.get("targets") and not task.get("instance_ids")


def without_rate_controls_if_targetless(task: Fields) -> Fields:
    """For a task without targets, AWS accepts no rate controls and shows placeholders that mean nothing."""
    if not is_targetless(task):
        return task
    return {name: value for name, value in task.items() if name not in RATE_CONTROLS}


# ---- To AWS's requests


def as_request(fields: Fields) -> dict[str, Any]:
    """The fields of a window or a target as AWS's requests have them."""
    request: dict[str, Any] = snake_dict_to_camel_dict(fields, capitalize_first=True)
    return request


def task_request(fields: Fields, target_ids: Mapping[str, str]) -> dict[str, Any]:
    """
    :param target_ids: the ids of the window's targets by their labels. AWS knows targets by their ids only.
    """
    request = as_request({name: value for name, value in fields.items() if name not in _SPECIAL_TASK_FIELDS})
    targets = [{"Key": "InstanceIds", "Values": fields["instance_ids"]}] if "instance_ids" in fields else []
    if "targets" in fields:
        values = list(dict.fromkeys(target_ids[label] for label in fields["targets"]))
        targets.append({"Key": "WindowTargetIds", "Values": values})
    if targets:
        request["Targets"] = targets
    if "task_invocation_parameters" in fields:
        parameters = fields["task_invocation_parameters"]
        request["TaskInvocationParameters"] = {
            member_of(kind): _parameters_request(values) for kind, values in parameters.items()
        }
    return request


def _parameters_request(values: Fields) -> dict[str, Any]:
    request = as_request({name: value for name, value in values.items() if name != "parameters"})
    if "parameters" in values:
        request["Parameters"] = values["parameters"]
    if "payload" in values:
        request["Payload"] = values["payload"].encode()  # botocore encodes bytes as Base64
    return request


def requests_to_check(desired: DesiredWindow) -> Iterator[tuple[str, str, dict[str, Any], dict[str, str]]]:
    """Requests with the given fields, to compare them with AWS's limits: the prefix of messages, the operation, the
    request, and the options' names where they are not the members'.

    The operations that update take them, because those require no field that the window may have already.
    """
    window = as_request(_not_cleared(desired.fields))
    yield "", "UpdateMaintenanceWindow", window | ({"WindowId": desired.window_id} if desired.window_id else {}), {}
    names = {"Targets.Values": "instance_ids"}
    for target in desired.targets or ():
        by_id = [each["key"] for each in target.get("targets") or []] == ["InstanceIds"]
        request = as_request(_not_cleared(target))
        yield f"target {target['name']}: ", "UpdateMaintenanceWindowTarget", request, names if by_id else {}
    for task in desired.tasks or ():
        # The ids of the targets that a task names are not known yet.
        request = task_request({key: value for key, value in _not_cleared(task).items() if key != "targets"}, {})
        yield f"task {task['name']}: ", "UpdateMaintenanceWindowTask", request, names


def _not_cleared(fields: Fields) -> Fields:
    """The fields to check. AWS needs a name and a schedule, so that an empty one is refused and clears nothing."""
    return without_cleared(fields) | {name: fields[name] for name in ("name", "schedule") if name in fields}


def filter_requests(filters: Mapping[str, Any] | None) -> list[dict[str, Any]] | None:
    """Filters of DescribeMaintenanceWindows; None when there are none."""
    listed = {key: value if isinstance(value, list) else [value] for key, value in (filters or {}).items()}
    return [{"Key": key, "Values": [_filter_text(item) for item in values]} for key, values in listed.items()] or None


def _filter_text(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


# ---- Comparison


def comparable(fields: Fields) -> Fields:
    """The fields in a form in which equal values are equal in Python."""
    return {name: _comparable_value(name, value) for name, value in fields.items()}


def _comparable_value(name: str, value: Any) -> Any:
    if name in ("start_date", "end_date") and (time := parse_time(value)):
        return time.astimezone(UTC).isoformat()
    if name == "task_invocation_parameters":
        return {
            kind: {key: _comparable_parameter(key, item) for key, item in values.items()}
            for kind, values in value.items()
        }
    return in_any_order(value)


def _comparable_parameter(name: str, value: Any) -> Any:
    if name in ("payload", "input"):
        try:
            return json.loads(value)
        except ValueError:
            return value
    # The order of a parameter's values has a meaning.
    return value if name == "parameters" else in_any_order(value)


def parse_time(text: str) -> datetime | None:
    """A time with a time zone, which is UTC when the text names none, as in AWS. None when it is no time."""
    try:
        time = datetime.fromisoformat(text)
    except ValueError:
        return None
    return time if time.tzinfo else time.replace(tzinfo=UTC)
