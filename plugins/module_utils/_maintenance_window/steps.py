# Copyright: steadyfleet contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection: may change without notice.

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from .._common.errors import InvalidInput
from .tasks import NEW_TASK, TASK, merge_task
from .transformations import TARGET, WINDOW, Fields, Item, comparable, merge


@dataclass(frozen=True, kw_only=True)
class Kind:
    """What makes targets and tasks different from each other."""

    what: str
    # The field that can't be changed.
    type_name: str
    names: Mapping[str, str]
    new: Fields
    # The fields that mean nothing any more once the type is another.
    of_type: frozenset[str]
    merge: Callable[[Fields, Fields], Fields]


TARGETS = Kind(
    what="target",
    type_name="resource_type",
    names=TARGET,
    new={},
    of_type=frozenset({"resource_type", "targets"}),
    merge=merge,
)
TASKS = Kind(
    what="task",
    type_name="task_type",
    names=TASK,
    new=NEW_TASK,
    of_type=frozenset({"task_type", "task_arn", "task_invocation_parameters"}),
    merge=merge_task,
)

# The window itself, whose fields go the same way.
WINDOWS = Kind(what="window", type_name="", names=WINDOW, new={}, of_type=frozenset(), merge=merge)


@dataclass(frozen=True, kw_only=True)
class Step:
    """A target or a task that shall be, and how it comes to be that."""

    kind: Kind
    # None: there is no such one yet.
    item: Item | None
    after: Fields
    asked: bool = True
    # Of a task: one of its targets gets another id.
    repointed: bool = False

    @property
    def before(self) -> Fields:
        return self.item.fields if self.item else {}

    @property
    def label(self) -> str:
        return str(self.after.get("name") or (self.item.item_id if self.item else ""))

    @property
    def forgets(self) -> bool:
        """Whether a field is to be unset, which AWS only does by replacing everything."""
        names = self.kind.names
        return bool({names[name] for name in self.before} - {names[name] for name in self.after})

    @property
    def writes(self) -> bool:
        return self.item is None or self.repointed or comparable(self.before) != comparable(self.after)

    def is_behind(self, seen: Fields) -> bool:
        """Whether what is seen still shows a field as it was before it was changed."""
        before, after, now = comparable(self.before), comparable(self.after), comparable(seen)
        changed = {name for name in (*before, *after) if before.get(name) != after.get(name)}
        return bool(self.before) and any(now.get(name) == before.get(name) for name in changed)

    def changed(self) -> Fields:
        """What has to be sent: everything for a new one and for a replacement, else what differs."""
        if self.item is None or self.forgets:
            return self.after
        before, after = comparable(self.before), comparable(self.after)
        return {
            name: value
            for name, value in self.after.items()
            if before.get(name) != after[name] or (self.repointed and name == "targets")
        }


@dataclass(frozen=True, kw_only=True)
class Items:
    """The targets or the tasks: all that shall be there, and those that go."""

    steps: tuple[Step, ...]
    leaving: tuple[Item, ...]

    @property
    def writes(self) -> tuple[Step, ...]:
        return tuple(step for step in self.steps if step.writes)


def reconcile(kind: Kind, items: tuple[Item, ...], asked: tuple[Fields, ...] | None, purge: bool) -> Items:
    steps, leaving, left = [], [], list(items)
    for fields in asked or ():
        same, others = _namesakes(kind, items, fields)
        current = same[0] if same else None
        after = kind.merge(current.fields if current else {**kind.new, **_carried_over(kind, others)}, fields)
        steps.append(Step(kind=kind, item=current, after=after))
        leaving += others
        left = [item for item in left if item not in same and item not in others]
    if asked is not None and purge:
        leaving, left = [*leaving, *left], []
    steps += [Step(kind=kind, item=item, after=item.fields, asked=False) for item in left]
    return Items(steps=tuple(steps), leaving=tuple(leaving))


def _carried_over(kind: Kind, others: list[Item]) -> Fields:
    """What one of another type hands on to the one that replaces it."""
    fields = others[0].fields if others else {}
    return {name: value for name, value in fields.items() if name not in kind.of_type}


def _namesakes(kind: Kind, items: tuple[Item, ...], fields: Fields) -> tuple[list[Item], list[Item]]:
    """Those of this name that can be made what is asked for, and those that cannot, because they are of another type.

    :raises InvalidInput: when it can't be told which one is meant.
    """
    named = [item for item in items if item.fields.get("name") == fields["name"]]
    kept = fields.get(kind.type_name)
    same = [item for item in named if kept in (None, item.fields.get(kind.type_name))]
    others = [item for item in named if item not in same]
    if len(same) > 1:
        ids = ", ".join(sorted(item.item_id for item in same))
        raise InvalidInput(f"{len(same)} {kind.what}s of the window are named {fields['name']}: remove or rename {ids}")
    return same, others
