# Copyright: steadyfleet contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection: may change without notice.

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from .._common.errors import NotFound, Problem, Refused, raise_if_any
from .._common.schedule import is_rate, schedule_offset_problems, state_manager_schedule_problems
from .._common.targets import target_problems
from .._common.times import time_problems
from .transformations import APPLY_ONLY, Fields, comparable, merge

_NOT_FOR_ONE_RUN = ("schedule_expression", "schedule_offset", APPLY_ONLY, "calendar_names", "duration")


def option_problems(desired: Fields) -> list[Problem]:
    """What is wrong with the given fields beside AWS's own limits, before it is known what is there."""
    location = desired.get("output_location")
    problems = _targets(desired) + exclusion_problems(desired)
    if location and not location.get("output_s3_bucket_name"):
        problems.append(Problem("output_location requires output_s3_bucket_name", "output_bucket_required"))
    if schedule := desired.get("schedule_expression"):
        problems += state_manager_schedule_problems(schedule)
    return problems


def _targets(desired: Fields) -> list[Problem]:
    problems = target_problems(desired.get("targets") or [], of_runbook=True)
    for number, location in enumerate(desired.get("target_locations") or []):
        if len(location.get("targets") or []) > 1:
            problems.append(
                Problem(f"target_locations[{number}].targets takes one target", "too_many_location_targets")
            )
        problems += target_problems(location.get("targets") or [], of_runbook=True)
    return problems


def exclusion_problems(fields: Fields) -> list[Problem]:
    """Fields that exclude each other."""
    problems = []
    if fields.get("targets") and fields.get("target_maps"):
        problems.append(Problem("targets and target_maps exclude each other", "target_maps_exclusive"))
    if fields.get(APPLY_ONLY) and is_rate(fields.get("schedule_expression")):
        problems.append(
            Problem(f"{APPLY_ONLY} requires a cron(...) schedule, not a rate(...) schedule", "cron_schedule_required")
        )
    problems += schedule_offset_problems(fields.get("schedule_expression"), fields.get("schedule_offset"))
    if fields.get("schedule_offset") and fields.get(APPLY_ONLY) is False:
        problems.append(Problem(f"schedule_offset requires {APPLY_ONLY}", "schedule_offset_not_at_interval"))
    if fields.get("automation_target_parameter_name") and fields.get("target_maps"):
        problems.append(
            Problem("automation_target_parameter_name and target_maps exclude each other", "target_maps_exclusive")
        )
    return problems


def require_complete(fields: Fields) -> None:
    """Check an association with all its fields, the given ones and those that it had before.

    :raises InvalidInput: naming every problem.
    """
    problems = exclusion_problems(fields)
    if fields.get("schedule_offset") and APPLY_ONLY not in fields:
        problems.append(Problem(f"schedule_offset requires {APPLY_ONLY}", "schedule_offset_not_at_interval"))
    if fields.get("automation_target_parameter_name") and not (fields.get("targets") or fields.get("target_maps")):
        problems.append(
            Problem("automation_target_parameter_name requires targets: AWS takes both or neither", "targets_required")
        )
    raise_if_any(problems)


def document_problems(fields: Fields, document_type: str) -> list[Problem]:
    """What AWS refuses because of the type of an association's document."""
    targets = fields.get("targets")
    if document_type != "Automation" and not targets:
        message = f"document {fields['document_name']} is of type {document_type}: targets or instance_ids is required"
        return [Problem(message, "targets_required")]
    # https://github.com/hashicorp/terraform-provider-aws/issues/41251
    if document_type == "Automation" and targets and not fields.get("automation_target_parameter_name"):
        message = f"targets of runbook {fields['document_name']} requires automation_target_parameter_name"
        return [Problem(message, "target_parameter_required")]
    return []


def fields_of_one_run(desired: Fields) -> Fields:
    """All fields of an association that runs once and is deleted then.

    :raises InvalidInput: for fields that are missing, or that have a meaning only for an association that stays.
    """
    fields = merge({}, desired)
    needed = ("association_name", "document_name")
    problems = [
        Problem(f"run=once requires {name}", "run_once_option_required") for name in needed if not fields.get(name)
    ]
    problems += [
        Problem(f"run=once excludes {name}", "run_once_option_excluded")
        for name in _NOT_FOR_ONE_RUN
        if fields.get(name)
    ]
    raise_if_any(problems)
    require_complete(fields)
    return fields


def require_replaceable(observed: Fields, desired: Fields) -> None:
    """Check that an existing association is one that an interrupted ``run=once`` has left.

    :raises Refused: when it belongs to somebody else, because the module deletes it at the end.
    """
    name, observed, desired = desired["association_name"], comparable(observed), comparable(desired)
    if observed.get("schedule_expression"):
        raise Refused(
            f"association {name} exists and has a schedule, so it is not one that runs once: use another name",
            code="association_name_taken",
        )
    for field in ("document_name", "targets", "target_maps"):
        if observed.get(field) != desired.get(field):
            raise Refused(
                f"association {name} exists with another {field}: use another name, or delete it",
                code="association_name_taken",
            )


def require_existing(observed: Fields | None, association_id: str | None) -> None:
    """:raises NotFound: when an id was given and there is no such association."""
    if observed is None and association_id:
        raise NotFound(
            f"association {association_id} does not exist: omit association_id to create one",
            code="association_not_found",
        )


def run_problems(options: Mapping[str, Any]) -> list[Problem]:
    """What is wrong with the association's name, and with ``run`` beside ``state``."""
    if not (options["association_id"] or options["association_name"]):
        return [Problem("association_name and association_id are both empty", "association_not_named")]
    run, state = options["run"], options["state"]
    if run is None or state == "present" or (run, state) == ("once", "run_once"):
        return []
    return [Problem(f"run={run} requires state=present, not state={state}", code="run_requires_present")]


def query_problems(options: Mapping[str, Any]) -> list[Problem]:
    """What is wrong with the options of ssm_association_info beside AWS's own limits."""
    problems = [
        Problem(f"filter {key} takes one value, not {value!r}", "filter_invalid")
        for key, value in (options["filters"] or {}).items()
        if isinstance(value, list | dict) or value in (None, "")
    ]
    count = options["max_executions"]
    if count < 0:
        problems.append(Problem(f"max_executions must not be negative, but is {count}", "max_executions_negative"))
    problems += time_problems(options["executions_after"], "executions_after")
    needs_count = [name for name in ("include_execution_targets", "executions_after") if options[name] and not count]
    return problems + [Problem(f"{name} requires max_executions", "max_executions_required") for name in needs_count]
