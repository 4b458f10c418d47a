# Copyright: steadyfleet contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection: may change without notice.

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any

from .._common.tags import TagPlan, plan_tags
from .rules import check_task_targets, check_whole
from .steps import TARGETS, TASKS, WINDOWS, Items, Step, reconcile
from .transformations import NEW_WINDOW, Fields, Item, Seen, comparable, merge


@dataclass(frozen=True, kw_only=True)
class Wish:
    """What the caller asks for; None is never a wish."""

    fields: Fields
    targets: tuple[Fields, ...] | None = None
    tasks: tuple[Fields, ...] | None = None
    purge_targets: bool = True
    purge_tasks: bool = True
    tags: dict[str, str] | None = None
    purge_tags: bool = True


@dataclass(frozen=True, kw_only=True)
class Plan:
    """From the window that is there to the one that shall be."""

    seen: Seen | None
    after: Fields
    targets: Items
    tasks: Items
    tags: TagPlan | None = None

    @property
    def window(self) -> Step:
        """The window's own fields, as a step."""
        item = Item(item_id=self.seen.window_id, fields=self.seen.fields) if self.seen else None
        return Step(kind=WINDOWS, item=item, after=self.after)

    @property
    def enables_last(self) -> bool:
        """A window that was off is switched on when everything else is in place."""
        return bool(self.seen and not self.seen.fields.get("enabled") and self.after["enabled"])

    def shown_before(self) -> dict[str, Any]:
        if self.seen is None:
            return {}
        tags = {} if self.seen.tags is None else {"tags": self.seen.tags}
        targets, tasks = (
            _by_label((item.fields, item.item_id) for item in items) for items in (self.seen.targets, self.seen.tasks)
        )
        return {**comparable(self.seen.fields), **tags, "targets": targets, "tasks": tasks}

    def shown_after(self) -> dict[str, Any]:
        tags = {} if self.tags is None else {"tags": self.tags.after}
        targets, tasks = (
            _by_label((step.after, step.item.item_id if step.item else "") for step in items.steps)
            for items in (self.targets, self.tasks)
        )
        return {**comparable(self.after), **tags, "targets": targets, "tasks": tasks}


@dataclass(frozen=True, kw_only=True)
class Done:
    """Where a plan has led: the ids of the window, of its targets and its tasks (None: not there yet), and when the
    window opens next."""

    window_id: str | None
    target_ids: tuple[str | None, ...]
    task_ids: tuple[str | None, ...]
    next_execution_time: str | None = None


def _by_label(items: Iterable[tuple[Fields, str]]) -> dict[str, Fields]:
    """By name, which is what they are known by; by id too where the name alone does not tell."""
    listed = list(items)
    often = Counter(fields.get("name") for fields, _id in listed)
    return {
        str(fields["name"]) if often[fields.get("name")] == 1 and "name" in fields else item_id: comparable(fields)
        for fields, item_id in listed
    }


def plan(seen: Seen | None, wish: Wish) -> Plan:
    """
    :raises InvalidInput: naming everything that is missing or that AWS would refuse.
    """
    after = merge(seen.fields if seen else NEW_WINDOW, wish.fields)
    targets = reconcile(TARGETS, seen.targets if seen else (), wish.targets, wish.purge_targets)
    tasks = reconcile(TASKS, seen.tasks if seen else (), wish.tasks, wish.purge_tasks)
    check_whole(after, [step.after for step in targets.steps if step.asked], [s.after for s in tasks.steps if s.asked])
    tasks = _repointed(tasks, targets)
    _check_references(after, targets, tasks)
    tags = None if wish.tags is None else plan_tags((seen.tags if seen else None) or {}, wish.tags, wish.purge_tags)
    return Plan(seen=seen, after=after, targets=targets, tasks=tasks, tags=tags)


def lacking(todo: Plan, wish: Wish) -> list[str]:
    """The ids of the tasks of which must be known what they are called with, to compare it or to send it again."""
    asked = {fields["name"] for fields in wish.tasks or () if "task_invocation_parameters" in fields}
    return [
        step.item.item_id
        for step in todo.tasks.steps
        if step.item and not step.item.whole and ((step.asked and step.label in asked) or step.forgets)
    ]


def _repointed(tasks: Items, targets: Items) -> Items:
    """Tasks whose targets stay by name but get another id, because they were replaced."""
    names = {step.label for step in targets.steps}
    replaced = {item.item_id for item in targets.leaving if item.fields.get("name") in names}
    return replace(
        tasks,
        steps=tuple(
            replace(step, repointed=bool(step.item and replaced.intersection(step.item.target_ids)))
            for step in tasks.steps
        ),
    )


def _check_references(window: Fields, targets: Items, tasks: Items) -> None:
    there = Counter(step.label for step in targets.steps)
    there.update(step.item.item_id for step in targets.steps if step.item and step.label != step.item.item_id)
    going = {str(item.fields.get("name") or item.item_id) for item in targets.leaving}
    check_task_targets(
        window,
        [step.after for step in targets.steps],
        [(step.label, step.after, step.asked) for step in tasks.steps],
        there,
        going,
    )


def shown(todo: Plan, done: Done | None = None) -> dict[str, Any]:
    """The window as a module returns it.

    :param done: None when nothing was written: then what is new has no id yet.
    """
    seen = todo.seen
    if done is None:
        done = Done(
            window_id=seen.window_id if seen else None,
            target_ids=tuple(step.item.item_id if step.item else None for step in todo.targets.steps),
            task_ids=tuple(step.item.item_id if step.item else None for step in todo.tasks.steps),
            next_execution_time=seen.next_execution_time if seen and not todo.window.writes else None,
        )
    return {
        **({"window_id": done.window_id} if done.window_id else {}),
        **todo.after,
        "next_execution_time": done.next_execution_time,
        **({} if todo.tags is None else {"tags": todo.tags.after}),
        "targets": [
            {"window_target_id": item_id, **step.after}
            for item_id, step in zip(done.target_ids, todo.targets.steps, strict=True)
        ],
        "tasks": [
            {"window_task_id": item_id, **step.after}
            for item_id, step in zip(done.task_ids, todo.tasks.steps, strict=True)
        ],
    }
