# Copyright: steadyfleet contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection: may change without notice.

from __future__ import annotations

from collections.abc import Collection, Sequence
from itertools import batched
from typing import Any

from .._aws.call import paginate
from .._aws.nodes import list_nodes
from .._command.api import list_invocations
from .._command.model import PATCH_DOCUMENTS
from .._command.transformations import short_name
from .patch_state import Node, Patch, PatchState
from .transformations import node_of, patch_of, patch_state_of


def nodes(client: Any, instance_ids: Sequence[str]) -> dict[str, Node]:
    """What SSM knows of instances, 50 a call. One that it does not know is left out."""
    return {item["InstanceId"]: node_of(item) for item in list_nodes(client, instance_ids)}


def installs(client: Any, instance_ids: Collection[str]) -> dict[str, str]:
    """The command that installs patches on each instance at this moment, for those where one does."""
    executing = [{"key": "ExecutionStage", "value": "Executing"}]
    commands = paginate(client, "list_commands", "Commands", Filters=executing, PaginationConfig={"PageSize": 50})
    return {
        invocation.instance_id: f"{item['CommandId']} ({short_name(item['DocumentName'])})"
        for item in commands
        if short_name(item["DocumentName"]).startswith(PATCH_DOCUMENTS)
        if item.get("Parameters", {}).get("Operation") != ["Scan"]
        for invocation in list_invocations(client, item["CommandId"])
        if invocation.instance_id in instance_ids and not invocation.ended
    }


def patch_states(client: Any, instance_ids: Sequence[str]) -> dict[str, PatchState]:
    """The state after each instance's last patch operation, 50 a call. One that never had any is left out."""
    found: dict[str, PatchState] = {}
    for batch in batched(instance_ids, 50):
        items = paginate(
            client,
            "describe_instance_patch_states",
            "InstancePatchStates",
            InstanceIds=list(batch),
            PaginationConfig={"PageSize": 50},
        )
        found |= {item["InstanceId"]: patch_state_of(item) for item in items}
    return found


def patches(client: Any, instance_id: str, filters: Sequence[dict[str, Any]]) -> tuple[Patch, ...]:
    """The single patches of an instance, those that pass the filters, 100 a call: AWS takes one instance a call."""
    items = paginate(
        client,
        "describe_instance_patches",
        "Patches",
        InstanceId=instance_id,
        Filters=list(filters) or None,
        PaginationConfig={"PageSize": 100},
    )
    return tuple(map(patch_of, items))
