# Copyright: steadyfleet contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection: may change without notice.

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from .model import Group, GroupSettings, Registration, Situation

# https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_TargetGroupAttribute.html
_DELAY = "deregistration_delay.timeout_seconds"
_CROSS_ZONE = "load_balancing.cross_zone.enabled"
_MINIMUM = "target_group_health.{action}.minimum_healthy_targets.{unit}"
_ACTIONS = ("unhealthy_state_routing", "dns_failover")


def group_settings(attributes: Mapping[str, str]) -> GroupSettings:
    """From DescribeTargetGroupAttributes. Of the minimums for routing and for DNS, the stricter one holds."""
    defaults = GroupSettings()

    def strictest(unit: str) -> int:
        values = [attributes.get(_MINIMUM.format(action=action, unit=unit), "off") for action in _ACTIONS]
        return max(0 if value == "off" else int(value) for value in values)

    return GroupSettings(
        deregistration_delay=int(attributes.get(_DELAY, defaults.deregistration_delay)),
        minimum_count=strictest("count"),
        minimum_percentage=strictest("percentage"),
        cross_zone=attributes.get(_CROSS_ZONE, defaults.cross_zone),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Capacity:
    """Healthy targets of one group now, without the instance, and how many there must be."""

    group: str
    before: int
    after: int
    minimum: int
    doubtful: int = 0
    """Others whose health is unknown, or that a zonal shift takes the requests from; they count as not healthy."""

    @property
    def enough(self) -> bool:
        return self.after >= self.minimum


def capacity_without(group: Group, instance_id: str, floor: int) -> Capacity:
    """The capacity of one group when an instance leaves it.

    :param floor: the healthy targets that the caller requires. The group's own percentage is of what stays registered.
    """
    others = [target for target in group.others_than(instance_id) if target.registered]
    return Capacity(
        group=group.name,
        before=sum(target.serving for target in group.targets),
        after=sum(target.serving for target in others),
        minimum=max(floor, group.settings.minimum(len(others))),
        doubtful=sum(t.state == "unavailable" or (t.healthy and not t.serving) for t in others),
    )


def capacities_without(now: Situation, leaving: Iterable[Registration], floor: int) -> dict[str, Capacity]:
    """The capacity of every group that the instance would leave, by ARN."""
    arns = {item.target_group_arn for item in leaving}
    return {group.arn: capacity_without(group, now.instance_id, floor) for group in now.groups if group.arn in arns}


def shortfall(found: Capacity, instance_id: str) -> str:
    """Why an instance may not leave a group, in one line."""
    doubt = f" ({found.doubtful} more have no known health or get no requests)" if found.doubtful else ""
    return (
        f"{instance_id} cannot leave target group {found.group}: {found.before} healthy now{doubt}, "
        f"{found.after} would remain, {found.minimum} needed; bring more targets into service, "
        "or lower min_healthy_targets or the group's own target_group_health minimums"
    )


def zones_stand_alone(group: str, instance_id: str) -> str:
    """Why an instance may not leave a group whose zones do not help each other, in one line."""
    return (
        f"{instance_id} cannot leave target group {group}: its cross-zone load balancing is off, so each zone needs "
        "healthy targets of its own, and target health does not show zones; switch it on"
    )


def in_rotation(group: Group, instance_id: str) -> bool:
    """Whether the instance is a member of the group that can get requests."""
    return any(target.registered and not target.idle for target in group.targets_of(instance_id))
