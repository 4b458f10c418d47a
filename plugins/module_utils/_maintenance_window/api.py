# Copyright: steadyfleet contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection: may change without notice.

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from .._aws.call import call, paginate
from .._aws.tags import option_tag_problems, tag_list
from .._aws.validate import request_problems
from .._common.errors import AwsError, Problem
from .model import DesiredWindow, Fields, WindowQuery
from .transformations import as_request, filter_requests, task_request, without_cleared

_GONE = "DoesNotExistException"
# No request has a ClientToken: AWS's model marks it as an idempotency token, so botocore makes one for each call of
# create() and of the register functions, and sends the same one when it repeats the request.
# https://smithy.io/2.0/spec/behavior-traits.html#idempotencytoken-trait
Response = dict[str, Any]

# Ids that every limit allows, for requests that are only checked.
_ANY_IDS = {
    "WindowId": f"mw-{0:017}",
    "WindowTargetId": "00000000-0000-0000-0000-000000000000",
    "WindowTaskId": "00000000-0000-0000-0000-000000000000",
}
# AWS needs these for every window, so that an empty value is refused instead of clearing them.
_NEVER_CLEARED = ("name", "schedule")


def list_windows(client: Any, filters: list[dict[str, Any]] | None = None) -> list[Response]:
    """Windows without some of their fields, which takes a get() each."""
    return paginate(client, "describe_maintenance_windows", "WindowIdentities", Filters=filters)


def list_by_name(client: Any, name: str) -> list[Response]:
    """Windows of exactly this name. The name is no key: several windows can have it."""
    found = list_windows(client, [{"Key": "Name", "Values": [name]}])
    return [item for item in found if item.get("Name") == name]


def get(client: Any, window_id: str) -> Response | None:
    return _unless_gone(client, "get_maintenance_window", WindowId=window_id)


def list_targets(client: Any, window_id: str) -> list[Response]:
    """Empty as long as AWS does not show the window."""
    return _of_window(client, "describe_maintenance_window_targets", "Targets", window_id)


def list_tasks(client: Any, window_id: str) -> list[Response]:
    """Tasks without their TaskInvocationParameters, which take a get_task() each. Empty as long as AWS does not show
    the window."""
    return _of_window(client, "describe_maintenance_window_tasks", "Tasks", window_id)


def get_task(client: Any, window_id: str, task_id: str) -> Response | None:
    return _unless_gone(client, "get_maintenance_window_task", WindowId=window_id, WindowTaskId=task_id)


def create(client: Any, request: Response, tags: dict[str, str]) -> str:
    """The new window's id. However often a client repeats the request, it makes one window."""
    response = call(client, "create_maintenance_window", **request, Tags=tag_list(tags))
    return str(response["WindowId"])


def update(client: Any, window_id: str, request: Response) -> None:
    """Change the fields in ``request`` only, unless it has Replace."""
    call(client, "update_maintenance_window", WindowId=window_id, **request)


def delete(client: Any, window_id: str) -> None:
    """Delete a window with its targets and tasks."""
    _unless_gone(client, "delete_maintenance_window", WindowId=window_id)


def register_target(client: Any, window_id: str, request: Response) -> str:
    response = call(client, "register_target_with_maintenance_window", WindowId=window_id, **request)
    return str(response["WindowTargetId"])


def update_target(client: Any, window_id: str, target_id: str, request: Response) -> None:
    call(client, "update_maintenance_window_target", WindowId=window_id, WindowTargetId=target_id, **request)


def deregister_target(client: Any, window_id: str, target_id: str) -> None:
    """
    :raises AwsError: with ``aws_code`` TargetInUseException when a task still names it.
    """
    operation = "deregister_target_from_maintenance_window"
    _unless_gone(client, operation, WindowId=window_id, WindowTargetId=target_id, Safe=True)


def register_task(client: Any, window_id: str, request: Response) -> str:
    response = call(client, "register_task_with_maintenance_window", WindowId=window_id, **request)
    return str(response["WindowTaskId"])


def update_task(client: Any, window_id: str, task_id: str, request: Response) -> None:
    call(client, "update_maintenance_window_task", WindowId=window_id, WindowTaskId=task_id, **request)


def deregister_task(client: Any, window_id: str, task_id: str) -> None:
    operation = "deregister_task_from_maintenance_window"
    _unless_gone(client, operation, WindowId=window_id, WindowTaskId=task_id)


def _of_window(client: Any, operation: str, key: str, window_id: str) -> list[Response]:
    try:
        return paginate(client, operation, key, WindowId=window_id)
    except AwsError as error:
        if error.aws_code == _GONE:
            return []
        raise


def _unless_gone(client: Any, operation: str, **params: Any) -> Response | None:
    try:
        return call(client, operation, **params)
    except AwsError as error:
        if error.aws_code == _GONE:
            return None
        raise


def limit_problems(client: Any, desired: DesiredWindow) -> list[Problem]:
    """What AWS would refuse of the given fields by its own limits, one by one. This makes no call.

    The operations that update are asked, because they require no field that the window may have already.
    """
    window = {**_ANY_IDS, **as_request(_limited(desired.fields))}
    if desired.window_id is not None:
        window["WindowId"] = desired.window_id
    problems = request_problems(client, "UpdateMaintenanceWindow", window)
    for target in desired.targets or ():
        problems += _of_item("target", target, _target_limit_problems(client, target))
    for task in desired.tasks or ():
        problems += _of_item("task", task, _task_limit_problems(client, task))
    return problems + option_tag_problems(client, desired.tags)


def query_limit_problems(client: Any, query: WindowQuery) -> list[Problem]:
    """What AWS would refuse of a query by its own limits. This makes no call."""
    problems = request_problems(client, "DescribeMaintenanceWindows", {"Filters": filter_requests(query.filters)})
    for window_id in query.window_ids or ():
        problems += request_problems(client, "GetMaintenanceWindow", {"WindowId": window_id})
    for name in query.names or ():
        problems += request_problems(client, "UpdateMaintenanceWindow", {**_ANY_IDS, "Name": name})
    return problems


def _limited(fields: Fields) -> Fields:
    return without_cleared(fields) | {name: fields[name] for name in _NEVER_CLEARED if name in fields}


def _target_limit_problems(client: Any, target: Fields) -> list[Problem]:
    by_id = [each["key"] for each in target.get("targets") or []] == ["InstanceIds"]
    request = {**_ANY_IDS, **as_request(_limited(target))}
    names = {"Targets.Values": "instance_ids"} if by_id else {}
    return request_problems(client, "UpdateMaintenanceWindowTarget", request, names)


def _task_limit_problems(client: Any, task: Fields) -> list[Problem]:
    # Tasks name targets, whose ids are not known yet.
    fields = {name: value for name, value in _limited(task).items() if name != "targets"}
    request = {**_ANY_IDS, **task_request(fields, {})}
    return request_problems(client, "UpdateMaintenanceWindowTask", request, {"Targets.Values": "instance_ids"})


def _of_item(kind: str, item: Mapping[str, Any], problems: list[Problem]) -> list[Problem]:
    return [replace(problem, message=f"{kind} {item['name']}: {problem.message}") for problem in problems]
