# Copyright: steadyfleet contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection: may change without notice.

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from typing import Any

from .._common.wait import Deadline, PollInterval, wait
from . import api as elbv2
from .health import Registration
from .model import Situation


def looking(elb: Any, now: Situation, items: Iterable[Registration]) -> Callable[[], Situation]:
    """Look again at the groups of some registrations; their attributes are kept from the first reading."""
    arns = {item.target_group_arn for item in items}
    known = [group for group in now.groups if group.arn in arns]

    def look() -> Situation:
        groups = (replace(group, targets=elbv2.targets(elb, group.arn)) for group in known)
        return replace(now, groups=tuple(groups))

    return look


def await_steady(
    elb: Any, items: Sequence[Registration], now: Situation, deadline: Deadline, interval: PollInterval, polls: int
) -> Situation:
    """Wait until every registration was seen healthy that many times in a row: the first health check that an ALB
    passes is enough for `healthy`, and proves little."""
    streak = 0

    def steady(seen: Situation) -> bool:
        nonlocal streak
        streak = streak + 1 if seen.back(items) else 0
        return streak >= max(1, polls)

    return wait(
        looking(elb, now, items),
        steady,
        deadline=deadline,
        # Looks that come ever later would stretch the row of healthy ones.
        interval=replace(interval, growth=1.0),
        describe=lambda seen: f"{now.instance_id} is not steadily healthy: {seen.describe(items)}",
    )
