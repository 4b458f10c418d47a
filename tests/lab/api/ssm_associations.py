"""The actions on associations."""

from __future__ import annotations

import re
from typing import Any

from lab.api import association_views as views
from lab.api import ssm_document_content, targets
from lab.api.errors import ApiError, NotInThisLab
from lab.api.region import Region, Result, action, new_id, now, page
from lab.api.ssm_association_store import Association
from lab.api.wire import Call

MOST_VERSIONS = 1000
RATE = re.compile(r"rate\((\d+) (minute|minutes|hour|hours|day|days)\)")
CRON = re.compile(r"cron\(([^)]+)\)")
AT = re.compile(r"at\(\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}\)")
MINUTES = {"minute": 1, "hour": 60, "day": 24 * 60}
SHORTEST_RATE, LONGEST_RATE = 30, 31 * 24 * 60


@action("ssm", "CreateAssociation")
def create(region: Region, call: Call) -> Result:
    # AssociationName is no key: AWS takes a second association of the same name, and so does this.
    spec = {name: value for name, value in call.params.items() if name != "Tags"}
    _check(region, spec)
    moment = now()
    association = Association(new_id(), [spec], moment, moment)
    association.tags = {tag["Key"]: tag["Value"] for tag in call.params.get("Tags", [])}
    region.associations.add(association)
    if not spec.get("ApplyOnlyAtCronInterval"):
        region.associations.start(association)
    return {"AssociationDescription": views.describe(association)}


@action("ssm", "UpdateAssociation")
def update(region: Region, call: Call) -> Result:
    """A full replacement: whatever is not given is gone afterwards."""
    params = dict(call.params)
    association = region.associations.get(params.pop("AssociationId"))
    wanted = params.pop("AssociationVersion", "$LATEST")
    if wanted not in ("$LATEST", association.version):
        raise ApiError("InvalidAssociationVersion", f"The association version {wanted} is not the latest.")
    spec = {"Name": association.spec["Name"], **params}
    _check(region, spec)
    if len(association.versions) >= MOST_VERSIONS:
        raise ApiError("AssociationVersionLimitExceeded", f"An association can have {MOST_VERSIONS} versions.")
    region.associations.stop_waiting(association)
    association.versions.append(spec)
    association.updated = now()
    region.associations.changed(association)
    if not spec.get("ApplyOnlyAtCronInterval"):
        region.associations.start(association)
    return {"AssociationDescription": views.describe(association)}


@action("ssm", "DescribeAssociation")
def describe(region: Region, call: Call) -> Result:
    association_id = call.params.get("AssociationId")
    if association_id is None:
        # Associations with targets can be named by their id only; others the lab does not have.
        raise ApiError("AssociationDoesNotExist", "The association does not exist: give its AssociationId.")
    known = region.associations.by_id.get(association_id)
    wanted = call.params.get("AssociationVersion", "$LATEST")
    if known is not None and wanted not in ("$LATEST", known.version):
        raise NotInThisLab("DescribeAssociation of an earlier version")
    current = views.describe(known) if known is not None else None
    described = region.history.at(("association", association_id), region.staleness(), current)
    if described is None:
        raise ApiError("AssociationDoesNotExist", f"The association {association_id} does not exist.")
    return {"AssociationDescription": described}


@action("ssm", "ListAssociations")
def list_all(region: Region, call: Call) -> Result:
    age = region.staleness()
    described = []
    for association in region.associations.by_id.values():
        view = region.history.at(("association", association.id), age, views.describe(association))
        if view is not None and _matches(view, call.params.get("AssociationFilterList", [])):
            described.append(views.listed(view))
    found, token = page(described, call.params)
    return {"Associations": found, "NextToken": token}


@action("ssm", "DeleteAssociation")
def delete(region: Region, call: Call) -> Result:
    if "AssociationId" not in call.params:
        raise ApiError("AssociationDoesNotExist", "The association does not exist: give its AssociationId.")
    region.associations.remove(region.associations.get(call.params["AssociationId"]))
    return {}


def _check(region: Region, spec: dict[str, Any]) -> None:
    document, version = region.documents.usable(spec["Name"], spec.get("DocumentVersion"))
    if "InstanceId" in spec:
        raise ApiError(
            "InvalidDocument",
            f"Document schema version, {version.parsed['schemaVersion']}, is not supported by association "
            "that is created with instance id",
        )
    if document.type != "Command":
        raise NotInThisLab(f"associations of {document.type} documents")
    for member in ("TargetLocations", "TargetMaps", "AutomationTargetParameterName"):
        _only_automation(spec, member)
    targets.check(spec.get("Targets", []))
    ssm_document_content.check_arguments(version.parsed, spec.get("Parameters", {}))
    _check_schedule(spec)


def _only_automation(spec: dict[str, Any], member: str) -> None:
    if spec.get(member):
        code = "InvalidTargetMaps" if member == "TargetMaps" else "InvalidParameters"
        raise ApiError(code, f"{member} is for associations of Automation documents.")


def _check_schedule(spec: dict[str, Any]) -> None:
    expression, only_then = spec.get("ScheduleExpression"), spec.get("ApplyOnlyAtCronInterval", False)
    if "ScheduleOffset" in spec and not only_then:
        raise ApiError("ValidationException", "ScheduleOffset requires ApplyOnlyAtCronInterval.")
    if expression is None:
        return
    rate = RATE.fullmatch(expression)
    if rate and only_then:
        raise ApiError("ValidationException", "ApplyOnlyAtCronInterval is not supported for rate expressions.")
    if not (_rate_fits(rate) if rate else _other_fits(expression)):
        raise ApiError("InvalidSchedule", f"The schedule expression {expression} is not valid.")


def _rate_fits(rate: re.Match[str]) -> bool:
    minutes = int(rate[1]) * MINUTES[rate[2].rstrip("s")]
    return SHORTEST_RATE <= minutes < LONGEST_RATE and (int(rate[1]) == 1) != rate[2].endswith("s")


def _other_fits(expression: str) -> bool:
    cron = CRON.fullmatch(expression)
    # State Manager's cron: minutes, hours, day of month, month, day of week, and a year; seconds may come first.
    return len(cron[1].split()) in (5, 6, 7) if cron else AT.fullmatch(expression) is not None


def _matches(view: dict[str, Any], filters: list[dict[str, str]]) -> bool:
    fields = {"AssociationId": "AssociationId", "AssociationName": "AssociationName", "Name": "Name"}
    for wanted in filters:
        key, value = wanted["key"], wanted["value"]
        if key in fields:
            if view.get(fields[key]) != value:
                return False
        elif key == "AssociationStatusName":
            if view["Overview"]["Status"] != value:
                return False
        elif key == "InstanceId":
            return False  # the older associations by instance id only, and there are none
        else:
            raise NotInThisLab(f"ListAssociations filtered by {key}")
    return True
