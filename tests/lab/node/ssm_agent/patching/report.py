"""The inventory items an operation ends with, as Patch Manager writes them."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from .apt import Package

BASELINE_ID = "pb-0123456789abcdef0"
COMPLIANT = ("Installed", "InstalledOther", "NotApplicable")


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """One operation and what it found or did, package by package."""

    operation: str
    snapshot_id: str
    reboot_option: str
    command_id: str
    started: dt.datetime
    ended: dt.datetime
    installed: tuple[Package, ...] = ()
    pending: tuple[Package, ...] = ()
    missing: tuple[Package, ...] = ()
    failed: tuple[Package, ...] = ()
    last_no_reboot_install: str = ""

    def by_state(self) -> dict[str, tuple[Package, ...]]:
        return {
            "Installed": self.installed,
            "InstalledPendingReboot": self.pending,
            "Missing": self.missing,
            "Failed": self.failed,
        }


def stamp(moment: dt.datetime) -> str:
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")


def items(outcome: Outcome) -> list[dict[str, Any]]:
    """AWS:PatchSummary and the AWS:ComplianceItem behind it, for PutInventory."""
    return [
        _item(outcome, "AWS:PatchSummary", [_summary(outcome)]),
        {
            **_item(outcome, "AWS:ComplianceItem", list(_compliance(outcome))),
            "Context": {
                "ComplianceType": "Patch",
                "ExecutionId": outcome.snapshot_id or outcome.command_id,
                "ExecutionType": "Command",
                "ExecutionTime": stamp(outcome.started),
            },
        },
    ]


def _item(outcome: Outcome, type_name: str, content: list[dict[str, str]]) -> dict[str, Any]:
    return {
        "TypeName": type_name,
        "SchemaVersion": "1.0",
        "ContentHash": hashlib.sha256(json.dumps(content).encode()).hexdigest(),
        "CaptureTime": stamp(outcome.ended),
        "Content": content,
    }


def _summary(outcome: Outcome) -> dict[str, str]:
    non_compliant = len(outcome.pending) + len(outcome.missing) + len(outcome.failed)
    counts = {
        "InstalledCount": len(outcome.installed),
        "InstalledOtherCount": 0,
        "InstalledRejectedCount": 0,
        "InstalledPendingRebootCount": len(outcome.pending),
        "NotApplicableCount": 0,
        "MissingCount": len(outcome.missing),
        "FailedCount": len(outcome.failed),
        "CriticalNonCompliantCount": 0,
        # The lab's repository holds security fixes only.
        "SecurityNonCompliantCount": non_compliant,
        "OtherNonCompliantCount": 0,
    }
    summary = {
        "BaselineId": BASELINE_ID,
        "PatchGroup": "",
        "SnapshotId": outcome.snapshot_id,
        "ExecutionId": outcome.command_id,
        **{name: str(count) for name, count in counts.items()},
        "OperationType": outcome.operation,
        "OperationStartTime": stamp(outcome.started),
        "OperationEndTime": stamp(outcome.ended),
        "RebootOption": outcome.reboot_option,
    }
    if outcome.last_no_reboot_install:
        summary["LastNoRebootInstallOperationTime"] = outcome.last_no_reboot_install
    return summary


def _compliance(outcome: Outcome) -> Iterable[dict[str, str]]:
    for state, packages in outcome.by_state().items():
        for package in packages:
            yield {
                "Id": package.name,
                "Title": package.title,
                "Severity": "UNSPECIFIED",
                "Status": "COMPLIANT" if state in COMPLIANT else "NON_COMPLIANT",
                "PatchBaselineId": BASELINE_ID,
                "PatchState": state,
                "PatchGroup": "",
                "DocumentName": "",
                "DocumentVersion": "",
                "InstalledTime": stamp(outcome.ended) if package in outcome.pending else "",
                "Classification": "Security",
                "PatchSeverity": "",
            }
