# Copyright: steadyfleet contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection: may change without notice.

from __future__ import annotations

import re

_RATE = re.compile(r"rate\((\d+) (minute|hour|day)(s?)\)")
_MINUTES = {"minute": 1, "hour": 60, "day": 1440}
_CRON = re.compile(r"cron\((.+)\)")
_CRON_FIELD = re.compile(r"[0-9A-Za-z*?,/#\-]+")
# Once, at a time of UTC.
_AT = re.compile(r"at\(\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(:\d{2})?\)")
_SHORTEST, _LONGEST = 30, 31 * 1440


def is_rate(expression: str | None) -> bool:
    return (expression or "").startswith("rate(")


def schedule_problem(expression: str) -> str | None:
    """What is wrong with a State Manager schedule, or None. AWS still has the last word."""
    if len(expression) > 256:
        return "schedule_expression must have at most 256 characters"
    if is_rate(expression):
        return _rate_problem(expression)
    if _AT.fullmatch(expression):
        return None
    cron = _CRON.fullmatch(expression)
    if not cron:
        return f"schedule_expression must be cron(...), rate(...) or at(...), not {expression!r}"
    fields = cron.group(1).split()
    if not 5 <= len(fields) <= 7 or not all(map(_CRON_FIELD.fullmatch, fields)):
        return f"schedule_expression {expression!r} is no cron expression of 6 fields, as cron(0 2 ? * SUN *)"
    return None


def _rate_problem(expression: str) -> str | None:
    rate = _RATE.fullmatch(expression)
    if not rate or (int(rate[1]) == 1) != (rate[3] == ""):
        return f"schedule_expression {expression!r} is no rate, as rate(30 minutes), rate(1 hour) or rate(7 days)"
    if not _SHORTEST <= int(rate[1]) * _MINUTES[rate[2]] < _LONGEST:
        return f"schedule_expression {expression!r} must be from 30 minutes to less than 31 days"
    return None
