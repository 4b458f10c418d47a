"""Drain and restore walked against a small AWS in memory: waits, guards, and death between any two calls."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from ansible_collections.steadyfleet.aws_patching.plugins.module_utils._common.errors import (
    InvalidInput,
    Refused,
    WaitFailed,
    WaitTimeout,
)
from ansible_collections.steadyfleet.aws_patching.plugins.module_utils._rotation import read
from ansible_collections.steadyfleet.aws_patching.plugins.module_utils._rotation.apply import apply_plan
from ansible_collections.steadyfleet.aws_patching.plugins.module_utils._rotation.model import (
    DesiredRotation,
    Registration,
)
from ansible_collections.steadyfleet.aws_patching.plugins.module_utils._rotation.plan import plan_rotation
from ansible_collections.steadyfleet.aws_patching.plugins.module_utils._rotation.waiters import await_steadily_healthy

WEB = "arn:aws:elasticloadbalancing:eu-central-1:123456789012:targetgroup/shop-web/1111111111111111"
API = "arn:aws:elasticloadbalancing:eu-central-1:123456789012:targetgroup/shop-api/2222222222222222"
ADDRESSES = "arn:aws:elasticloadbalancing:eu-central-1:123456789012:targetgroup/by-address/3333333333333333"
ONE, TWO, THREE, FOUR = (f"i-{number:017x}" for number in range(1, 5))
HOME = {(WEB, 443), (WEB, 8443), (API, 443)}

World = Any


def quiet(operation: str) -> None:
    """Between two calls, nothing happens."""


BuildWorld = Callable[..., World]


def run(world: World, state: str, instance_id: str = ONE, timeout: float = 600, **desired: Any) -> None:
    """What the module does, as one process would."""
    context = world.context(timeout)
    # No drain is refused because it takes longer than the timeout: some tests are about what happens then.
    rotation = DesiredRotation(state=state, wait_seconds=float("inf"), **desired)  # type: ignore[arg-type]
    now = read.read_situation(context, instance_id, None, drain=state == "drained")
    apply_plan(context, plan_rotation(now, rotation), now, rotation)


def test_drain_and_restore_leave_everything_as_it_was(build_world: BuildWorld) -> None:
    world = build_world()
    run(world, "drained")
    assert world.registered(ONE) == set()
    assert {item.port for item in world.ledger(ONE).registrations} == {443, 8443}
    run(world, "restored")
    assert world.registered(ONE) == HOME
    assert world.parameters == {}


def test_a_drain_looks_twice_a_group_however_long_the_delay(build_world: BuildWorld) -> None:
    world = build_world(delay=3600)
    run(world, "drained", timeout=4000)
    # Each of the two groups: once to plan, once when the drain starts, once when the delay is over.
    assert world.calls.count("describe_target_health") == 6
    assert world.time == 1000 + 3600


def test_the_first_write_is_the_ledger_and_the_last_is_its_end(build_world: BuildWorld) -> None:
    world = build_world()
    run(world, "drained")
    run(world, "restored")
    assert world.writes == [
        "put_parameter", "deregister_targets", "deregister_targets",
        "register_targets", "register_targets", "delete_parameter",
    ]  # fmt: skip


def test_a_second_run_writes_nothing(build_world: BuildWorld) -> None:
    world = build_world()
    run(world, "drained")
    world.writes.clear()
    run(world, "drained")
    assert world.writes == []
    run(world, "restored")
    world.writes.clear()
    run(world, "restored")
    assert world.writes == []


def run_all(world: World, states: tuple[str, ...]) -> None:
    for state in states:
        run(world, state)


@pytest.mark.parametrize("answered", [True, False], ids=["after the call", "before the call"])
@pytest.mark.parametrize("again", [("drained", "restored"), ("restored",)], ids=["run again", "recover"])
def test_killed_anywhere_nothing_is_lost(
    build_world: BuildWorld, killed: type[BaseException], answered: bool, again: tuple[str, ...]
) -> None:
    world = build_world()
    run_all(world, ("drained", "restored"))
    total = len(world.calls)
    assert total > 15
    for kill_at in range(1, total + 1):
        world = build_world(kill_at=kill_at, answered=answered)
        with pytest.raises(killed):
            run_all(world, ("drained", "restored"))
        run_all(world, again)
        assert world.registered(ONE) == HOME, f"killed at call {kill_at}: {world.calls[kill_at - 1]}"
        assert world.parameters == {}, f"killed at call {kill_at}: {world.calls[kill_at - 1]}"


@pytest.mark.parametrize("answered", [True, False], ids=["after the call", "before the call"])
def test_killed_while_a_broken_instance_is_restored(
    build_world: BuildWorld, killed: type[BaseException], answered: bool
) -> None:
    """Whatever the moment: it ends out of rotation and in quarantine, and after its repair everything is back."""
    world = build_world()
    run(world, "drained")
    world.sick.add(ONE)
    start = len(world.calls)
    with pytest.raises(WaitFailed):
        run(world, "restored", timeout=30)
    total = len(world.calls)
    for kill_at in range(start + 1, total + 1):
        world = build_world(kill_at=kill_at, answered=answered)
        run(world, "drained")
        world.sick.add(ONE)
        with pytest.raises(killed):
            run(world, "restored", timeout=30)
        if not world.ledger(ONE).quarantined:
            with pytest.raises(WaitFailed):
                run(world, "restored", timeout=30)
        run(world, "quarantined", reason="a later reason")
        assert world.registered(ONE) == set(), f"killed at call {kill_at}: {world.calls[kill_at - 1]}"
        assert world.ledger(ONE).quarantined
        with pytest.raises(Refused, match="quarantine"):
            run(world, "restored")
        world.sick.clear()
        run(world, "restored", release_quarantine=True)
        assert world.registered(ONE) == HOME
        assert world.parameters == {}


def test_an_instance_that_does_not_get_healthy_is_taken_out_again(build_world: BuildWorld) -> None:
    world = build_world()
    run(world, "drained")
    world.sick.add(ONE)
    with pytest.raises(WaitFailed) as failed:
        run(world, "restored")
    assert str(failed.value) == (
        f"gave up after 600 s: {ONE} is not steadily healthy: "
        "shop-web:443 unhealthy (Target.ResponseCodeMismatch), shop-web:8443 unhealthy (Target.ResponseCodeMismatch), "
        "shop-api:443 unhealthy (Target.ResponseCodeMismatch); it was taken out again and is in quarantine: "
        "repair it, then release it with "
        f"ansible-playbook steadyfleet.aws_patching.release -e release_instance_ids={ONE}"
    )
    assert failed.value.code == "restore_failed"
    assert world.registered(ONE) == set()
    assert all((ONE, port) not in targets for targets in world.groups.values() for port in (443, 8443)), (
        "still draining"
    )
    assert "unhealthy" in world.ledger(ONE).reason
    assert world.writes[2:] == [
        "deregister_targets", "register_targets", "register_targets",
        "put_parameter", "deregister_targets", "deregister_targets",
    ]  # fmt: skip


def test_quarantine_is_written_before_the_broken_instance_leaves(build_world: BuildWorld) -> None:
    world = build_world()
    run(world, "drained")
    world.sick.add(ONE)
    with pytest.raises(WaitFailed):
        run(world, "restored")
    tail = world.writes[-3:]
    assert tail == ["put_parameter", "deregister_targets", "deregister_targets"]


def test_healthy_must_be_seen_several_times_in_a_row(build_world: BuildWorld) -> None:
    world = build_world(healthy_after=0.0)
    run(world, "drained")
    looks = 0

    def flap(operation: str) -> None:
        nonlocal looks
        if operation == "describe_target_health":
            looks += 1
            # Two groups are read to plan, then two on each poll: sick on the third poll only.
            (world.sick.add if looks in (7, 8) else world.sick.discard)(ONE)

    world.before_call = flap
    start = world.time
    run(world, "restored")
    assert world.time - start == 5 * 5.0  # polls: healthy, healthy, sick, healthy, healthy, healthy
    assert world.parameters == {}


def test_healthy_must_be_seen_at_least_once(build_world: BuildWorld) -> None:
    world = build_world(sick={ONE})
    with pytest.raises(WaitTimeout):
        await_steadily_healthy(
            world.context(timeout=30, healthy_polls=0),
            [Registration(target_group_arn=WEB, id=ONE, port=443)],
            read.read_groups_of(world.context(), ONE, None, [WEB]),
        )


def test_capacity_that_breaks_while_draining_undoes_the_drain(build_world: BuildWorld) -> None:
    world = build_world()

    def fail_two(operation: str) -> None:
        if operation == "deregister_targets":
            world.sick |= {TWO, THREE}

    world.before_call = fail_two
    with pytest.raises(Refused, match="1 would remain, 2 needed") as error:
        run(world, "drained", min_healthy_targets=2)
    assert error.value.code == "drain_undone"
    assert world.registered(ONE) == HOME
    assert world.parameters == {}
    assert world.time < 1000 + 60, "put back at once, not after the delay"


def test_capacity_that_is_gone_when_the_drain_ends_undoes_it(build_world: BuildWorld) -> None:
    world = build_world(delay=100)

    def fail_late(operation: str) -> None:
        if world.time >= 1100:
            world.sick |= {TWO, THREE}

    world.before_call = fail_late
    with pytest.raises(Refused, match=ONE) as error:
        run(world, "drained", min_healthy_targets=2)
    assert error.value.code == "drain_undone"
    assert world.registered(ONE) == HOME
    assert world.parameters == {}


def test_a_drain_that_was_not_waited_for_is_undone_as_well(build_world: BuildWorld) -> None:
    world = build_world()
    with pytest.raises(WaitTimeout):
        run(world, "drained", timeout=10)
    world.sick |= {TWO, THREE, FOUR}
    with pytest.raises(Refused, match=ONE) as error:
        run(world, "drained")
    assert error.value.code == "drain_undone"
    assert world.registered(ONE) == HOME
    assert world.parameters == {}


def test_two_controllers_cannot_both_take_the_last_spare(build_world: BuildWorld) -> None:
    world = build_world()

    def other(operation: str) -> None:
        if operation == "put_parameter":
            world.before_call = quiet
            world.overrides = {(arn, TWO): ("draining", "Target.DeregistrationInProgress") for arn in (WEB, API)}

    world.before_call = other
    with pytest.raises(Refused, match=ONE) as error:
        run(world, "drained", min_healthy_targets=3)
    assert error.value.code == "drain_undone"
    assert world.registered(ONE) == HOME


def test_a_ledger_entry_that_appears_meanwhile_is_not_overwritten(build_world: BuildWorld) -> None:
    world = build_world()

    def other(operation: str) -> None:
        if operation == "put_parameter":
            world.before_call = quiet
            run(world, "drained", run_id="theirs")

    world.before_call = other
    with pytest.raises(Refused, match=ONE) as error:
        run(world, "drained", run_id="ours")
    assert error.value.code == "ledger_entry_taken"
    assert world.ledger(ONE).run_id == "theirs"


def test_a_lost_answer_to_our_own_write_is_no_conflict(build_world: BuildWorld) -> None:
    world = build_world()
    put = world._put_parameter

    def put_twice(**params: Any) -> dict[str, Any]:
        put(**params)
        return put(**params)  # botocore repeats a request of which the answer was lost

    world._put_parameter = put_twice
    run(world, "drained")
    assert world.registered(ONE) == set()


def test_a_lost_answer_to_the_last_delete_is_no_failure(build_world: BuildWorld) -> None:
    world = build_world()
    run(world, "drained")
    delete = world._delete_parameter

    def delete_twice(**params: Any) -> dict[str, Any]:
        delete(**params)
        return delete(**params)

    world._delete_parameter = delete_twice
    run(world, "restored")
    assert world.registered(ONE) == HOME


def test_a_drain_that_is_not_over_in_time_fails_and_is_taken_up_again(build_world: BuildWorld) -> None:
    world = build_world(delay=300)
    with pytest.raises(WaitTimeout, match=f"{ONE} is not drained: shop-web:443 draining"):
        run(world, "drained", timeout=100)
    assert len(world.ledger(ONE).registrations) == 3
    world.writes.clear()
    run(world, "drained")
    assert world.writes == []
    run(world, "restored")
    assert world.registered(ONE) == HOME


def test_a_target_registered_by_hand_while_out_is_recorded_and_drained_too(build_world: BuildWorld) -> None:
    world = build_world()
    run(world, "drained", run_id="first")
    world._register_targets(TargetGroupArn=API, Targets=[{"Id": ONE, "Port": 9000}])
    run(world, "drained", run_id="second")
    assert world.registered(ONE) == set()
    assert world.ledger(ONE).run_id == "first"
    run(world, "restored")
    assert world.registered(ONE) == HOME | {(API, 9000)}


def test_quarantine_does_not_take_out_what_no_other_could_replace(build_world: BuildWorld) -> None:
    """A drain was cut off before its first deregistration; until the next run the others failed."""
    world = build_world()
    run(world, "drained")
    run(world, "restored", timeout=600)
    run(world, "drained")
    for port in (443, 8443):
        world._register_targets(TargetGroupArn=WEB, Targets=[{"Id": ONE, "Port": port}])
    world.time += 100
    world.sick |= {TWO, THREE, FOUR}
    with pytest.raises(Refused, match="shop-web") as error:
        run(world, "quarantined", reason="patching failed")
    assert error.value.code == "quarantined_but_serving"
    assert world.registered(ONE) == {(WEB, 443), (WEB, 8443)}
    assert world.ledger(ONE).quarantined


def test_groups_of_addresses_are_not_ours_and_are_not_judged_when_named(build_world: BuildWorld) -> None:
    world = build_world()
    world.groups[ADDRESSES] = {("10.0.0.1", 443): next(iter(world.groups[WEB].values()))}
    world.types[ADDRESSES] = "ip"
    elb = world.context().client
    assert read.groups_to_read(elb, None) == [WEB, API]
    with pytest.raises(InvalidInput, match=ADDRESSES) as error:
        read.read_groups(elb, read.groups_to_read(elb, [ADDRESSES]))
    assert error.value.code == "target_group_without_instances"


def test_attributes_are_read_only_where_the_instance_is(build_world: BuildWorld) -> None:
    world = build_world()
    del world.groups[API][(ONE, 443)]
    groups = read.read_groups(world.context().client, [WEB, API], frozenset({ONE}))
    assert world.calls.count("describe_target_group_attributes") == 1
    assert [group.name for group in groups] == ["shop-web", "shop-api"]


def test_an_entry_about_another_instance_is_refused(build_world: BuildWorld) -> None:
    world = build_world()
    run(world, "drained")
    (text,) = world.parameters.values()
    world.parameters[f"/fleet/ledger/{TWO}"] = text
    with pytest.raises(Refused, match=f"is about {ONE}"):
        run(world, "drained", TWO)
