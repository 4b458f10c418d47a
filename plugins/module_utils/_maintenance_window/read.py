# Copyright: steadyfleet contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection: may change without notice.

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from .._aws.tags import list_tags
from .._common.errors import InvalidInput, NotFound
from .._common.wait import Deadline, PollInterval, wait
from . import api
from .plan import Plan, Wish, lacking, plan
from .tasks import observed_task
from .transformations import Item, Seen, observed, observed_target


@dataclass(frozen=True, kw_only=True)
class Tools:
    client: Any
    deadline: Deadline
    interval: PollInterval
    # Whether to wait until AWS's reads show what was written.
    waits: bool


def known_zone(name: str) -> bool:
    """Whether this machine knows a time zone; yes to everything on one that knows none."""
    for zone in (name, "Etc/UTC"):
        try:
            ZoneInfo(zone)
        except (ZoneInfoNotFoundError, ValueError, OSError):
            continue
        return zone == name
    return True


def find(client: Any, window_id: str | None, name: str | None) -> dict[str, Any] | None:
    """The window that is meant, or None.

    :raises InvalidInput: when several have the name.
    """
    if window_id:
        return api.get(client, window_id)
    found = api.list_by_name(client, name) if name else []
    if len(found) > 1:
        ids = ", ".join(sorted(item["WindowId"] for item in found))
        raise InvalidInput(f"{len(found)} maintenance windows are named {name}: name one by window_id ({ids})")
    return api.get(client, found[0]["WindowId"]) if found else None


def settle(tools: Tools, window_id: str | None, wish: Wish) -> Plan:
    """What is there, and what to do about it."""
    seen = _look(tools.client, window_id, wish)
    todo = plan(seen, wish)
    task_ids = lacking(todo, wish)
    if seen is None or not task_ids:
        return todo
    tasks = tuple(
        whole(tools.client, seen.window_id, seen.targets, item) if item.item_id in task_ids else item
        for item in seen.tasks
    )
    return plan(replace(seen, tasks=tasks), wish)


def _look(client: Any, window_id: str | None, wish: Wish) -> Seen | None:
    got = find(client, window_id, wish.fields.get("name"))
    if got is None:
        if window_id:
            raise NotFound(f"there is no maintenance window {window_id}: leave window_id out to create one")
        return None
    window_id = str(got["WindowId"])
    targets = tuple(map(observed_target, api.list_targets(client, window_id)))
    return Seen(
        window_id=window_id,
        fields=observed(got),
        targets=targets,
        tasks=tuple(observed_task(task, targets, whole=False) for task in api.list_tasks(client, window_id)),
        tags=None if wish.tags is None else list_tags(client, "MaintenanceWindow", window_id),
        next_execution_time=got.get("NextExecutionTime"),
    )


def whole(client: Any, window_id: str, targets: tuple[Item, ...], item: Item) -> Item:
    """A task with what it is called with, unless it vanished meanwhile."""
    got = api.get_task(client, window_id, item.item_id)
    return observed_task(got, targets, whole=True) if got else item


def remove(tools: Tools, window_id: str) -> None:
    """Delete a window with its targets and tasks, and wait until it is gone."""
    api.delete(tools.client, window_id)
    if tools.waits:
        wait(
            lambda: api.get(tools.client, window_id),
            lambda seen: seen is None,
            deadline=tools.deadline,
            interval=tools.interval,
            describe=lambda _seen: f"maintenance window {window_id} is still there",
        )
