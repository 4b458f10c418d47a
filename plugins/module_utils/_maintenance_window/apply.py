# Copyright: steadyfleet contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection: may change without notice.

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from .._aws.tags import write_tags
from .._common.wait import wait
from . import api
from .plan import Done, Plan
from .read import Tools, whole
from .steps import Items, Step
from .tasks import observed_task, request_task
from .transformations import WINDOW, Item, observed, observed_target, request_target


def carry_out(tools: Tools, todo: Plan) -> Done:
    """Walk the plan in an order in which no task ever names a target that is not there, and none runs twice."""
    window_id = _write_window(tools, todo)
    if todo.seen and todo.tags:
        write_tags(tools.client, "MaintenanceWindow", window_id, todo.tags)
    # A task whose type changes goes before its successor comes: rather none of the two runs than both.
    for item in todo.tasks.leaving:
        api.deregister_task(tools.client, window_id, item.item_id)
    target_ids = tuple(_write_target(tools.client, window_id, step) for step in todo.targets.steps)
    ids = dict(zip((step.label for step in todo.targets.steps), target_ids, strict=True))
    ids |= {target_id: target_id for target_id in target_ids}
    task_ids = tuple(_write_task(tools.client, window_id, step, ids) for step in todo.tasks.steps)
    for item in todo.targets.leaving:
        api.deregister_target(tools.client, window_id, item.item_id)
    if todo.enables_last:
        api.update(tools.client, window_id, {"Enabled": True})
    if tools.waits:
        _await(tools, window_id, todo, target_ids, task_ids)
    return Done(
        window_id=window_id,
        target_ids=target_ids,
        task_ids=task_ids,
        next_execution_time=_next_execution(tools, window_id, todo),
    )


def _write_window(tools: Tools, todo: Plan) -> str:
    step = todo.window
    if todo.seen is None:
        request = {WINDOW[name]: value for name, value in step.after.items() if name != "enabled"}
        window_id = api.create(tools.client, request, todo.tags.after if todo.tags else {})
        if not step.after["enabled"]:
            # AWS creates windows switched on. There is no task in it yet, so nothing can run in between.
            api.update(tools.client, window_id, {"Enabled": False})
        return window_id
    changed = step.changed() if step.writes else {}
    if todo.enables_last:
        changed = {name: value for name, value in changed.items() if name != "enabled"}
    if changed:
        enabled = {"Enabled": todo.seen.fields["enabled"]} if todo.enables_last and step.forgets else {}
        request = {WINDOW[name]: value for name, value in changed.items()} | enabled
        api.update(tools.client, todo.seen.window_id, request | _replaces(step))
    return todo.seen.window_id


def _write_target(client: Any, window_id: str, step: Step) -> str:
    if step.item is None:
        return api.register_target(client, window_id, request_target(step.after))
    if step.writes:
        fields = {name: value for name, value in step.changed().items() if name != "resource_type"}
        api.update_target(client, window_id, step.item.item_id, request_target(fields) | _replaces(step))
    return step.item.item_id


def _write_task(client: Any, window_id: str, step: Step, ids: dict[str, str]) -> str:
    if step.item is None:
        return api.register_task(client, window_id, request_task(step.after, ids))
    if step.writes:
        fields = {name: value for name, value in step.changed().items() if name != "task_type"}
        kept = step.item.deprecated if step.forgets else {}
        request = kept | request_task(fields, ids) | _replaces(step)
        api.update_task(client, window_id, step.item.item_id, request)
    return step.item.item_id


def _replaces(step: Step) -> dict[str, bool]:
    return {"Replace": True} if step.forgets else {}


def _await(tools: Tools, window_id: str, todo: Plan, target_ids: tuple[str, ...], task_ids: tuple[str, ...]) -> None:
    """Reads can be behind: the next run would register again what it does not see yet."""
    named = tuple(
        Item(item_id=item_id, fields=step.after) for item_id, step in zip(target_ids, todo.targets.steps, strict=True)
    )

    def targets() -> list[Item]:
        return list(map(observed_target, api.list_targets(tools.client, window_id)))

    def tasks() -> list[Item]:
        found = [observed_task(task, named, whole=False) for task in api.list_tasks(tools.client, window_id)]
        called = {step.item.item_id for step in todo.tasks.writes if step.item and step.item.whole}
        return [whole(tools.client, window_id, named, item) if item.item_id in called else item for item in found]

    _await_items(tools, f"targets of {window_id}", todo.targets, target_ids, targets)
    _await_items(tools, f"tasks of {window_id}", todo.tasks, task_ids, tasks)


def _await_items(tools: Tools, what: str, items: Items, ids: tuple[str, ...], look: Callable[[], list[Item]]) -> None:
    if not items.writes and not items.leaving:
        return
    gone = {item.item_id for item in items.leaving}

    def shown(seen: list[Item]) -> bool:
        fields = {item.item_id: item.fields for item in seen}
        there = set(ids) <= set(fields) and not gone & set(fields)
        return there and not any(step.item and step.is_behind(fields[step.item.item_id]) for step in items.writes)

    wait(
        look,
        shown,
        deadline=tools.deadline,
        interval=tools.interval,
        describe=lambda seen: f"the {what} are not shown yet as they were written, only {len(seen)} of {len(ids)}",
    )


def _next_execution(tools: Tools, window_id: str, todo: Plan) -> str | None:
    """When the window runs next, once AWS shows it as it was written, and by its name too: the next run looks for it
    there, and a window that it did not see it would create again."""
    step = todo.window
    if todo.seen and not step.writes:
        return todo.seen.next_execution_time

    def look() -> dict[str, Any] | None:
        found = api.list_by_name(tools.client, step.after["name"])
        return next((item for item in found if item["WindowId"] == window_id), None)

    def shown(seen: dict[str, Any] | None) -> bool:
        if seen is None or seen.get("Enabled") != step.after["enabled"]:
            return not tools.waits
        return not tools.waits or not step.is_behind(observed(seen))

    found = wait(
        look,
        shown,
        deadline=tools.deadline,
        interval=tools.interval,
        describe=lambda _seen: f"maintenance window {window_id} is not shown yet as it was written",
    )
    return (found or {}).get("NextExecutionTime")
