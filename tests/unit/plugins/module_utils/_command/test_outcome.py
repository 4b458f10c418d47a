from __future__ import annotations

from dataclasses import replace

import pytest
from ansible_collections.steadyfleet.aws_patching.plugins.module_utils._association.model import (
    Known,
    complete,
    problems,
    started_since,
)
from ansible_collections.steadyfleet.aws_patching.plugins.module_utils._command.model import Invocation, Step
from ansible_collections.steadyfleet.aws_patching.plugins.module_utils._command.outcome import (
    Execution,
    Outcome,
    Target,
    ended,
)


def execution(status: str = "Success", counts: str = "", number: int = 1, at: str = "2026-01-01") -> Execution:
    return Execution(execution_id=f"e-{number}", status=status, created_at=at, resource_count_by_status=counts)


@pytest.mark.parametrize("status", ["Success", "Failed", "TimedOut", "Timed out", "Cancelled", "Skipped", "timed_out"])
def test_words_that_end_a_run(status: str) -> None:
    assert ended(status)


@pytest.mark.parametrize("status", ["Pending", "InProgress", "Associated", "Waiting", "", "SomethingNew"])
def test_every_other_word_means_under_way(status: str) -> None:
    assert not ended(status)


@pytest.mark.parametrize(
    ("status", "counts", "over"),
    [
        ("Success", "{Success=1}", True),
        ("Failed", "{Success=1, Failed=1}", True),
        ("Failed", "{Failed=1, InProgress=2}", False),
        ("Failed", "{Failed=1, InProgress=0}", True),
        ("InProgress", "{Success=1}", False),
        ("Success", "", True),
        ("Skipped", "{}", True),
    ],
)
def test_a_run_in_waves_is_over_when_all_its_targets_are(status: str, counts: str, over: bool) -> None:
    assert execution(status, counts).ended is over


def test_counts_are_read() -> None:
    assert execution(counts="{Success=3, Timed out=1,Failed=10}").counts == {"Success": 3, "Timed out": 1, "Failed": 10}


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
    ours = started_since(listed, Known(execution_ids=frozenset(known)))
    assert (ours.execution_id if ours else None) == found


def test_an_older_execution_that_was_not_shown_before_is_not_ours() -> None:
    old, ours = execution(number=1, at="2026-01-01T00:00:00.900Z"), execution(number=2, at="2026-01-01T00:00:02.100Z")
    known = Known(since="2026-01-01T00:00:02.000Z")
    assert started_since([old], known) is None
    assert started_since([old, ours], known) == ours


def test_an_execution_of_another_version_is_not_ours() -> None:
    old = replace(execution(number=1), association_version="1")
    ours = replace(execution(number=2, at="2026-01-02"), association_version="2")
    assert started_since([ours, old], Known(version="2")) == ours
    assert started_since([old], Known(version="2")) is None
    assert started_since([execution()], Known(version="2")) is not None  # AWS did not say which


def target(name: str = "i-1", status: str = "Success", details: str = "", ran: str | None = "Success") -> Target:
    step = Step(name="Install", status="Failed", response_code=2, output="no")
    invocation = (
        Invocation(command_id="c", instance_id=name, status=ran, steps=(step,) if ran == "Failed" else ())
        if ran
        else None
    )
    return Target(resource_id=name, status=status, detailed_status=details, output_id="c", invocation=invocation)


@pytest.mark.parametrize(
    ("outcome", "expected", "told"),
    [
        pytest.param(Outcome(execution=execution(), targets=(target(),)), {"i-1"}, [], id="fine"),
        pytest.param(
            Outcome(execution=execution("Failed"), targets=(target(status="Failed", ran="Failed"), target("i-2"))),
            {"i-1", "i-2"},
            ["i-1: step Install Failed (exit code 2): no"],
            id="a step failed",
        ),
        pytest.param(
            Outcome(execution=execution(), targets=(target(ran="Failed"),)),
            set(),
            ["i-1: step Install Failed (exit code 2): no"],
            id="the command knows better than the target",
        ),
        pytest.param(
            Outcome(
                execution=execution("Failed"), targets=(target(status="Failed", details="AccessDenied", ran=None),)
            ),
            set(),
            ["i-1: Failed (AccessDenied)"],
            id="failed before any command",
        ),
        pytest.param(
            Outcome(execution=execution("Failed"), targets=(target(status="Skipped", ran=None),)),
            set(),
            ["i-1: Skipped"],
            id="skipped is no success",
        ),
        pytest.param(
            Outcome(execution=execution(), targets=(target(),)),
            {"i-1", "i-2"},
            ["i-2: AWS has no result for it"],
            id="a named node is missing",
        ),
        pytest.param(
            Outcome(execution=execution("Skipped"), targets=()),
            set(),
            ["execution e-1 is Skipped, and it ran on no target"],
            id="nobody",
        ),
        pytest.param(
            Outcome(execution=execution("Failed"), targets=(target(),)),
            {"i-1"},
            ["execution e-1 is Failed"],
            id="a failure that no target explains",
        ),
    ],
)
def test_problems(outcome: Outcome, expected: set[str], told: list[str]) -> None:
    assert list(problems(outcome, frozenset(expected))) == told


def test_targets_are_complete_when_all_counted_ones_are_there_and_over() -> None:
    two = execution(counts="{Success=2}")
    assert not complete((), two)
    assert not complete((target(),), two)
    assert not complete((target(), target("i-2", status="InProgress")), two)
    assert complete((target(), target("i-2")), two)
    assert complete((), execution(counts="{}"))


def test_a_runbook_is_no_command() -> None:
    runbook = Target(resource_id="x", output_id="c", output_type="Automation")
    assert (runbook.command_id, runbook.automation_execution_id) == (None, "c")
    assert Target(resource_id="x", output_id="c", output_type="RunCommand").command_id == "c"
