from __future__ import annotations

from dataclasses import replace

import pytest
from ansible_collections.steadyfleet.aws_patching.plugins.module_utils._association.model import (
    Baseline,
    all_targets_shown,
    first_after,
)
from ansible_collections.steadyfleet.aws_patching.plugins.module_utils._command.outcome import Execution, Target


def execution(
    status: str = "Success", counts: dict[str, int] | None = None, number: int = 1, at: str = "2026-01-01"
) -> Execution:
    return Execution(execution_id=f"e-{number}", status=status, created_at=at, resource_count_by_status=counts or {})


@pytest.mark.parametrize(
    ("known", "found"),
    [({}, "e-1"), ({"e-1"}, "e-2"), ({"e-1", "e-2"}, "e-3"), ({"e-1", "e-2", "e-3"}, None)],
)
def test_the_first_unknown_execution_is_ours(known: set[str], found: str | None) -> None:
    listed = [
        execution(number=3, at="2026-01-03"),
        execution(number=1, at="2026-01-01"),
        execution(number=2, at="2026-01-02"),
    ]
    ours = first_after(listed, Baseline(execution_ids=frozenset(known)))
    assert (ours.execution_id if ours else None) == found


def test_an_older_execution_that_was_not_shown_before_is_not_ours() -> None:
    old, ours = execution(number=1, at="2026-01-01T00:00:00.900Z"), execution(number=2, at="2026-01-01T00:00:02.100Z")
    baseline = Baseline(since="2026-01-01T00:00:02.000Z")
    assert first_after([old], baseline) is None
    assert first_after([old, ours], baseline) == ours


def test_an_execution_of_another_version_is_not_ours() -> None:
    old = replace(execution(number=1), association_version="1")
    ours = replace(execution(number=2, at="2026-01-02"), association_version="2")
    assert first_after([ours, old], Baseline(version="2")) == ours
    assert first_after([old], Baseline(version="2")) is None
    assert first_after([execution()], Baseline(version="2")) is not None  # AWS did not say which


def target(name: str = "i-1", status: str = "Success") -> Target:
    return Target(resource_id=name, status=status)


def test_targets_are_complete_when_all_counted_ones_are_there_and_over() -> None:
    two = execution(counts={"Success": 2})
    assert not all_targets_shown((), two)
    assert not all_targets_shown((target(),), two)
    assert not all_targets_shown((target(), target("i-2", status="InProgress")), two)
    assert all_targets_shown((target(), target("i-2")), two)
    assert all_targets_shown((), execution(counts={}))
