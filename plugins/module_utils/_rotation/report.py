# Copyright: steadyfleet contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection: may change without notice.

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from . import health
from .capacity import Group
from .health import Registration, Target
from .ledger import Ledger
from .model import (
    AwaitDrained,
    AwaitHealthy,
    DeleteLedger,
    Deregister,
    GiveUp,
    Plan,
    Register,
    Situation,
    Step,
    WriteLedger,
)
from .plan import judge

Picture = dict[str, Any]

_STEPS: dict[type[Step], str] = {
    WriteLedger: "write_ledger",
    Deregister: "deregister",
    AwaitDrained: "await_drained",
    Register: "register",
    AwaitHealthy: "await_healthy",
    DeleteLedger: "delete_ledger",
    GiveUp: "give_up",
}


def picture(now: Situation) -> Picture:
    """What an instance's rotation looks like, for diffs: where it is registered, and what the ledger says."""
    recorded = now.ledger.registrations if now.ledger else ()
    own = {t.registration.key: t.registration for group in now.groups for t in group.of(now.instance_id)}
    own |= {item.key: item for item in recorded}
    return {
        "registered": _names(item for item in own.values() if health.registered(now.seen(item))),
        "ledger": _entry(now.ledger),
    }


def predict(plan: Plan, now: Situation) -> Picture:
    """The picture after a plan was walked. Every write changes it, so `changed` is whether the two differ."""
    after = picture(now)
    registered = set(after["registered"])
    for step in plan:
        match step:
            case WriteLedger(ledger=ledger):
                after["ledger"] = _entry(ledger)
            case DeleteLedger():
                after["ledger"] = None
            case Deregister(registrations=items):
                registered -= set(_names(items))
            case Register(registrations=items):
                registered |= set(_names(items))
    return {**after, "registered": sorted(registered)}


def steps(plan: Plan) -> list[dict[str, Any]]:
    """A plan as JSON, in the order it is walked."""
    return [_step(step) for step in plan]


def registrations(items: Iterable[Registration]) -> list[dict[str, Any]]:
    return [registration(item) for item in items]


def registration(item: Registration) -> dict[str, Any]:
    return {
        "target_group_arn": item.target_group_arn,
        "target_group_name": item.target_group_name,
        "id": item.id,
        "port": item.port,
        "availability_zone": item.availability_zone,
    }


def ledger(entry: Ledger | None) -> dict[str, Any] | None:
    if entry is None:
        return None
    return {
        "phase": entry.phase,
        "reason": entry.reason,
        "run_id": entry.run_id,
        "at": entry.at,
        "context": dict(entry.context),
        "registrations": registrations(entry.registrations),
    }


def rotation(now: Situation, plan: Plan, state: str, floor: int) -> dict[str, Any]:
    """What the module returns: the phase that a plan for ``state`` leads to, and what it is about."""
    written = next((step.ledger for step in plan if isinstance(step, WriteLedger)), now.ledger)
    recorded = written.registrations if written else ()
    return {
        "instance_id": now.instance_id,
        "phase": _phase(now, plan, state, written),
        "reason": written.reason if written else "",
        "run_id": written.run_id if written else "",
        "context": dict(written.context) if written else {},
        "registrations": registrations(recorded),
        "healthy_targets": {
            found.group: {"before": found.before, "after": found.after, "minimum": found.minimum}
            for found in judge(now, recorded, floor).values()
        },
    }


def fleet(
    groups: Iterable[Group], ledgers: Mapping[str, Ledger], instance_ids: Iterable[str] | None
) -> list[dict[str, Any]]:
    """Each wanted instance (None: every target, and everything in the ledger) with all that is known of it."""
    targets: dict[str, list[Target]] = {}
    for group in groups:
        for target in group.targets:
            targets.setdefault(target.registration.id, []).append(target)
    wanted = sorted({*targets, *ledgers}) if instance_ids is None else instance_ids
    return [
        {
            "instance_id": each,
            "registrations": [
                {**registration(target.registration), "state": target.state, "reason": target.reason}
                for target in targets.get(each, ())
            ],
            "ledger": ledger(ledgers.get(each)),
        }
        for each in wanted
    ]


def group_summary(group: Group, floor: int) -> dict[str, Any]:
    members = [target for target in group.targets if health.registered(target)]
    return {
        "arn": group.arn,
        "name": group.name,
        "healthy": sum(map(health.serving, members)),
        "total": len(members),
        "minimum": max(floor, group.settings.minimum(len(members))),
    }


def _phase(now: Situation, plan: Plan, state: str, written: Ledger | None) -> str:
    kinds = {type(step) for step in plan}
    if written is None:
        return "untracked"
    if written.quarantined:
        return "quarantined"
    if state == "restored":
        return "in_rotation" if DeleteLedger in kinds else "restoring"
    unproven = AwaitDrained not in kinds and (Deregister in kinds or not now.out(written.registrations))
    return "draining" if unproven else "drained"


def _entry(entry: Ledger | None) -> dict[str, Any] | None:
    if entry is None:
        return None
    return {"phase": entry.phase, "reason": entry.reason, "registrations": _names(entry.registrations)}


def _step(step: Step) -> dict[str, Any]:
    match step:
        case WriteLedger(ledger=entry):
            said = {"phase": entry.phase, "registrations": _names(entry.registrations)}
        case GiveUp(message=message):
            said = {"message": message}
        case DeleteLedger():
            said = {}
        case _:
            said = {"registrations": _names(step.registrations)}
    return {"step": _STEPS[type(step)], **said}


def _names(items: Iterable[Registration]) -> list[str]:
    return sorted(f"{item.target_group_name}:{item.port}" for item in items)
