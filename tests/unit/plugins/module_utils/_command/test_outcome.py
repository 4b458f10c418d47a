from __future__ import annotations

import pytest
from ansible_collections.steadyfleet.aws_patching.plugins.module_utils._command.outcome import (
    Execution,
    Target,
    has_ended,
)


def execution(
    status: str = "Success", counts: dict[str, int] | None = None, number: int = 1, at: str = "2026-01-01"
) -> Execution:
    return Execution(execution_id=f"e-{number}", status=status, created_at=at, resource_count_by_status=counts or {})


@pytest.mark.parametrize("status", ["Success", "Failed", "TimedOut", "Timed out", "Cancelled", "Skipped", "timed_out"])
def test_words_that_end_a_run(status: str) -> None:
    assert has_ended(status)


@pytest.mark.parametrize("status", ["Pending", "InProgress", "Associated", "Waiting", "", "SomethingNew"])
def test_every_other_word_means_under_way(status: str) -> None:
    assert not has_ended(status)


@pytest.mark.parametrize(
    ("status", "counts", "over"),
    [
        ("Success", {"Success": 1}, True),
        ("Failed", {"Success": 1, "Failed": 1}, True),
        ("Failed", {"Failed": 1, "InProgress": 2}, False),
        ("Failed", {"Failed": 1, "InProgress": 0}, True),
        ("InProgress", {"Success": 1}, False),
        ("Success", {}, True),
        ("Skipped", {}, True),
    ],
)
def test_a_run_in_waves_is_over_when_all_its_targets_are(status: str, counts: dict[str, int], over: bool) -> None:
    assert execution(status, counts).ended is over


def test_a_runbook_is_no_command() -> None:
    runbook = Target(resource_id="x", output_id="c", output_type="Automation")
    assert (runbook.command_id, runbook.automation_execution_id) == (None, "c")
    assert Target(resource_id="x", output_id="c", output_type="RunCommand").command_id == "c"
