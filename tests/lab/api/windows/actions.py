"""The API actions on maintenance windows, their targets and their tasks."""

from __future__ import annotations

import datetime
from typing import Any

from lab.api.errors import ApiError
from lab.api.http.wire import Call
from lab.api.region import Region
from lab.api.registry import Result, action, new_id, page
from lab.api.windows import rules
from lab.api.windows.schedule import check_schedule
from lab.api.windows.store import (
    IDENTITY,
    MOST_TARGETS,
    MOST_TASKS,
    filtered_items,
    quota_exceeded,
    unknown_resource,
    updated_fields,
)

REQUIRED_FIELDS = ("Name", "Schedule", "Duration", "Cutoff", "AllowUnassociatedTargets")
OPTIONAL_FIELDS = ("Description", "StartDate", "EndDate", "ScheduleTimezone", "ScheduleOffset")
TARGET_FIELDS = ("Targets", "OwnerInformation", "Name", "Description")
TASK_FIELDS = (
    "Targets",
    "TaskArn",
    "ServiceRoleArn",
    "TaskParameters",
    "TaskInvocationParameters",
    "Priority",
    "MaxConcurrency",
    "MaxErrors",
    "LoggingInfo",
    "Name",
    "Description",
    "CutoffBehavior",
    "AlarmConfiguration",
)


@action("ssm", "CreateMaintenanceWindow")
def create_maintenance_window(region: Region, call: Call) -> Result:
    params = call.params
    if answer := region.maintenance_windows.earlier_answer(call.action, params):
        return answer
    _check_not_empty(params)
    fields = {name: params[name] for name in (*REQUIRED_FIELDS, *OPTIONAL_FIELDS) if name in params}
    check_schedule(fields)
    # The name need not be unique: AWS accepts a second window of the same name, and so does the lab.
    window = region.maintenance_windows.add(fields, {tag["Key"]: tag["Value"] for tag in params.get("Tags", [])})
    return region.maintenance_windows.remember_answer(call.action, params, {"WindowId": window.id})


@action("ssm", "UpdateMaintenanceWindow")
def update_maintenance_window(region: Region, call: Call) -> Result:
    window = region.maintenance_windows.get(call.params["WindowId"])
    _check_not_empty(call.params)
    fields = updated_fields(window.fields, call.params, (*REQUIRED_FIELDS, *OPTIONAL_FIELDS), REQUIRED_FIELDS)
    check_schedule(fields)
    window.fields = fields
    window.enabled = call.params.get("Enabled", window.enabled)
    window.modified = datetime.datetime.now(datetime.UTC)
    region.maintenance_windows.changed(window)
    return {**fields, "WindowId": window.id, "Enabled": window.enabled}


@action("ssm", "GetMaintenanceWindow")
def get_maintenance_window(region: Region, call: Call) -> Result:
    return region.maintenance_windows.visible_window(call.params["WindowId"])["window"]


@action("ssm", "DescribeMaintenanceWindows")
def describe_maintenance_windows(region: Region, call: Call) -> Result:
    keys = {"Name": "Name", "Enabled": "Enabled"}
    found = filtered_items(region.maintenance_windows.visible_windows(), call.params.get("Filters", []), keys)
    identities, token = page([{name: item.get(name) for name in IDENTITY} for item in found], call.params)
    return {"WindowIdentities": identities, "NextToken": token}


@action("ssm", "DeleteMaintenanceWindow")
def delete_maintenance_window(region: Region, call: Call) -> Result:
    region.maintenance_windows.remove(call.params["WindowId"])
    return {"WindowId": call.params["WindowId"]}


@action("ssm", "RegisterTargetWithMaintenanceWindow")
def register_target_with_maintenance_window(region: Region, call: Call) -> Result:
    params, windows = call.params, region.maintenance_windows
    if answer := windows.earlier_answer(call.action, params):
        return answer
    window = windows.get(params["WindowId"])
    fields = {name: params[name] for name in (*TARGET_FIELDS, "ResourceType") if name in params}
    rules.check_target(fields)
    if len(window.targets) >= MOST_TARGETS:
        raise quota_exceeded(MOST_TARGETS, "targets in a maintenance window")
    target_id = new_id()
    window.targets[target_id] = fields
    windows.changed(window)
    return windows.remember_answer(call.action, params, {"WindowTargetId": target_id})


@action("ssm", "UpdateMaintenanceWindowTarget")
def update_maintenance_window_target(region: Region, call: Call) -> Result:
    window = region.maintenance_windows.get(call.params["WindowId"])
    target_id = _check_known(window.targets, call.params["WindowTargetId"], "Window target")
    fields = updated_fields(window.targets[target_id], call.params, TARGET_FIELDS, ("Targets",))
    rules.check_target(fields)
    window.targets[target_id] = fields
    region.maintenance_windows.changed(window)
    return {**fields, "WindowId": window.id, "WindowTargetId": target_id}


@action("ssm", "DeregisterTargetFromMaintenanceWindow")
def deregister_target_from_maintenance_window(region: Region, call: Call) -> Result:
    window = region.maintenance_windows.get(call.params["WindowId"])
    target_id = _check_known(window.targets, call.params["WindowTargetId"], "Window target")
    users = window.tasks_using(target_id)
    if users and call.params.get("Safe"):
        raise ApiError("TargetInUseException", f"The target {target_id} is referenced by the tasks {', '.join(users)}.")
    del window.targets[target_id]
    region.maintenance_windows.changed(window)
    return {"WindowId": window.id, "WindowTargetId": target_id}


@action("ssm", "DescribeMaintenanceWindowTargets")
def describe_maintenance_window_targets(region: Region, call: Call) -> Result:
    targets = list(region.maintenance_windows.visible_window(call.params["WindowId"])["targets"].values())
    keys = {"Type": "ResourceType", "WindowTargetId": "WindowTargetId", "OwnerInformation": "OwnerInformation"}
    found, token = page(filtered_items(targets, call.params.get("Filters", []), keys), call.params)
    return {"Targets": found, "NextToken": token}


@action("ssm", "RegisterTaskWithMaintenanceWindow")
def register_task_with_maintenance_window(region: Region, call: Call) -> Result:
    params, windows = call.params, region.maintenance_windows
    if answer := windows.earlier_answer(call.action, params):
        return answer
    window = windows.get(params["WindowId"])
    given = {name: params[name] for name in (*TASK_FIELDS, "TaskType") if name in params}
    fields = rules.checked_task(region.nodes, region.account, window, given, given)
    if len(window.tasks) >= MOST_TASKS:
        raise quota_exceeded(MOST_TASKS, "tasks in a maintenance window")
    task_id = new_id()
    window.tasks[task_id] = fields
    windows.changed(window)
    return windows.remember_answer(call.action, params, {"WindowTaskId": task_id})


@action("ssm", "UpdateMaintenanceWindowTask")
def update_maintenance_window_task(region: Region, call: Call) -> Result:
    window = region.maintenance_windows.get(call.params["WindowId"])
    task_id = _check_known(window.tasks, call.params["WindowTaskId"], "Window task")
    merged = updated_fields(window.tasks[task_id], call.params, TASK_FIELDS, ("TaskArn",))
    fields = rules.checked_task(region.nodes, region.account, window, merged, call.params)
    window.tasks[task_id] = fields
    region.maintenance_windows.changed(window)
    shown = {name: value for name, value in fields.items() if name != "TaskType"}
    return {**shown, "WindowId": window.id, "WindowTaskId": task_id}


@action("ssm", "DeregisterTaskFromMaintenanceWindow")
def deregister_task_from_maintenance_window(region: Region, call: Call) -> Result:
    window = region.maintenance_windows.get(call.params["WindowId"])
    task_id = _check_known(window.tasks, call.params["WindowTaskId"], "Window task")
    del window.tasks[task_id]
    region.maintenance_windows.changed(window)
    return {"WindowId": window.id, "WindowTaskId": task_id}


@action("ssm", "GetMaintenanceWindowTask")
def get_maintenance_window_task(region: Region, call: Call) -> Result:
    tasks = region.maintenance_windows.visible_window(call.params["WindowId"])["tasks"]
    return tasks[_check_known(tasks, call.params["WindowTaskId"], "Window task")]


@action("ssm", "DescribeMaintenanceWindowTasks")
def describe_maintenance_window_tasks(region: Region, call: Call) -> Result:
    """The tasks without their TaskInvocationParameters, which only GetMaintenanceWindowTask shows."""
    tasks = list(region.maintenance_windows.visible_window(call.params["WindowId"])["tasks"].values())
    keys = {name: name for name in ("WindowTaskId", "TaskArn", "Priority", "TaskType")}
    found, token = page(filtered_items(tasks, call.params.get("Filters", []), keys), call.params)
    return {"Tasks": [_task_summary(task) for task in found], "NextToken": token}


def _check_not_empty(params: dict[str, object]) -> None:
    """Refuse empty values, as AWS does, although its model allows them."""
    for name in ("StartDate", "EndDate", "ScheduleTimezone"):
        if params.get(name) == "":
            where = name[:1].lower() + name[1:]
            raise ApiError(
                "ValidationException",
                f"1 validation error detected: Value '' at '{where}' failed to satisfy constraint: "
                "Member must have length greater than or equal to 1",
            )


def _task_summary(task: dict[str, Any]) -> dict[str, Any]:
    hidden = ("TaskInvocationParameters", "TaskType")
    return {**{name: value for name, value in task.items() if name not in hidden}, "Type": task["TaskType"]}


def _check_known(items: dict[str, Any], item_id: str, what: str) -> str:
    if item_id not in items:
        raise unknown_resource(what, item_id)
    return item_id
