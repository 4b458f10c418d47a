# Copyright: steadyfleet contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection: may change without notice.

from __future__ import annotations

from typing import Any

from .._aws.call import call, paginate
from .._common.errors import AwsError

_GONE = "DoesNotExistException"
# ClientToken is nowhere here: AWS's model marks it as an idempotency token, so botocore makes one for each call of
# create() and of the register functions, and sends the same one when it repeats the request.
# https://smithy.io/2.0/spec/behavior-traits.html#idempotencytoken-trait
Answer = dict[str, Any]


def list_by_name(client: Any, name: str) -> list[Answer]:
    """Windows of exactly this name. It is no key: there can be several."""
    by_name = [{"Key": "Name", "Values": [name]}]
    found = paginate(client, "describe_maintenance_windows", "WindowIdentities", Filters=by_name)
    return [item for item in found if item.get("Name") == name]


def get(client: Any, window_id: str) -> Answer | None:
    return _unless_gone(client, "get_maintenance_window", WindowId=window_id)


def list_targets(client: Any, window_id: str) -> list[Answer]:
    """None when AWS does not show the window (yet)."""
    return _of_window(client, "describe_maintenance_window_targets", "Targets", window_id)


def list_tasks(client: Any, window_id: str) -> list[Answer]:
    """Tasks without what they are called with; that takes a get_task() each. None when AWS does not show the window."""
    return _of_window(client, "describe_maintenance_window_tasks", "Tasks", window_id)


def get_task(client: Any, window_id: str, task_id: str) -> Answer | None:
    return _unless_gone(client, "get_maintenance_window_task", WindowId=window_id, WindowTaskId=task_id)


def create(client: Any, request: Answer, tags: dict[str, str]) -> str:
    """The new window's id. However often a client repeats the request, it makes one window."""
    aws_tags = [{"Key": key, "Value": value} for key, value in tags.items()]
    answer = call(client, "create_maintenance_window", **request, Tags=aws_tags or None)
    return str(answer["WindowId"])


def update(client: Any, window_id: str, request: Answer) -> None:
    """Change the fields in ``request`` only, unless it says Replace."""
    call(client, "update_maintenance_window", WindowId=window_id, **request)


def delete(client: Any, window_id: str) -> None:
    """With its targets and tasks."""
    _unless_gone(client, "delete_maintenance_window", WindowId=window_id)


def register_target(client: Any, window_id: str, request: Answer) -> str:
    answer = call(client, "register_target_with_maintenance_window", WindowId=window_id, **request)
    return str(answer["WindowTargetId"])


def update_target(client: Any, window_id: str, target_id: str, request: Answer) -> None:
    call(client, "update_maintenance_window_target", WindowId=window_id, WindowTargetId=target_id, **request)


def deregister_target(client: Any, window_id: str, target_id: str) -> None:
    """
    :raises AwsError: TargetInUseException when a task still names it.
    """
    operation = "deregister_target_from_maintenance_window"
    _unless_gone(client, operation, WindowId=window_id, WindowTargetId=target_id, Safe=True)


def register_task(client: Any, window_id: str, request: Answer) -> str:
    answer = call(client, "register_task_with_maintenance_window", WindowId=window_id, **request)
    return str(answer["WindowTaskId"])


def update_task(client: Any, window_id: str, task_id: str, request: Answer) -> None:
    call(client, "update_maintenance_window_task", WindowId=window_id, WindowTaskId=task_id, **request)


def deregister_task(client: Any, window_id: str, task_id: str) -> None:
    operation = "deregister_task_from_maintenance_window"
    _unless_gone(client, operation, WindowId=window_id, WindowTaskId=task_id)


def _of_window(client: Any, operation: str, key: str, window_id: str) -> list[Answer]:
    try:
        return paginate(client, operation, key, WindowId=window_id)
    except AwsError as error:
        if error.aws_code == _GONE:
            return []
        raise


def _unless_gone(client: Any, operation: str, **params: Any) -> Answer | None:
    try:
        return call(client, operation, **params)
    except AwsError as error:
        if error.aws_code == _GONE:
            return None
        raise
