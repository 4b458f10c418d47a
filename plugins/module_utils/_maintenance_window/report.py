# Copyright: steadyfleet contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection: may change without notice.

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from typing import Any

from .model import AppliedWindow, Fields, ObservedWindow, RegisteredItem, WindowQuery
from .plan import WindowPlan
from .transformations import comparable


def diff_before(plan: WindowPlan) -> dict[str, Any]:
    window = plan.observed
    if window is None:
        return {}
    return {
        **comparable(window.fields),
        **_tags(window.tags),
        "targets": _by_label((item.fields, item.item_id) for item in window.targets),
        "tasks": _by_label((item.fields, item.item_id) for item in window.tasks),
    }


def diff_after(plan: WindowPlan) -> dict[str, Any]:
    return {
        **comparable(plan.window.after),
        **_tags(plan.tags.after if plan.tags else None),
        "targets": _by_label((item.after, item.item_id or "") for item in plan.targets.items),
        "tasks": _by_label((item.after, item.item_id or "") for item in plan.tasks.items),
    }


def _by_label(items: Iterable[tuple[Fields, str]]) -> dict[str, Fields]:
    """Items by their names. Items without a name of their own are there by their ids."""
    listed = list(items)
    counts = Counter(fields.get("name") for fields, _id in listed)
    return {
        str(fields["name"]) if "name" in fields and counts[fields["name"]] == 1 else item_id: comparable(fields)
        for fields, item_id in listed
    }


def planned_window(plan: WindowPlan) -> dict[str, Any]:
    """The window that a module returns when it writes nothing: new items have no id."""
    window = plan.observed
    unchanged = AppliedWindow(
        window_id=window.window_id if window else None,
        target_ids=tuple(item.item_id for item in plan.targets.items),
        task_ids=tuple(item.item_id for item in plan.tasks.items),
        next_execution_time=window.next_execution_time if window and not plan.window.writes else None,
    )
    return applied_window(plan, unchanged)


def applied_window(plan: WindowPlan, applied: AppliedWindow) -> dict[str, Any]:
    """The window that a module returns after it applied a plan."""
    targets, tasks = ([item.after for item in items.items] for items in (plan.targets, plan.tasks))
    return {
        **({"window_id": applied.window_id} if applied.window_id else {}),
        **plan.window.after,
        "next_execution_time": applied.next_execution_time,
        **_tags(plan.tags.after if plan.tags else None),
        "targets": _with_ids("window_target_id", zip(applied.target_ids, targets, strict=True)),
        "tasks": _with_ids("window_task_id", zip(applied.task_ids, tasks, strict=True)),
    }


def removed_window(window: ObservedWindow) -> dict[str, Any]:
    return {"window_id": window.window_id, **window.fields}


def queried_window(window: ObservedWindow, query: WindowQuery) -> dict[str, Any]:
    """One of the windows that ``ssm_maintenance_window_info`` returns."""
    result = {
        "window_id": window.window_id,
        **window.fields,
        "next_execution_time": window.next_execution_time,
        "created_date": window.created_date,
        "modified_date": window.modified_date,
        **_tags(window.tags),
    }
    if query.include_targets:
        result["targets"] = _with_ids("window_target_id", _identified(window.targets))
    if query.include_tasks:
        result["tasks"] = _with_ids("window_task_id", _identified(window.tasks))
    return result


def _with_ids(key: str, items: Iterable[tuple[str | None, Fields]]) -> list[dict[str, Any]]:
    return [{key: item_id, **fields} for item_id, fields in items]


def _identified(items: Iterable[RegisteredItem]) -> Iterable[tuple[str, Fields]]:
    return ((item.item_id, item.fields) for item in items)


def _tags(tags: dict[str, str] | None) -> dict[str, Any]:
    return {} if tags is None else {"tags": tags}
