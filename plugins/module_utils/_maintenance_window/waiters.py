# Copyright: steadyfleet contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection: may change without notice.

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from .._aws.context import Context
from . import api
from .model import RegisteredItem
from .plan import ItemSetPlan, WindowPlan
from .read import complete_task
from .transformations import WINDOW_FIELDS, observed_fields, observed_target, observed_task

# AWS's reads can be behind its writes. The next run would write again, or register twice, what it does not see yet.


def await_items(
    context: Context, window_id: str, plan: WindowPlan, target_ids: tuple[str, ...], task_ids: tuple[str, ...]
) -> None:
    """Wait until AWS shows the targets and tasks as they were written."""
    labelled = tuple(
        RegisteredItem(item_id=item_id, fields=item.after)
        for item_id, item in zip(target_ids, plan.targets.items, strict=True)
    )
    complete_ids = {item.observed.item_id for item in plan.tasks.writes if item.observed and item.observed.is_complete}

    def poll_targets() -> list[RegisteredItem]:
        return list(map(observed_target, api.list_targets(context.client, window_id)))

    def poll_tasks() -> list[RegisteredItem]:
        responses = api.list_tasks(context.client, window_id)
        listed = [observed_task(response, labelled, is_complete=False) for response in responses]
        return [
            complete_task(context.client, window_id, labelled, task) if task.item_id in complete_ids else task
            for task in listed
        ]

    _await_shown(context, f"targets of {window_id}", plan.targets, target_ids, poll_targets)
    _await_shown(context, f"tasks of {window_id}", plan.tasks, task_ids, poll_tasks)


def _await_shown(
    context: Context, what: str, plan: ItemSetPlan, ids: tuple[str, ...], poll: Callable[[], list[RegisteredItem]]
) -> None:
    if not plan.writes and not plan.to_remove:
        return
    removed = {item.item_id for item in plan.to_remove}

    def are_shown(observed: list[RegisteredItem]) -> bool:
        fields = {item.item_id: item.fields for item in observed}
        if not set(ids) <= set(fields) or removed & set(fields):
            return False
        return not any(item.observed and item.is_behind(fields[item.observed.item_id]) for item in plan.writes)

    context.poll_until(
        are_shown,
        poll,
        describe=lambda observed: f"AWS does not show the {what} as they were written: {len(observed)} of {len(ids)}",
    )


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
