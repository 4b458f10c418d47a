# Copyright: steadyfleet contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection: may change without notice.

from __future__ import annotations

from dataclasses import replace

from .._aws import parameter_store
from .._common.errors import AwsError, PatchingError, Refused, WaitFailed, WaitTimeout
from .._common.wait import Deadline
from . import api as elbv2
from . import ledger as ledgers
from .model import (
    AwaitDrained,
    AwaitHealthy,
    AwaitPatchRuns,
    DeleteLedger,
    Deregister,
    DesiredRotation,
    GiveUp,
    Register,
    Registration,
    RotationPlan,
    RotationStep,
    Situation,
    WriteLedger,
)
from .plan import plan_quarantine, plan_restore, release_command
from .read import RotationContext, read_groups_of, read_ledger_entry
from .waiters import await_drained, await_patch_runs, await_steadily_healthy, poll_groups_of

_DESCRIPTION = "What steadyfleet.aws_patching took out of rotation and will put back. Do not delete while it is out."
# Seconds to see the drain of a failed instance end, beside its deregistration delay. Its first deadline has passed.
_CLEAN_UP_SECONDS = 60.0


def apply_plan(context: RotationContext, plan: RotationPlan, now: Situation, desired: DesiredRotation) -> Situation:
    """Carry a plan out, step by step.

    :raises Refused: when capacity broke while the instance left; it was put back then.
    :raises WaitFailed: when it did not get healthy; it was taken out again then, and is in quarantine.
    """
    for step in plan:
        now = _apply_step(context, step, now, desired)
    return now


def _apply_step(context: RotationContext, step: RotationStep, now: Situation, desired: DesiredRotation) -> Situation:
    match step:
        case WriteLedger():
            _write_ledger(context, step)
            now = replace(now, ledger=step.entry)
        case Deregister(registrations=items):
            elbv2.deregister(context.client, items)
        case Register(registrations=items):
            _register(context, now.instance_id, items)
        case DeleteLedger(entry=entry):
            parameter_store.delete(context.ssm, ledgers.name_for(context.ledger_prefix, entry.instance_id))
            now = replace(now, ledger=None)
        case GiveUp(message=message):
            raise Refused(message, code="quarantined_but_serving")
        case _:
            now = _await_step(context, step, now, desired)
    return now


def _await_step(
    context: RotationContext,
    step: AwaitDrained | AwaitPatchRuns | AwaitHealthy,
    now: Situation,
    desired: DesiredRotation,
) -> Situation:
    match step:
        case AwaitDrained():
            return _await_drained(context, step, now, desired)
        case AwaitHealthy():
            return _await_healthy(context, step, now, desired)
        case AwaitPatchRuns():
            await_patch_runs(context, now.instance_id)
            return now


def _register(context: RotationContext, instance_id: str, registrations: tuple[Registration, ...]) -> None:
    try:
        elbv2.register(context.client, registrations)
    except AwsError as error:
        if error.aws_code != "InvalidTarget":
            raise
        name = ledgers.name_for(context.ledger_prefix, instance_id)
        raise Refused(
            f"{instance_id} cannot be registered again: {error}; start it, or delete its ledger entry {name} if the "
            "instance is gone for good",
            code="instance_not_registrable",
        ) from error


def _await_drained(context: RotationContext, step: AwaitDrained, now: Situation, desired: DesiredRotation) -> Situation:
    try:
        return await_drained(context, step, now, desired.min_healthy_targets)
    except WaitFailed as failed:
        # The instance has not been touched yet, so the drain can be undone.
        now = poll_groups_of(context, now, now.recorded)()
        try:
            apply_plan(context, plan_restore(now, desired), now, desired)
        except PatchingError as error:
            raise Refused(f"{failed}; putting it back failed: {error}", code="drain_not_undone") from failed
        raise Refused(f"{failed}; the drain was undone", code="drain_undone") from failed


def _await_healthy(context: RotationContext, step: AwaitHealthy, now: Situation, desired: DesiredRotation) -> Situation:
    try:
        return await_steadily_healthy(context, step.registrations, now, step.registered)
    except WaitTimeout as timeout:
        try:
            _quarantine(context, now, replace(desired, reason=str(timeout)))
        except PatchingError as error:
            raise WaitFailed(
                f"{timeout}; taking it out again failed: {error}", code="restore_failed_and_still_in_rotation"
            ) from timeout
        advice = f"repair it, then release it with {release_command(now.instance_id)}"
        raise WaitFailed(
            f"{timeout}; it was taken out again and is in quarantine: {advice}", code="restore_failed"
        ) from timeout


def _quarantine(context: RotationContext, now: Situation, desired: DesiredRotation) -> None:
    """Take out what was registered but did not get healthy. The ledger says so before anything else happens."""
    now = read_groups_of(context, now.instance_id, now.ledger)
    delay = max((group.settings.deregistration_delay for group in now.groups), default=0)
    deadline = Deadline.after(delay + _CLEAN_UP_SECONDS, context.deadline.clock)
    apply_plan(replace(context, deadline=deadline), plan_quarantine(now, desired), now, desired)


def _write_ledger(context: RotationContext, step: WriteLedger) -> None:
    instance_id = step.entry.instance_id
    name, text = ledgers.name_for(context.ledger_prefix, instance_id), ledgers.encode(step.entry)
    tier = ledgers.tier_for(text, step.overwrite)
    if step.overwrite:
        parameter_store.replace(context.ssm, name, text, _DESCRIPTION, tier)
    elif not parameter_store.create(context.ssm, name, text, _DESCRIPTION, tier) and read_ledger_entry(
        context, instance_id
    ) != ledgers.decode(text, name, instance_id):
        # When AWS's response is lost, botocore sends the request again, and then finds this run's own entry.
        raise Refused(
            f"{instance_id} was taken by another run just now: see the ledger entry {name}", code="ledger_entry_taken"
        )
