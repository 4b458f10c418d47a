"""The API actions on tags of documents, associations, executions, maintenance windows and parameters."""

from __future__ import annotations

from typing import Any

from lab.api.errors import ApiError, NotImplementedInLab
from lab.api.http.wire import Call
from lab.api.moto_bridge.parameter_store import parameter_tags
from lab.api.region import Region
from lab.api.registry import Result, action

MOST = 50


def _tags(region: Region, call: Call) -> dict[str, str]:
    kind, resource = call.params["ResourceType"], call.params["ResourceId"]
    if kind == "Parameter":
        tags = parameter_tags(region.settings.account, resource)
    else:
        found = _store(region, kind).get(resource)
        tags = found.tags if found else None
    if tags is None:
        raise _unknown(resource)
    return tags


def _store(region: Region, kind: str) -> dict[str, Any]:
    stores: dict[str, dict[str, Any]] = {
        "Association": region.associations.by_id,
        "Automation": region.automations.by_id,
        "Document": region.documents.by_name,
        "MaintenanceWindow": region.maintenance_windows.by_id,
    }
    if kind not in stores:
        raise NotImplementedInLab(f"tags of a {kind}")
    return stores[kind]


def _unknown(resource: str) -> ApiError:
    return ApiError(
        "InvalidResourceId", f"The resource ID {resource} is not valid. Verify that you entered the right one."
    )


@action("ssm", "AddTagsToResource")
def add_tags_to_resource(region: Region, call: Call) -> Result:
    tags = _tags(region, call)
    added = {tag["Key"]: tag["Value"] for tag in call.params["Tags"]}
    if len({**tags, **added}) > MOST:
        raise ApiError("TooManyTagsError", "The Targets parameter includes too many tags.")
    tags.update(added)
    return None


@action("ssm", "RemoveTagsFromResource")
def remove_tags_from_resource(region: Region, call: Call) -> Result:
    tags = _tags(region, call)
    for key in call.params["TagKeys"]:
        tags.pop(key, None)
    return None


@action("ssm", "ListTagsForResource")
def list_tags_for_resource(region: Region, call: Call) -> Result:
    return {"TagList": [{"Key": key, "Value": value} for key, value in sorted(_tags(region, call).items())]}
