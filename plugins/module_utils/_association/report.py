# Copyright: steadyfleet contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection: may change without notice.

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from .._command.outcome import Outcome, Target
from .._command.report import invocation_failure, missing_results
from .._common.errors import WaitFailed
from .._common.targets import named_instances
from .._common.text import one_line
from .._common.times import iso
from .transformations import Fields, observed_fields

_IDS = {"association_id": "AssociationId", "association_version": "AssociationVersion"}
_TIMES = {
    "created_at": "Date",
    "updated_at": "LastUpdateAssociationDate",
    "last_execution_at": "LastExecutionDate",
    "last_successful_execution_at": "LastSuccessfulExecutionDate",
}


def association_result(description: Mapping[str, Any], tags: Mapping[str, str] | None) -> dict[str, Any]:
    """The association as a module returns it: its fields by the options' names."""
    return _ids(description) | observed_fields(description) | ({} if tags is None else {"tags": dict(tags)})


def predicted_result(
    description: Mapping[str, Any] | None, after: Fields, tags: Mapping[str, str] | None
) -> dict[str, Any]:
    """The association as a module would return it, with the fields that AWS adds."""
    fields = {"document_version": "$DEFAULT"} | {name: value for name, value in after.items() if value}
    return _ids(description or {}) | fields | ({} if tags is None else {"tags": dict(tags)})


def detailed_result(description: Mapping[str, Any], tags: Mapping[str, str] | None) -> dict[str, Any]:
    """The association with its times and its last status."""
    # The member Status beside Overview is the old form, which AWS omits.
    # https://github.com/hashicorp/terraform-provider-aws/issues/24300
    overview = description.get("Overview", {})
    return association_result(description, tags) | {
        **{name: iso(description.get(member)) for name, member in _TIMES.items()},
        "instance_id": description.get("InstanceId"),
        "status": overview.get("Status", ""),
        "detailed_status": overview.get("DetailedStatus", ""),
        "target_count_by_status": dict(overview.get("AssociationStatusAggregatedCount", {})),
        "triggered_alarms": [alarm["Name"] for alarm in description.get("TriggeredAlarms", [])],
    }


def _ids(description: Mapping[str, Any]) -> dict[str, Any]:
    return {name: description[member] for name, member in _IDS.items() if description.get(member)}


def with_execution(outcome: Outcome, fields: Fields, result: dict[str, Any]) -> dict[str, Any]:
    """The result with the execution.

    :raises WaitFailed: with this result, when a target did not succeed, or a named node has no result.
    """
    result = {**result, "execution": outcome.as_dict()}
    if failures := outcome_failures(outcome, frozenset(named_instances(fields.get("targets") or []))):
        raise WaitFailed(one_line(failures), code="association_failed", **result)
    return result


def outcome_failures(outcome: Outcome, expected: frozenset[str]) -> tuple[str, ...]:
    """Why the run did not succeed, one line a target; empty when it succeeded.

    :param expected: the nodes that must report a result.
    """
    failures = [line for target in outcome.targets if (line := _target_failure(target))]
    missing = missing_results(expected, (target.resource_id for target in outcome.targets))
    failures += missing
    if not outcome.targets and not missing:
        failures.append(f"{outcome.execution.describe()}, and it ran on no target")
    elif not failures and outcome.execution.status != "Success":
        failures.append(outcome.execution.describe())
    return tuple(failures)


def _target_failure(target: Target) -> str | None:
    if target.invocation and not target.invocation.succeeded:
        return invocation_failure(target.invocation)
    if target.status == "Success":
        # AWS calls a target successful, but its command has ended without it.
        missing = target.command_id is not None and target.invocation is None
        return missing_results([target.resource_id], [])[0] if missing else None
    details = "" if target.detailed_status in ("", target.status) else f" ({target.detailed_status})"
    automation = f", see execution {found}" if (found := target.automation_execution_id) else ""
    return f"{target.resource_id}: {target.failure or f'{target.status}{details}{automation}'}"
