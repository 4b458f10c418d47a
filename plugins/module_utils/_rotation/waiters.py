# Copyright: steadyfleet contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection: may change without notice.

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace

from .._common.errors import WaitFailed
from . import api as elbv2
from .capacity import capacities_without, shortfall
from .model import AwaitDrained, Registration, Situation
from .plan import being_patched
from .read import RotationContext, read_patch_runs


def poll_groups_of(
    context: RotationContext, now: Situation, registrations: Iterable[Registration]
) -> Callable[[], Situation]:
    """A function that reads the groups of some registrations again. It keeps their attributes."""
    arns = {item.target_group_arn for item in registrations}
    known = [group for group in now.groups if group.arn in arns]

    def poll() -> Situation:
        groups = (replace(group, targets=elbv2.targets(context.client, group.arn)) for group in known)
        return replace(now, groups=tuple(groups))

    return poll


def await_drained(context: RotationContext, step: AwaitDrained, now: Situation, floor: int) -> Situation:
    """Wait until no registration has a request left.

    :param floor: healthy targets that must stay in each guarded group.
    :raises WaitFailed: when one has too few before that.
    """
    guarded = [Registration(target_group_arn=arn, id=now.instance_id, port=0) for arn in step.guarded]

    def capacity_problem(observed: Situation) -> str | None:
        # The same arithmetic as before the drain, on every poll: there may be two controllers, or a target fails now.
        capacities = capacities_without(observed, guarded, floor).values()
        return next((shortfall(found, now.instance_id) for found in capacities if not found.enough), None)

    context = replace(context, interval=replace(context.interval, not_before=step.not_before))
    observed = context.poll_until(
        lambda observed: observed.all_gone(step.registrations),
        poll_groups_of(context, now, step.registrations),
        failure_of=capacity_problem,
        describe=lambda observed: f"{now.instance_id} is not drained: {observed.describe(step.registrations)}",
    )
    if problem := capacity_problem(observed):
        raise WaitFailed(problem)
    return observed


def await_steadily_healthy(
    context: RotationContext,
    registrations: Sequence[Registration],
    now: Situation,
    registered: Sequence[Registration] = (),
) -> Situation:
    """Wait until every registration was seen healthy ``healthy_polls`` times in a row: the first health check that an
    ALB passes is enough for ``healthy``, and proves little.

    :param registered: those that only have to be registered.
    """
    streak, needed = 0, max(1, context.healthy_polls) if registrations else 1

    def steady(observed: Situation) -> bool:
        nonlocal streak
        streak = streak + 1 if observed.all_healthy(registrations) and observed.all_registered(registered) else 0
        return streak >= needed

    recorded = [*registrations, *registered]
    # A growing interval would stretch the row of healthy polls.
    return replace(context, interval=replace(context.interval, growth=1.0)).poll_until(
        steady,
        poll_groups_of(context, now, recorded),
        describe=lambda observed: f"{now.instance_id} is not steadily healthy: {observed.describe(recorded)}",
    )


def await_patch_runs(context: RotationContext, instance_id: str) -> None:
    """Wait until no command patches the instance any more.

    :raises WaitTimeout: naming the commands that have not ended.
    """
    context.poll_until(
        lambda patch_runs: not patch_runs,
        lambda: read_patch_runs(context.ssm, instance_id),
        describe=lambda patch_runs: being_patched(instance_id, patch_runs),
    )
