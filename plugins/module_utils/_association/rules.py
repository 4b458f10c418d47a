# Copyright: steadyfleet contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection: may change without notice.

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from .._common.patterns import mismatch, mismatches, refuse, target_problems
from .._common.schedule import is_rate, schedule_problem
from .._common.tags import tag_problems
from .merge import merge
from .transformations import APPLY_ONLY, Fields

_STAYING = ("schedule_expression", "schedule_offset", APPLY_ONLY, "calendar_names", "duration")
_NUMBERS = {"schedule_offset": 6, "duration": 24}
_LOCATION_PATTERNS = {
    "target_location_max_concurrency": "max_concurrency",
    "target_location_max_errors": "max_errors",
    "targets_max_concurrency": "max_concurrency",
    "targets_max_errors": "max_errors",
}
_EXCLUDED = re.compile(r"ou-[a-z0-9]{4,32}-[a-z0-9]{8,32}|\d{12}")
_ROLE_NAME = re.compile(r"[\w+=,.@/-]{1,64}")


def check_given(asked: Fields, association_id: str | None, tags: Mapping[str, str] | None) -> None:
    """What can be told from the options alone, before AWS is asked what is there.

    :raises InvalidInput: naming everything that AWS would refuse.
    """
    identity = mismatches({"association_id": association_id})
    refuse(identity + _malformed(asked) + _exclusive(asked) + [one.message for one in tag_problems(tags)])


def check(fields: Fields) -> None:
    """What can be told once it is known what is there; the form of it was AWS's own or is checked already.

    :raises InvalidInput: naming everything that AWS would refuse.
    """
    refuse(_exclusive(fields) + _lacking(fields))


def check_once(asked: Fields) -> Fields:
    """The fields of an association that is to run once and be gone; check_given() has seen them.

    :raises InvalidInput: as check(), and for fields that only make sense in one that stays.
    """
    fields = merge({}, asked)
    problems = [f"state=run_once needs {name}" for name in ("association_name", "document") if not fields.get(name)]
    problems += [f"{name} does not go with state=run_once, which runs at once" for name in _STAYING if fields.get(name)]
    refuse(problems)
    check(fields)
    return fields


def starts_at_once(fields: Fields) -> bool:
    """Whether creating or updating it makes AWS run it without waiting for its schedule."""
    return not fields.get(APPLY_ONLY) or is_rate(fields.get("schedule_expression"))


def _malformed(fields: Fields) -> list[str]:
    location = fields.get("output_location") or {}
    problems = mismatches(fields) + mismatches(location) + _target_problems(fields.get("targets") or [])
    if location and not location.get("s3_bucket"):
        problems.append("output_location needs s3_bucket")
    if schedule := fields.get("schedule_expression"):
        problems += [found] if (found := schedule_problem(schedule)) else []
    for name, longest in _NUMBERS.items():
        if fields.get(name) and not 1 <= fields[name] <= longest:
            problems.append(f"{name} must be from 1 to {longest}, not {fields[name]}")
    if fields.get("alarm_configuration") and len(fields["alarm_configuration"].get("alarms") or []) != 1:
        problems.append("alarm_configuration needs exactly one alarm")
    problems += _map_problems(fields.get("target_maps") or [])
    return problems + _location_problems(fields.get("target_locations") or [])


def _target_problems(targets: list[dict[str, Any]]) -> list[str]:
    problems = target_problems(targets)
    for target in targets:
        key, values = target.get("key"), target.get("values") or []
        if "" in values:
            problems.append(f"target {key} has an empty value")
        # https://docs.aws.amazon.com/systems-manager/latest/userguide/systems-manager-state-manager-targets-and-rate-controls.html
        if key == "resource-groups:Name" and len(values) > 1:
            problems.append(f"target {key} takes one resource group, not {len(values)}")
    return problems


def _map_problems(maps: list[dict[str, list[str]]]) -> list[str]:
    problems = [] if len(maps) <= 300 else [f"at most 300 target_maps are possible, not {len(maps)}"]
    for number, each in enumerate(maps, start=1):
        if not 1 <= len(each) <= 20:
            problems.append(f"target map {number} needs 1 to 20 parameters, not {len(each)}")
        problems += [
            f"target map {number}: {name} takes at most 25 values, not {len(values)}"
            for name, values in each.items()
            if len(values) > 25
        ]
    return problems


def _location_problems(locations: list[dict[str, Any]]) -> list[str]:
    problems = [] if len(locations) <= 100 else [f"at most 100 target_locations are possible, not {len(locations)}"]
    for number, location in enumerate(locations, start=1):
        problems += [f"target location {number}: {found}" for found in _location_problem(location)]
    return problems


def _location_problem(location: dict[str, Any]) -> list[str]:
    found = [
        problem
        for name, pattern in _LOCATION_PATTERNS.items()
        if location.get(name) and (problem := mismatch(pattern, location[name], name))
    ]
    found += [
        f"{name} takes 1 to 50 values, not {len(location[name])}"
        for name in ("accounts", "regions")
        if location.get(name) is not None and not 1 <= len(location[name]) <= 50
    ]
    if len(location.get("targets") or []) > 1:
        found.append("only one target is possible")
    if location.get("execution_role_name") and not _ROLE_NAME.fullmatch(location["execution_role_name"]):
        found.append(f"execution_role_name must be the name of an IAM role, not {location['execution_role_name']!r}")
    excluded = [value for value in location.get("exclude_accounts") or [] if not _EXCLUDED.fullmatch(value)]
    found += [f"exclude_accounts takes account ids and organizational units, not {value!r}" for value in excluded]
    return found + target_problems(location.get("targets") or [])


def _exclusive(fields: Fields) -> list[str]:
    """What can't stand together, whatever else there is."""
    problems = []
    if fields.get("targets") and fields.get("target_maps"):
        problems.append("targets and target_maps exclude each other")
    if fields.get(APPLY_ONLY) and is_rate(fields.get("schedule_expression")):
        problems.append(f"{APPLY_ONLY} does not go with a rate(...) schedule")
    if fields.get("schedule_offset") and fields.get(APPLY_ONLY) is False:
        problems.append(f"schedule_offset needs {APPLY_ONLY}")
    if fields.get("automation_target_parameter_name") and fields.get("target_maps"):
        problems.append("automation_target_parameter_name is for targets, and does not go with target_maps")
    return problems


def _lacking(fields: Fields) -> list[str]:
    """What needs something else, which may have been there before."""
    problems = []
    if fields.get("schedule_offset") and APPLY_ONLY not in fields:
        problems.append(f"schedule_offset needs {APPLY_ONLY}")
    if fields.get("automation_target_parameter_name") and not (fields.get("targets") or fields.get("target_maps")):
        problems.append("automation_target_parameter_name needs targets: AWS takes both or neither")
    return problems
