"""The actions on maintenance windows; those on their targets and tasks stand in maintenance_window_items.py."""

from __future__ import annotations

import datetime

from lab.api.errors import ApiError
from lab.api.http.wire import Call
from lab.api.region import Region, Result, action, page
from lab.api.windows import schedule
from lab.api.windows.store import IDENTITY, filtered, patched

NEEDED = ("Name", "Schedule", "Duration", "Cutoff", "AllowUnassociatedTargets")
OPTIONAL = ("Description", "StartDate", "EndDate", "ScheduleTimezone", "ScheduleOffset")


@action("ssm", "CreateMaintenanceWindow")
def create(region: Region, call: Call) -> Result:
    params = call.params
    if answer := region.maintenance_windows.repeated(call.action, params):
        return answer
    _refuse_empty(params)
    fields = {name: params[name] for name in (*NEEDED, *OPTIONAL) if name in params}
    schedule.check(fields)
    # The name is no key: AWS takes a second window of the same name, and so does this.
    window = region.maintenance_windows.add(fields, {tag["Key"]: tag["Value"] for tag in params.get("Tags", [])})
    return region.maintenance_windows.remember(call.action, params, {"WindowId": window.id})


@action("ssm", "UpdateMaintenanceWindow")
def update(region: Region, call: Call) -> Result:
    window = region.maintenance_windows.get(call.params["WindowId"])
    _refuse_empty(call.params)
    fields = patched(window.fields, call.params, (*NEEDED, *OPTIONAL), NEEDED)
    schedule.check(fields)
    window.fields = fields
    window.enabled = call.params.get("Enabled", window.enabled)
    window.modified = datetime.datetime.now(datetime.UTC)
    region.maintenance_windows.changed(window)
    return {**fields, "WindowId": window.id, "Enabled": window.enabled}


@action("ssm", "GetMaintenanceWindow")
def get(region: Region, call: Call) -> Result:
    return region.maintenance_windows.seen(call.params["WindowId"])["window"]


@action("ssm", "DescribeMaintenanceWindows")
def describe(region: Region, call: Call) -> Result:
    keys = {"Name": "Name", "Enabled": "Enabled"}
    found = filtered(region.maintenance_windows.all_seen(), call.params.get("Filters", []), keys)
    identities, token = page([{name: item.get(name) for name in IDENTITY} for item in found], call.params)
    return {"WindowIdentities": identities, "NextToken": token}


@action("ssm", "DeleteMaintenanceWindow")
def delete(region: Region, call: Call) -> Result:
    region.maintenance_windows.remove(call.params["WindowId"])
    return {"WindowId": call.params["WindowId"]}


def _refuse_empty(params: dict[str, object]) -> None:
    """The model does not say it, but AWS does."""
    for name in ("StartDate", "EndDate", "ScheduleTimezone"):
        if params.get(name) == "":
            where = name[:1].lower() + name[1:]
            raise ApiError(
                "ValidationException",
                f"1 validation error detected: Value '' at '{where}' failed to satisfy constraint: "
                "Member must have length greater than or equal to 1",
            )
