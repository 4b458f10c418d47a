"""Tags of documents, associations and maintenance windows; Parameter Store's go to moto."""

from __future__ import annotations

from lab.api import moto_bridge
from lab.api.errors import ApiError, NotInThisLab
from lab.api.region import Region, Result, action
from lab.api.wire import Call

MOST = 50


def _tags(region: Region, call: Call) -> dict[str, str]:
    kind, resource = call.params["ResourceType"], call.params["ResourceId"]
    if kind == "Document":
        if resource not in region.documents.by_name:
            raise _unknown(resource)
        return region.documents.by_name[resource].tags
    if kind == "Association":
        if resource not in region.associations.by_id:
            raise _unknown(resource)
        return region.associations.by_id[resource].tags
    if kind == "MaintenanceWindow":
        if resource not in region.maintenance_windows.by_id:
            raise _unknown(resource)
        return region.maintenance_windows.by_id[resource].tags
    if kind == "Parameter":
        tags = moto_bridge.parameter_tags(region, resource)
        if tags is None:
            raise _unknown(resource)
        return tags
    raise NotInThisLab(f"tags of a {kind}")


def _unknown(resource: str) -> ApiError:
    return ApiError(
        "InvalidResourceId", f"The resource ID {resource} is not valid. Verify that you entered the right one."
    )


@action("ssm", "AddTagsToResource")
def add(region: Region, call: Call) -> Result:
    tags = _tags(region, call)
    added = {tag["Key"]: tag["Value"] for tag in call.params["Tags"]}
    if len({**tags, **added}) > MOST:
        raise ApiError("TooManyTagsError", "The Targets parameter includes too many tags.")
    tags.update(added)
    return None


@action("ssm", "RemoveTagsFromResource")
def remove(region: Region, call: Call) -> Result:
    tags = _tags(region, call)
    for key in call.params["TagKeys"]:
        tags.pop(key, None)
    return None


@action("ssm", "ListTagsForResource")
def list_tags(region: Region, call: Call) -> Result:
    return {"TagList": [{"Key": key, "Value": value} for key, value in sorted(_tags(region, call).items())]}
