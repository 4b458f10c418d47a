# Copyright: steadyfleet contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection: may change without notice.

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

# What DescribeTargetHealth can say, grouped by what it means to us.
# https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_TargetHealth.html
DRAINING = frozenset({"draining"})
# Registered, and sent requests (an unhealthy target too, when the load balancer fails open).
TAKING_REQUESTS = frozenset({"initial", "healthy", "unhealthy", "unhealthy.draining"})
NOT_REGISTERED = ("unused", "Target.NotRegistered")


@dataclass(frozen=True, slots=True, kw_only=True)
class Registration:
    """One membership of an instance in a target group: what RegisterTargets needs to make it again."""

    target_group_arn: str
    id: str
    port: int
    availability_zone: str | None = None
    quic_server_id: str | None = None

    @property
    def key(self) -> tuple[str, str, int]:
        return (self.target_group_arn, self.id, self.port)

    @property
    def target_group_name(self) -> str:
        return group_name(self.target_group_arn)


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """A registration as the load balancer sees it now."""

    registration: Registration
    state: str
    reason: str = ""
    description: str = ""
    override: str = "no_override"


def group_name(arn: str) -> str:
    """The name inside arn:aws:elasticloadbalancing:REGION:ACCOUNT:targetgroup/NAME/ID; saves a call to ask for it."""
    parts = arn.split("/")
    return parts[1] if len(parts) == 3 else arn


def gone(target: Target | None) -> bool:
    """Deregistered, and no request is left: not listed, or `unused` for exactly that reason (it has three others)."""
    return target is None or (target.state, target.reason) == NOT_REGISTERED


def draining(target: Target | None) -> bool:
    return target is not None and target.state in DRAINING


def registered(target: Target | None) -> bool:
    """Still a member: deregistering it would change something."""
    return not gone(target) and not draining(target)


def idle(target: Target) -> bool:
    """Registered, but sent nothing: the group is on no load balancer, the zone is off, or the instance stopped."""
    return target.state == "unused" and not gone(target)


def unknowable(target: Target) -> bool:
    """Neither healthy nor unhealthy can be told: health checks off, an error at AWS, or a state unknown to us."""
    return not (gone(target) or draining(target) or idle(target) or target.state in TAKING_REQUESTS)


def serving(target: Target | None) -> bool:
    """Proven healthy, and sent requests: a zonal shift leaves `healthy` standing while it turns the requests away."""
    return target is not None and target.state == "healthy" and target.override == "no_override"


def healthy(target: Target | None) -> bool:
    return target is not None and target.state == "healthy"


def find(targets: Iterable[Target], registration: Registration) -> Target | None:
    """What is seen of a registration, or None when the load balancer does not list it."""
    return next((target for target in targets if target.registration.key == registration.key), None)


def describe(registration: Registration, target: Target | None) -> str:
    """One registration in words: `shop-web:443 unhealthy (Target.Timeout)`."""
    state = target.state if target else "not registered"
    reason = f" ({target.reason})" if target and target.reason else ""
    return f"{registration.target_group_name}:{registration.port} {state}{reason}"
