"""The API actions on associations and their executions."""

from __future__ import annotations

import datetime
from typing import Any

from lab.api.associations import rules, views
from lab.api.associations.model import Association
from lab.api.errors import ApiError, NotImplementedInLab
from lab.api.http.wire import Call
from lab.api.region import Region
from lab.api.registry import Result, action, new_id, now, page

MOST_ASSOCIATIONS = 2000
MOST_VERSIONS = 1000


@action("ssm", "CreateAssociation")
def create_association(region: Region, call: Call) -> Result:
    # AssociationName need not be unique: AWS accepts a second association of the same name, and so does the lab.
    spec = {name: value for name, value in call.params.items() if name != "Tags"}
    kind = rules.check_association(region.documents, region.nodes, spec)
    rules.check_tags(call.params.get("Tags", []))
    if "InstanceId" in spec and _association_of_instance(region, spec) is not None:
        raise ApiError("AssociationAlreadyExists", "The specified association already exists.")
    if len(region.associations.by_id) >= MOST_ASSOCIATIONS:
        raise ApiError("AssociationLimitExceeded", f"You can have at most {MOST_ASSOCIATIONS} active associations.")
    at_once = not spec.get("ApplyOnlyAtCronInterval")
    if at_once:
        region.associations.check_runnable(kind, spec)
    association = Association(new_id(), kind, [spec], now(), now())
    association.tags = {tag["Key"]: tag["Value"] for tag in call.params.get("Tags", [])}
    region.associations.add(association)
    if at_once:
        region.associations.start(association)
    return {"AssociationDescription": views.association_description(association)}


@action("ssm", "UpdateAssociation")
def update_association(region: Region, call: Call) -> Result:
    """UpdateAssociation replaces the whole association: a field that is not given is removed."""
    params = dict(call.params)
    association = region.associations.get(params.pop("AssociationId"))
    wanted = params.pop("AssociationVersion", "$LATEST")
    if wanted not in ("$LATEST", association.version):
        raise ApiError("InvalidAssociationVersion", f"The association version {wanted} is not the latest.")
    kept = [name for name in ("Name", "InstanceId") if name in association.spec]
    spec = {name: association.spec[name] for name in kept} | params
    kind = rules.check_association(region.documents, region.nodes, spec)
    if len(association.versions) >= MOST_VERSIONS:
        raise ApiError("AssociationVersionLimitExceeded", f"An association can have {MOST_VERSIONS} versions.")
    at_once = not spec.get("ApplyOnlyAtCronInterval")
    if at_once:
        region.associations.check_runnable(kind, spec)
    region.associations.stop_waiting(association)
    association.versions.append(spec)
    association.type, association.updated = kind, now()
    region.associations.changed(association)
    if at_once:
        region.associations.start(association)
    return {"AssociationDescription": views.association_description(association)}


@action("ssm", "DescribeAssociation")
def describe_association(region: Region, call: Call) -> Result:
    association_id = _association_id(region, call.params)
    known = region.associations.by_id.get(association_id)
    wanted = call.params.get("AssociationVersion", "$LATEST")
    if known is not None and wanted not in ("$LATEST", known.version):
        if int(wanted) > len(known.versions):
            raise ApiError("InvalidAssociationVersion", f"The association version {wanted} does not exist.")
        raise NotImplementedInLab("DescribeAssociation of an earlier version")
    described = _visible_association(region, association_id, region.staleness())
    if described is None:
        raise ApiError("AssociationDoesNotExist", f"The association {association_id} does not exist.")
    return {"AssociationDescription": described}


@action("ssm", "ListAssociations")
def list_associations(region: Region, call: Call) -> Result:
    age = region.staleness()
    described = []
    for association_id in region.associations.ids:
        view = _visible_association(region, association_id, age)
        if view is not None and _matches_filters(view, call.params.get("AssociationFilterList", [])):
            described.append(views.association_summary(view))
    found, token = page(described, call.params)
    return {"Associations": found, "NextToken": token}


@action("ssm", "DeleteAssociation")
def delete_association(region: Region, call: Call) -> Result:
    region.associations.remove(region.associations.get(_association_id(region, call.params)))
    return {}


@action("ssm", "StartAssociationsOnce")
def start_associations_once(region: Region, call: Call) -> Result:
    """The answer is empty, as in AWS: it does not name the execution that was started."""
    found = []
    for association_id in call.params["AssociationIds"]:
        if association_id not in region.associations.by_id:
            raise ApiError("InvalidAssociation", f"The association {association_id} is not valid or does not exist.")
        found.append(region.associations.by_id[association_id])
    for association in found:
        region.associations.check_runnable(association.type, association.spec)
    for association in found:
        region.associations.start(association)
    return {}


@action("ssm", "DescribeAssociationExecutions")
def describe_association_executions(region: Region, call: Call) -> Result:
    association = region.associations.get(call.params["AssociationId"])
    current = [views.association_execution_view(run) for run in association.runs]
    found = region.history.at(("runs", association.id), region.staleness(), current) or []
    found = [view for view in reversed(found) if _execution_matches(view, call.params.get("Filters", []))]
    shown, token = page(found, call.params)
    return {"AssociationExecutions": shown, "NextToken": token}


@action("ssm", "DescribeAssociationExecutionTargets")
def describe_association_execution_targets(region: Region, call: Call) -> Result:
    association = region.associations.get(call.params["AssociationId"])
    for run in association.runs:
        if run.id == call.params["ExecutionId"]:
            break
    else:
        raise ApiError("AssociationExecutionDoesNotExist", "The specified execution ID doesn't exist.")
    current = [views.execution_target_view(run, target) for target in run.targets.values()]
    found = region.history.at(("targets", run.id), region.staleness(), current) or []
    for wanted in call.params.get("Filters", []):
        key = {"Status": "Status", "ResourceId": "ResourceId", "ResourceType": "ResourceType"}[wanted["Key"]]
        found = [view for view in found if view[key] == wanted["Value"]]
    shown, token = page(found, call.params)
    return {"AssociationExecutionTargets": shown, "NextToken": token}


def _visible_association(region: Region, association_id: str, age: float) -> dict[str, Any] | None:
    known = region.associations.by_id.get(association_id)
    current = views.association_description(known) if known is not None else None
    view: dict[str, Any] | None = region.history.at(("association", association_id), age, current)
    return view


def _association_id(region: Region, params: dict[str, Any]) -> str:
    """The id of the association that a request names, by id or (old ones) by document and instance."""
    if "AssociationId" in params:
        return str(params["AssociationId"])
    found = _association_of_instance(region, params)
    if found is None:
        raise ApiError("AssociationDoesNotExist", "The association does not exist: give its AssociationId.")
    return found.id


def _association_of_instance(region: Region, params: dict[str, Any]) -> Association | None:
    wanted = params.get("Name"), params.get("InstanceId")
    for association in region.associations.by_id.values():
        if "InstanceId" in association.spec and (association.spec["Name"], association.spec["InstanceId"]) == wanted:
            return association
    return None


def _matches_filters(view: dict[str, Any], filters: list[dict[str, str]]) -> bool:
    return all(_matches_filter(view, wanted["key"], wanted["value"]) for wanted in filters)


def _matches_filter(view: dict[str, Any], key: str, value: str) -> bool:
    if key in ("AssociationId", "AssociationName", "Name", "InstanceId"):
        return bool(view.get(key) == value)
    if key == "AssociationStatusName":
        return bool(view["Overview"]["Status"] == value)
    if key == "ResourceGroupName":
        return any(value in target["Values"] for target in view.get("Targets", []) if target["Key"] == rules.GROUP)
    if key in ("LastExecutedBefore", "LastExecutedAfter"):
        last, edge = view.get("LastExecutionDate"), _parsed_time(value)
        return last is not None and bool(last < edge if key == "LastExecutedBefore" else last > edge)
    raise NotImplementedInLab(f"ListAssociations filtered by {key}")


def _execution_matches(view: dict[str, Any], filters: list[dict[str, str]]) -> bool:
    for wanted in filters:
        key, value, how = wanted["Key"], wanted["Value"], wanted["Type"]
        current: Any = view[key]
        edge: Any = _parsed_time(value) if key == "CreatedTime" else value
        holds = {"EQUAL": current == edge, "LESS_THAN": current < edge, "GREATER_THAN": current > edge}
        if not holds[how]:
            return False
    return True


def _parsed_time(value: str) -> datetime.datetime:
    try:
        found = datetime.datetime.fromisoformat(value)
    except ValueError:
        raise ApiError("ValidationException", f"The time {value} is not valid.") from None
    return found if found.tzinfo else found.replace(tzinfo=datetime.UTC)
