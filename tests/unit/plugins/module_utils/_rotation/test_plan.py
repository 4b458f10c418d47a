"""Situation -> plan, as tables: each row is a fleet in shorthand and the steps that follow from it."""

from __future__ import annotations

import re
from typing import Any

import pytest
from ansible_collections.steadyfleet.aws_patching.plugins.module_utils._common.errors import Refused
from ansible_collections.steadyfleet.aws_patching.plugins.module_utils._rotation.capacity import Group, GroupSettings
from ansible_collections.steadyfleet.aws_patching.plugins.module_utils._rotation.health import Registration, Target
from ansible_collections.steadyfleet.aws_patching.plugins.module_utils._rotation.ledger import QUARANTINED, Ledger
from ansible_collections.steadyfleet.aws_patching.plugins.module_utils._rotation.model import (
    AwaitDrained,
    Plan,
    Situation,
    Wish,
    WriteLedger,
)
from ansible_collections.steadyfleet.aws_patching.plugins.module_utils._rotation.plan import (
    plan_drain,
    plan_quarantine,
    plan_restore,
    without_waiting,
)
from ansible_collections.steadyfleet.aws_patching.plugins.module_utils._rotation.report import (
    picture,
    predict,
    rotation,
    steps,
)

ARN = "arn:aws:elasticloadbalancing:eu-central-1:123456789012:targetgroup/{}/1111111111111111"
REASONS = {
    "gone": ("unused", "Target.NotRegistered"),
    "notinuse": ("unused", "Target.NotInUse"),
    "stopped": ("unused", "Target.InvalidState"),
    "draining": ("draining", "Target.DeregistrationInProgress"),
    "disabled": ("unavailable", "Target.HealthCheckDisabled"),
}


def registration(words: str, instance_id: str = "i-1") -> Registration:
    name, _, port = words.partition(":")
    return Registration(target_group_arn=ARN.format(name), id=instance_id, port=int(port or 443))


def situation(own: str, others: int = 3, ledger: str | None = None, **options: Any) -> Situation:
    """`web healthy, api:8443 draining`: our targets; each group also has so many healthy others."""
    groups: dict[str, list[Target]] = {}
    for words in filter(None, own.split(", ")):
        place, state = words.split()
        here = registration(place)
        found, reason = REASONS.get(state, (state, ""))
        groups.setdefault(here.target_group_arn, []).append(Target(registration=here, state=found, reason=reason))
    for words in filter(None, (ledger or "").split()):
        groups.setdefault(registration(words).target_group_arn, [])
    for arn, targets in groups.items():
        for number in range(others):
            other = Registration(target_group_arn=arn, id=f"i-{number + 2}", port=443)
            targets.append(Target(registration=other, state="healthy"))
    settings = GroupSettings(deregistration_delay=7, cross_zone=options.pop("cross_zone", "true"))
    entry = None
    if ledger is not None:
        entry = Ledger(
            instance_id="i-1",
            registrations=tuple(map(registration, ledger.split())),
            phase=options.get("phase", "drained"),
            reason="as it was" if "phase" in options else "",
            run_id="first",
        )
    built = tuple(Group(arn=arn, targets=tuple(targets), settings=settings) for arn, targets in groups.items())
    return Situation(instance_id="i-1", groups=built, ledger=entry)


def words(plan: Plan) -> list[str]:
    """`write drained api:443 web:443`, `deregister web:443`, ..."""
    said = []
    for step in steps(plan):
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
    assert words(plan_drain(situation(own, ledger=ledger), Wish())) == expected


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
    assert words(plan_restore(situation(own, ledger=ledger), Wish())) == expected


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
    plan = plan_quarantine(situation(own, others=others, ledger=ledger), Wish(reason="broken"))
    assert words(plan) == expected
    assert all(step.ledger.reason == "broken" for step in plan if isinstance(step, WriteLedger))


def test_a_second_quarantine_keeps_the_first_reason() -> None:
    assert plan_quarantine(situation("", ledger="web", phase=QUARANTINED), Wish(reason="later")) == ()


@pytest.mark.parametrize("plan", [plan_drain, plan_restore])
def test_quarantine_holds_until_it_is_released(plan: Any) -> None:
    now = situation("", ledger="web", phase=QUARANTINED)
    with pytest.raises(Refused, match=re.escape("i-1 is in quarantine (as it was): put it right, then run again")):
        plan(now, Wish())
    assert words(plan(now, Wish(release=True)))[0] == "write_ledger drained web:443"
    assert plan(now, Wish(release=True))[0].ledger.reason == ""


@pytest.mark.parametrize(
    ("own", "options", "said"),
    [
        ("web draining", {}, "i-1 is being taken out by somebody else: shop"),
        ("web healthy, api draining", {"ledger": "web"}, "i-1 is being taken out by somebody else"),
        ("web disabled", {}, r"i-1 cannot be told healthy or not: web:443 unavailable \(Target.HealthCheckDisabled\)"),
        ("web healthy", {"others": 0}, "i-1 cannot leave target group web: 1 healthy now, 0 would remain, 1 needed"),
        ("web healthy", {"cross_zone": "false"}, "its cross-zone load balancing is off"),
        # Taken up again: the groups it has not left yet are guarded as well.
        ("web healthy", {"others": 0, "ledger": "web api"}, "i-1 cannot leave target group web"),
    ],
)
def test_a_drain_is_refused(own: str, options: dict[str, Any], said: str) -> None:
    with pytest.raises(Refused, match=said.replace("shop", "web")):
        plan_drain(situation(own, **options), Wish())


@pytest.mark.parametrize(("seconds", "refused"), [(6.0, True), (7.0, True), (8.0, False), (None, False)])
def test_a_drain_that_cannot_end_in_time_is_not_begun(seconds: float | None, refused: bool) -> None:
    if refused:
        with pytest.raises(Refused, match=f"i-1 drains for 7 s, .* wait_timeout is {seconds:g} s: make it longer"):
            plan_drain(situation("web healthy"), Wish(seconds=seconds))
    else:
        assert plan_drain(situation("web healthy"), Wish(seconds=seconds))
    assert words(plan_drain(situation("web draining", ledger="web"), Wish(seconds=1.0))) == ["await_drained web:443"]


def test_where_it_is_out_already_capacity_is_not_asked() -> None:
    assert words(plan_drain(situation("web draining", others=0, ledger="web"), Wish())) == ["await_drained web:443"]


def test_the_first_look_after_the_delay_is_worth_it_only_when_this_run_began_the_drain() -> None:
    began = plan_drain(situation("web healthy"), Wish())[-1]
    found = plan_drain(situation("web draining", ledger="web"), Wish())[-1]
    assert isinstance(began, AwaitDrained)
    assert isinstance(found, AwaitDrained)
    assert (began.not_before, began.guarded) == (7.0, (ARN.format("web"),))
    assert (found.not_before, found.guarded) == (0.0, (ARN.format("web"),))


def test_what_is_out_is_not_put_back_for_capacity() -> None:
    found = plan_drain(situation("web draining", ledger="web api"), Wish())[-1]
    assert isinstance(found, AwaitDrained)
    assert found.guarded == (ARN.format("web"),)


def test_a_drain_that_is_taken_up_keeps_its_run_and_context() -> None:
    step = plan_drain(situation("api healthy", ledger="web"), Wish(run_id="second", context={"boot_id": "new"}))[0]
    assert isinstance(step, WriteLedger)
    assert (step.ledger.run_id, dict(step.ledger.context), step.overwrite) == ("first", {}, True)


def test_a_new_entry_never_replaces_one() -> None:
    step = plan_drain(situation("web healthy"), Wish(run_id="r", context={"boot_id": "b"}))[0]
    assert isinstance(step, WriteLedger)
    assert (step.ledger.run_id, dict(step.ledger.context), step.overwrite) == ("r", {"boot_id": "b"}, False)


def test_without_waiting_nothing_is_forgotten() -> None:
    assert words(without_waiting(plan_restore(situation("", ledger="web"), Wish()))) == ["register web:443"]


@pytest.mark.parametrize(("own", "ledger", "expected"), DRAINS)
def test_the_predicted_picture_changes_exactly_when_something_is_written(
    own: str, ledger: str | None, expected: list[str]
) -> None:
    now = situation(own, ledger=ledger)
    plan = plan_drain(now, Wish())
    writes = [line for line in expected if not line.startswith("await")]
    assert (predict(plan, now) != picture(now)) == bool(writes)


@pytest.mark.parametrize(("own", "ledger", "expected"), RESTORES)
def test_the_predicted_picture_of_a_restore_is_that_of_before(
    own: str, ledger: str | None, expected: list[str]
) -> None:
    now = situation(own, ledger=ledger)
    after = predict(plan_restore(now, Wish()), now)
    assert after["ledger"] is None
    assert (after != picture(now)) == bool(expected)


@pytest.mark.parametrize(
    ("own", "ledger", "state", "wait", "phase"),
    [
        ("web healthy", None, "drained", True, "drained"),
        ("web healthy", None, "drained", False, "draining"),
        ("web draining", "web", "drained", False, "draining"),
        ("", "web", "drained", False, "drained"),
        ("", None, "drained", True, "untracked"),
        ("", "web", "restored", True, "in_rotation"),
        ("", "web", "restored", False, "restoring"),
        ("web healthy", None, "restored", True, "untracked"),
        ("", "web", "quarantined", True, "quarantined"),
        ("web healthy", None, "quarantined", True, "untracked"),
    ],
)
def test_phases(own: str, ledger: str | None, state: str, wait: bool, phase: str) -> None:
    now = situation(own, ledger=ledger)
    plan = {"drained": plan_drain, "restored": plan_restore, "quarantined": plan_quarantine}[state](now, Wish())
    plan = plan if wait else without_waiting(plan)
    assert rotation(now, plan, state, 1)["phase"] == phase
