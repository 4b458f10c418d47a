# Copyright: steadyfleet contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection: may change without notice.

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from .._common.errors import Problem, raise_if_any
from .._common.schedule import is_rate, state_manager_schedule_problem
from .._common.targets import target_problems
from .._common.times import time_problems
from .merge import merge
from .transformations import APPLY_ONLY, Fields

_NOT_FOR_ONE_RUN = ("schedule_expression", "schedule_offset", APPLY_ONLY, "calendar_names", "duration")


def option_problems(desired: Fields) -> list[Problem]:
    """What is wrong with the given fields beside AWS's own limits, before it is known what is there."""
    location = desired.get("output_location")
    problems = _targets(desired) + exclusion_problems(desired)
    if location and not location.get("output_s3_bucket_name"):
        problems.append(Problem("output_location requires output_s3_bucket_name"))
    if schedule := desired.get("schedule_expression"):
        problems += state_manager_schedule_problem(schedule)
    return problems


def _targets(desired: Fields) -> list[Problem]:
    targets = desired.get("targets") or []
    problems = target_problems(targets)
    for target in targets:
        key, values = target.get("key"), target.get("values") or []
        if "" in values:
            problems.append(Problem(f"target {key} has an empty value"))
        # https://docs.aws.amazon.com/systems-manager/latest/userguide/systems-manager-state-manager-targets-and-rate-controls.html
        if key == "resource-groups:Name" and len(values) > 1:
            problems.append(Problem(f"target {key} takes one resource group, not {len(values)}"))
    for number, location in enumerate(desired.get("target_locations") or []):
        if len(location.get("targets") or []) > 1:
            problems.append(Problem(f"target_locations[{number}].targets takes one target"))
        problems += target_problems(location.get("targets") or [])
    return problems


def exclusion_problems(fields: Fields) -> list[Problem]:
    """Fields that exclude each other."""
    problems = []
    if fields.get("targets") and fields.get("target_maps"):
        problems.append(Problem("targets and target_maps exclude each other"))
    if fields.get(APPLY_ONLY) and is_rate(fields.get("schedule_expression")):
        problems.append(Problem(f"{APPLY_ONLY} requires a cron(...) schedule, not a rate(...) schedule"))
    if fields.get("schedule_offset") and fields.get(APPLY_ONLY) is False:
        problems.append(Problem(f"schedule_offset requires {APPLY_ONLY}"))
    if fields.get("automation_target_parameter_name") and fields.get("target_maps"):
        problems.append(Problem("automation_target_parameter_name and target_maps exclude each other"))
    return problems


def require_complete(fields: Fields) -> None:
    """Check an association with all its fields, the given ones and those that it had before.

    :raises InvalidInput: naming every problem.
    """
    problems = exclusion_problems(fields)
    if fields.get("schedule_offset") and APPLY_ONLY not in fields:
        problems.append(Problem(f"schedule_offset requires {APPLY_ONLY}"))
    if fields.get("automation_target_parameter_name") and not (fields.get("targets") or fields.get("target_maps")):
        problems.append(Problem("automation_target_parameter_name requires targets: AWS takes both or neither"))
    raise_if_any(problems)


def fields_of_one_run(desired: Fields) -> Fields:
    """All fields of an association that runs once and is deleted then.

    :raises InvalidInput: for fields that are missing, or that have a meaning only for an association that stays.
    """
    fields = merge({}, desired)
    needed = ("association_name", "document_name")
    problems = [Problem(f"run=once requires {name}") for name in needed if not fields.get(name)]
    problems += [Problem(f"run=once excludes {name}") for name in _NOT_FOR_ONE_RUN if fields.get(name)]
    raise_if_any(problems)
    require_complete(fields)
    return fields


def query_problems(options: Mapping[str, Any]) -> list[Problem]:
    """What is wrong with the options of ssm_association_info beside AWS's own limits."""
    problems = [
        Problem(f"filter {key} takes one value, not {value!r}", "filter_invalid")
        for key, value in (options["filters"] or {}).items()
        if isinstance(value, list | dict) or value in (None, "")
    ]
    count = options["max_executions"]
    if count < 0:
        problems.append(Problem(f"max_executions must not be negative, but is {count}"))
    problems += time_problems(options["executions_after"], "executions_after")
    needs_count = [name for name in ("include_execution_targets", "executions_after") if options[name] and not count]
    return problems + [Problem(f"{name} requires max_executions") for name in needs_count]
