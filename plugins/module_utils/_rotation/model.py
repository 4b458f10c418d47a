# Copyright: steadyfleet contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection: may change without notice.

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Literal, Union

# What DescribeTargetHealth can say, grouped by what it means here.
# https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_TargetHealth.html
_TAKING_REQUESTS = frozenset({"initial", "healthy", "unhealthy", "unhealthy.draining"})
_NOT_REGISTERED = {"state": "unused", "reason": "Target.NotRegistered"}

DRAINED = "drained"
QUARANTINED = "quarantined"


@dataclass(frozen=True, slots=True, kw_only=True)
class Registration:
    """One membership of an instance in a target group: what RegisterTargets needs to make it again."""

    target_group_arn: str
    id: str
    port: int
    availability_zone: str | None = None
    quic_server_id: str | None = None
    state_before: str = field(default="healthy", compare=False)
    """What its target health said when it was recorded in the ledger."""

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
    override: str = "no_override"

    @property
    def gone(self) -> bool:
        """Deregistered, and no request is left. ``unused`` has three other reasons."""
        return {"state": self.state, "reason": self.reason} == _NOT_REGISTERED

    @property
    def draining(self) -> bool:
        return self.state == "draining"

    @property
    def registered(self) -> bool:
        """Still a member: deregistering it would change something."""
        return not self.gone and not self.draining

    @property
    def idle(self) -> bool:
        """Registered, but gets no requests: the group is on no load balancer, its zone is off, or it is stopped."""
        return self.state == "unused" and not self.gone

    @property
    def may_have_requests(self) -> bool:
        """Gets requests, or has some in flight."""
        return not self.gone and not self.idle

    @property
    def health_unknown(self) -> bool:
        """Health checks are off, AWS had an error, or the state is one that is not known here."""
        return not (self.gone or self.draining or self.idle or self.state in _TAKING_REQUESTS)

    @property
    def healthy(self) -> bool:
        return self.state == "healthy"

    @property
    def serving(self) -> bool:
        """Healthy, and gets requests: a zonal shift takes the requests from a target that stays ``healthy``."""
        return self.healthy and self.override == "no_override"

    def describe(self) -> str:
        """The target in words: ``shop-web:443 unhealthy (Target.Timeout)``."""
        place = f"{self.registration.target_group_name}:{self.registration.port}"
        if self.gone:
            return f"{place} not registered"
        return f"{place} {self.state}" + (f" ({self.reason})" if self.reason else "")


@dataclass(frozen=True, slots=True, kw_only=True)
class GroupSettings:
    """The attributes of a target group that decide how far it may be drained.

    Below one of its own minimums a load balancer sends requests to unhealthy targets as well, or leaves DNS.
    """

    deregistration_delay: int = 300
    minimum_count: int = 0
    minimum_percentage: int = 0
    cross_zone: str = "use_load_balancer_configuration"

    def minimum(self, total: int) -> int:
        """Healthy targets that the group itself requires when ``total`` targets are registered (rounded up)."""
        return max(self.minimum_count, -(-self.minimum_percentage * total // 100))


@dataclass(frozen=True, slots=True, kw_only=True)
class ListedGroup:
    """A target group as DescribeTargetGroups lists it."""

    arn: str
    target_type: str = "instance"
    vpc_id: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """A target group with everything that is registered in it, from one DescribeTargetHealth."""

    arn: str
    targets: tuple[Target, ...]
    settings: GroupSettings = field(default_factory=GroupSettings)

    @property
    def name(self) -> str:
        return group_name(self.arn)

    def targets_of(self, instance_id: str) -> tuple[Target, ...]:
        return tuple(target for target in self.targets if target.registration.id == instance_id)

    def others_than(self, instance_id: str) -> tuple[Target, ...]:
        return tuple(target for target in self.targets if target.registration.id != instance_id)


@dataclass(frozen=True, slots=True, kw_only=True)
class LedgerEntry:
    """What was taken out of rotation and must be put back.

    ``context`` belongs to whoever drained (boot id before, snapshot id): kept as given, for the run that resumes.
    """

    instance_id: str
    registrations: tuple[Registration, ...]
    phase: str = DRAINED
    reason: str = ""
    run_id: str = ""
    at: str = ""
    context: Mapping[str, str] = field(default_factory=dict)

    @property
    def quarantined(self) -> bool:
        return self.phase == QUARANTINED


@dataclass(frozen=True, slots=True, kw_only=True)
class Situation:
    """Everything that a decision depends on: the instance's ledger entry, and every group it is in or was in."""

    instance_id: str
    groups: tuple[Group, ...]
    ledger: LedgerEntry | None = None
    patch_runs: tuple[str, ...] = ()
    """The commands that patch the instance and have not ended there. They are read before a restore only."""

    @property
    def recorded(self) -> tuple[Registration, ...]:
        """The registrations in the ledger."""
        return self.ledger.registrations if self.ledger else ()

    @property
    def targets(self) -> tuple[Target, ...]:
        """The instance's own targets in all groups."""
        return tuple(target for group in self.groups for target in group.targets_of(self.instance_id))

    def target(self, registration: Registration) -> Target:
        """A registration as it is now; the load balancer does not list every target that is not registered."""
        listed = (target for group in self.groups for target in group.targets)
        found = (target for target in listed if target.registration.key == registration.key)
        return next(found, Target(registration=registration, **_NOT_REGISTERED))

    def all_gone(self, registrations: Iterable[Registration]) -> bool:
        return all(self.target(item).gone for item in registrations)

    def all_healthy(self, registrations: Iterable[Registration]) -> bool:
        return all(self.target(item).healthy for item in registrations)

    def all_registered(self, registrations: Iterable[Registration]) -> bool:
        return all(self.target(item).registered for item in registrations)

    def describe(self, registrations: Iterable[Registration]) -> str:
        return ", ".join(self.target(item).describe() for item in registrations)


@dataclass(frozen=True, slots=True, kw_only=True)
class DesiredRotation:
    """What the caller asks for."""

    state: Literal["drained", "restored", "quarantined"] = "drained"
    min_healthy_targets: int = 1
    run_id: str = ""
    reason: str = ""
    at: str = ""
    context: Mapping[str, str] = field(default_factory=dict)
    release_quarantine: bool = False
    require_healthy: Literal["as_before", "all", "none"] = "as_before"
    wait_seconds: float | None = None
    """How long the caller waits; None when it does not wait."""


@dataclass(frozen=True, slots=True)
class WriteLedger:
    """``overwrite`` is only true for an entry that was read: a new one must never replace somebody else's."""

    entry: LedgerEntry
    overwrite: bool


@dataclass(frozen=True, slots=True)
class Deregister:
    registrations: tuple[Registration, ...]


@dataclass(frozen=True, slots=True)
class AwaitDrained:
    """``not_before``: the deregistration delay in seconds, when this plan starts it. An idle target shows ``draining``
    until then. ``guarded``: the ARNs of the groups in which capacity must hold while the instance leaves them."""

    registrations: tuple[Registration, ...]
    not_before: float = 0.0
    guarded: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Register:
    registrations: tuple[Registration, ...]


@dataclass(frozen=True, slots=True)
class AwaitPatchRuns:
    """Nobody may put an instance back, or reboot it, while it is being patched."""

    patch_runs: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class AwaitHealthy:
    """``registered``: those that only have to be registered again, because they were not healthy before either."""

    registrations: tuple[Registration, ...]
    registered: tuple[Registration, ...] = ()


@dataclass(frozen=True, slots=True)
class DeleteLedger:
    entry: LedgerEntry


@dataclass(frozen=True, slots=True)
class GiveUp:
    """The end of a plan that cannot do everything: what is left is for the operator."""

    message: str


RotationStep = Union[
    WriteLedger, Deregister, AwaitDrained, AwaitPatchRuns, Register, AwaitHealthy, DeleteLedger, GiveUp
]
RotationPlan = tuple[RotationStep, ...]


def group_name(arn: str) -> str:
    """The name inside arn:aws:elasticloadbalancing:REGION:ACCOUNT:targetgroup/NAME/ID; saves a call to ask for it."""
    parts = arn.split("/")
    return parts[1] if len(parts) == 3 else arn
