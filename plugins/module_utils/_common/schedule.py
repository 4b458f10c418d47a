# Copyright: steadyfleet contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection: may change without notice.

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import datetime

from .cron import covers_every_month, cron_problem
from .errors import Problem

_RATE = re.compile(r"rate\(([1-9]\d*) (minute|hour|day)(s?)\)")
_MINUTES = {"minute": 1, "hour": 60, "day": 1440}
_CRON = re.compile(r"cron\(([^()]+)\)")
_CRON_FIELD = re.compile(r"[0-9A-Za-z*?,/#\-]+")
_AT = re.compile(r"at\((\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(:\d{2})?)\)")
# State Manager's limits, in minutes.
_SHORTEST, _LONGEST = 30, 31 * 1440
# "Cron expressions that lead to rates faster than five minutes aren't supported."
# https://docs.aws.amazon.com/systems-manager/latest/userguide/reference-cron-and-rate-expressions.html
_SHORTEST_OF_WINDOW = 5


def is_rate(expression: str | None) -> bool:
    return (expression or "").startswith("rate(")


def schedule_offset_problems(expression: str | None, offset: int | None) -> list[Problem]:
    if not offset or not expression or expression.startswith("cron("):
        return []
    message = f"schedule_offset goes with a cron(...) schedule only, not with {expression}"
    return [Problem(message, "schedule_offset_without_cron")]


def state_manager_schedule_problems(expression: str, option: str = "schedule_expression") -> list[Problem]:
    """What is wrong with a schedule of an association. AWS may still refuse it."""
    if is_rate(expression):
        return _rate_problem(expression, option)
    if problems := _form_problems(expression, option, cron_fields=range(5, 8)):
        return problems
    fields = _cron_fields(expression)
    # AWS documents five fields too, and does not say which one is left out, so AWS judges those.
    reason = cron_problem(fields, _SHORTEST) or _state_manager_problem(fields) if len(fields) > 5 else None
    return _reason_problems(expression, option, reason)


def window_schedule_problems(expression: str, option: str = "schedule") -> list[Problem]:
    """What is wrong with a schedule of a maintenance window. AWS may still refuse it."""
    if problems := _form_problems(expression, option, cron_fields=range(6, 8)):
        return problems
    fields = _cron_fields(expression)
    return _reason_problems(expression, option, cron_problem(fields, _SHORTEST_OF_WINDOW) if fields else None)


def _state_manager_problem(fields: Sequence[str]) -> str | None:
    """What State Manager does not take of a valid cron expression."""
    if len(fields) > 6 and fields[0].strip("0"):
        return f"State Manager takes no seconds but 0, not {fields[0]!r}"
    if not covers_every_month(fields[-3]):
        return f"State Manager takes no month: it must be *, not {fields[-3]!r}"
    return None


def _cron_fields(expression: str) -> list[str]:
    """The fields of a cron expression; none of another expression."""
    cron = _CRON.fullmatch(expression)
    return cron[1].split() if cron else []


def _reason_problems(expression: str, option: str, reason: str | None) -> list[Problem]:
    return [Problem(f"{option} {expression} is not possible: {reason}", "schedule_invalid")] if reason else []


def _form_problems(expression: str, option: str, cron_fields: Sequence[int]) -> list[Problem]:
    fields = _cron_fields(expression)
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
