# Copyright: steadyfleet contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection: may change without notice.

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

from ansible_collections.amazon.aws.plugins.module_utils.tagging import (
    ansible_dict_to_boto3_tag_list,
    boto3_tag_list_to_ansible_dict,
)

from .._common.errors import Problem
from .._common.tags import TagPlan, tag_problems
from .call import call
from .validate import request_problems

ResourceType = Literal["Association", "Automation", "Document", "MaintenanceWindow"]


def tag_list(tags: Mapping[str, str] | None) -> list[dict[str, str]] | None:
    """Tags as an AWS request has them; None when there are none."""
    return ansible_dict_to_boto3_tag_list(dict(tags)) if tags else None


def list_tags(client: Any, resource_type: ResourceType, resource_id: str) -> dict[str, str]:
    response = call(client, "list_tags_for_resource", ResourceType=resource_type, ResourceId=resource_id)
    tags: dict[str, str] = boto3_tag_list_to_ansible_dict(response.get("TagList", []))
    return tags


def write_tags(client: Any, resource_type: ResourceType, resource_id: str, plan: TagPlan) -> None:
    resource = {"ResourceType": resource_type, "ResourceId": resource_id}
    if plan.to_set:
        call(client, "add_tags_to_resource", **resource, Tags=tag_list(plan.to_set))
    if plan.to_remove:
        call(client, "remove_tags_from_resource", **resource, TagKeys=list(plan.to_remove))


def option_tag_problems(client: Any, tags: Mapping[str, str] | None) -> list[Problem]:
    """What AWS would refuse of the tags that a module was given."""
    request = {"ResourceType": "Document", "ResourceId": "any", "Tags": tag_list(tags) or []}
    return tag_problems(tags) + request_problems(client, "AddTagsToResource", request)
