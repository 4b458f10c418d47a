"""Situation -> plan, as tables: each row is a fleet in shorthand and the steps that follow from it."""

from __future__ import annotations

import re
from typing import Any

import pytest
from ansible_collections.steadyfleet.aws_patching.plugins.module_utils._common.errors import Refused
from ansible_collections.steadyfleet.aws_patching.plugins.module_utils._rotation.model import (
    QUARANTINED,
    AwaitDrained,
    DesiredRotation,
    RotationPlan,
    WriteLedger,
)
from ansible_collections.steadyfleet.aws_patching.plugins.module_utils._rotation.plan import (
    plan_drain,
    plan_quarantine,
    plan_restore,
    plan_rotation,
    without_waiting,
)
from ansible_collections.steadyfleet.aws_patching.plugins.module_utils._rotation.report import steps_result
from unit.plugins.module_utils._rotation.situations import ARN, situation


def words(plan: RotationPlan) -> list[str]:
    """`write drained api:443 web:443`, `deregister web:443`, ..."""
    said = []
    for step in steps_result(plan):
        parts = [step["step"], step.get("phase", ""), *step.get("registrations", [])]
        said.append(" ".join(filter(None, parts)))
    return said


DRAINS = [
    ("web healthy", None, ["write_ledger drained web:443", "deregister web:443", "await_drained web:443"]),
    (
        "web healthy, web:8443 healthy, api healthy",
        None,
        [
            "write_ledger drained api:443 web:443 web:8443",
            "deregister api:443",
            "deregister web:443 web:8443",
            "await_drained api:443 web:443 web:8443",
        ],
    ),
    # It is registered, so a load balancer that fails open sends it requests.
    ("web unhealthy", None, ["write_ledger drained web:443", "deregister web:443", "await_drained web:443"]),
    ("web initial", None, ["write_ledger drained web:443", "deregister web:443", "await_drained web:443"]),
    # Somebody took it out of service before: it is left as it is.
    ("", None, []),
    ("web gone", None, []),
    ("web notinuse", None, []),
    ("web stopped", None, []),
    (
        "web healthy, api notinuse",
        None,
        ["write_ledger drained web:443", "deregister web:443", "await_drained web:443"],
    ),
    # Taken up again, at each point where a run can have died.
    (
        "web healthy, api healthy",
        "web api",
        ["deregister api:443", "deregister web:443", "await_drained api:443 web:443"],
    ),
    ("web draining, api healthy", "web api", ["deregister api:443", "await_drained api:443 web:443"]),
    ("web draining, api draining", "web api", ["await_drained api:443 web:443"]),
    ("web gone, api draining", "web api", ["await_drained api:443 web:443"]),
    ("", "web api", []),
    ("web stopped", "web", ["deregister web:443", "await_drained web:443"]),
    # Registered by hand while it was out: recorded before it leaves.
    (
        "api healthy",
        "web",
        ["write_ledger drained api:443 web:443", "deregister api:443", "await_drained api:443 web:443"],
    ),
]


@pytest.mark.parametrize(("own", "ledger", "expected"), DRAINS)
def test_drain(own: str, ledger: str | None, expected: list[str]) -> None:
    assert words(plan_drain(situation(own, ledger=ledger), DesiredRotation())) == expected


RESTORES = [
    ("", None, []),
    ("web healthy", None, []),
    ("", "web", ["register web:443", "await_healthy web:443", "delete_ledger"]),
    ("web gone", "web", ["register web:443", "await_healthy web:443", "delete_ledger"]),
    ("web draining", "web", ["register web:443", "await_healthy web:443", "delete_ledger"]),
    (
        "",
        "web web:8443 api",
        ["register api:443", "register web:443 web:8443", "await_healthy api:443 web:443 web:8443", "delete_ledger"],
    ),
    # Died between two registrations, and after the last one.
    ("web initial", "web api", ["register api:443", "await_healthy api:443 web:443", "delete_ledger"]),
    ("web healthy, api healthy", "web api", ["await_healthy api:443 web:443", "delete_ledger"]),
    # What was never in the ledger is none of ours.
    ("api draining", "web", ["register web:443", "await_healthy web:443", "delete_ledger"]),
]


@pytest.mark.parametrize(("own", "ledger", "expected"), RESTORES)
def test_restore(own: str, ledger: str | None, expected: list[str]) -> None:
    assert words(plan_restore(situation(own, ledger=ledger), DesiredRotation())) == expected


QUARANTINES = [
    ("web healthy", None, 3, []),
    ("", "web", 3, ["write_ledger quarantined web:443"]),
    (
        "web unhealthy",
        "web",
        3,
        ["write_ledger quarantined web:443", "deregister web:443", "await_drained web:443"],
    ),
    ("web draining", "web", 3, ["write_ledger quarantined web:443", "await_drained web:443"]),
    # Healthy, and nobody could take its place: not this run's to decide.
    ("web healthy", "web", 0, ["write_ledger quarantined web:443", "give_up"]),
    # Not healthy: nothing is lost by taking it out.
    ("web unhealthy", "web", 0, ["write_ledger quarantined web:443", "deregister web:443", "await_drained web:443"]),
]


@pytest.mark.parametrize(("own", "ledger", "others", "expected"), QUARANTINES)
def test_quarantine(own: str, ledger: str | None, others: int, expected: list[str]) -> None:
    plan = plan_quarantine(situation(own, others=others, ledger=ledger), DesiredRotation(reason="broken"))
    assert words(plan) == expected
    assert all(step.entry.reason == "broken" for step in plan if isinstance(step, WriteLedger))


def test_a_second_quarantine_keeps_the_first_reason() -> None:
    assert plan_quarantine(situation("", ledger="web", phase=QUARANTINED), DesiredRotation(reason="later")) == ()


@pytest.mark.parametrize("plan", [plan_drain, plan_restore])
def test_quarantine_holds_until_it_is_released(plan: Any) -> None:
    now = situation("", ledger="web", phase=QUARANTINED)
    with pytest.raises(Refused, match=re.escape("i-1 is in quarantine (as it was)")) as error:
        plan(now, DesiredRotation())
    assert error.value.code == "instance_quarantined"
    assert words(plan(now, DesiredRotation(release_quarantine=True)))[0] == "write_ledger drained web:443"
    assert plan(now, DesiredRotation(release_quarantine=True))[0].entry.reason == ""


@pytest.mark.parametrize(
    ("own", "options", "code", "fact"),
    [
        ("web draining", {}, "drained_by_somebody_else", "web:443 draining"),
        ("web healthy, api draining", {"ledger": "web"}, "drained_by_somebody_else", "api:443 draining"),
        ("web disabled", {}, "target_health_unknown", "web:443 unavailable (Target.HealthCheckDisabled)"),
        (
            "web healthy",
            {"others": 0},
            "capacity_too_low",
            "i-1 cannot leave target group web: 1 healthy now, 0 would remain, 1 needed",
        ),
        ("web healthy", {"cross_zone": "false"}, "cross_zone_disabled", "target group web"),
        # Resumed: the groups it has not left yet are guarded as well.
        ("web healthy", {"others": 0, "ledger": "web api"}, "capacity_too_low", "i-1 cannot leave target group web"),
    ],
)
def test_a_drain_is_refused(own: str, options: dict[str, Any], code: str, fact: str) -> None:
    with pytest.raises(Refused, match=re.escape(fact)) as error:
        plan_drain(situation(own, **options), DesiredRotation())
    assert error.value.code == code
    assert "i-1" in str(error.value)


@pytest.mark.parametrize(("seconds", "refused"), [(6.0, True), (7.0, True), (8.0, False), (None, False)])
def test_a_drain_that_cannot_end_in_time_is_not_begun(seconds: float | None, refused: bool) -> None:
    if refused:
        with pytest.raises(Refused, match=f"i-1 drains for 7 s, .* wait_timeout is {seconds:g} s: make it longer"):
            plan_drain(situation("web healthy"), DesiredRotation(wait_seconds=seconds))
    else:
        assert plan_drain(situation("web healthy"), DesiredRotation(wait_seconds=seconds))
    assert words(plan_drain(situation("web draining", ledger="web"), DesiredRotation(wait_seconds=1.0))) == [
        "await_drained web:443"
    ]


def test_where_it_is_out_already_capacity_is_not_asked() -> None:
    assert words(plan_drain(situation("web draining", others=0, ledger="web"), DesiredRotation())) == [
        "await_drained web:443"
    ]


def test_the_first_look_after_the_delay_is_worth_it_only_when_this_run_began_the_drain() -> None:
    began = plan_drain(situation("web healthy"), DesiredRotation())[-1]
    found = plan_drain(situation("web draining", ledger="web"), DesiredRotation())[-1]
    assert isinstance(began, AwaitDrained)
    assert isinstance(found, AwaitDrained)
    assert (began.not_before, began.guarded) == (7.0, (ARN.format("web"),))
    assert (found.not_before, found.guarded) == (0.0, (ARN.format("web"),))


def test_what_is_out_is_not_put_back_for_capacity() -> None:
    found = plan_drain(situation("web draining", ledger="web api"), DesiredRotation())[-1]
    assert isinstance(found, AwaitDrained)
    assert found.guarded == (ARN.format("web"),)


def test_a_drain_that_is_taken_up_keeps_its_run_and_context() -> None:
    step = plan_drain(
        situation("api healthy", ledger="web"), DesiredRotation(run_id="second", context={"boot_id": "new"})
    )[0]
    assert isinstance(step, WriteLedger)
    assert (step.entry.run_id, dict(step.entry.context), step.overwrite) == ("first", {}, True)


def test_a_new_entry_never_replaces_one() -> None:
    step = plan_drain(situation("web healthy"), DesiredRotation(run_id="r", context={"boot_id": "b"}))[0]
    assert isinstance(step, WriteLedger)
    assert (step.entry.run_id, dict(step.entry.context), step.overwrite) == ("r", {"boot_id": "b"}, False)


def test_without_waiting_nothing_is_forgotten() -> None:
    assert words(without_waiting(plan_restore(situation("", ledger="web"), DesiredRotation()))) == ["register web:443"]


@pytest.mark.parametrize("state", ["drained", "restored", "quarantined"])
def test_the_desired_state_chooses_the_plan(state: Any) -> None:
    now = situation("web unhealthy", ledger="web")
    plans = {"drained": plan_drain, "restored": plan_restore, "quarantined": plan_quarantine}
    desired = DesiredRotation(state=state, reason="broken", wait_seconds=60.0)
    assert plan_rotation(now, desired) == plans[state](now, desired) != ()
    waiting_for_nothing = DesiredRotation(state=state, reason="broken")
    assert plan_rotation(now, waiting_for_nothing) == without_waiting(plan_rotation(now, desired))
