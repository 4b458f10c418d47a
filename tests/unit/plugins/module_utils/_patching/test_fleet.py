"""Which targets are an instance, and who belongs to a fleet."""

from __future__ import annotations

import pytest
from ansible_collections.steadyfleet.aws_patching.plugins.module_utils._patching.fleet import (
    AddressTarget,
    Instance,
    arns_of_outsiders,
    targets_at,
)
from ansible_collections.steadyfleet.aws_patching.plugins.module_utils._rotation.model import (
    Group,
    LedgerEntry,
    Registration,
    Target,
)
from unit.plugins.module_utils._patching.fleets import ARN, registration


def address(text: str, vpc_id: str, zone: str | None) -> AddressTarget:
    item = Registration(target_group_arn=ARN, id=text, port=80, availability_zone=zone)
    return AddressTarget(target=Target(registration=item, state="healthy"), vpc_id=vpc_id)


@pytest.mark.parametrize(
    ("target", "found"),
    [
        (address("10.0.0.1", "vpc-1", "eu-central-1a"), True),
        (address("10.0.0.1", "vpc-1", None), True),
        # The same address in another VPC, which the group of that VPC means.
        (address("10.0.0.1", "vpc-2", "eu-central-1a"), False),
        # An address outside the VPC of the group.
        (address("10.0.0.1", "vpc-2", "all"), True),
        (address("10.0.0.2", "vpc-1", "all"), False),
    ],
)
def test_an_address_is_that_of_its_vpc(target: AddressTarget, found: bool) -> None:
    assert bool(targets_at(frozenset({("vpc-1", "10.0.0.1")}), [target])) is found


def test_an_instance_is_named_by_its_id_and_its_name() -> None:
    assert Instance(instance_id="i-1").describe() == "i-1"
    assert Instance(instance_id="i-1", name="shop").describe() == "i-1 (shop)"


def group(arn: str, states: str) -> Group:
    targets = (words.split("=") for words in states.split())
    return Group(
        arn=arn, targets=tuple(Target(registration=registration(each), state=state) for each, state in targets)
    )


def test_who_is_in_a_group_of_the_fleet_and_not_in_the_run() -> None:
    groups = [group("web", "i-1=healthy i-2=unhealthy i-3=draining"), group("other", "i-4=healthy")]
    drained = Registration(target_group_arn="web", id="i-5", port=1)
    ledger = {"i-5": LedgerEntry(instance_id="i-5", registrations=(drained,), phase="quarantined")}
    assert arns_of_outsiders(groups, ledger, frozenset({"i-1"})) == {"i-2": ["web"], "i-5": ["web"]}


def test_the_groups_of_a_drained_member_are_groups_of_the_fleet() -> None:
    ledger = {"i-1": LedgerEntry(instance_id="i-1", registrations=(registration("i-1"),))}
    assert arns_of_outsiders([group(ARN, "i-2=healthy")], ledger, frozenset({"i-1"})) == {"i-2": [ARN]}
