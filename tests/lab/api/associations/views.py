"""Associations and their runs as the API shows them."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from lab.api.associations.store import Association, Run, RunTarget

# ListAssociations shows these and no more; the rest takes a DescribeAssociation.
LISTED = (
    "Name",
    "InstanceId",
    "AssociationId",
    "AssociationVersion",
    "DocumentVersion",
    "Targets",
    "LastExecutionDate",
    "Overview",
    "ScheduleExpression",
    "AssociationName",
    "ScheduleOffset",
    "Duration",
    "TargetMaps",
)


# What AWS puts in place of the targets of a runbook that has none.
NO_TARGETS = [{"Key": "aws:NoOpAutomationTag", "Values": ["AWS-NoOpAutomationTarget-Value"]}]


def describe(association: Association) -> dict[str, Any]:
    targetless = association.type == "Automation" and not association.spec.get("TargetMaps")
    last = association.runs[-1] if association.runs else None
    succeeded = [done for done in association.runs if done.status == "Success"]
    return {
        **({"Targets": NO_TARGETS} if targetless else {}),
        "ApplyOnlyAtCronInterval": False,
        **association.spec,
        "AssociationId": association.id,
        "AssociationVersion": association.version,
        "DocumentVersion": association.spec.get("DocumentVersion", "$DEFAULT"),
        "Date": association.created,
        "LastUpdateAssociationDate": association.updated,
        "LastExecutionDate": last.created if last else None,
        "LastSuccessfulExecutionDate": succeeded[-1].created if succeeded else None,
        "Overview": _overview(last),
    }


def _overview(last: Run | None) -> dict[str, Any]:
    if last is None or not last.ended:
        return {"Status": "Pending", "DetailedStatus": "Associated" if last is None else "InProgress"}
    counted = Counter(target.status for target in last.targets.values())
    status = last.status if last.status in ("Success", "Failed") else "Failed"
    return {"Status": status, "DetailedStatus": last.status, "AssociationStatusAggregatedCount": dict(counted)}


def listed(described: dict[str, Any]) -> dict[str, Any]:
    return {name: described[name] for name in LISTED if described.get(name) is not None}


def run(told: Run) -> dict[str, Any]:
    counted = Counter(target.status for target in told.targets.values())
    return {
        "AssociationId": told.association.id,
        "AssociationVersion": told.version,
        "ExecutionId": told.id,
        "Status": told.status,
        "DetailedStatus": told.status,
        "CreatedTime": told.created,
        "LastExecutionDate": told.created,
        "ResourceCountByStatus": "{" + ", ".join(f"{name}={count}" for name, count in sorted(counted.items())) + "}",
    }


def target(told: Run, one: RunTarget) -> dict[str, Any]:
    view: dict[str, Any] = {
        "AssociationId": told.association.id,
        "AssociationVersion": told.version,
        "ExecutionId": told.id,
        "ResourceId": one.resource_id,
        "ResourceType": told.engine.resource_type(told.spec),
        "Status": one.status,
        "DetailedStatus": one.detailed,
        "LastExecutionDate": one.changed,
    }
    if one.output_id is not None:
        view["OutputSource"] = {"OutputSourceId": one.output_id, "OutputSourceType": told.engine.output_type}
    return view
