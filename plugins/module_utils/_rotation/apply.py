# Copyright: steadyfleet contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection: may change without notice.

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from .._aws import parameter_store
from .._common.errors import PatchingError, Refused, WaitFailed, WaitTimeout
from .._common.wait import Deadline, PollInterval, wait
from . import api as elbv2
from . import ledger as ledgers
from .capacity import shortfall
from .health import Registration
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
    Wish,
    WriteLedger,
)
from .plan import judge, plan_quarantine, plan_restore
from .read import Tools, decoded, read, read_ledger
from .waiters import await_steady, looking

_DESCRIPTION = "What steadyfleet.aws_patching took out of rotation and will put back. Do not delete while it is out."
# Time to see the drain of a failed instance end, beside its deregistration delay; its first deadline is used up then.
_CLEAN_UP_SECONDS = 60.0


@dataclass(frozen=True, kw_only=True)
class Patience:
    """How long to wait, how often to look, and how often in a row `healthy` must be seen."""

    deadline: Deadline
    interval: PollInterval
    healthy_polls: int = 3


def walk(tools: Tools, plan: Plan, now: Situation, wish: Wish, patience: Patience) -> Situation:
    """Do what a plan says, step by step.

    :raises Refused: when capacity broke while the instance left; it was put back then.
    :raises WaitFailed: when it did not get healthy; it was taken out again then, and is in quarantine.
    """
    for step in plan:
        now = _do(tools, step, now, wish, patience)
    return now


def _do(tools: Tools, step: Step, now: Situation, wish: Wish, patience: Patience) -> Situation:
    match step:
        case WriteLedger(ledger=entry, overwrite=overwrite):
            _write(tools, entry, overwrite)
            now = replace(now, ledger=entry)
        case Deregister(registrations=items):
            elbv2.deregister(tools.elb, items)
        case Register(registrations=items):
            elbv2.register(tools.elb, items)
        case AwaitDrained():
            now = _await_drained(tools, step, now, wish, patience)
        case AwaitHealthy(registrations=items):
            now = _await_healthy(tools, items, now, wish, patience)
        case DeleteLedger(ledger=entry):
            parameter_store.delete(tools.ssm, ledgers.name_for(tools.prefix, entry.instance_id))
            now = replace(now, ledger=None)
        case GiveUp(message=message):
            raise Refused(message)
    return now


def _await_drained(tools: Tools, step: AwaitDrained, now: Situation, wish: Wish, patience: Patience) -> Situation:
    guarded = [Registration(target_group_arn=arn, id=now.instance_id, port=0) for arn in step.guarded]

    def lost(seen: Situation) -> str | None:
        # The same arithmetic as before the drain, on every look: two controllers, or a target that fails now.
        judged = judge(seen, guarded, wish.min_healthy_targets).values()
        return next((shortfall(found, now.instance_id) for found in judged if not found.enough), None)

    try:
        seen = wait(
            looking(tools.elb, now, step.registrations),
            lambda seen: seen.out(step.registrations),
            failure_of=lost,
            deadline=patience.deadline,
            interval=replace(patience.interval, not_before=step.not_before),
            describe=lambda seen: f"{now.instance_id} is not drained: {seen.describe(step.registrations)}",
        )
    except WaitFailed as failed:
        raise _put_back(tools, now, wish, patience, str(failed)) from failed
    if reason := lost(seen):
        raise _put_back(tools, seen, wish, patience, reason)
    return seen


def _put_back(tools: Tools, now: Situation, wish: Wish, patience: Patience, reason: str) -> Refused:
    """Undo a drain that capacity does not allow any more; the instance has not been touched yet."""
    seen = looking(tools.elb, now, _recorded(now))()
    try:
        walk(tools, plan_restore(seen, wish), seen, wish, patience)
    except PatchingError as error:
        return Refused(f"{reason}; putting it back failed: {error}")
    return Refused(f"{reason}; the drain was undone")


def _await_healthy(
    tools: Tools, items: Sequence[Registration], now: Situation, wish: Wish, patience: Patience
) -> Situation:
    try:
        return await_steady(tools.elb, items, now, patience.deadline, patience.interval, patience.healthy_polls)
    except WaitTimeout as timeout:
        raise _take_out(tools, now, wish, patience, str(timeout)) from timeout


def _take_out(tools: Tools, now: Situation, wish: Wish, patience: Patience, reason: str) -> WaitFailed:
    """Quarantine what was registered but never got healthy; the ledger says so before anything else happens."""
    try:
        seen = read(tools, now.instance_id, now.ledger, ())
        delay = max((group.settings.deregistration_delay for group in seen.groups), default=0)
        more = replace(patience, deadline=Deadline.after(delay + _CLEAN_UP_SECONDS, tools.clock))
        wish = replace(wish, reason=reason)
        walk(tools, plan_quarantine(seen, wish), seen, wish, more)
    except PatchingError as error:
        return WaitFailed(f"{reason}; taking it out again failed: {error}")
    return WaitFailed(f"{reason}; it was taken out again and is in quarantine")


def _recorded(now: Situation) -> tuple[Registration, ...]:
    return now.ledger.registrations if now.ledger else ()


def _write(tools: Tools, entry: Ledger, overwrite: bool) -> None:
    name, text = ledgers.name_for(tools.prefix, entry.instance_id), ledgers.encode(entry)
    tier = ledgers.tier_for(text, overwrite)
    if overwrite:
        parameter_store.replace(tools.ssm, name, text, _DESCRIPTION, tier)
    elif not parameter_store.create(tools.ssm, name, text, _DESCRIPTION, tier) and read_ledger(
        tools, entry.instance_id
    ) != decoded(text, name, entry.instance_id):
        # An answer that got lost makes botocore ask again, and then the entry that is in the way is our own.
        raise Refused(f"{entry.instance_id} was taken by another run just now: see the ledger entry {name}")
