# Copyright: steadyfleet contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection: may change without notice.

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from .._aws.context import Context
from . import api
from .model import AppliedWindow, ObservedWindow, RegisteredItem
from .plan import ItemSetPlan, WindowPlan
from .read import with_complete_tasks, with_items
from .transformations import WINDOW_FIELDS, observed_fields

# AWS's reads can be behind its writes. The next run would write again, or register twice, what it does not see yet.


def await_items(context: Context, plan: WindowPlan, applied: AppliedWindow) -> None:
    """Wait until AWS shows the targets and tasks as they were written."""
    if not plan.targets.is_change and not plan.tasks.is_change:
        return
    window = ObservedWindow(window_id=str(applied.window_id), fields=plan.window.after)
    complete_ids = {task.item_id for task in plan.tasks.writes if task.observed and task.observed.is_complete}

    def poll() -> ObservedWindow:
        listed = with_items(context.client, window)
        return with_complete_tasks(
            context.client, listed, [task for task in listed.tasks if task.item_id in complete_ids]
        )

    context.poll_until(
        lambda observed: (
            _are_shown(plan.targets, applied.target_ids, observed.targets)
            and _are_shown(plan.tasks, applied.task_ids, observed.tasks)
        ),
        poll,
        describe=lambda observed: (
            f"AWS does not show the targets and tasks of {window.window_id} as they were written: "
            f"{len(observed.targets)} of {len(applied.target_ids)} targets, "
            f"{len(observed.tasks)} of {len(applied.task_ids)} tasks"
        ),
    )


def _are_shown(plan: ItemSetPlan, ids: Iterable[str | None], observed: Iterable[RegisteredItem]) -> bool:
    fields = {item.item_id: item.fields for item in observed}
    if not set(ids) <= set(fields) or any(item.item_id in fields for item in plan.to_remove):
        return False
    return not any(item.item_id and item.is_behind(fields[item.item_id]) for item in plan.writes)


def await_window(context: Context, window_id: str, plan: WindowPlan) -> str | None:
    """Wait until AWS shows the window as it was written, also by its name, which the next run searches for.

    :returns: when the window opens next, as AWS shows it.
    """
    if plan.observed and not plan.window.writes:
        return plan.observed.next_execution_time

    def poll() -> dict[str, Any] | None:
        found = api.list_by_name(context.client, plan.window.after["name"])
        return next((item for item in found if item["WindowId"] == window_id), None)

    def is_shown(response: dict[str, Any] | None) -> bool:
        if response is None or response.get("Enabled") != plan.window.after["enabled"]:
            return False
        return not plan.window.is_behind(observed_fields(response, WINDOW_FIELDS))

    response = context.poll_until(
        lambda response: not context.wait or is_shown(response),
        poll,
        describe=lambda _response: f"AWS does not show maintenance window {window_id} as it was written",
    )
    return (response or {}).get("NextExecutionTime")


def await_removal(context: Context, window_id: str) -> None:
    context.poll_until(
        lambda response: response is None,
        lambda: api.get(context.client, window_id),
        describe=lambda _response: f"AWS still shows maintenance window {window_id}",
    )
