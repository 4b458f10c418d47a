# Copyright: steadyfleet contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection: may change without notice.

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from .capacity import capacities_without
from .model import (
    AwaitDrained,
    AwaitHealthy,
    AwaitPatchRuns,
    DeleteLedger,
    Deregister,
    DesiredRotation,
    GiveUp,
    Group,
    LedgerEntry,
    Register,
    Registration,
    RotationPlan,
    RotationStep,
    Situation,
    Target,
    WriteLedger,
)

_STEP_NAMES: dict[type[RotationStep], str] = {
    WriteLedger: "write_ledger",
    Deregister: "deregister",
    AwaitDrained: "await_drained",
    AwaitPatchRuns: "await_patch_runs",
    Register: "register",
    AwaitHealthy: "await_healthy",
    DeleteLedger: "delete_ledger",
    GiveUp: "give_up",
}


def rotation_state(now: Situation) -> dict[str, Any]:
    """An instance's rotation, for diffs: where it is registered, and its ledger entry."""
    own = {target.registration.key: target.registration for target in now.targets}
    own |= {item.key: item for item in now.recorded}
    registered = (item for item in own.values() if now.target(item).registered)
    return {"registered": _names(registered), "ledger": _short_entry(now.ledger)}


def predicted_state(plan: RotationPlan, now: Situation) -> dict[str, Any]:
    """The state after a plan. Every write changes it, so ``changed`` is whether the two differ."""
    after = rotation_state(now)
    registered = set(after["registered"])
    for step in plan:
        match step:
            case WriteLedger(entry=entry):
                after["ledger"] = _short_entry(entry)
            case DeleteLedger():
                after["ledger"] = None
            case Deregister(registrations=items):
                registered -= set(_names(items))
            case Register(registrations=items):
                registered |= set(_names(items))
    return {**after, "registered": sorted(registered)}


def steps_result(plan: RotationPlan) -> list[dict[str, Any]]:
    """A plan as JSON, in the order in which it is carried out."""
    return [{"step": _STEP_NAMES[type(step)], **_step_details(step)} for step in plan]


def registration_result(item: Registration) -> dict[str, Any]:
    return {
        "target_group_arn": item.target_group_arn,
        "target_group_name": item.target_group_name,
        "id": item.id,
        "port": item.port,
        "availability_zone": item.availability_zone,
    }


def _recorded_result(item: Registration) -> dict[str, Any]:
    return {**registration_result(item), "state_before": item.state_before}


def rotation_result(now: Situation, plan: RotationPlan, desired: DesiredRotation) -> dict[str, Any]:
    """What elb_rotation returns: the phase that a plan leads to, and what it is about."""
    entry = next((step.entry for step in plan if isinstance(step, WriteLedger)), now.ledger)
    recorded = entry.registrations if entry else ()
    return {
        "instance_id": now.instance_id,
        "phase": _phase(now, plan, desired.state, entry),
        "reason": entry.reason if entry else "",
        "run_id": entry.run_id if entry else "",
        "context": dict(entry.context) if entry else {},
        "registrations": list(map(_recorded_result, recorded)),
        "healthy_targets": {
            found.group: {"before": found.before, "after": found.after, "minimum": found.minimum}
            for found in capacities_without(now, recorded, desired.min_healthy_targets).values()
        },
    }


def rotation_results(
    groups: Iterable[Group], ledger: Mapping[str, LedgerEntry], instance_ids: Iterable[str] | None
) -> list[dict[str, Any]]:
    """What elb_rotation_info returns of each instance (None: of every target, and of everything in the ledger)."""
    targets: dict[str, list[Target]] = {}
    for group in groups:
        for target in group.targets:
            targets.setdefault(target.registration.id, []).append(target)
    return [
        {
            "instance_id": each,
            "registrations": [
                {**registration_result(target.registration), "state": target.state, "reason": target.reason}
                for target in targets.get(each, ())
            ],
            "ledger": _entry_result(ledger.get(each)),
        }
        for each in (sorted({*targets, *ledger}) if instance_ids is None else instance_ids)
    ]


def group_result(group: Group, floor: int) -> dict[str, Any]:
    members = [target for target in group.targets if target.registered]
    return {
        "arn": group.arn,
        "name": group.name,
        "healthy": sum(target.serving for target in members),
        "total": len(members),
        "minimum": max(floor, group.settings.minimum(len(members))),
    }


def _phase(now: Situation, plan: RotationPlan, state: str, entry: LedgerEntry | None) -> str:
    kinds = {type(step) for step in plan}
    if entry is None:
        return "untracked"
    if entry.quarantined:
        return "quarantined"
    if state == "restored":
        return "in_rotation" if DeleteLedger in kinds else "restoring"
    unproven = AwaitDrained not in kinds and (Deregister in kinds or not now.all_gone(entry.registrations))
    return "draining" if unproven else "drained"


def _entry_result(entry: LedgerEntry | None) -> dict[str, Any] | None:
    if entry is None:
        return None
    return {
        "phase": entry.phase,
        "reason": entry.reason,
        "run_id": entry.run_id,
        "at": entry.at,
        "context": dict(entry.context),
        "registrations": list(map(_recorded_result, entry.registrations)),
    }


def _short_entry(entry: LedgerEntry | None) -> dict[str, Any] | None:
    if entry is None:
        return None
    return {"phase": entry.phase, "reason": entry.reason, "registrations": _names(entry.registrations)}


def _step_details(step: RotationStep) -> dict[str, Any]:
    match step:
        case WriteLedger(entry=entry):
            return {"phase": entry.phase, "registrations": _names(entry.registrations)}
        case GiveUp(message=message):
            return {"message": message}
        case DeleteLedger():
            return {}
        case AwaitPatchRuns(patch_runs=patch_runs):
            return {"patch_runs": list(patch_runs)}
        case AwaitHealthy(registrations=healthy, registered=registered):
            return {"registrations": _names(healthy), **({"registered": _names(registered)} if registered else {})}
        case _:
            return {"registrations": _names(step.registrations)}


def _names(items: Iterable[Registration]) -> list[str]:
    return sorted(f"{item.target_group_name}:{item.port}" for item in items)
