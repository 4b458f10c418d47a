"""Patch states, from what the node has reported as inventory and compliance."""

from __future__ import annotations

import datetime
from typing import Any

from lab.api.nodes.store import Node

SUMMARY = "AWS:PatchSummary"
# The inventory types in which agents report single patches; the second is of older agents.
DETAILS = ("AWS:ComplianceItem", "AWS:PatchCompliance")
COUNTS = (
    "InstalledCount",
    "InstalledOtherCount",
    "InstalledPendingRebootCount",
    "InstalledRejectedCount",
    "MissingCount",
    "FailedCount",
    "UnreportedNotApplicableCount",
    "NotApplicableCount",
    "CriticalNonCompliantCount",
    "SecurityNonCompliantCount",
    "OtherNonCompliantCount",
)
TEXTS = ("PatchGroup", "BaselineId", "SnapshotId", "InstallOverrideList", "RebootOption")
TIMES = ("OperationStartTime", "OperationEndTime", "LastNoRebootInstallOperationTime")


def patch_summary(node: Node) -> dict[str, Any] | None:
    """The InstancePatchState of a node; None when it never reported one."""
    items = node.inventory.get(SUMMARY)
    if not items:
        return None
    item = items[-1]
    state: dict[str, Any] = {
        "InstanceId": node.instance_id,
        # Operation is called OperationType in inventory.
        "Operation": item.get("OperationType") or item.get("Operation"),
        "PatchGroup": "",
    }
    state.update({name: int(item[name]) for name in COUNTS if item.get(name) not in (None, "")})
    state.update({name: item[name] for name in TEXTS if item.get(name)})
    state.update({name: _parsed_time(item[name]) for name in TIMES if item.get(name)})
    return state


def node_patches(node: Node) -> list[dict[str, Any]]:
    """The single patches of a node, from PutComplianceItems or else from inventory."""
    items = node.compliance.get("Patch")
    if items is not None:
        return [_patch({**item, **item.get("Details", {})}) for item in items]
    return [_patch(item) for kind in DETAILS for item in node.inventory.get(kind, [])]


def _patch(item: dict[str, Any]) -> dict[str, Any]:
    installed, state = item.get("InstalledTime"), item.get("PatchState") or item.get("State") or ""
    patch = {
        "Title": item.get("Title") or item.get("Id") or "",
        "KBId": item.get("KBId") or item.get("Id") or "",
        "Classification": item.get("Classification", ""),
        # PatchSeverity is the patch's own; a compliance item has another Severity beside it.
        "Severity": item.get("PatchSeverity", item.get("Severity", "")),
        "State": state,
        "InstalledTime": _parsed_time(installed) if installed else datetime.datetime.fromtimestamp(0, datetime.UTC),
    }
    # AWS shows CVEs for these states only.
    cves = item.get("CVEIds") if state in ("Missing", "Failed") else None
    return {**patch, "CVEIds": cves} if cves else patch


def _parsed_time(text: str) -> datetime.datetime:
    moment = datetime.datetime.fromisoformat(text)
    return moment if moment.tzinfo else moment.replace(tzinfo=datetime.UTC)
