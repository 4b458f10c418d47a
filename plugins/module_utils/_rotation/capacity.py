# Copyright: steadyfleet contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection: may change without notice.

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from .health import Target, draining, gone, group_name, idle, serving

# https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_TargetGroupAttribute.html
_DELAY = "deregistration_delay.timeout_seconds"
_DEFAULT_DELAY = 300
_CROSS_ZONE = "load_balancing.cross_zone.enabled"
_MINIMUM = "target_group_health.{action}.minimum_healthy_targets.{unit}"
_ACTIONS = ("unhealthy_state_routing", "dns_failover")


@dataclass(frozen=True, slots=True, kw_only=True)
class GroupSettings:
    """The attributes of a target group that decide how far it may be drained.

    Below one of its own minimums a load balancer sends requests to unhealthy targets as well, or leaves DNS.
    """

    deregistration_delay: int = _DEFAULT_DELAY
    minimum_count: int = 0
    minimum_percentage: int = 0
    cross_zone: str = "use_load_balancer_configuration"

    @classmethod
    def parse(cls, attributes: Mapping[str, str]) -> GroupSettings:
        def strictest(unit: str) -> int:
            values = [attributes.get(_MINIMUM.format(action=action, unit=unit), "off") for action in _ACTIONS]
            return max(0 if value == "off" else int(value) for value in values)

        return cls(
            deregistration_delay=int(attributes.get(_DELAY, _DEFAULT_DELAY)),
            minimum_count=strictest("count"),
            minimum_percentage=strictest("percentage"),
            cross_zone=attributes.get(_CROSS_ZONE, "use_load_balancer_configuration"),
        )

    def minimum(self, total: int) -> int:
        """Healthy targets that the group itself asks for when ``total`` targets are registered (rounded up)."""
        return max(self.minimum_count, -(-self.minimum_percentage * total // 100))


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """A target group with everything that is registered in it, from one DescribeTargetHealth."""

    arn: str
    targets: tuple[Target, ...]
    settings: GroupSettings = field(default_factory=GroupSettings)

    @property
    def name(self) -> str:
        return group_name(self.arn)

    def of(self, instance_id: str) -> tuple[Target, ...]:
        return tuple(target for target in self.targets if target.registration.id == instance_id)

    def others(self, instance_id: str) -> tuple[Target, ...]:
        return tuple(target for target in self.targets if target.registration.id != instance_id)


@dataclass(frozen=True, slots=True, kw_only=True)
class Capacity:
    """Healthy targets of one group now, without the instance, and how many there must be."""

    group: str
    before: int
    after: int
    minimum: int
    doubtful: int = 0
    """Others of which health, or whether they get requests, cannot be told; they count as not healthy."""

    @property
    def enough(self) -> bool:
        return self.after >= self.minimum


def capacity(group: Group, instance_id: str, floor: int) -> Capacity:
    """Arithmetic of the guard; the group's own percentage is of what stays registered after the drain."""
    others = [t for t in group.others(instance_id) if not (gone(t) or draining(t))]
    return Capacity(
        group=group.name,
        before=sum(map(serving, group.targets)),
        after=sum(map(serving, others)),
        minimum=max(floor, group.settings.minimum(len(others))),
        doubtful=sum(1 for t in others if t.state == "unavailable" or (t.state == "healthy" and not serving(t))),
    )


def shortfall(found: Capacity, instance_id: str) -> str:
    """Why an instance may not leave a group, in one line."""
    doubt = f" ({found.doubtful} more cannot be told or are shifted away)" if found.doubtful else ""
    return (
        f"{instance_id} cannot leave target group {found.group}: {found.before} healthy now{doubt}, "
        f"{found.after} would remain, {found.minimum} needed; bring more targets into service, "
        "or lower min_healthy_targets or the group's own target_group_health minimums"
    )


def in_rotation(group: Group, instance_id: str) -> bool:
    """Is the instance a member of the group that can be sent requests?"""
    return any(not (gone(t) or draining(t) or idle(t)) for t in group.of(instance_id))
