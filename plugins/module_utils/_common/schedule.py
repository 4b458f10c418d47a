# Copyright: steadyfleet contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection: may change without notice.

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import datetime

from .errors import Problem

_RATE = re.compile(r"rate\(([1-9]\d*) (minute|hour|day)(s?)\)")
_MINUTES = {"minute": 1, "hour": 60, "day": 1440}
_CRON = re.compile(r"cron\(([^()]+)\)")
_CRON_FIELD = re.compile(r"[0-9A-Za-z*?,/#\-]+")
_AT = re.compile(r"at\((\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(:\d{2})?)\)")
# State Manager's limits of a rate, in minutes.
_SHORTEST, _LONGEST = 30, 31 * 1440


def is_rate(expression: str | None) -> bool:
    return (expression or "").startswith("rate(")


def state_manager_schedule_problem(expression: str, option: str = "schedule_expression") -> list[Problem]:
    """What is wrong with a schedule of an association. AWS may still refuse it."""
    if is_rate(expression):
        return _rate_problem(expression, option)
    return _schedule_problem(expression, option, cron_fields=range(5, 8))


def window_schedule_problem(expression: str, option: str = "schedule") -> list[Problem]:
    """What is wrong with a schedule of a maintenance window. AWS may still refuse it."""
    # https://docs.aws.amazon.com/systems-manager/latest/userguide/reference-cron-and-rate-expressions.html
    # A cron expression may start with seconds.
    return _schedule_problem(expression, option, cron_fields=range(6, 8))


def _schedule_problem(expression: str, option: str, cron_fields: Sequence[int]) -> list[Problem]:
    cron = _CRON.fullmatch(expression)
    fields = cron[1].split() if cron else []
    valid = (
        (len(fields) in cron_fields and all(map(_CRON_FIELD.fullmatch, fields)))
        or _is_rate_expression(expression)
        or _is_at_expression(expression)
    )
    if valid:
        return []
    return [
        Problem(
            f"{option} must look like cron(0 2 ? * SUN *) with 6 fields, rate(7 days) or at(2030-01-31T02:00:00), "
            f"not {expression!r}",
            "schedule_invalid",
        )
    ]


def _is_rate_expression(expression: str) -> bool:
    rate = _RATE.fullmatch(expression)
    return rate is not None and (int(rate[1]) == 1) == (rate[3] == "")


def _is_at_expression(expression: str) -> bool:
    at = _AT.fullmatch(expression)
    try:
        return at is not None and bool(datetime.fromisoformat(at[1]))
    except ValueError:
        return False


def _rate_problem(expression: str, option: str) -> list[Problem]:
    rate = _RATE.fullmatch(expression)
    if rate is None or not _is_rate_expression(expression):
        return [
            Problem(
                f"{option} must look like rate(30 minutes), rate(1 hour) or rate(7 days), not {expression!r}",
                "schedule_invalid",
            )
        ]
    if not _SHORTEST <= int(rate[1]) * _MINUTES[rate[2]] < _LONGEST:
        return [
            Problem(f"{option} must be from 30 minutes to less than 31 days, not {expression!r}", "schedule_invalid")
        ]
    return []
