from __future__ import annotations

import pytest
from ansible_collections.steadyfleet.aws_patching.plugins.module_utils._common.schedule import schedule_problem


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
    assert schedule_problem(expression) is None


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
        "every sunday",
        "cron(" + "0 " * 200 + ")",
    ],
)
def test_schedules_that_cannot_be(expression: str) -> None:
    assert schedule_problem(expression)
