# Copyright: steadyfleet contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection: may change without notice.

from __future__ import annotations

from dataclasses import replace
from typing import Any

from .._aws.context import Context
from .._aws.tags import write_tags
from . import api
from .model import AppliedWindow
from .plan import ItemPlan, WindowPlan
from .transformations import as_request, task_request
from .waiters import await_items, await_removal, await_window


def apply_plan(context: Context, plan: WindowPlan) -> AppliedWindow:
    """Write what the plan says, in an order in which no task names a missing target, and none runs twice."""
    client = context.client
    window_id = _write_window(client, plan)
    if plan.observed and plan.tags:
        write_tags(client, "MaintenanceWindow", window_id, plan.tags)
    # A task whose type changes is removed before its successor is registered, so that the window never runs both.
    for item in plan.tasks.to_remove:
        api.deregister_task(client, window_id, item.item_id)
    target_ids = tuple(_write_target(client, window_id, target) for target in plan.targets.items)
    ids = dict(zip((target.label for target in plan.targets.items), target_ids, strict=True))
    ids |= {target_id: target_id for target_id in target_ids}
    task_ids = tuple(_write_task(client, window_id, task, ids) for task in plan.tasks.items)
    for item in plan.targets.to_remove:
        api.deregister_target(client, window_id, item.item_id)
    if plan.enables_last:
        api.update(client, window_id, {"Enabled": True})
    applied = AppliedWindow(window_id=window_id, target_ids=target_ids, task_ids=task_ids)
    if context.wait:
        await_items(context, plan, applied)
    return replace(applied, next_execution_time=await_window(context, window_id, plan))


def remove_window(context: Context, window_id: str) -> None:
    """Delete a window with its targets and tasks, and wait until it is gone."""
    api.delete(context.client, window_id)
    if context.wait:
        await_removal(context, window_id)


def _write_window(client: Any, plan: WindowPlan) -> str:
    window = plan.window
    if plan.observed is None:
        request = as_request({name: value for name, value in window.after.items() if name != "enabled"})
        window_id = api.create(client, request, plan.tags.after if plan.tags else {})
        if not window.after["enabled"]:
            # AWS creates enabled windows. This one has no task yet, so nothing can run in between.
            api.update(client, window_id, {"Enabled": False})
        return window_id
    fields = window.differences() if window.writes else {}
    if plan.enables_last:
        fields = {name: value for name, value in fields.items() if name != "enabled"}
    if fields:
        enabled = {"Enabled": False} if plan.enables_last and window.needs_replace else {}
        api.update(client, plan.observed.window_id, as_request(fields) | enabled | _replace(window))
    return plan.observed.window_id


def _write_target(client: Any, window_id: str, target: ItemPlan) -> str:
    if target.observed is None:
        return api.register_target(client, window_id, as_request(target.after))
    if target.writes:
        fields = {name: value for name, value in target.differences().items() if name != "resource_type"}
        api.update_target(client, window_id, target.observed.item_id, as_request(fields) | _replace(target))
    return target.observed.item_id


def _write_task(client: Any, window_id: str, task: ItemPlan, target_ids: dict[str, str]) -> str:
    if task.observed is None:
        return api.register_task(client, window_id, task_request(task.after, target_ids))
    if task.writes:
        fields = {name: value for name, value in task.differences().items() if name != "task_type"}
        deprecated = task.observed.deprecated if task.needs_replace else {}
        request = deprecated | task_request(fields, target_ids) | _replace(task)
        api.update_task(client, window_id, task.observed.item_id, request)
    return task.observed.item_id


def _replace(item: ItemPlan) -> dict[str, bool]:
    return {"Replace": True} if item.needs_replace else {}
