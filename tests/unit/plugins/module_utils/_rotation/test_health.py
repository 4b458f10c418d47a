"""What each answer of DescribeTargetHealth means, as one table."""

from __future__ import annotations

import pytest
from ansible_collections.steadyfleet.aws_patching.plugins.module_utils._rotation import health
from ansible_collections.steadyfleet.aws_patching.plugins.module_utils._rotation.health import Registration, Target

ARN = "arn:aws:elasticloadbalancing:eu-central-1:123456789012:targetgroup/shop-web/1111111111111111"
HERE = Registration(target_group_arn=ARN, id="i-1", port=443)


def target(state: str, reason: str = "", override: str = "no_override") -> Target:
    return Target(registration=HERE, state=state, reason=reason, override=override)


MEANINGS = [
    # seen, gone, draining, registered, idle, unknowable, serving
    (None, "gone"),
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
    (target("unavailable", "Target.HealthCheckDisabled"), "registered unknowable"),
    (target("unavailable", "Elb.InternalError"), "registered unknowable"),
    (target("a state of next year"), "registered unknowable"),
]


@pytest.mark.parametrize(("seen", "means"), MEANINGS)
def test_every_state_means_one_thing(seen: Target | None, means: str) -> None:
    said = {"gone": health.gone(seen), "draining": health.draining(seen), "registered": health.registered(seen)}
    said["serving"] = health.serving(seen)
    if seen is not None:
        said |= {"idle": health.idle(seen), "unknowable": health.unknowable(seen)}
    assert {name for name, true in said.items() if true} == set(means.split())


def test_the_name_is_in_the_arn() -> None:
    assert HERE.target_group_name == "shop-web"
    assert health.group_name("not an arn") == "not an arn"


def test_a_registration_in_words() -> None:
    assert health.describe(HERE, target("unhealthy", "Target.Timeout")) == "shop-web:443 unhealthy (Target.Timeout)"
    assert health.describe(HERE, None) == "shop-web:443 not registered"
