"""What each answer of DescribeTargetHealth means, as one table."""

from __future__ import annotations

import pytest
from ansible_collections.steadyfleet.aws_patching.plugins.module_utils._rotation.model import (
    Group,
    Registration,
    Situation,
    Target,
    group_name,
)

ARN = "arn:aws:elasticloadbalancing:eu-central-1:123456789012:targetgroup/shop-web/1111111111111111"
HERE = Registration(target_group_arn=ARN, id="i-1", port=443)


def target(state: str, reason: str = "", override: str = "no_override") -> Target:
    return Target(registration=HERE, state=state, reason=reason, override=override)


MEANINGS = [
    # seen, gone, draining, registered, idle, health_unknown, serving
    (target("unused", "Target.NotRegistered"), "gone"),
    (target("draining", "Target.DeregistrationInProgress"), "draining"),
    (target("unused", "Target.NotInUse"), "registered idle"),
    (target("unused", "Target.InvalidState"), "registered idle"),
    (target("unused", "Target.IpUnusable"), "registered idle"),
    (target("initial", "Elb.RegistrationInProgress"), "registered"),
    (target("unhealthy", "Target.Timeout"), "registered"),
    (target("unhealthy.draining"), "registered"),
    (target("healthy"), "registered serving"),
    (target("healthy", override="zonal_shift_active"), "registered"),
    (target("healthy", override="zonal_shift_delegated_to_dns"), "registered"),
    (target("healthy", override="unknown"), "registered"),
    (target("unavailable", "Target.HealthCheckDisabled"), "registered health_unknown"),
    (target("unavailable", "Elb.InternalError"), "registered health_unknown"),
    (target("a state of next year"), "registered health_unknown"),
]


PROPERTIES = ("gone", "draining", "registered", "idle", "health_unknown", "serving")


@pytest.mark.parametrize(("seen", "means"), MEANINGS)
def test_every_state_means_one_thing(seen: Target, means: str) -> None:
    assert {name for name in PROPERTIES if getattr(seen, name)} == set(means.split())


def test_a_target_that_is_not_listed_is_gone() -> None:
    listed = Target(registration=Registration(target_group_arn=ARN, id="i-1", port=8443), state="healthy")
    now = Situation(instance_id="i-1", groups=(Group(arn=ARN, targets=(listed,)),))
    assert now.target(listed.registration) is listed
    assert now.target(HERE).gone
    assert {name for name in PROPERTIES if getattr(now.target(HERE), name)} == {"gone"}
    assert now.describe([HERE, listed.registration]) == "shop-web:443 not registered, shop-web:8443 healthy"
    assert (now.all_gone([HERE]), now.all_gone([HERE, listed.registration])) == (True, False)
    assert (now.all_healthy([listed.registration]), now.all_healthy([HERE])) == (True, False)


def test_the_name_is_in_the_arn() -> None:
    assert HERE.target_group_name == "shop-web"
    assert group_name("not an arn") == "not an arn"


def test_a_target_in_words() -> None:
    assert target("unhealthy", "Target.Timeout").describe() == "shop-web:443 unhealthy (Target.Timeout)"
    assert target("unused", "Target.NotRegistered").describe() == "shop-web:443 not registered"
