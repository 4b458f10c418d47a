# Copyright: steadyfleet contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection: may change without notice.

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

from .._common.errors import InvalidInput
from .._common.times import iso
from .._rotation.capacity import in_rotation
from .._rotation.model import DRAINED
from .._rotation.report import registration_result
from .fleet import CONTEXT_KEYS, FleetMember, Outsider
from .patch_state import Node, Patch, PatchState
from .preflight import PreflightRules, Scan, patch_reason
from .transformations import given_evidence
from .verdict import Evidence, reasons_against, reboot_due


def node_result(node: Node, state: PatchState | None, patches: Sequence[Patch] | None = None) -> dict[str, Any]:
    """One instance of ssm_patch_state_info; without ``patches`` when they were not read."""
    patch_state = state.as_dict() if state else None
    result = {**asdict(node), "last_ping_at": iso(node.last_ping_at), "patch_state": patch_state}
    return result if patches is None else {**result, "patches": [patch.as_dict() for patch in patches]}


def member_result(host: str, member: FleetMember, scan: Scan, rules: PreflightRules) -> dict[str, Any]:
    """One instance of patch_preflight."""
    entry, rotation = member.rotation.ledger, member.rotation
    own = [t.registration for t in rotation.targets if t.registered and t.registration not in rotation.recorded]
    registrations = [*rotation.recorded, *own]
    reason = patch_reason(member, scan, rules)
    return {
        "host": host,
        "needs_patching": bool(reason),
        "reason": entry.reason if entry and entry.quarantined else reason,
        "phase": entry.phase if entry else "",
        "in_rotation": any(in_rotation(group, member.instance_id) for group in rotation.groups),
        "target_group_arns": list(dict.fromkeys(item.target_group_arn for item in registrations)),
        "registrations": list(map(registration_result, registrations)),
        "agent_version": member.node.agent_version if member.node else "",
        "missing_count": scan.state.missing_count if scan.state else None,
        "failed_count": scan.state.failed_count if scan.state else None,
        "pending_reboot_count": scan.state.installed_pending_reboot_count if scan.state else None,
        **_context(member, scan),
    }


def queue(results: Mapping[str, Mapping[str, Any]]) -> list[str]:
    """The hosts to patch, in order.

    What an interrupted run has drained comes first: until it is back, too few of the others may be left.
    """
    due = [result for result in results.values() if result["needs_patching"]]
    return [result["host"] for result in sorted(due, key=lambda item: (item["phase"] != DRAINED, item["host"]))]


def outsider_result(outsider: Outsider) -> dict[str, Any]:
    """One instance that belongs to the fleet of patch_preflight and is not in the run."""
    return {
        "instance_id": outsider.instance.instance_id,
        "name": outsider.instance.name,
        "target_group_arns": list(outsider.target_group_arns),
    }


def verdict_result(evidence: Evidence | None) -> dict[str, Any]:
    """The verdict as patch_verdict returns it; without evidence (in check mode) it is open."""
    if evidence is None:
        keys = ("ok", "reboot_due", "rebooted", "boot_id", "patch_state")
        return {**dict.fromkeys(keys), "reasons": []}
    reasons = reasons_against(evidence)
    boot_id, before = evidence.probe.boot_id if evidence.probe else None, evidence.boot_id_before.lower()
    return {
        "ok": not reasons,
        "reasons": list(reasons),
        "reboot_due": reboot_due(evidence),
        "rebooted": boot_id != before if boot_id and before else None,
        "boot_id": boot_id,
        "patch_state": evidence.patch_state.as_dict() if evidence.patch_state else None,
    }


def certain_verdict(options: Mapping[str, Any]) -> dict[str, Any] | None:
    """The verdict when the caller has all evidence in hand and there is nothing against it; None in every other case.

    :param options: of patch_verdict, valid by its argument spec.
    """
    if options["target_group_arns"]:
        return None
    try:
        evidence = given_evidence(options)
        verdict = verdict_result(evidence) if evidence.probe else None
    except (InvalidInput, TypeError, ValueError, AttributeError):
        return None  # the execution or the patch state is not what a module returned
    return verdict if verdict and verdict["ok"] else None


def _context(member: FleetMember, scan: Scan) -> dict[str, Any]:
    entry = member.rotation.ledger
    ended = iso(scan.state.operation_end_time) if scan.state else None
    context = dict(zip(CONTEXT_KEYS, (scan.boot_id or "", scan.snapshot_id, ended or ""), strict=True))
    if entry and member.resumed:
        context = {key: entry.context[key] for key in CONTEXT_KEYS}
    return {"boot_id": context["boot_id"], "context": context}
