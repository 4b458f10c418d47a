# Copyright: steadyfleet contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection: may change without notice.

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any, TypeVar

from .._aws.call import call, paginate
from .._aws.tags import option_tag_problems, tag_list
from .._aws.validate import request_problems
from .._common.errors import AwsError, Problem
from .model import DesiredWindow, WindowQuery
from .transformations import filter_requests, requests_to_check

_GONE = "DoesNotExistException"
# No request has a ClientToken: AWS's model marks it as an idempotency token, so botocore makes one for each call of
# create() and of the register functions, and sends the same one when it repeats the request.
# https://smithy.io/2.0/spec/behavior-traits.html#idempotencytoken-trait
# Ids that AWS's limits allow, for requests that are only checked.
_ANY_IDS = {
    "WindowId": f"mw-{0:017}",
    "WindowTargetId": "00000000-0000-0000-0000-000000000000",
    "WindowTaskId": "00000000-0000-0000-0000-000000000000",
}
Response = dict[str, Any]
Result = TypeVar("Result")


def list_windows(client: Any, filters: list[dict[str, Any]] | None = None) -> list[Response]:
    """Windows without some of their fields, which takes a get() each."""
    return paginate(client, "describe_maintenance_windows", "WindowIdentities", Filters=filters)


def list_by_name(client: Any, name: str) -> list[Response]:
    """Windows of exactly this name. The name is no key: several windows can have it."""
    found = list_windows(client, [{"Key": "Name", "Values": [name]}])
    return [item for item in found if item.get("Name") == name]


def get(client: Any, window_id: str) -> Response | None:
    return _unless_gone(call, client, "get_maintenance_window", WindowId=window_id)


def list_targets(client: Any, window_id: str) -> list[Response]:
    """Empty as long as AWS does not show the window."""
    operation = "describe_maintenance_window_targets"
    return _unless_gone(paginate, client, operation, "Targets", WindowId=window_id) or []


def list_tasks(client: Any, window_id: str) -> list[Response]:
    """Tasks without their TaskInvocationParameters, which take a get_task() each. Empty as long as AWS does not show
    the window."""
    return _unless_gone(paginate, client, "describe_maintenance_window_tasks", "Tasks", WindowId=window_id) or []


def get_task(client: Any, window_id: str, task_id: str) -> Response | None:
    return _unless_gone(call, client, "get_maintenance_window_task", WindowId=window_id, WindowTaskId=task_id)


def create(client: Any, request: Response, tags: dict[str, str]) -> str:
    """The new window's id. However often a client repeats the request, it makes one window."""
    response = call(client, "create_maintenance_window", **request, Tags=tag_list(tags))
    return str(response["WindowId"])


def update(client: Any, window_id: str, request: Response) -> None:
    """Change the fields in ``request`` only, unless it has Replace."""
    call(client, "update_maintenance_window", WindowId=window_id, **request)


def delete(client: Any, window_id: str) -> None:
    """Delete a window with its targets and tasks."""
    _unless_gone(call, client, "delete_maintenance_window", WindowId=window_id)


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
    _unless_gone(call, client, operation, WindowId=window_id, WindowTargetId=target_id, Safe=True)


def register_task(client: Any, window_id: str, request: Response) -> str:
    response = call(client, "register_task_with_maintenance_window", WindowId=window_id, **request)
    return str(response["WindowTaskId"])


def update_task(client: Any, window_id: str, task_id: str, request: Response) -> None:
    call(client, "update_maintenance_window_task", WindowId=window_id, WindowTaskId=task_id, **request)


def deregister_task(client: Any, window_id: str, task_id: str) -> None:
    operation = "deregister_task_from_maintenance_window"
    _unless_gone(call, client, operation, WindowId=window_id, WindowTaskId=task_id)


def _unless_gone(
    request: Callable[..., Result], client: Any, operation: str, *args: str, **params: Any
) -> Result | None:
    try:
        return request(client, operation, *args, **params)
    except AwsError as error:
        if error.aws_code == _GONE:
            return None
        raise


def limit_problems(client: Any, desired: DesiredWindow) -> list[Problem]:
    """What AWS would refuse of the given fields by its own limits, one by one. This makes no call."""
    problems = [
        replace(problem, message=f"{prefix}{problem.message}")
        for prefix, operation, request, names in requests_to_check(desired)
        for problem in request_problems(client, operation, {**_ANY_IDS, **request}, names)
    ]
    return problems + option_tag_problems(client, desired.tags)


def query_limit_problems(client: Any, query: WindowQuery) -> list[Problem]:
    """What AWS would refuse of a query by its own limits. This makes no call."""
    requests: list[tuple[str, Response]] = [
        ("DescribeMaintenanceWindows", {"Filters": filter_requests(query.filters)}),
        *(("GetMaintenanceWindow", {"WindowId": window_id}) for window_id in query.window_ids or ()),
        *(("UpdateMaintenanceWindow", {**_ANY_IDS, "Name": name}) for name in query.names or ()),
    ]
    return [problem for operation, request in requests for problem in request_problems(client, operation, request)]
