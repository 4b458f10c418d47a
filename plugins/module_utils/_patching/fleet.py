# Copyright: steadyfleet contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection: may change without notice.

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from .._rotation.model import Group, LedgerEntry, Situation, Target
from .patch_state import Node

# What the run that drains an instance leaves in its ledger entry, so that the next run can judge what it began.
CONTEXT_KEYS = ("boot_id", "snapshot_id", "operation_after")


@dataclass(frozen=True, slots=True, kw_only=True)
class Instance:
    """What EC2 knows of an instance."""

    instance_id: str
    name: str = ""
    addresses: frozenset[tuple[str, str]] = frozenset()
    """(id of the VPC, private IPv4 address or IPv6 address) of every network interface."""
    operator: str = ""
    """The AWS service that manages the instance, such as ``eks.amazonaws.com``."""
    kubernetes_cluster: str = ""

    def describe(self) -> str:
        return f"{self.instance_id} ({self.name})" if self.name else self.instance_id


@dataclass(frozen=True, slots=True, kw_only=True)
class AddressTarget:
    """A target that is an IP address, in a target group of some VPC."""

    target: Target
    vpc_id: str

    def is_one_of(self, addresses: frozenset[tuple[str, str]]) -> bool:
        """Whether it can be one of some addresses. Two VPCs may use the same addresses.

        A target with a zone is inside the VPC of its group. Elsewhere the zone is ``all``.
        https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_TargetDescription.html
        """
        registration = self.target.registration
        inside = registration.availability_zone not in (None, "all")
        return any(
            address == registration.id and (vpc_id == self.vpc_id or not inside) for vpc_id, address in addresses
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class FleetMember:
    """One instance before its scan; ``node`` is None when SSM does not know it, ``instance`` when EC2 does not."""

    node: Node | None
    rotation: Situation
    instance: Instance | None = None
    scaling_group: str = ""
    classic_load_balancers: tuple[str, ...] = ()
    other_targets: tuple[Target, ...] = ()
    """Where it may get requests beside the groups of ``rotation``."""
    address_targets: tuple[Target, ...] = ()
    """The same for its addresses."""
    install: str = ""
    """The command that installs patches on it at this moment, where one does."""

    @property
    def instance_id(self) -> str:
        return self.rotation.instance_id

    @property
    def quarantined(self) -> bool:
        return self.rotation.ledger is not None and self.rotation.ledger.quarantined

    @property
    def resumed(self) -> bool:
        """Drained by an interrupted run, and may still be patching: a scan now would get in its way."""
        entry = self.rotation.ledger
        return entry is not None and not entry.quarantined and all(entry.context.get(key) for key in CONTEXT_KEYS)


@dataclass(frozen=True, slots=True, kw_only=True)
class Outsider:
    """An instance that is in a target group of the fleet and not in this run."""

    instance: Instance
    target_group_arns: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Fleet:
    """The fleet of a run, and who belongs to it without being in the run."""

    members: dict[str, FleetMember] = field(default_factory=dict)
    outsiders: tuple[Outsider, ...] = ()


def targets_at(addresses: frozenset[tuple[str, str]], targets: Iterable[AddressTarget]) -> tuple[Target, ...]:
    """The targets that are one of an instance's addresses."""
    return tuple(each.target for each in targets if each.is_one_of(addresses))


def arns_of_outsiders(
    groups: Iterable[Group], ledger: Mapping[str, LedgerEntry], instance_ids: frozenset[str]
) -> dict[str, list[str]]:
    """The instances that are in a target group of the fleet, or were taken out of one, and are not in this run.

    :param instance_ids: the instances of this run.
    :return: for each instance the ARNs of those groups.
    """
    found: dict[str, list[str]] = {}
    recorded = {each: {item.target_group_arn for item in entry.registrations} for each, entry in ledger.items()}
    for group in groups:
        registered = {target.registration.id for target in group.targets if target.registered}
        drained = {each for each, arns in recorded.items() if group.arn in arns}
        if (registered | drained) & instance_ids:
            for each in sorted((registered | drained) - instance_ids):
                found.setdefault(each, []).append(group.arn)
    return found
