"""What the collection cannot patch yet is refused in one line."""

from __future__ import annotations

from dataclasses import replace

import pytest
from ansible_collections.steadyfleet.aws_patching.plugins.module_utils._patching.fleet import FleetMember
from ansible_collections.steadyfleet.aws_patching.plugins.module_utils._patching.limits import limit_problems
from ansible_collections.steadyfleet.aws_patching.plugins.module_utils._rotation.model import (
    Group,
    GroupSettings,
    Target,
)
from unit.plugins.module_utils._patching.fleets import ARN, INSTANCE, NODE, member, registration

HEALTHY = Target(registration=registration(), state="healthy")
NOT_IN_USE = Target(registration=registration(), state="unused", reason="Target.NotInUse")
GONE = Target(registration=registration(), state="unused", reason="Target.NotRegistered")
DRAINING = Target(registration=registration(), state="draining")


def in_group_without_cross_zone(target: Target) -> FleetMember:
    group = Group(arn=ARN, targets=(target,), settings=GroupSettings(cross_zone="false"))
    return replace(member(), rotation=replace(member().rotation, groups=(group,)))


LIMITS = [
    (replace(member(), node=replace(NODE, platform_type="Windows")), "platform_unsupported", "Windows"),
    (replace(member(), node=replace(NODE, platform_type="MacOS")), "platform_unsupported", "MacOS"),
    (replace(member(), node=replace(NODE, platform_type="")), "platform_unsupported", "does not name"),
    (replace(member(), instance=None), "instance_not_found", "EC2"),
    (
        replace(member(), instance=replace(INSTANCE, operator="eks.amazonaws.com")),
        "instance_managed_by_aws",
        "eks.amazonaws.com",
    ),
    (replace(member(), instance=replace(INSTANCE, kubernetes_cluster="k")), "instance_in_kubernetes_cluster", "k"),
    (replace(member(), scaling_group="shop-asg"), "instance_in_auto_scaling_group", "shop-asg"),
    (replace(member(), classic_load_balancers=("old",)), "instance_in_classic_load_balancer", "old"),
    (replace(member(), address_targets=(HEALTHY,)), "instance_is_ip_target", "shop-web:443"),
    (replace(member(), other_targets=(HEALTHY,)), "registered_in_other_target_groups", "patch_alb_allow_other"),
    (replace(member(), other_targets=(DRAINING,)), "registered_in_other_target_groups", "draining"),
    (in_group_without_cross_zone(HEALTHY), "cross_zone_disabled", "shop-web"),
]


@pytest.mark.parametrize(("one", "code", "fact"), LIMITS)
def test_a_limit_is_told_in_one_line(one: FleetMember, code: str, fact: str) -> None:
    [problem] = limit_problems(one)
    assert problem.code == code
    assert problem.message.startswith("i-1 ")
    assert fact in problem.message
    assert "\n" not in problem.message


@pytest.mark.parametrize(
    "one",
    [
        member(),
        replace(member(), other_targets=(NOT_IN_USE, GONE), address_targets=(NOT_IN_USE, GONE)),
        in_group_without_cross_zone(NOT_IN_USE),
    ],
)
def test_nothing_is_in_the_way(one: FleetMember) -> None:
    assert list(limit_problems(one)) == []
