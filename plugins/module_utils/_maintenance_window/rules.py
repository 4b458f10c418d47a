# Copyright: steadyfleet contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection: may change without notice.

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from .._common.errors import Problem
from .._common.schedule import schedule_offset_problems, window_schedule_problems
from .._common.targets import instance_id_problems, target_problems
from .model import DesiredWindow, Fields, WindowQuery
from .plan import ItemPlan, WindowPlan
from .transformations import INVOCATION_PARAMETERS, RATE_CONTROLS, is_targetless, parse_time, resource_type_of

# AWS's service model has the limits of single values: see api.limit_problems(). Here is what the model does not say.
# https://docs.aws.amazon.com/systems-manager/latest/userguide/maintenance-windows-schedule-options.html
_DATE = re.compile(r"\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(:\d{2}(\.\d+)?)?(Z|[+-]\d{2}:?\d{2})?")
_MAX_TARGETS_OF_A_TASK = 10
_REQUIRED = ("name", "schedule", "duration", "cutoff")
# https://docs.aws.amazon.com/systems-manager/latest/APIReference/API_DescribeMaintenanceWindows.html
_FILTERS = ("Name", "Enabled")


# ---- What the options alone tell


def desired_problems(desired: DesiredWindow) -> list[Problem]:
    """Everything to refuse that the options alone tell."""
    problems = [*_time_problems(desired.fields)]
    for kind, items, judge in (
        ("target", desired.targets or (), _target_problems),
        ("task", desired.tasks or (), _task_problems),
    ):
        problems += [
            Problem(f"{kind} {item['name']}: {problem.message}", problem.code)
            for item in items
            for problem in judge(item)
        ]
        names = Counter(item["name"] for item in items)
        problems += [
            Problem(f"{name} names more than one {kind}", f"{kind}_name_repeated")
            for name, count in names.items()
            if count > 1
        ]
    return problems


def _time_problems(window: Fields) -> Iterator[Problem]:
    if schedule := window.get("schedule"):
        yield from window_schedule_problems(schedule)
    zone = window.get("schedule_timezone")
    if zone and not is_time_zone(zone):
        yield Problem(
            f"schedule_timezone must be in this machine's time zone database, as Europe/Berlin is, not {zone!r}",
            "time_zone_unknown",
        )
    for name in ("start_date", "end_date"):
        text = window.get(name)
        if text and not (_DATE.fullmatch(text) and parse_time(text)):
            yield Problem(f"{name} must be a time as 2030-01-31T02:00:00+01:00, not {text!r}", "time_invalid")


def is_time_zone(name: str) -> bool:
    """Whether this machine knows a time zone. A machine without a time zone database leaves the decision to AWS."""
    for zone in (name, "Etc/UTC"):
        try:
            ZoneInfo(zone)
        except (ZoneInfoNotFoundError, ValueError, OSError):
            continue
        return zone == name
    return True


def _target_problems(target: Fields) -> Iterator[Problem]:
    targets = target.get("targets")
    if targets is None:
        return
    if not targets:
        yield Problem("targets must not be empty", "target_empty")
    yield from target_problems(targets)
    expected = resource_type_of(targets)
    if targets and target.get("resource_type") != expected:
        yield Problem(
            f"resource_type of these targets must be {expected}, not {target.get('resource_type')}",
            "resource_type_mismatch",
        )


def _task_problems(task: Fields) -> Iterator[Problem]:
    count = len(task.get("targets") or [])
    if count > _MAX_TARGETS_OF_A_TASK:
        yield Problem(f"targets must have at most {_MAX_TARGETS_OF_A_TASK} items, not {count}", "too_many_targets")
    yield from instance_id_problems(task.get("instance_ids") or [])


# ---- What the whole window tells, with the fields that it had before


def plan_problems(plan: WindowPlan) -> list[Problem]:
    """Everything to refuse in the window as it would be."""
    return [
        *_window_problems(plan.window.after),
        *(
            Problem(f"target {item.label}: targets or instance_ids must be given", "target_fields_required")
            for item in plan.targets.items
            if item.desired and not item.after.get("targets")
        ),
        *(
            Problem(f"task {item.label}: {problem.message}", problem.code)
            for item in plan.tasks.items
            if item.desired
            for problem in _whole_task_problems(item.after)
        ),
        *_reference_problems(plan),
    ]


def _window_problems(window: Fields) -> Iterator[Problem]:
    missing = [name for name in _REQUIRED if window.get(name) is None]
    if missing:
        yield Problem(f"{' and '.join(missing)} must be given to create the window", "window_fields_required")
    elif window["cutoff"] >= window["duration"]:
        message = f"cutoff ({window['cutoff']}) must be smaller than duration ({window['duration']})"
        yield Problem(message, "cutoff_not_smaller_than_duration")
    yield from schedule_offset_problems(window.get("schedule"), window.get("schedule_offset"))
    start, end = (parse_time(window.get(name) or "") for name in ("start_date", "end_date"))
    if start and end and end <= start:
        message = f"end_date ({window['end_date']}) must be later than start_date ({window['start_date']})"
        yield Problem(message, "end_date_not_after_start_date")


def _whole_task_problems(task: Fields) -> Iterator[Problem]:
    missing = [name for name in ("task_type", "task_arn") if not task.get(name)]
    if missing:
        yield Problem(f"{' and '.join(missing)} must be given to register it", "task_fields_required")
        return
    yield from _rate_control_problems(task)
    allowed = INVOCATION_PARAMETERS[task["task_type"]]
    for given in task.get("task_invocation_parameters") or {}:
        if given != allowed:
            message = f"task_invocation_parameters of a task of type {task['task_type']} are {allowed}, not {given}"
            yield Problem(message, "task_invocation_parameters_mismatch")


def _rate_control_problems(task: Fields) -> Iterator[Problem]:
    given = [name for name in RATE_CONTROLS if name in task]
    missing = [name for name in RATE_CONTROLS if name not in task]
    if not is_targetless(task):
        if missing:
            message = f"{' and '.join(missing)} must be given for a task with targets"
            yield Problem(message, "task_rate_controls_required")
    elif task["task_type"] == "RUN_COMMAND":
        yield Problem("a RUN_COMMAND task needs targets or instance_ids", "task_targets_required")
    elif given:
        message = f"{' and '.join(given)} can't be given for a task without targets"
        yield Problem(message, "task_rate_controls_without_targets")


def _reference_problems(plan: WindowPlan) -> Iterator[Problem]:
    """Tasks that name targets, or nodes, which are not in the window."""
    # A target goes by its name, and by its id too.
    labels = Counter(item.label for item in plan.targets.items)
    labels.update(item.item_id for item in plan.targets.items if item.item_id and item.label != item.item_id)
    removed = {item.label for item in plan.targets.to_remove}
    for task in plan.tasks.items:
        for label in task.after.get("targets") or []:
            if problem := _target_reference_problem(task, label, labels[label], label in removed):
                yield problem
        if task.desired and not plan.window.after.get("allow_unassociated_targets"):
            yield from _unassociated_problems(task, [item.after for item in plan.targets.items])


def _target_reference_problem(task: ItemPlan, label: str, count: int, is_removed: bool) -> Problem | None:
    if count > 1:
        return Problem(f"task {task.label}: {count} targets of the window are named {label}", "target_name_ambiguous")
    if not count and is_removed:
        return Problem(f"target {label} can't be removed: task {task.label} still names it", "target_in_use")
    if not count and task.desired:
        message = f"task {task.label}: there is no target {label}, neither in targets nor in the window"
        return Problem(message, "task_target_unknown")
    return None


def _unassociated_problems(task: ItemPlan, targets: list[Fields]) -> Iterator[Problem]:
    """Nodes that the window does not know. A target by tag or group may hold any node, which only AWS can tell."""
    known = [target for fields in targets for target in fields.get("targets") or []]
    if any(target["key"] != "InstanceIds" for target in known):
        return
    ids = {value for target in known for value in target["values"]}
    unknown = [value for value in task.after.get("instance_ids") or [] if value not in ids]
    if unknown:
        yield Problem(
            f"task {task.label}: {', '.join(unknown)} must be in targets, or allow_unassociated_targets must be true",
            "instances_unassociated",
        )


# ---- Queries


def query_problems(query: WindowQuery) -> Iterator[Problem]:
    """What the service model does not say about a query."""
    for key, value in (query.filters or {}).items():
        if key not in _FILTERS:
            yield Problem(f"there is no filter {key}: there are {' and '.join(_FILTERS)}", "filter_unknown")
        elif isinstance(value, dict) or value in (None, "", []):
            yield Problem(f"filter {key} must be one value or a list of values, not {value!r}", "filter_invalid")
