from __future__ import annotations

import pytest
from ansible_collections.steadyfleet.aws_patching.plugins.module_utils._common.schedule import (
    schedule_offset_problems,
    state_manager_schedule_problems,
    window_schedule_problems,
)


@pytest.mark.parametrize(
    "expression",
    [
        "cron(0 2 ? * SUN *)",
        "cron(0 0 ? * THU#2 *)",
        "cron(15 10 ? * 6L *)",
        "cron(0/30 * * * ? *)",
        "cron(0 0 2 ? * MON-FRI *)",
        "cron(0 2 ? * SUN)",
        "cron(0 */30 * * * ? *)",
        "rate(30 minutes)",
        "rate(1 hour)",
        "rate(1 day)",
        "rate(30 days)",
        "at(2026-08-01T02:00:00)",
    ],
)
def test_schedules_that_can_be(expression: str) -> None:
    assert state_manager_schedule_problems(expression) == []


@pytest.mark.parametrize(
    "expression",
    [
        "0 2 * * *",
        "cron()",
        "cron(0 2 *)",
        "cron(0 2 ? * SUN * * *)",
        "cron(0 2 ? * SUN; *)",
        "rate(1 hours)",
        "rate(2 hour)",
        "rate(29 minutes)",
        "rate(31 days)",
        "rate(1 week)",
        "rate()",
        "at(tomorrow)",
        "at(2026-02-30T02:00:00)",
        "every sunday",
        "cron(0 2 31 2 ? *)",
        "cron(0 2 1 1 ? *)",
        "cron(30 0 2 ? * SUN *)",
        "cron(0/15 * * * ? *)",
    ],
)
def test_schedules_that_cannot_be(expression: str) -> None:
    [problem] = state_manager_schedule_problems(expression)
    assert problem.code == "schedule_invalid"
    assert "schedule_expression" in problem.message


@pytest.mark.parametrize(
    "expression",
    ["cron(0 2 ? * SUN *)", "cron(0 0 2 ? * SUN *)", "rate(7 days)", "rate(1 minute)", "at(2030-01-31T02:00:00)"],
)
def test_schedules_of_a_window(expression: str) -> None:
    assert window_schedule_problems(expression) == []


@pytest.mark.parametrize(
    "expression",
    ["cron(0 2 ? * SUN)", "rate(1 days)", "rate(0 days)", "at(2030-01-31)", "at(2030-01-32T02:00:00)", "daily"],
)
def test_schedules_that_a_window_cannot_have(expression: str) -> None:
    [problem] = window_schedule_problems(expression)
    assert problem.message.startswith("schedule must look like")


@pytest.mark.parametrize("expression", ["cron(0 2 1 JAN ? *)", "cron(24 30 9 ? * * *)", "cron(0/15 * * * ? *)"])
def test_a_window_takes_more_than_state_manager(expression: str) -> None:
    assert window_schedule_problems(expression) == []
    assert state_manager_schedule_problems(expression) != []


def test_an_impossible_date_is_named() -> None:
    [problem] = window_schedule_problems("cron(0 2 31 2 ? *)")
    assert problem.code == "schedule_invalid"
    assert "cron(0 2 31 2 ? *)" in problem.message
    assert "no day 31 in month 2" in problem.message


@pytest.mark.parametrize(
    ("expression", "offset", "codes"),
    [
        ("cron(0 2 ? * TUE#2 *)", 2, []),
        ("rate(7 days)", None, []),
        (None, 2, []),
        ("rate(7 days)", 2, ["schedule_offset_without_cron"]),
        ("at(2030-01-31T02:00:00)", 2, ["schedule_offset_without_cron"]),
    ],
)
def test_an_offset_needs_cron(expression: str | None, offset: int | None, codes: list[str]) -> None:
    assert [problem.code for problem in schedule_offset_problems(expression, offset)] == codes
