from __future__ import annotations

from dataclasses import replace

import pytest
from ansible_collections.steadyfleet.aws_patching.plugins.module_utils._association.model import (
    Baseline,
    InterruptedRun,
    ObservedAssociation,
    all_targets_shown,
    commands_of,
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


def test_targets_are_complete_when_all_counted_ones_are_shown_and_have_ended() -> None:
    two = execution(counts={"Success": 2})
    assert not all_targets_shown((), two)
    assert not all_targets_shown((target(),), two)
    assert not all_targets_shown((target(), target("i-2", status="InProgress")), two)
    assert all_targets_shown((target(), target("i-2")), two)
    assert all_targets_shown((), execution(counts={}))


@pytest.mark.parametrize(
    ("statuses", "in_progress", "known"),
    [
        pytest.param([], True, set(), id="AWS does not show the execution yet"),
        pytest.param(["InProgress"], True, set(), id="in progress"),
        pytest.param(["Success", "InProgress"], True, {"e-0"}, id="in progress after an earlier one"),
        pytest.param(["Success", "Failed"], False, {"e-0", "e-1"}, id="ended"),
    ],
)
def test_an_interrupted_run(statuses: list[str], in_progress: bool, known: set[str]) -> None:
    executions = tuple(execution(status, number=number) for number, status in enumerate(statuses))
    run = InterruptedRun(association=ObservedAssociation(description={}), executions=executions)
    assert run.in_progress is in_progress
    assert run.baseline.execution_ids == known


def test_commands_have_the_nodes_that_they_ran_on() -> None:
    def ran(node: str, output_id: str | None, output_type: str = "RunCommand") -> Target:
        return Target(resource_id=node, output_id=output_id, output_type=output_type)

    targets = [ran("i-1", "c-2"), ran("i-2", "c-1"), ran("i-3", "c-2"), ran("i-4", None), ran("x", "a", "Automation")]
    commands = [(command.command_id, sorted(command.instance_ids)) for command in commands_of(targets)]
    assert commands == [("c-1", ["i-2"]), ("c-2", ["i-1", "i-3"])]
