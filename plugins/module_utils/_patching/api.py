# Copyright: steadyfleet contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection: may change without notice.

from __future__ import annotations

from collections.abc import Sequence
from itertools import batched
from typing import Any

from .._aws.call import paginate
from .._common.errors import AwsError
from .patch_state import Node, Patch, PatchState

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
    "unreported_not_applicable_count": "UnreportedNotApplicableCount",
    "available_security_update_count": "AvailableSecurityUpdateCount",
}


def nodes(client: Any, instance_ids: Sequence[str]) -> dict[str, Node]:
    """What SSM knows of instances, 50 a call. One that it does not know is left out."""
    found: dict[str, Node] = {}
    for batch in batched(instance_ids, 50):
        found |= _nodes(client, batch)
    return found


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
        found |= {item["InstanceId"]: _patch_state(item) for item in items}
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
    return tuple(map(_patch, items))


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
        if error.aws_code != "InvalidInstanceId":
            raise
        # AWS refuses the whole call for one unknown id, and need not say which: ask for each half.
        if len(batch) == 1:
            return {}
        half = len(batch) // 2
        return _nodes(client, batch[:half]) | _nodes(client, batch[half:])
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
        install_override_list=item.get("InstallOverrideList", ""),
        last_no_reboot_install_operation_time=item.get("LastNoRebootInstallOperationTime"),
        **{name: item.get(key, 0) for name, key in _NUMBERS.items()},
    )


def _patch(item: dict[str, Any]) -> Patch:
    installed = item.get("InstalledTime")
    return Patch(
        title=item["Title"],
        kb_id=item.get("KBId", ""),
        classification=item.get("Classification", ""),
        severity=item.get("Severity", ""),
        state=item.get("State", ""),
        # AWS has the beginning of time for what is not installed, and for what it does not know the time of.
        installed_at=installed if installed and installed.timestamp() > 0 else None,
        cve_ids=tuple(one.strip() for one in item.get("CVEIds", "").split(",") if one.strip()),
    )
