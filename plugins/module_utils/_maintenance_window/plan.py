# Copyright: steadyfleet contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection: may change without notice.

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, replace

from .._common.errors import InvalidInput
from .._common.tags import TagPlan, plan_tags
from .._runnable.model import RunRequest
from .model import DesiredWindow, Fields, ObservedWindow, RegisteredItem
from .transformations import (
    DOCUMENT_TYPES,
    INVOCATION_PARAMETERS,
    NEW_TASK,
    NEW_WINDOW,
    RATE_CONTROLS,
    clears,
    comparable,
    member_of,
    without_cleared,
    without_rate_controls_if_targetless,
)

# The field that AWS cannot change, and the fields that mean nothing any more once it is another.
_TYPE_FIELDS = {
    "target": ("resource_type", "targets"),
    "task": ("task_type", "task_arn", "task_invocation_parameters"),
}
_NEW: dict[str, Fields] = {"target": {}, "task": NEW_TASK}


@dataclass(frozen=True, kw_only=True)
class ItemPlan:
    """From a window, a target or a task as it is to how it has to be."""

    # None: it does not exist yet.
    observed: RegisteredItem | None
    after: Fields
    # Whether the caller named it.
    desired: bool = True
    # Whether this task names a target to remove.
    retargeted: bool = False

    @property
    def before(self) -> Fields:
        return self.observed.fields if self.observed else {}

    @property
    def item_id(self) -> str | None:
        return self.observed.item_id if self.observed else None

    @property
    def label(self) -> str:
        """The name, or the id of an item without a name."""
        return str(self.after.get("name") or self.item_id)

    @property
    def needs_replace(self) -> bool:
        """Whether a field has to be cleared, for which AWS knows no other way than to replace everything."""
        return bool(set(map(member_of, self.before)) - set(map(member_of, self.after)))

    @property
    def writes(self) -> bool:
        return self.observed is None or self.retargeted or comparable(self.before) != comparable(self.after)

    def is_behind(self, shown: Fields) -> bool:
        """Whether AWS still shows a field as it was before the change."""
        before, after, now = comparable(self.before), comparable(self.after), comparable(shown)
        changed = {name for name in (*before, *after) if before.get(name) != after.get(name)}
        return bool(self.before) and any(now.get(name) == before.get(name) for name in changed)

    def differences(self) -> Fields:
        """The fields to send: all of them for a new item and for a replacement, otherwise those that differ."""
        if self.observed is None or self.needs_replace:
            return self.after
        before, after = comparable(self.before), comparable(self.after)
        return {
            name: value
            for name, value in self.after.items()
            if before.get(name) != after[name] or (self.retargeted and name == "targets")
        }


@dataclass(frozen=True, kw_only=True)
class ItemSetPlan:
    """The targets or the tasks of a window: all that have to exist, and those to remove."""

    items: tuple[ItemPlan, ...]
    to_remove: tuple[RegisteredItem, ...]

    @property
    def writes(self) -> tuple[ItemPlan, ...]:
        return tuple(item for item in self.items if item.writes)

    @property
    def is_change(self) -> bool:
        return bool(self.writes or self.to_remove)


@dataclass(frozen=True, kw_only=True)
class WindowPlan:
    """From the observed window to the desired one."""

    observed: ObservedWindow | None
    window: ItemPlan
    targets: ItemSetPlan
    tasks: ItemSetPlan
    tags: TagPlan | None = None

    @property
    def enables_last(self) -> bool:
        """A disabled window is enabled when everything else is in place."""
        return bool(self.observed and not self.observed.fields.get("enabled") and self.window.after["enabled"])


def run_request(task: ItemPlan) -> RunRequest | None:
    """What is judged of a task that the plan writes; None for a task that runs no document."""
    fields = task.after
    document_type = DOCUMENT_TYPES.get(fields.get("task_type", ""))
    if not document_type or not fields.get("task_arn"):
        return None
    given = fields.get("task_invocation_parameters")
    values = (given or {}).get(INVOCATION_PARAMETERS[fields["task_type"]], {})
    observed = task.observed
    # AWS's listing leaves them out, and TaskParameters may stand in for them.
    unknown = observed is not None and (not (observed.is_complete or given) or "TaskParameters" in observed.deprecated)
    return RunRequest(
        document_name=fields["task_arn"],
        document_version=values.get("document_version"),
        document_hash=values.get("document_hash"),
        document_hash_type=values.get("document_hash_type", "Sha256"),
        types=(document_type,),
        parameters=None if unknown else values.get("parameters", {}),
    )


def plan_window(observed: ObservedWindow | None, desired: DesiredWindow) -> WindowPlan:
    """
    :raises InvalidInput: when several targets or tasks have a name that the caller gives.
    """
    found = observed or ObservedWindow(window_id="", fields=NEW_WINDOW)
    targets = _reconcile("target", found.targets, desired.targets, desired.purge_targets)
    desired_tasks = desired.tasks and tuple(_by_names(task, found.targets) for task in desired.tasks)
    tasks = _retargeted(_reconcile("task", found.tasks, desired_tasks, desired.purge_tasks), targets)
    registered = RegisteredItem(item_id=found.window_id, fields=found.fields) if observed else None
    return WindowPlan(
        observed=observed,
        window=ItemPlan(observed=registered, after=merge_fields(found.fields, desired.fields)),
        targets=targets,
        tasks=tasks,
        tags=None if desired.tags is None else plan_tags(found.tags or {}, desired.tags, desired.purge_tags),
    )


def tasks_to_read(tasks: Iterable[RegisteredItem], desired: DesiredWindow) -> tuple[RegisteredItem, ...]:
    """The tasks whose task_invocation_parameters must be known, to compare them or to send them again."""
    wanted = {fields["name"]: fields for fields in desired.tasks or ()}
    return tuple(task for task in tasks if task.name in wanted and _must_be_complete(task, wanted[task.name]))


def _must_be_complete(task: RegisteredItem, desired: Fields) -> bool:
    if desired.get("task_type", task.fields.get("task_type")) != task.fields.get("task_type"):
        return False  # it is going to be removed
    cleared = {name for name, value in desired.items() if clears(name, value)}
    return "task_invocation_parameters" in desired or bool(cleared.intersection(task.fields))


def merge_fields(current: Fields, desired: Fields) -> Fields:
    """Fields that the caller did not give stay, and fields that the caller gave empty values are cleared."""
    after = {**current, **desired}
    for one, other in (("targets", "instance_ids"), ("instance_ids", "targets")):
        if desired.get(one):
            after.pop(other, None)  # a task has one of the two
    parameters = desired.get("task_invocation_parameters")
    if parameters and "task_invocation_parameters" in current:
        after["task_invocation_parameters"] = _merged_parameters(current["task_invocation_parameters"], parameters)
    after = without_cleared(after)
    # A task that loses its targets loses its rate controls too.
    return after if any(name in desired for name in RATE_CONTROLS) else without_rate_controls_if_targetless(after)


def _merged_parameters(current: Fields, desired: Fields) -> Fields:
    """AWS replaces task_invocation_parameters as a whole, so what the caller did not give is sent again."""
    merged = dict(current)
    for kind, values in desired.items():
        before = current.get(kind, {})
        nested = {
            name: {**before[name], **value}
            for name, value in values.items()
            if name.endswith("_config") and value and name in before
        }
        merged[kind] = {**before, **values, **nested}
    return merged


def _by_names(task: Fields, targets: tuple[RegisteredItem, ...]) -> Fields:
    """A task that names targets by their names, as an observed task does, also where the caller gave their ids."""
    names = Counter(target.name for target in targets)
    labels = {target.item_id: target.label for target in targets if names[target.name] == 1}
    if "targets" not in task:
        return task
    return {**task, "targets": [labels.get(label, label) for label in task["targets"]]}


def _reconcile(
    kind: str, items: tuple[RegisteredItem, ...], desired: tuple[Fields, ...] | None, purge: bool
) -> ItemSetPlan:
    """
    :param kind: target or task.
    """
    plans, to_remove, rest = [], [], list(items)
    for fields in desired or ():
        same, others = _namesakes(kind, items, fields)
        current = same.fields if same else {**_NEW[kind], **_inherited(kind, others)}
        plans.append(ItemPlan(observed=same, after=merge_fields(current, fields)))
        to_remove += others
        rest = [item for item in rest if item != same and item not in others]
    if desired is not None and purge:
        to_remove, rest = [*to_remove, *rest], []
    plans += [ItemPlan(observed=item, after=item.fields, desired=False) for item in rest]
    return ItemSetPlan(items=tuple(plans), to_remove=tuple(to_remove))


def _inherited(kind: str, others: list[RegisteredItem]) -> Fields:
    """The fields that an item of another type passes on to the one that replaces it."""
    fields = others[0].fields if others else {}
    return {name: value for name, value in fields.items() if name not in _TYPE_FIELDS[kind]}


def _namesakes(
    kind: str, items: tuple[RegisteredItem, ...], fields: Fields
) -> tuple[RegisteredItem | None, list[RegisteredItem]]:
    """The item of this name that can be updated, and the items of this name that are of another type.

    :raises InvalidInput: when several could be updated.
    """
    named = [item for item in items if item.name == fields["name"]]
    type_field = _TYPE_FIELDS[kind][0]
    same = [item for item in named if fields.get(type_field) in (None, item.fields.get(type_field))]
    if len(same) > 1:
        ids = ", ".join(sorted(item.item_id for item in same))
        raise InvalidInput(
            f"{len(same)} {kind}s of the window are named {fields['name']}: remove or rename {ids}",
            code=f"{kind}_name_ambiguous",
        )
    return (same[0] if same else None), [item for item in named if item not in same]


def _retargeted(tasks: ItemSetPlan, targets: ItemSetPlan) -> ItemSetPlan:
    """Mark the tasks that name a target to remove. Its name may stand for another target afterwards."""
    removed = {item.item_id for item in targets.to_remove}
    return replace(
        tasks,
        items=tuple(
            replace(task, retargeted=bool(task.observed and removed.intersection(task.observed.target_ids)))
            for task in tasks.items
        ),
    )
