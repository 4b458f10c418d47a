# Copyright: steadyfleet contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection: may change without notice.

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from itertools import groupby

from .._common.errors import Refused
from .capacity import Capacity, capacities_without, shortfall, zones_stand_alone
from .model import (
    DRAINED,
    QUARANTINED,
    AwaitDrained,
    AwaitHealthy,
    AwaitPatchRuns,
    DeleteLedger,
    Deregister,
    DesiredRotation,
    GiveUp,
    LedgerEntry,
    Register,
    Registration,
    RotationPlan,
    RotationStep,
    Situation,
    WriteLedger,
)

# Every plan keeps one order, for one reason: an entry is in the ledger before its target leaves a group, and leaves the
# ledger after its target is proven healthy again. So at any moment of a crash the ledger names at least what is out.


def plan_rotation(now: Situation, desired: DesiredRotation) -> RotationPlan:
    """The steps from an instance's situation to the desired one.

    :raises Refused: when a guard says no; nothing was changed then.
    """
    plans = {"drained": plan_drain, "restored": plan_restore, "quarantined": plan_quarantine}
    plan = plans[desired.state](now, desired)
    return plan if desired.wait_seconds is not None else without_waiting(plan)


def plan_drain(now: Situation, desired: DesiredRotation) -> RotationPlan:
    """Take the instance out of every group it is in, or resume an interrupted drain.

    :raises Refused: when a guard says no; nothing was changed then.
    """
    _refuse_quarantined(now, desired)
    recorded = now.recorded + _newly_drained(now)
    if not recorded:
        return ()
    active = tuple(item for item in recorded if now.target(item).registered)
    _refuse_too_little_capacity(now, active, desired.min_healthy_targets)
    steps: list[RotationStep] = [*_write_drained(now, desired, recorded), *_deregister(active)]
    if not now.all_gone(recorded):
        # A group that the instance has left already is not guarded: the instance may be worked on. Everywhere else the
        # drain can still be undone.
        leaving = _arns(item for item in recorded if not now.target(item).gone)
        delay = _delay_within_timeout(now, active, desired)
        steps.append(AwaitDrained(recorded, delay, tuple(dict.fromkeys(leaving))))
    return tuple(steps)


def plan_restore(now: Situation, desired: DesiredRotation) -> RotationPlan:
    """Put back exactly what the ledger names, prove it as healthy as it was before, and only then delete the entry.

    :raises Refused: when the instance is in quarantine and is not released, or is being patched and nobody waits.
    """
    if now.ledger is None:
        return ()
    _refuse_quarantined(now, desired)
    if now.patch_runs and desired.wait_seconds is None:
        raise Refused(being_patched(now.instance_id, now.patch_runs), code="instance_being_patched")
    idle = [AwaitPatchRuns(now.patch_runs)] if now.patch_runs else []
    missing = [item for item in now.recorded if not now.target(item).registered]
    register = [Register(items) for items in _by_group(missing)]
    entry = _write_drained(now, desired, now.recorded)
    healthy = tuple(item for item in now.recorded if _must_be_healthy(item, desired))
    others = tuple(item for item in now.recorded if item not in healthy)
    return (*idle, *entry, *register, AwaitHealthy(healthy, others), DeleteLedger(now.ledger))


def being_patched(instance_id: str, patch_runs: Iterable[str]) -> str:
    """Why an instance must stay as it is, in words."""
    return (
        f"{instance_id} is being patched by command {' and '.join(patch_runs)}: restore it when that has ended on the "
        "node, which a cancellation does not hasten"
    )


def _must_be_healthy(item: Registration, desired: DesiredRotation) -> bool:
    """No more is demanded of an instance after the work than it had before it, unless the caller says so."""
    if desired.require_healthy == "as_before":
        return item.state_before == "healthy"
    return desired.require_healthy == "all"


def plan_quarantine(now: Situation, desired: DesiredRotation) -> RotationPlan:
    """Keep a failed instance out, and write the reason into the ledger. Without an entry it was never taken out, so
    there is nothing to do.

    A target that is still healthy where no other could replace it stays, so that quarantine itself is no outage. The
    plan then ends by giving up, because an operator has to decide.
    """
    if now.ledger is None:
        return ()
    steps: list[RotationStep] = []
    if not now.ledger.quarantined:
        entry = replace(now.ledger, phase=QUARANTINED, reason=desired.reason, at=desired.at)
        steps.append(WriteLedger(entry, overwrite=True))
    active = tuple(item for item in now.recorded if now.target(item).registered)
    capacities = capacities_without(now, active, desired.min_healthy_targets)
    short = {arn: found for arn, found in capacities.items() if not found.enough}
    kept = tuple(item for item in active if item.target_group_arn in short and now.target(item).serving)
    leaving = tuple(item for item in active if item not in kept)
    steps += _deregister(leaving)
    waited = tuple(item for item in now.recorded if item not in kept)
    if not now.all_gone(waited):
        steps.append(AwaitDrained(waited, _delay(now, leaving)))
    if kept:
        steps.append(GiveUp(_still_serving(now, kept, short)))
    return tuple(steps)


def release_command(instance_id: str) -> str:
    """What an operator types to put an instance back after its repair."""
    return f"ansible-playbook steadyfleet.aws_patching.release -e release_instance_ids={instance_id}"


def without_waiting(plan: RotationPlan) -> RotationPlan:
    """For callers that poll by themselves: nothing is waited for, so nothing unproven leaves the ledger."""
    return tuple(step for step in plan if not isinstance(step, AwaitDrained | AwaitHealthy | DeleteLedger))


def _refuse_quarantined(now: Situation, desired: DesiredRotation) -> None:
    if now.ledger and now.ledger.quarantined and not desired.release_quarantine:
        raise Refused(
            f"{now.instance_id} is in quarantine ({now.ledger.reason or 'no reason given'}): "
            f"repair it, then release it with {release_command(now.instance_id)}",
            code="instance_quarantined",
        )


def _refuse_too_little_capacity(now: Situation, active: tuple[Registration, ...], floor: int) -> None:
    by_arn = {group.arn: group for group in now.groups}
    for arn, found in capacities_without(now, active, floor).items():
        if not found.enough:
            raise Refused(shortfall(found, now.instance_id), code="capacity_too_low")
        if by_arn[arn].settings.cross_zone == "false":
            raise Refused(zones_stand_alone(found.group, now.instance_id), code="cross_zone_disabled")


def _newly_drained(now: Situation) -> tuple[Registration, ...]:
    """Registrations that are in rotation and not in the ledger yet.

    One that gets no requests is left as it is: somebody took it out of service before, and this run must not be what
    brings it back.

    :raises Refused: for one that somebody else drains, or whose health is not known.
    """
    recorded = {item.key for item in now.recorded}
    own = [target for target in now.targets if target.registration.key not in recorded]
    for target in own:
        if target.draining:
            raise Refused(
                f"{now.instance_id} is being taken out by somebody else: {target.describe()}, and no ledger entry "
                "names it; let that end, or register it again, then run again",
                code="drained_by_somebody_else",
            )
        if target.health_unknown:
            raise Refused(
                f"the health of {now.instance_id} is not known: {target.describe()}; restoring it could not be proven",
                code="target_health_unknown",
            )
    return tuple(
        replace(target.registration, state_before=target.state)
        for target in own
        if target.registered and not target.idle
    )


def _write_drained(
    now: Situation, desired: DesiredRotation, recorded: tuple[Registration, ...]
) -> tuple[WriteLedger, ...]:
    if now.ledger is None:
        entry = LedgerEntry(
            instance_id=now.instance_id,
            registrations=recorded,
            run_id=desired.run_id,
            at=desired.at,
            context=desired.context,
        )
        return (WriteLedger(entry, overwrite=False),)
    # The run that drained keeps its id and context: what it started (a patch run, say) may still be under way.
    entry = replace(now.ledger, registrations=recorded, phase=DRAINED, reason="")
    return () if entry == now.ledger else (WriteLedger(entry, overwrite=True),)


def _deregister(active: Iterable[Registration]) -> list[Deregister]:
    return [Deregister(items) for items in _by_group(active)]


def _by_group(items: Iterable[Registration]) -> list[tuple[Registration, ...]]:
    ordered = sorted(items, key=lambda item: item.key)
    return [tuple(group) for _arn, group in groupby(ordered, key=lambda item: item.target_group_arn)]


def _arns(items: Iterable[Registration]) -> list[str]:
    return [item.target_group_arn for item in items]


def _delay(now: Situation, active: Iterable[Registration]) -> float:
    """The longest deregistration delay of the groups, in seconds."""
    arns = set(_arns(active))
    return float(max((group.settings.deregistration_delay for group in now.groups if group.arn in arns), default=0))


def _delay_within_timeout(now: Situation, active: tuple[Registration, ...], desired: DesiredRotation) -> float:
    """The delay that this plan starts, in seconds.

    :raises Refused: when it is sure to outlast the caller.
    """
    delay = _delay(now, active)
    if desired.wait_seconds is not None and active and delay >= desired.wait_seconds:
        raise Refused(
            f"{now.instance_id} drains for {delay:g} s, the longest deregistration delay of its target groups, "
            f"and wait_timeout is {desired.wait_seconds:g} s: make it longer",
            code="wait_timeout_too_short",
        )
    return delay


def _still_serving(now: Situation, kept: tuple[Registration, ...], short: Mapping[str, Capacity]) -> str:
    groups = ", ".join(sorted({short[arn].group for arn in _arns(kept)}))
    return (
        f"{now.instance_id} is in quarantine in the ledger but still serving in {groups}, where too few healthy "
        "targets would remain; bring more into service, then run state=quarantined again, or release it with "
        f"{release_command(now.instance_id)}"
    )
