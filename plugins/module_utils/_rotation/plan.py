# Copyright: steadyfleet contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection: may change without notice.

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from itertools import groupby

from .._common.errors import Refused
from . import health
from .capacity import Capacity, capacity, shortfall
from .health import Registration
from .ledger import DRAINED, QUARANTINED, Ledger
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
    Wish,
    WriteLedger,
)

# Every plan keeps one order, for one reason: an entry is in the ledger before its target leaves a group, and leaves the
# ledger after its target is proven healthy again. So at any moment of a crash the ledger names at least what is out.


def plan_drain(now: Situation, wish: Wish) -> Plan:
    """Take the instance out of every group it is in, or go on with a drain that was cut off.

    :raises Refused: when a guard says no; nothing was changed then.
    """
    _not_quarantined(now, wish)
    held = now.ledger.registrations if now.ledger else ()
    fresh = _fresh(now, held)
    recorded = held + fresh
    if not recorded:
        return ()
    active = tuple(item for item in recorded if health.registered(now.seen(item)))
    _guard(now, active, wish.min_healthy_targets)
    steps: list[Step] = [*_record(now, wish, recorded), *_deregister(active)]
    if not now.out(recorded):
        # Where it is out already it may be worked on; everywhere else a drain can still be undone.
        leaving = _arns(item for item in recorded if not health.gone(now.seen(item)))
        steps.append(AwaitDrained(recorded, _in_time(now, active, wish), tuple(dict.fromkeys(leaving))))
    return tuple(steps)


def plan_restore(now: Situation, wish: Wish) -> Plan:
    """Put back exactly what the ledger names, prove it healthy, and only then forget it.

    :raises Refused: when the instance is in quarantine and is not released.
    """
    if now.ledger is None:
        return ()
    _not_quarantined(now, wish)
    recorded = now.ledger.registrations
    missing = [item for item in recorded if not health.registered(now.seen(item))]
    register = [Register(items) for items in _by_group(missing)]
    return (*_record(now, wish, recorded), *register, AwaitHealthy(recorded), DeleteLedger(now.ledger))


def plan_quarantine(now: Situation, wish: Wish) -> Plan:
    """Keep a failed instance out, and say why in the ledger. Without an entry it was never taken out: nothing to do.

    A target that is still healthy where no other could replace it stays, so that quarantine itself is no outage;
    the plan then ends by giving up, because an operator has to decide that.
    """
    if now.ledger is None:
        return ()
    recorded = now.ledger.registrations
    steps: list[Step] = []
    if not now.ledger.quarantined:
        entry = replace(now.ledger, phase=QUARANTINED, reason=wish.reason, at=wish.at)
        steps.append(WriteLedger(entry, overwrite=True))
    active = tuple(item for item in recorded if health.registered(now.seen(item)))
    short = {arn: found for arn, found in judge(now, active, wish.min_healthy_targets).items() if not found.enough}
    kept = tuple(i for i in active if i.target_group_arn in short and health.serving(now.seen(i)))
    leaving = tuple(item for item in active if item not in kept)
    steps += _deregister(leaving)
    waited = tuple(item for item in recorded if item not in kept)
    if not now.out(waited):
        steps.append(AwaitDrained(waited, _delay(now, leaving)))
    if kept:
        steps.append(GiveUp(_kept(now, kept, short)))
    return tuple(steps)


def judge(now: Situation, active: Iterable[Registration], floor: int) -> dict[str, Capacity]:
    """The capacity of every group that the instance would leave, by ARN."""
    arns = set(_arns(active))
    return {group.arn: capacity(group, now.instance_id, floor) for group in now.groups if group.arn in arns}


def without_waiting(plan: Plan) -> Plan:
    """For callers that look by themselves: nothing is waited for, so nothing unproven leaves the ledger."""
    return tuple(step for step in plan if not isinstance(step, AwaitDrained | AwaitHealthy | DeleteLedger))


def _not_quarantined(now: Situation, wish: Wish) -> None:
    if now.ledger and now.ledger.quarantined and not wish.release:
        raise Refused(
            f"{now.instance_id} is in quarantine ({now.ledger.reason or 'no reason given'}): "
            "put it right, then run again with release=true"
        )


def _guard(now: Situation, active: tuple[Registration, ...], floor: int) -> None:
    by_arn = {group.arn: group for group in now.groups}
    for arn, found in judge(now, active, floor).items():
        if not found.enough:
            raise Refused(shortfall(found, now.instance_id))
        if by_arn[arn].settings.cross_zone == "false":
            raise Refused(
                f"{now.instance_id} cannot leave target group {found.group}: its cross-zone load balancing is off, so "
                "each zone needs healthy targets of its own, and target health does not tell zones; switch it on"
            )


def _fresh(now: Situation, held: tuple[Registration, ...]) -> tuple[Registration, ...]:
    """Registrations that are in rotation and in no ledger yet. One that gets no requests is left as it is: somebody
    took it out of service before, and this run must not be what brings it back."""
    known = {item.key for item in held}
    own = [t for group in now.groups for t in group.of(now.instance_id) if t.registration.key not in known]
    for target in own:
        words = health.describe(target.registration, target)
        if health.draining(target):
            raise Refused(
                f"{now.instance_id} is being taken out by somebody else: {words}, and no ledger entry names it; "
                "let that end, or register it again, then run again"
            )
        if health.unknowable(target):
            raise Refused(f"{now.instance_id} cannot be told healthy or not: {words}; restoring it could not be proven")
    return tuple(target.registration for target in own if not (health.gone(target) or health.idle(target)))


def _record(now: Situation, wish: Wish, recorded: tuple[Registration, ...]) -> tuple[Step, ...]:
    if now.ledger is None:
        entry = Ledger(
            instance_id=now.instance_id,
            registrations=recorded,
            run_id=wish.run_id,
            at=wish.at,
            context=wish.context,
        )
        return (WriteLedger(entry, overwrite=False),)
    # The run that drained keeps its id and context: what it started (a patch run, say) may still be under way.
    entry = replace(now.ledger, registrations=recorded, phase=DRAINED, reason="")
    return () if entry == now.ledger else (WriteLedger(entry, overwrite=True),)


def _deregister(active: Iterable[Registration]) -> list[Step]:
    return [Deregister(items) for items in _by_group(active)]


def _by_group(items: Iterable[Registration]) -> list[tuple[Registration, ...]]:
    ordered = sorted(items, key=lambda item: item.key)
    return [tuple(group) for _arn, group in groupby(ordered, key=lambda item: item.target_group_arn)]


def _arns(items: Iterable[Registration]) -> list[str]:
    return [item.target_group_arn for item in items]


def _delay(now: Situation, active: Iterable[Registration]) -> float:
    arns = set(_arns(active))
    return float(max((g.settings.deregistration_delay for g in now.groups if g.arn in arns), default=0))


def _in_time(now: Situation, active: tuple[Registration, ...], wish: Wish) -> float:
    """The delay that this plan starts, unless it is sure to outlast the caller."""
    delay = _delay(now, active)
    if wish.seconds is not None and active and delay >= wish.seconds:
        raise Refused(
            f"{now.instance_id} drains for {delay:g} s, the longest deregistration delay of its target groups, "
            f"and wait_timeout is {wish.seconds:g} s: make it longer"
        )
    return delay


def _kept(now: Situation, kept: tuple[Registration, ...], short: Mapping[str, Capacity]) -> str:
    groups = ", ".join(sorted({short[arn].group for arn in _arns(kept)}))
    return (
        f"{now.instance_id} is in quarantine in the ledger but still serving in {groups}, where too few healthy "
        "targets would remain; bring more into service, then run state=quarantined again, or release it"
    )
