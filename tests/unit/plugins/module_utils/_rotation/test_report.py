"""What the modules return of a rotation, before a plan and after it."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.steadyfleet.aws_patching.plugins.module_utils._rotation.model import (
    QUARANTINED,
    DesiredRotation,
    LedgerEntry,
)
from ansible_collections.steadyfleet.aws_patching.plugins.module_utils._rotation.plan import (
    plan_drain,
    plan_quarantine,
    plan_restore,
    plan_rotation,
)
from ansible_collections.steadyfleet.aws_patching.plugins.module_utils._rotation.report import (
    group_result,
    predicted_state,
    rotation_result,
    rotation_results,
    rotation_state,
    steps_result,
)
from unit.plugins.module_utils._rotation.situations import registration, situation
from unit.plugins.module_utils._rotation.test_plan import DRAINS, RESTORES


@pytest.mark.parametrize(("own", "ledger", "expected"), DRAINS)
def test_the_predicted_state_changes_exactly_when_something_is_written(
    own: str, ledger: str | None, expected: list[str]
) -> None:
    now = situation(own, ledger=ledger)
    plan = plan_drain(now, DesiredRotation())
    writes = [line for line in expected if not line.startswith("await")]
    assert (predicted_state(plan, now) != rotation_state(now)) == bool(writes)


@pytest.mark.parametrize(("own", "ledger", "expected"), RESTORES)
def test_a_restore_changes_something_exactly_when_there_is_an_entry(
    own: str, ledger: str | None, expected: list[str]
) -> None:
    now = situation(own, ledger=ledger)
    after = predicted_state(plan_restore(now, DesiredRotation()), now)
    assert after["ledger"] is None
    assert (after != rotation_state(now)) == bool(expected)


def test_the_state_before_and_after_a_drain() -> None:
    now = situation("web healthy, api:8443 unhealthy, old gone")
    assert rotation_state(now) == {"registered": ["api:8443", "web:443"], "ledger": None}
    assert predicted_state(plan_drain(now, DesiredRotation()), now) == {
        "registered": [],
        "ledger": {"phase": "drained", "reason": "", "registrations": ["api:8443", "web:443"]},
    }


def test_every_kind_of_step_has_its_name() -> None:
    kept = situation("web healthy, api unhealthy", others=0, ledger="web api")
    written, left, waited, given_up = steps_result(plan_quarantine(kept, DesiredRotation(reason="broken")))
    assert written == {"step": "write_ledger", "phase": "quarantined", "registrations": ["api:443", "web:443"]}
    assert left == {"step": "deregister", "registrations": ["api:443"]}
    assert waited == {"step": "await_drained", "registrations": ["api:443"]}
    assert (given_up["step"], "web" in given_up["message"]) == ("give_up", True)
    restored = steps_result(plan_restore(situation("", ledger="web"), DesiredRotation()))
    assert restored == [
        {"step": "register", "registrations": ["web:443"]},
        {"step": "await_healthy", "registrations": ["web:443"]},
        {"step": "delete_ledger"},
    ]


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
def test_phases(own: str, ledger: str | None, state: Any, wait: bool, phase: str) -> None:
    now = situation(own, ledger=ledger)
    desired = DesiredRotation(state=state, wait_seconds=60.0 if wait else None)
    assert rotation_result(now, plan_rotation(now, desired), desired)["phase"] == phase


def test_a_result_has_the_healthy_targets_of_each_group() -> None:
    now = situation("web healthy, api unhealthy")
    desired = DesiredRotation(min_healthy_targets=2, run_id="r", context={"boot_id": "b"}, wait_seconds=60.0)
    found = rotation_result(now, plan_rotation(now, desired), desired)
    assert found["healthy_targets"] == {
        "web": {"before": 4, "after": 3, "minimum": 2},
        "api": {"before": 3, "after": 3, "minimum": 2},
    }
    assert (found["run_id"], found["context"], found["reason"]) == ("r", {"boot_id": "b"}, "")
    assert [item["target_group_name"] for item in found["registrations"]] == ["web", "api"]


def test_all_instances_or_those_that_were_named() -> None:
    groups = situation("web healthy", others=1).groups
    entry = LedgerEntry(
        instance_id="i-9", registrations=(registration("web", "i-9"),), phase=QUARANTINED, reason="it broke"
    )
    found = rotation_results(groups, {"i-9": entry}, None)
    assert [item["instance_id"] for item in found] == ["i-1", "i-2", "i-9"]
    assert (found[0]["registrations"][0]["state"], found[0]["ledger"]) == ("healthy", None)
    assert (found[2]["registrations"], found[2]["ledger"]["reason"]) == ([], "it broke")
    assert found[2]["ledger"]["registrations"][0]["id"] == "i-9"
    assert [item["instance_id"] for item in rotation_results(groups, {}, ["i-7", "i-2"])] == ["i-7", "i-2"]


def test_a_group_counts_its_members() -> None:
    [group] = situation("web unhealthy, web:8443 draining", others=2).groups
    found = group_result(group, 1)
    assert (found["name"], found["healthy"], found["total"], found["minimum"]) == ("web", 2, 3, 1)
