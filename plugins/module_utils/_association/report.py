# Copyright: steadyfleet contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection: may change without notice.

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from .._common.times import iso
from .transformations import Fields, observed

_IDS = {"association_id": "AssociationId", "association_version": "AssociationVersion"}
_TIMES = {
    "created_at": "Date",
    "updated_at": "LastUpdateAssociationDate",
    "last_execution_at": "LastExecutionDate",
    "last_successful_execution_at": "LastSuccessfulExecutionDate",
}


def shown(description: Mapping[str, Any], tags: Mapping[str, str] | None) -> dict[str, Any]:
    """The association as a module returns it: its fields under the names of the options."""
    return _ids(description) | observed(description) | ({} if tags is None else {"tags": dict(tags)})


def expected(current: Mapping[str, Any], after: Fields, tags: Mapping[str, str] | None) -> dict[str, Any]:
    """The same as it will be, with what AWS fills in by itself."""
    fields = {"document_version": "$DEFAULT"} | {name: value for name, value in after.items() if value}
    return _ids(current) | fields | ({} if tags is None else {"tags": dict(tags)})


def _ids(description: Mapping[str, Any]) -> dict[str, Any]:
    return {name: description[api_name] for name, api_name in _IDS.items() if description.get(api_name)}


def detailed(description: Mapping[str, Any], tags: Mapping[str, str] | None) -> dict[str, Any]:
    """The same with what became of it."""
    # The field Status beside Overview is of the old kind, and AWS leaves it out.
    # https://github.com/hashicorp/terraform-provider-aws/issues/24300
    overview = description.get("Overview", {})
    return shown(description, tags) | {
        **{name: iso(description.get(api_name)) for name, api_name in _TIMES.items()},
        "instance_id": description.get("InstanceId"),
        "status": overview.get("Status", ""),
        "detailed_status": overview.get("DetailedStatus", ""),
        "target_count_by_status": dict(overview.get("AssociationStatusAggregatedCount", {})),
        "triggered_alarms": [alarm["Name"] for alarm in description.get("TriggeredAlarms", [])],
    }
