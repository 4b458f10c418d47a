# Copyright: steadyfleet contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection: may change without notice.

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from .._core.errors import AwsError
from .._core.execution import batches
from .._core.patch_state import Node, PatchState
from .errors import paginate

_NUMBERS = {
    "missing_count": "MissingCount",
    "failed_count": "FailedCount",
    "installed_count": "InstalledCount",
    "installed_other_count": "InstalledOtherCount",
    "installed_pending_reboot_count": "InstalledPendingRebootCount",
    "installed_rejected_count": "InstalledRejectedCount",
    "not_applicable_count": "NotApplicableCount",
    "critical_non_compliant_count": "CriticalNonCompliantCount",
    "security_non_compliant_count": "SecurityNonCompliantCount",
    "other_non_compliant_count": "OtherNonCompliantCount",
}


def nodes(client: Any, instance_ids: Sequence[str]) -> dict[str, Node]:
    """What SSM knows of instances, 50 a call. One that it does not know is left out."""
    found: dict[str, Node] = {}
    for batch in batches(instance_ids):
        found |= _nodes(client, batch)
    return found


def patch_states(client: Any, instance_ids: Sequence[str]) -> dict[str, PatchState]:
    """The state after each instance's last patch operation, 50 a call. One that never had any is left out."""
    found: dict[str, PatchState] = {}
    for batch in batches(instance_ids):
        items = paginate(client, "describe_instance_patch_states", "InstancePatchStates", InstanceIds=list(batch))
        found |= {item["InstanceId"]: _patch_state(item) for item in items}
    return found


def _nodes(client: Any, batch: Sequence[str]) -> dict[str, Node]:
    try:
        items = paginate(
            client,
            "describe_instance_information",
            "InstanceInformationList",
            Filters=[{"Key": "InstanceIds", "Values": list(batch)}],
            PaginationConfig={"PageSize": 50},
        )
    except AwsError as error:
        if error.code != "InvalidInstanceId":
            raise
        # AWS refuses the whole call for one unknown id, and need not say which: ask for each.
        singles = ((instance_id,) for instance_id in batch) if len(batch) > 1 else ()
        return {known: node for single in singles for known, node in _nodes(client, single).items()}
    return {item["InstanceId"]: _node(item) for item in items}


def _node(item: dict[str, Any]) -> Node:
    return Node(
        instance_id=item["InstanceId"],
        ping_status=item.get("PingStatus", ""),
        last_ping_at=item.get("LastPingDateTime"),
        agent_version=item.get("AgentVersion", ""),
        platform_type=item.get("PlatformType", ""),
    )


def _patch_state(item: dict[str, Any]) -> PatchState:
    return PatchState(
        instance_id=item["InstanceId"],
        operation=item.get("Operation", ""),
        operation_start_time=item.get("OperationStartTime"),
        operation_end_time=item.get("OperationEndTime"),
        snapshot_id=item.get("SnapshotId", ""),
        baseline_id=item.get("BaselineId", ""),
        patch_group=item.get("PatchGroup", ""),
        reboot_option=item.get("RebootOption", ""),
        **{name: item.get(key, 0) for name, key in _NUMBERS.items()},
    )
