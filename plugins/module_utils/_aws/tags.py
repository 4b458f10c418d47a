# Copyright: steadyfleet contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection: may change without notice.

from __future__ import annotations

from typing import Any, Literal

from .._common.tags import TagPlan
from .call import call

Kind = Literal["Association", "Automation", "Document", "MaintenanceWindow"]


def list_tags(client: Any, kind: Kind, resource_id: str) -> dict[str, str]:
    found = call(client, "list_tags_for_resource", ResourceType=kind, ResourceId=resource_id).get("TagList", [])
    return {tag["Key"]: tag["Value"] for tag in found}


def write_tags(client: Any, kind: Kind, resource_id: str, plan: TagPlan) -> None:
    if plan.to_set:
        tags = [{"Key": key, "Value": value} for key, value in plan.to_set.items()]
        call(client, "add_tags_to_resource", ResourceType=kind, ResourceId=resource_id, Tags=tags)
    if plan.to_remove:
        keys = list(plan.to_remove)
        call(client, "remove_tags_from_resource", ResourceType=kind, ResourceId=resource_id, TagKeys=keys)
