# Copyright: steadyfleet contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection: may change without notice.

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import Any

from .._aws.tags import list_tags
from .._common.errors import InvalidInput, NotFound, Problem
from .._common.times import iso
from .._runnable.read import judge
from . import api
from .model import DesiredWindow, ObservedWindow, RegisteredItem, WindowQuery
from .plan import WindowPlan, run_request, tasks_to_read
from .transformations import (
    WINDOW_FIELDS,
    filter_requests,
    observed_fields,
    observed_target,
    observed_task,
)


def find_window(client: Any, desired: DesiredWindow) -> ObservedWindow | None:
    """The window that is meant, without its targets, tasks and tags, or None.

    :raises InvalidInput: when several windows have the name.
    """
    window_id, name = desired.window_id, desired.fields.get("name")
    if window_id is None:
        found = api.list_by_name(client, name) if name else []
        if len(found) > 1:
            ids = ", ".join(sorted(item["WindowId"] for item in found))
            raise InvalidInput(
                f"{len(found)} maintenance windows are named {name}: name one by window_id ({ids})",
                code="maintenance_window_name_ambiguous",
            )
        window_id = found[0]["WindowId"] if found else None
    return _window(client, window_id) if window_id else None


def observe_window(client: Any, desired: DesiredWindow) -> ObservedWindow | None:
    """Everything that a plan depends on; None when there is no such window yet.

    :raises InvalidInput: when several windows have the name.
    :raises NotFound: when ``window_id`` was given, and there is no such window.
    """
    window = find_window(client, desired)
    if window is None:
        if desired.window_id:
            raise NotFound(
                f"there is no maintenance window {desired.window_id}: leave window_id out to create one",
                code="maintenance_window_not_found",
            )
        return None
    window = with_items(client, window)
    if desired.tags is not None:
        window = _with_tags(client, window)
    return with_complete_tasks(client, window, tasks_to_read(window.tasks, desired))


def document_problems(client: Any, plan: WindowPlan) -> Iterator[Problem]:
    """Why tasks that the plan writes could only fail. AWS itself accepts them, and looks when the window opens."""
    for task in plan.tasks.items:
        request = run_request(task) if task.desired and task.writes else None
        for problem in judge(client, request)[1] if request else ():
            yield Problem(f"task {task.label}: {problem.message}", problem.code)


def query_windows(client: Any, query: WindowQuery) -> Iterator[ObservedWindow]:
    """The windows that exist, each with what the query includes."""
    for window_id in _queried_ids(client, query):
        window = _window(client, window_id)
        if window is None:
            continue
        if query.include_targets or query.include_tasks:
            window = with_items(client, window, include_tasks=query.include_tasks)
            window = with_complete_tasks(client, window, window.tasks)
        yield _with_tags(client, window) if query.include_tags else window


def _queried_ids(client: Any, query: WindowQuery) -> list[str]:
    if query.window_ids is not None:
        return list(dict.fromkeys(query.window_ids))
    if query.names is None:
        return [item["WindowId"] for item in api.list_windows(client, filter_requests(query.filters))]
    return [item["WindowId"] for name in dict.fromkeys(query.names) for item in api.list_by_name(client, name)]


def _window(client: Any, window_id: str) -> ObservedWindow | None:
    response = api.get(client, window_id)
    if response is None:
        return None
    return ObservedWindow(
        window_id=response["WindowId"],
        fields=observed_fields(response, WINDOW_FIELDS),
        next_execution_time=response.get("NextExecutionTime"),
        created_date=iso(response.get("CreatedDate")),
        modified_date=iso(response.get("ModifiedDate")),
    )


def with_items(client: Any, window: ObservedWindow, include_tasks: bool = True) -> ObservedWindow:
    """A window with its targets, and with its tasks as AWS lists them."""
    targets = tuple(map(observed_target, api.list_targets(client, window.window_id)))
    listed = api.list_tasks(client, window.window_id) if include_tasks else []
    tasks = tuple(observed_task(response, targets, is_complete=False) for response in listed)
    return replace(window, targets=targets, tasks=tasks)


def _with_tags(client: Any, window: ObservedWindow) -> ObservedWindow:
    return replace(window, tags=list_tags(client, "MaintenanceWindow", window.window_id))


def with_complete_tasks(client: Any, window: ObservedWindow, incomplete: Iterable[RegisteredItem]) -> ObservedWindow:
    """A window whose named tasks have their task_invocation_parameters. A task that was removed meanwhile stays as it
    is."""
    complete = {task.item_id: api.get_task(client, window.window_id, task.item_id) for task in incomplete}
    tasks = (
        observed_task(response, window.targets, is_complete=True) if (response := complete.get(task.item_id)) else task
        for task in window.tasks
    )
    return replace(window, tasks=tuple(tasks))
