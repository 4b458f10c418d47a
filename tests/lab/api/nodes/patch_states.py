"""Patch states, made of what the node itself put into inventory and compliance."""

from __future__ import annotations

import datetime
from typing import Any

from lab.api.nodes.store import Node

SUMMARY = "AWS:PatchSummary"
# The agent puts single patches into inventory as compliance items; older ones had a type of their own.
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


def summary(node: Node) -> dict[str, Any] | None:
    """One InstancePatchState; None for a node that never reported one."""
    items = node.inventory.get(SUMMARY)
    if not items:
        return None
    told = items[-1]
    state: dict[str, Any] = {
        "InstanceId": node.instance_id,
        # Inventory calls it OperationType, the patch state Operation.
        "Operation": told.get("OperationType") or told.get("Operation"),
        "PatchGroup": "",
    }
    state.update({name: int(told[name]) for name in COUNTS if told.get(name) not in (None, "")})
    state.update({name: told[name] for name in TEXTS if told.get(name)})
    state.update({name: _time(told[name]) for name in TIMES if told.get(name)})
    return state


def patches(node: Node) -> list[dict[str, Any]]:
    """The single patches, from PutComplianceItems or from inventory, whichever the node used."""
    items = node.compliance.get("Patch")
    if items is not None:
        return [_patch({**item, **item.get("Details", {})}) for item in items]
    return [_patch(item) for kind in DETAILS for item in node.inventory.get(kind, [])]


def _patch(told: dict[str, Any]) -> dict[str, Any]:
    installed, state = told.get("InstalledTime"), told.get("PatchState") or told.get("State") or ""
    patch = {
        "Title": told.get("Title") or told.get("Id") or "",
        "KBId": told.get("KBId") or told.get("Id") or "",
        "Classification": told.get("Classification", ""),
        # The patch's own; an item of compliance has a Severity of its own beside it.
        "Severity": told.get("PatchSeverity", told.get("Severity", "")),
        "State": state,
        "InstalledTime": _time(installed) if installed else datetime.datetime.fromtimestamp(0, datetime.UTC),
    }
    # AWS tells them for these states only.
    cves = told.get("CVEIds") if state in ("Missing", "Failed") else None
    return {**patch, "CVEIds": cves} if cves else patch


def _time(text: str) -> datetime.datetime:
    moment = datetime.datetime.fromisoformat(text)
    return moment if moment.tzinfo else moment.replace(tzinfo=datetime.UTC)
