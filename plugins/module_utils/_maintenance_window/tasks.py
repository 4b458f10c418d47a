# Copyright: steadyfleet contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection: may change without notice.

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from .._common.parameters import text_lists
from .._common.shapes import bare, camel, camel_name, snake, snake_name
from .transformations import Fields, Item, merge

TASK = {
    "name": "Name",
    "task_type": "TaskType",
    "task_arn": "TaskArn",
    "targets": "Targets",
    "instance_ids": "Targets",
    "service_role_arn": "ServiceRoleArn",
    "priority": "Priority",
    "max_concurrency": "MaxConcurrency",
    "max_errors": "MaxErrors",
    "cutoff_behavior": "CutoffBehavior",
    "alarm_configuration": "AlarmConfiguration",
    "description": "Description",
    "task_invocation_parameters": "TaskInvocationParameters",
}
# AWS does not say which priority it takes, so that of a new task is always sent.
NEW_TASK: Fields = {"priority": 1, "cutoff_behavior": "CONTINUE_TASK"}
# What a task is called with, by its type.
CALLED = {
    "RUN_COMMAND": "run_command",
    "AUTOMATION": "automation",
    "LAMBDA": "lambda",
    "STEP_FUNCTIONS": "step_functions",
}
RATE = ("max_concurrency", "max_errors")
# Old fields that have no option here; a replacement that left them out would wipe them.
_DEPRECATED = ("TaskParameters", "LoggingInfo")
# https://docs.aws.amazon.com/systems-manager/latest/userguide/using-service-linked-roles-service-action-1.html
_SERVICE_LINKED = ":role/aws-service-role/ssm.amazonaws.com/AWSServiceRoleForAmazonSSM"


def wanted_task(options: Mapping[str, Any]) -> Fields:
    """:raises InvalidInput: for a parameter of which it can't be told which text is meant."""
    fields = {name: bare(options[name]) for name in TASK if options.get(name) is not None}
    alarms = fields.get("alarm_configuration")
    if alarms is not None:
        fields["alarm_configuration"] = {"ignore_poll_alarm_failure": False, **alarms} if alarms.get("alarms") else {}
    for how, called in (fields.get("task_invocation_parameters") or {}).items():
        if "parameters" in called:
            called["parameters"] = text_lists(options["task_invocation_parameters"][how]["parameters"])
        for name in ("payload", "input"):
            if name in called and not isinstance(called[name], str):
                called[name] = json.dumps(called[name], sort_keys=True)
    return fields


def observed_task(got: Mapping[str, Any], targets: tuple[Item, ...], whole: bool) -> Item:
    """What DescribeMaintenanceWindowTasks or GetMaintenanceWindowTask (then it is ``whole``) answers."""
    got = {**got, "TaskType": got.get("TaskType") or got.get("Type")}
    told = {name: got[api] for name, api in TASK.items() if got.get(api) not in (None, "") and api != "Targets"}
    fields: Fields = {"cutoff_behavior": NEW_TASK["cutoff_behavior"], **told}
    if str(fields.get("service_role_arn")).endswith(_SERVICE_LINKED):
        del fields["service_role_arn"]
    if "alarm_configuration" in fields:
        fields["alarm_configuration"] = {"ignore_poll_alarm_failure": False, **snake(fields["alarm_configuration"])}
    if "task_invocation_parameters" in fields:
        fields["task_invocation_parameters"] = _observed_call(fields["task_invocation_parameters"])
    # AWS writes the keys in more than one way: InstanceIds, instanceids.
    ids = {target["Key"].lower(): list(target["Values"]) for target in got.get("Targets") or []}
    named = {item.item_id: item.fields["name"] for item in targets if "name" in item.fields}
    target_ids = tuple(ids.get("windowtargetids", ()))
    fields |= {"targets": [named.get(found, found) for found in target_ids]} if target_ids else {}
    fields |= {"instance_ids": ids["instanceids"]} if ids.get("instanceids") else {}
    return Item(
        item_id=got["WindowTaskId"],
        fields=without_rate_if_targetless(fields),
        target_ids=target_ids,
        deprecated={name: got[name] for name in _DEPRECATED if got.get(name)},
        whole=whole,
    )


def _observed_call(got: Mapping[str, Any]) -> Fields:
    called = {}
    for how, values in got.items():
        inner = snake({name: value for name, value in values.items() if name not in ("Parameters", "Payload")})
        if "Parameters" in values:
            inner["parameters"] = dict(values["Parameters"])
        if "Payload" in values:
            inner["payload"] = bytes(values["Payload"]).decode(errors="replace")
        called[snake_name(how)] = inner
    return called


def is_targetless(fields: Mapping[str, Any]) -> bool:
    return not fields.get("targets") and not fields.get("instance_ids")


def merge_task(current: Fields, asked: Fields) -> Fields:
    """As merge(), and without targets no rate control is left over."""
    after = merge(current, asked)
    return after if any(name in asked for name in RATE) else without_rate_if_targetless(after)


def without_rate_if_targetless(fields: Fields) -> Fields:
    """Without targets AWS takes no rate control, and shows placeholders that mean nothing."""
    if not is_targetless(fields):
        return fields
    return {name: value for name, value in fields.items() if name not in RATE}


def request_task(fields: Fields, ids: Mapping[str, str]) -> dict[str, Any]:
    """The fields as AWS wants them, which knows targets by their ids only.

    :param ids: the id of each target, by its name and by the id itself.
    """
    sent = {TASK[name]: value for name, value in fields.items()}
    targets = [{"Key": "InstanceIds", "Values": fields["instance_ids"]}] if "instance_ids" in fields else []
    if "targets" in fields:
        target_ids = list(dict.fromkeys(ids[name] for name in fields["targets"]))
        targets.append({"Key": "WindowTargetIds", "Values": target_ids})
    if targets:
        sent["Targets"] = targets
    if "alarm_configuration" in fields:
        sent["AlarmConfiguration"] = camel(fields["alarm_configuration"])
    if "task_invocation_parameters" in fields:
        sent["TaskInvocationParameters"] = request_call(fields["task_invocation_parameters"])
    return sent


def request_call(called: Fields) -> dict[str, Any]:
    """task_invocation_parameters as AWS wants them."""
    sent = {}
    for how, values in called.items():
        inner = camel({name: value for name, value in values.items() if name not in ("parameters", "payload")})
        if "parameters" in values:
            inner["Parameters"] = values["parameters"]
        if "payload" in values:
            inner["Payload"] = values["payload"].encode()  # bytes: botocore makes Base64 of them
        sent[camel_name(how)] = inner
    return sent
