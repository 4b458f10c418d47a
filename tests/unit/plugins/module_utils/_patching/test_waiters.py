"""Target health as the verdict asks for it, with a clock that costs no time."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from ansible_collections.steadyfleet.aws_patching.plugins.module_utils._patching.waiters import await_target_health

WEB = "arn:aws:elasticloadbalancing:eu-central-1:123456789012:targetgroup/shop-web/1111111111111111"
API = "arn:aws:elasticloadbalancing:eu-central-1:123456789012:targetgroup/shop-api/2222222222222222"
ONE = f"i-{1:017x}"

World = Any


@pytest.fixture
def world(build_world: Callable[..., World]) -> World:
    return build_world()


def asked(world: World, *arns: str) -> str | None:
    return await_target_health(world.context(timeout=60), ONE, arns)


def test_healthy_several_times_in_a_row(world: World) -> None:
    assert asked(world, WEB, API) is None
    assert world.calls.count("describe_target_health") == 2 + 3 * 2


def test_it_may_become_healthy(world: World) -> None:
    world.sick.add(ONE)
    started = world.time

    def recover(operation: str) -> None:
        if world.time >= started + 20:
            world.sick.discard(ONE)

    world.before_call = recover
    assert asked(world, WEB) is None
    assert world.time == started + 30


def test_sick_in_one_of_two_groups_is_a_reason(world: World) -> None:
    world.overrides[(API, ONE)] = ("unhealthy", "Target.Timeout")
    said = asked(world, WEB, API)
    assert said is not None
    assert said.startswith(f"gave up after 60 s: {ONE} is not steadily healthy")
    assert "shop-api:443 unhealthy (Target.Timeout)" in said


def test_not_registered_is_a_reason_at_once(world: World) -> None:
    del world.groups[API][(ONE, 443)]
    assert asked(world, WEB, API) == "it is not registered in target group shop-api"
    assert world.time == 1000.0


def test_no_groups_no_question(world: World) -> None:
    assert asked(world) is None
    assert world.calls == []
