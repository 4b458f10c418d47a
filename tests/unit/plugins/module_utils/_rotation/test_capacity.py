"""How many healthy targets stay, and how many there must be."""

from __future__ import annotations

import pytest
from ansible_collections.steadyfleet.aws_patching.plugins.module_utils._rotation.capacity import (
    Capacity,
    capacities_without,
    capacity_without,
    group_settings,
    in_rotation,
    shortfall,
)
from ansible_collections.steadyfleet.aws_patching.plugins.module_utils._rotation.model import (
    Group,
    Registration,
    Situation,
    Target,
)

ARN = "arn:aws:elasticloadbalancing:eu-central-1:123456789012:targetgroup/shop-web/1111111111111111"
COUNT = "target_group_health.{}.minimum_healthy_targets.count"
PERCENTAGE = "target_group_health.{}.minimum_healthy_targets.percentage"


def group(*states: str, **attributes: str) -> Group:
    """A group whose targets are i-1 (the one that would leave), i-2, ...; `healthy@a shift` is shifted away."""
    targets = []
    for number, words in enumerate(states, start=1):
        state, _, override = words.partition("@")
        reason = "Target.NotRegistered" if state == "unused" else ""
        here = Registration(target_group_arn=ARN, id=f"i-{number}", port=443)
        targets.append(Target(registration=here, state=state, reason=reason, override=override or "no_override"))
    return Group(arn=ARN, targets=tuple(targets), settings=group_settings(attributes))


@pytest.mark.parametrize(
    ("states", "floor", "before", "after", "enough"),
    [
        ("healthy healthy healthy healthy", 1, 4, 3, True),
        ("healthy healthy healthy healthy", 3, 4, 3, True),
        ("healthy healthy healthy healthy", 4, 4, 3, False),
        ("healthy", 1, 1, 0, False),
        ("healthy unhealthy initial draining", 1, 1, 0, False),
        ("unhealthy healthy healthy", 2, 2, 2, True),
        ("healthy healthy unavailable", 2, 2, 1, False),
        ("healthy healthy unavailable", 1, 2, 1, True),
        ("healthy healthy@zonal_shift_active", 1, 1, 0, False),
        ("healthy healthy@unknown healthy", 2, 2, 1, False),
        ("healthy unused healthy", 2, 2, 1, False),
        ("healthy", 0, 1, 0, True),
    ],
)
def test_only_proven_others_count(states: str, floor: int, before: int, after: int, enough: bool) -> None:
    found = capacity_without(group(*states.split()), "i-1", floor)
    assert (found.before, found.after, found.enough) == (before, after, enough)


def test_a_second_port_of_the_same_instance_is_no_capacity() -> None:
    one = group("healthy", "healthy")
    extra = Target(registration=Registration(target_group_arn=ARN, id="i-1", port=8443), state="healthy")
    found = capacity_without(Group(arn=ARN, targets=(*one.targets, extra)), "i-1", 1)
    assert (found.before, found.after) == (3, 1)


@pytest.mark.parametrize(
    ("attributes", "floor", "minimum"),
    [
        ({}, 1, 1),
        ({COUNT.format("unhealthy_state_routing"): "2"}, 1, 2),
        ({COUNT.format("dns_failover"): "3"}, 1, 3),
        ({COUNT.format("dns_failover"): "off", COUNT.format("unhealthy_state_routing"): "1"}, 2, 2),
        ({PERCENTAGE.format("unhealthy_state_routing"): "off"}, 1, 1),
        # Three others stay registered; half of three is two.
        ({PERCENTAGE.format("unhealthy_state_routing"): "50"}, 1, 2),
        ({PERCENTAGE.format("dns_failover"): "100"}, 1, 3),
        ({PERCENTAGE.format("dns_failover"): "34"}, 1, 2),
        ({PERCENTAGE.format("dns_failover"): "33"}, 1, 1),
    ],
)
def test_the_strictest_minimum_holds(attributes: dict[str, str], floor: int, minimum: int) -> None:
    assert capacity_without(group(*["healthy"] * 4, **attributes), "i-1", floor).minimum == minimum


def test_what_is_leaving_is_not_part_of_a_percentage() -> None:
    half = {PERCENTAGE.format("unhealthy_state_routing"): "50"}
    assert capacity_without(group("healthy", "healthy", "draining", "draining", **half), "i-1", 0).minimum == 1


def test_only_groups_that_the_instance_would_leave_are_judged() -> None:
    other = Group(arn=ARN.replace("shop-web", "shop-api"), targets=())
    now = Situation(instance_id="i-1", groups=(group("healthy", "healthy"), other))
    leaving = [Registration(target_group_arn=ARN, id="i-1", port=8443)]
    assert {arn: found.after for arn, found in capacities_without(now, leaving, 1).items()} == {ARN: 1}


def test_the_delay_is_read() -> None:
    assert group_settings({}).deregistration_delay == 300
    assert group_settings({"deregistration_delay.timeout_seconds": "5"}).deregistration_delay == 5


def test_a_refusal_says_which_group_and_how_many() -> None:
    said = shortfall(Capacity(group="shop-web", before=2, after=1, minimum=2, doubtful=1), "i-1")
    assert said.startswith(
        "i-1 cannot leave target group shop-web: 2 healthy now (1 more have no known health or get no requests), "
        "1 would remain, 2 needed; "
    )
    assert "\n" not in said


@pytest.mark.parametrize(
    ("state", "expected"), [("healthy", True), ("unhealthy", True), ("draining", False), ("unused", False)]
)
def test_in_rotation(state: str, expected: bool) -> None:
    assert in_rotation(group(state), "i-1") is expected
