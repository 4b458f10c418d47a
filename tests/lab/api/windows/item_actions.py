"""The actions on the targets and the tasks of maintenance windows."""

from __future__ import annotations

from typing import Any

from lab.api.errors import ApiError
from lab.api.http.wire import Call
from lab.api.region import Region, Result, action, new_id, page
from lab.api.windows import rules as checks
from lab.api.windows.store import MOST_TARGETS, MOST_TASKS, exceeded, filtered, patched, unknown

TARGET = ("Targets", "OwnerInformation", "Name", "Description")
TASK = (
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


@action("ssm", "RegisterTargetWithMaintenanceWindow")
def register_target(region: Region, call: Call) -> Result:
    params, windows = call.params, region.maintenance_windows
    if answer := windows.repeated(call.action, params):
        return answer
    window = windows.get(params["WindowId"])
    fields = {name: params[name] for name in (*TARGET, "ResourceType") if name in params}
    checks.target(fields)
    if len(window.targets) >= MOST_TARGETS:
        raise exceeded(MOST_TARGETS, "targets in a maintenance window")
    target_id = new_id()
    window.targets[target_id] = fields
    windows.changed(window)
    return windows.remember(call.action, params, {"WindowTargetId": target_id})


@action("ssm", "UpdateMaintenanceWindowTarget")
def update_target(region: Region, call: Call) -> Result:
    window = region.maintenance_windows.get(call.params["WindowId"])
    target_id = _known(window.targets, call.params["WindowTargetId"], "Window target")
    fields = patched(window.targets[target_id], call.params, TARGET, ("Targets",))
    checks.target(fields)
    window.targets[target_id] = fields
    region.maintenance_windows.changed(window)
    return {**fields, "WindowId": window.id, "WindowTargetId": target_id}


@action("ssm", "DeregisterTargetFromMaintenanceWindow")
def deregister_target(region: Region, call: Call) -> Result:
    window = region.maintenance_windows.get(call.params["WindowId"])
    target_id = _known(window.targets, call.params["WindowTargetId"], "Window target")
    users = window.users(target_id)
    if users and call.params.get("Safe"):
        raise ApiError("TargetInUseException", f"The target {target_id} is referenced by the tasks {', '.join(users)}.")
    del window.targets[target_id]
    region.maintenance_windows.changed(window)
    return {"WindowId": window.id, "WindowTargetId": target_id}


@action("ssm", "DescribeMaintenanceWindowTargets")
def describe_targets(region: Region, call: Call) -> Result:
    targets = list(region.maintenance_windows.seen(call.params["WindowId"])["targets"].values())
    keys = {"Type": "ResourceType", "WindowTargetId": "WindowTargetId", "OwnerInformation": "OwnerInformation"}
    found, token = page(filtered(targets, call.params.get("Filters", []), keys), call.params)
    return {"Targets": found, "NextToken": token}


@action("ssm", "RegisterTaskWithMaintenanceWindow")
def register_task(region: Region, call: Call) -> Result:
    params, windows = call.params, region.maintenance_windows
    if answer := windows.repeated(call.action, params):
        return answer
    window = windows.get(params["WindowId"])
    asked = {name: params[name] for name in (*TASK, "TaskType") if name in params}
    fields = checks.task(region, window, asked, asked)
    if len(window.tasks) >= MOST_TASKS:
        raise exceeded(MOST_TASKS, "tasks in a maintenance window")
    task_id = new_id()
    window.tasks[task_id] = fields
    windows.changed(window)
    return windows.remember(call.action, params, {"WindowTaskId": task_id})


@action("ssm", "UpdateMaintenanceWindowTask")
def update_task(region: Region, call: Call) -> Result:
    window = region.maintenance_windows.get(call.params["WindowId"])
    task_id = _known(window.tasks, call.params["WindowTaskId"], "Window task")
    merged = patched(window.tasks[task_id], call.params, TASK, ("TaskArn",))
    fields = checks.task(region, window, merged, call.params)
    window.tasks[task_id] = fields
    region.maintenance_windows.changed(window)
    told = {name: value for name, value in fields.items() if name != "TaskType"}
    return {**told, "WindowId": window.id, "WindowTaskId": task_id}


@action("ssm", "DeregisterTaskFromMaintenanceWindow")
def deregister_task(region: Region, call: Call) -> Result:
    window = region.maintenance_windows.get(call.params["WindowId"])
    task_id = _known(window.tasks, call.params["WindowTaskId"], "Window task")
    del window.tasks[task_id]
    region.maintenance_windows.changed(window)
    return {"WindowId": window.id, "WindowTaskId": task_id}


@action("ssm", "GetMaintenanceWindowTask")
def get_task(region: Region, call: Call) -> Result:
    tasks = region.maintenance_windows.seen(call.params["WindowId"])["tasks"]
    return tasks[_known(tasks, call.params["WindowTaskId"], "Window task")]


@action("ssm", "DescribeMaintenanceWindowTasks")
def describe_tasks(region: Region, call: Call) -> Result:
    """Everything but what the task is called with, which takes a GetMaintenanceWindowTask each."""
    tasks = list(region.maintenance_windows.seen(call.params["WindowId"])["tasks"].values())
    keys = {name: name for name in ("WindowTaskId", "TaskArn", "Priority", "TaskType")}
    found, token = page(filtered(tasks, call.params.get("Filters", []), keys), call.params)
    return {"Tasks": [_listed(task) for task in found], "NextToken": token}


def _listed(task: dict[str, Any]) -> dict[str, Any]:
    hidden = ("TaskInvocationParameters", "TaskType")
    return {**{name: value for name, value in task.items() if name not in hidden}, "Type": task["TaskType"]}


def _known(items: dict[str, Any], item_id: str, what: str) -> str:
    if item_id not in items:
        raise unknown(what, item_id)
    return item_id
