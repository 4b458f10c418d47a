# Copyright: steadyfleet contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection: may change without notice.

from __future__ import annotations

from collections.abc import Callable, Sequence

from .._aws.context import Context
from .._common.errors import WaitTimeout
from .._rotation.model import Situation
from .._rotation.read import RotationContext, read_groups
from .._rotation.waiters import await_steadily_healthy
from . import api as nodes
from .patch_state import PatchState

PatchStates = dict[str, PatchState]

# A node reports its patch state before its command ends; AWS may show it a little later.
_REPORT_SECONDS = 60.0


def await_patch_states(
    context: Context, instance_ids: Sequence[str], fresh: Callable[[PatchStates], bool]
) -> PatchStates:
    """Patch states, read until they are ``fresh``, for a minute at most; the caller judges whether they are."""
    observed: PatchStates = {}

    def poll() -> PatchStates:
        nonlocal observed
        observed = nodes.patch_states(context.client, instance_ids)
        return observed

    try:
        return context.at_most(_REPORT_SECONDS).poll_until(
            fresh, poll, describe=lambda states: f"{len(states)} patch states"
        )
    except WaitTimeout:
        return observed


def await_target_health(context: RotationContext, instance_id: str, target_group_arns: Sequence[str]) -> str | None:
    """Why the instance is not steadily healthy in every one of some target groups, in words; None when it is."""
    if not target_group_arns:
        return None
    groups = read_groups(context.client, target_group_arns, frozenset({instance_id}))
    now = Situation(instance_id=instance_id, groups=groups)
    registrations = [target.registration for target in now.targets if target.registered]
    registered = {item.target_group_arn for item in registrations}
    if absent := [group.name for group in groups if group.arn not in registered]:
        return f"it is not registered in target group {', '.join(absent)}"
    try:
        await_steadily_healthy(context, registrations, now)
    except WaitTimeout as timeout:
        return str(timeout)
    return None
