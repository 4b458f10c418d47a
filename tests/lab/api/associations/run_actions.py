"""The actions on an association's runs."""

from __future__ import annotations

import datetime
from typing import Any

from lab.api.associations import views
from lab.api.associations.engines import check_runnable
from lab.api.errors import ApiError
from lab.api.http.wire import Call
from lab.api.region import Region, Result, action, page


@action("ssm", "StartAssociationsOnce")
def start(region: Region, call: Call) -> Result:
    """The answer is empty: AWS does not tell which execution it has started."""
    found = []
    for association_id in call.params["AssociationIds"]:
        if association_id not in region.associations.by_id:
            raise ApiError("InvalidAssociation", f"The association {association_id} is not valid or does not exist.")
        found.append(region.associations.by_id[association_id])
    for association in found:
        check_runnable(region, association.type, association.spec)
    for association in found:
        region.associations.start(association)
    return {}


@action("ssm", "DescribeAssociationExecutions")
def executions(region: Region, call: Call) -> Result:
    association = region.associations.get(call.params["AssociationId"])
    current = [views.run(run) for run in association.runs]
    found = region.history.at(("runs", association.id), region.staleness(), current) or []
    found = [view for view in reversed(found) if _matches(view, call.params.get("Filters", []))]
    shown, token = page(found, call.params)
    return {"AssociationExecutions": shown, "NextToken": token}


@action("ssm", "DescribeAssociationExecutionTargets")
def execution_targets(region: Region, call: Call) -> Result:
    association = region.associations.get(call.params["AssociationId"])
    for run in association.runs:
        if run.id == call.params["ExecutionId"]:
            break
    else:
        raise ApiError("AssociationExecutionDoesNotExist", "The specified execution ID doesn't exist.")
    current = [views.target(run, target) for target in run.targets.values()]
    found = region.history.at(("targets", run.id), region.staleness(), current) or []
    for wanted in call.params.get("Filters", []):
        key = {"Status": "Status", "ResourceId": "ResourceId", "ResourceType": "ResourceType"}[wanted["Key"]]
        found = [view for view in found if view[key] == wanted["Value"]]
    shown, token = page(found, call.params)
    return {"AssociationExecutionTargets": shown, "NextToken": token}


def _matches(view: dict[str, Any], filters: list[dict[str, str]]) -> bool:
    for wanted in filters:
        key, value, how = wanted["Key"], wanted["Value"], wanted["Type"]
        seen: Any = view[key]
        edge: Any = moment(value) if key == "CreatedTime" else value
        holds = {"EQUAL": seen == edge, "LESS_THAN": seen < edge, "GREATER_THAN": seen > edge}
        if not holds[how]:
            return False
    return True


def moment(value: str) -> datetime.datetime:
    try:
        moment = datetime.datetime.fromisoformat(value)
    except ValueError:
        raise ApiError("ValidationException", f"The time {value} is not valid.") from None
    return moment if moment.tzinfo else moment.replace(tzinfo=datetime.UTC)
