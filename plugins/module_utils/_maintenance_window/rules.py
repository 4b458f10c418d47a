# Copyright: steadyfleet contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection: may change without notice.

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Mapping
from typing import Any

from .._common.patterns import instance_id_problems, mismatches, refuse, target_problems
from .tasks import CALLED, RATE, is_targetless
from .transformations import Fields, moment, type_of

_WINDOW_ID = re.compile(r"mw-[0-9a-f]{17}")
_NAME = re.compile(r"[a-zA-Z0-9_\-.]{3,128}")
_RATE = re.compile(r"rate\(([1-9]\d*) (minute|hour|day)(s?)\)")
_CRON = re.compile(r"cron\(([0-9A-Za-z*?,/#\-]+( +[0-9A-Za-z*?,/#\-]+)*)\)")
_AT = re.compile(r"at\((\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(:\d{2})?)\)")
# https://docs.aws.amazon.com/systems-manager/latest/userguide/maintenance-windows-schedule-options.html
_DATE = re.compile(r"\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(:\d{2}(\.\d+)?)?(Z|[+-]\d{2}:?\d{2})?")
# https://docs.aws.amazon.com/systems-manager/latest/APIReference/API_RegisterTargetWithMaintenanceWindow.html
_KEY = re.compile(r"tag:.+|tag-key|instanceids|resource-groups:(name|resourcetypefilters)", re.IGNORECASE)
_RANGES = {
    "duration": (1, 24),
    "cutoff": (0, 23),
    "schedule_offset": (1, 6),
    "priority": (0, 2**31 - 1),
    "timeout_seconds": (30, 2592000),
}
_LENGTHS = {
    "description": 128,
    "owner_information": 128,
    "schedule": 256,
    "task_arn": 1600,
    "document_hash": 256,
    "client_context": 8000,
    "qualifier": 128,
    "payload": 4096,
    "input": 4096,
    "output_s3_key_prefix": 500,
}
_MOST_TARGETS_OF_A_TASK = 10
_MOST_NODES = 50
_LONGEST_EXECUTION_NAME = 80
_S3_BUCKET = (3, 63)


def check(
    window_id: str | None, window: Fields, targets: list[Fields], tasks: list[Fields], zones: Callable[[str], bool]
) -> None:
    """What can be told from the options alone.

    :param zones: whether a time zone of this name is known, as a function.
    :raises InvalidInput: naming everything that AWS would refuse and that can be told without it.
    """
    problems = []
    if window_id is not None and not _WINDOW_ID.fullmatch(window_id):
        problems.append(f"window_id must be as mw-0123456789abcdef0, not {window_id!r}")
    problems += _values(window) + _schedule(window, zones)
    for what, items, judge in (("target", targets, _target), ("task", tasks, _task)):
        problems += [f"{what} {fields.get('name')}: {found}" for fields in items for found in judge(fields)]
        twice = [name for name, count in Counter(fields.get("name") for fields in items).items() if count > 1]
        problems += [f"{name} names more than one {what}" for name in twice]
    refuse(problems)


def check_whole(window: Fields, targets: list[Fields], tasks: list[Fields]) -> None:
    """What can only be told of the window as it shall be, with the fields that it had before.

    :raises InvalidInput: naming everything.
    """
    needed = [name for name in ("name", "schedule", "duration", "cutoff") if window.get(name) in (None, "")]
    problems = [f"{' and '.join(needed)} must be given to create the window"] if needed else []
    if not needed and window["cutoff"] >= window["duration"]:
        problems.append(f"cutoff ({window['cutoff']}) must be smaller than duration ({window['duration']})")
    if window.get("schedule_offset") and not str(window.get("schedule")).startswith("cron("):
        problems.append("schedule_offset goes with a cron(...) schedule only")
    start, end = (moment(window.get(name) or "") for name in ("start_date", "end_date"))
    if start and end and end <= start:
        problems.append(f"end_date ({window['end_date']}) must be later than start_date ({window['start_date']})")
    problems += [
        f"target {fields['name']}: targets or instance_ids must be given"
        for fields in targets
        if not fields.get("targets")
    ]
    for fields in tasks:
        problems += [f"task {fields['name']}: {found}" for found in _whole_task(fields)]
    refuse(problems)


def check_task_targets(
    window: Fields,
    targets: list[Fields],
    tasks: list[tuple[str, Fields, bool]],
    there: Counter[str],
    going: set[str],
) -> None:
    """What tasks and targets have to do with each other.

    :param tasks: label, fields, and whether the caller asked about it.
    :param there: how many targets each name or id stands for, once all is done.
    :param going: the targets that leave.
    :raises InvalidInput: naming everything.
    """
    problems = []
    for label, fields, asked in tasks:
        for name in fields.get("targets") or []:
            if there[name] > 1:
                problems.append(f"task {label}: {there[name]} targets of the window are named {name}")
            elif not there[name] and name in going:
                problems.append(f"target {name} can't be removed: task {label} still names it")
            elif not there[name] and asked:
                problems.append(f"task {label}: there is no target {name}, neither in targets nor in the window")
        if asked and not window.get("allow_unassociated_targets"):
            problems += _strangers(label, fields, targets)
    refuse(problems)


def _strangers(label: str, task: Fields, targets: list[Fields]) -> list[str]:
    """Nodes that the window does not know. A target by tag or group may hold any node: then AWS has the word."""
    known = [target for fields in targets for target in fields.get("targets") or []]
    if any(target["key"] != "InstanceIds" for target in known):
        return []
    ids = {value for target in known for value in target["values"]}
    found = [value for value in task.get("instance_ids") or [] if value not in ids]
    if not found:
        return []
    return [f"task {label}: {', '.join(found)} must be in targets, or allow_unassociated_targets be true"]


def _values(fields: Mapping[str, Any]) -> list[str]:
    """What every kind of fields has in common: names, lengths, ranges, patterns."""
    problems = []
    name = fields.get("name")
    if name is not None and not _NAME.fullmatch(name):
        problems.append(f"name must be 3 to 128 letters, digits, dots, dashes or underscores, not {name!r}")
    for key, most in _LENGTHS.items():
        if len(str(fields.get(key) or "").encode()) > most:
            problems.append(f"{key} must have at most {most} characters")
    for key, (low, high) in _RANGES.items():
        value = fields.get(key)
        # Zero unsets what AWS takes no zero for.
        if value is not None and not low <= value <= high and not (value == 0 and key not in ("duration", "priority")):
            problems.append(f"{key} must be from {low} to {high}, not {value}")
    return problems + mismatches({key: value for key, value in fields.items() if key != "targets"})


def _schedule(window: Fields, zones: Callable[[str], bool]) -> list[str]:
    problems = []
    schedule, zone = window.get("schedule"), window.get("schedule_timezone")
    if schedule is not None and not _fits(schedule):
        problems.append(
            f"schedule must be as cron(0 2 ? * SUN *), with 6 fields, rate(7 days) or at(2030-01-31T02:00:00), "
            f"not {schedule!r}"
        )
    if zone and not zones(zone):
        problems.append(f"schedule_timezone {zone!r} is in no time zone database of this machine: as Europe/Berlin")
    for name in ("start_date", "end_date"):
        text = window.get(name)
        if text and not (_DATE.fullmatch(text) and moment(text)):
            problems.append(f"{name} must be as 2030-01-31T02:00:00+01:00, not {text!r}")
    return problems


def _fits(schedule: str) -> bool:
    """Whether it looks like a schedule. AWS still has the last word."""
    if rate := _RATE.fullmatch(schedule):
        return (int(rate[1]) == 1) == (rate[3] == "")
    if at := _AT.fullmatch(schedule):
        return moment(at[1]) is not None
    cron = _CRON.fullmatch(schedule)
    # Seconds may come first.
    return bool(cron) and len(schedule[5:-1].split()) in (6, 7)


def _target(fields: Fields) -> list[str]:
    problems = _values(fields)
    targets = fields.get("targets")
    if targets is None:
        return problems
    problems += target_problems(targets) if targets else ["targets must not be empty"]
    problems += [
        f"key {target['key']!r} must be tag:NAME, tag-key, InstanceIds or one of resource-groups:"
        for target in targets
        if not _KEY.fullmatch(target["key"])
    ]
    kept, told = fields.get("resource_type"), type_of(targets)
    if targets and kept != told:
        problems.append(f"resource_type of these targets is {told}, not {kept}")
    return problems


def _task(fields: Fields) -> list[str]:
    problems = _values(fields) + instance_id_problems(fields.get("instance_ids") or [])
    targets, ids = fields.get("targets") or [], fields.get("instance_ids")
    if targets and ids:
        problems.append("targets and instance_ids exclude each other")
    if len(ids or []) > _MOST_NODES:
        problems.append(f"at most {_MOST_NODES} instance_ids are possible, not {len(ids or [])}")
    if len(targets) > _MOST_TARGETS_OF_A_TASK:
        problems.append(f"at most {_MOST_TARGETS_OF_A_TASK} targets are possible, not {len(targets)}")
    if len((fields.get("alarm_configuration") or {}).get("alarms") or [0]) != 1:
        problems.append("alarm_configuration needs exactly one alarm")
    for how, called in (fields.get("task_invocation_parameters") or {}).items():
        problems += [f"{how}: {found}" for found in _call(called)]
    return problems


def _call(called: Fields) -> list[str]:
    problems = _values({name: value for name, value in called.items() if name != "name"})
    if len(called.get("name") or "") > _LONGEST_EXECUTION_NAME:
        problems.append(f"name must have at most {_LONGEST_EXECUTION_NAME} characters")
    bucket = called.get("output_s3_bucket_name")
    if bucket and not _S3_BUCKET[0] <= len(bucket) <= _S3_BUCKET[1]:
        problems.append(f"output_s3_bucket_name must have {_S3_BUCKET[0]} to {_S3_BUCKET[1]} characters")
    return problems


def _whole_task(fields: Fields) -> list[str]:
    needed = [name for name in ("task_type", "task_arn") if not fields.get(name)]
    if needed:
        return [f"{' and '.join(needed)} must be given to register it"]
    problems, given = [], [name for name in RATE if name in fields]
    if is_targetless(fields):
        if fields["task_type"] == "RUN_COMMAND":
            problems.append("a RUN_COMMAND task needs targets or instance_ids")
        elif given:
            problems.append(f"{' and '.join(given)} can't be given without targets")
    elif len(given) < len(RATE):
        missing = " and ".join(name for name in RATE if name not in given)
        problems.append(f"{missing} must be given for a task with targets")
    how = CALLED[fields["task_type"]]
    strange = [name for name in fields.get("task_invocation_parameters") or {} if name != how]
    if strange:
        problems.append(f"task_invocation_parameters of a {fields['task_type']} task are {how}, not {strange[0]}")
    return problems
