from __future__ import annotations

import pytest
from ansible_collections.steadyfleet.aws_patching.plugins.module_utils._common.cron import (
    covers_every_month,
    cron_problem,
)


@pytest.mark.parametrize(
    "fields",
    [
        "0 2 ? * SUN *",
        "0 2 ? * sun *",
        "15 10 ? * MON-FRI *",
        "0 2 ? * FRI-MON *",
        "0 2 ? * 6L *",
        "0 2 ? * TUE#3 *",
        "0 2 L * ? *",
        "0 2 LW * ? *",
        "0 2 L-3 * ? *",
        "0 2 15W * ? *",
        "0 2 1,15 JAN,JUL ? 2030-2031",
        "0 2 1-7/2 1/3 ? *",
        "0 2 29 2 ? *",
        "0 2 29 2 ? 2028",
        "0 2 30,31 1-3 ? *",
        "0/5 8-17 ? * MON-FRI *",
        "*/30 * * * ? *",
        "5 22-3 * * ? *",
        "24 30 09 ? * * *",
    ],
)
def test_expressions_that_aws_takes(fields: str) -> None:
    assert cron_problem(fields.split(), shortest_gap=5) is None


@pytest.mark.parametrize(
    ("fields", "fact"),
    [
        ("60 2 ? * SUN *", "minutes must be 0-59, not '60'"),
        ("0 24 ? * SUN *", "hours must be 0-23, not '24'"),
        ("0 2 0 * ? *", "day of month must be 1-31, not '0'"),
        ("0 2 32 * ? *", "day of month must be 1-31, not '32'"),
        ("0 2 32W * ? *", "day of month"),
        ("0 2 1 13 ? *", "month must be 1-12 or JAN-DEC, not '13'"),
        ("0 2 1 FOO ? *", "'FOO'"),
        ("0 2 ? * 0 *", "day of week must be 1-7 or SUN-SAT, not '0'"),
        ("0 2 ? * SUNDAY *", "'SUNDAY'"),
        ("0 2 ? * TUE#6 *", "'TUE#6'"),
        ("0 2 ? * TUE#1,WED#2 *", "one value with #"),
        ("0 2 ? * SUN 1969", "year must be 1970-2199"),
        ("0 2 ? * SUN 2031-2030", "'2031-2030'"),
        ("0 2 ? * SUN ?", "year"),
        ("0 L ? * SUN *", "hours"),
        ("0 2, ? * SUN *", "hours must be 0-23, not ''"),
        ("0/0 2 ? * SUN *", "'0/0'"),
        ("0/60 2 ? * SUN *", "'0/60'"),
        ("0 2 * * * *", "must be ?"),
        ("0 2 1 * SUN *", "must be ?"),
        ("0 2 ? * ? *", "must be ?"),
        ("0 2 31 2 ? *", "no day 31 in month 2"),
        ("0 2 30,31 FEB ? *", "no day 30,31 in month FEB"),
        ("0 2 31 APR,JUN,SEP,NOV ? *", "no day 31"),
        ("0 2 29 2 ? 2027", "no day 29 in month 2 of year 2027"),
        ("* 2 ? * SUN *", "at least 5 minutes"),
        ("0,58 * ? * SUN *", "at least 5 minutes"),
        ("* 0 2 ? * SUN *", "seconds must be one value"),
        ("60 0 2 ? * SUN *", "seconds must be 0-59"),
    ],
)
def test_expressions_that_aws_refuses(fields: str, fact: str) -> None:
    problem = cron_problem(fields.split(), shortest_gap=5)
    assert problem is not None
    assert fact in problem


@pytest.mark.parametrize(
    ("text", "every"), [("*", True), ("1/1", True), ("JAN-DEC", True), ("JAN", False), ("1/2", False), ("x", False)]
)
def test_every_month(text: str, every: bool) -> None:
    assert covers_every_month(text) is every
