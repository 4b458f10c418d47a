from __future__ import annotations

import pytest
from ansible_collections.steadyfleet.aws_patching.plugins.module_utils._common.schedule import (
    state_manager_schedule_problem,
    window_schedule_problem,
)


@pytest.mark.parametrize(
    "expression",
    [
        "cron(0 2 ? * SUN *)",
        "cron(0 0 ? * THU#2 *)",
        "cron(15 10 ? * 6L *)",
        "cron(0/30 * * * ? *)",
        "cron(0 0 2 ? * MON-FRI *)",
        "rate(30 minutes)",
        "rate(1 hour)",
        "rate(1 day)",
        "rate(30 days)",
        "at(2026-08-01T02:00:00)",
    ],
)
def test_schedules_that_can_be(expression: str) -> None:
    assert state_manager_schedule_problem(expression) == []


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
    ],
)
def test_schedules_that_cannot_be(expression: str) -> None:
    [problem] = state_manager_schedule_problem(expression)
    assert problem.code == "schedule_invalid"
    assert "schedule_expression" in problem.message


@pytest.mark.parametrize(
    "expression",
    ["cron(0 2 ? * SUN *)", "cron(0 0 2 ? * SUN *)", "rate(7 days)", "rate(1 minute)", "at(2030-01-31T02:00:00)"],
)
def test_schedules_of_a_window(expression: str) -> None:
    assert window_schedule_problem(expression) == []


@pytest.mark.parametrize(
    "expression",
    ["cron(0 2 ? * SUN)", "rate(1 days)", "rate(0 days)", "at(2030-01-31)", "at(2030-01-32T02:00:00)", "daily"],
)
def test_schedules_that_a_window_cannot_have(expression: str) -> None:
    [problem] = window_schedule_problem(expression)
    assert problem.message.startswith("schedule must look like")
