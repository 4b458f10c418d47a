"""Associations and their runs as the API shows them."""

from __future__ import annotations

from collections import Counter
from typing import Any

from lab.api.associations.model import NO_TARGETS, Association, Run, RunTarget

# ListAssociations shows these fields only; DescribeAssociation shows all.
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


def association_description(association: Association) -> dict[str, Any]:
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


def association_summary(description: dict[str, Any]) -> dict[str, Any]:
    return {name: description[name] for name in LISTED if description.get(name) is not None}


def association_execution_view(run: Run) -> dict[str, Any]:
    counted = Counter(target.status for target in run.targets.values())
    return {
        "AssociationId": run.association.id,
        "AssociationVersion": run.version,
        "ExecutionId": run.id,
        "Status": run.status,
        "DetailedStatus": run.status,
        "CreatedTime": run.created,
        "LastExecutionDate": run.created,
        "ResourceCountByStatus": "{" + ", ".join(f"{name}={count}" for name, count in sorted(counted.items())) + "}",
    }


def execution_target_view(run: Run, target: RunTarget) -> dict[str, Any]:
    view: dict[str, Any] = {
        "AssociationId": run.association.id,
        "AssociationVersion": run.version,
        "ExecutionId": run.id,
        "ResourceId": target.resource_id,
        "ResourceType": run.resource_type,
        "Status": target.status,
        "DetailedStatus": target.detailed,
        "LastExecutionDate": target.changed,
    }
    if target.output_id is not None:
        view["OutputSource"] = {"OutputSourceId": target.output_id, "OutputSourceType": run.output_type}
    return view
