# Copyright: steadyfleet contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection: may change without notice.

from __future__ import annotations

import calendar
import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise, product

# https://docs.aws.amazon.com/systems-manager/latest/userguide/reference-cron-and-rate-expressions.html
_MONTH_NAMES = ("JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC")
_DAY_NAMES = ("SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT")
_ITEM = re.compile(r"(?:(?P<all>\*)|(?P<first>\w+)(?:-(?P<last>\w+))?)?(?:/(?P<step>\d+))?")
_DAY_OF_MONTH = re.compile(r"L|LW|L-([1-9]|[12]\d|30)|([1-9]|[12]\d|3[01])W")
_DAY_OF_WEEK = re.compile(r"L|([1-7]|SUN|MON|TUE|WED|THU|FRI|SAT)(L|#[1-5])")


@dataclass(frozen=True, kw_only=True)
class CronField:
    """One field of a cron expression: its range, its names, and what else it takes."""

    name: str
    low: int
    high: int
    # The names of the numbers from 1.
    names: tuple[str, ...] = ()
    # Values with L, W and #, which stand for other days in each month.
    special: re.Pattern[str] | None = None

    @property
    def range(self) -> str:
        named = f" or {self.names[0]}-{self.names[-1]}" if self.names else ""
        return f"{self.low}-{self.high}{named}"

    def values(self, text: str) -> frozenset[int] | None:
        """The values that a field stands for; None when they differ from month to month.

        :raises ValueError: saying what is wrong.
        """
        items = text.upper().split(",")
        if self.special and any(map(self.special.fullmatch, items)):
            if len(items) > 1 and "#" in text:
                raise ValueError(f"{self.name} takes one value with #, not {text!r}")
            return None
        return frozenset(value for item in items for value in self._item(item))

    def _item(self, item: str) -> list[int]:
        found = _ITEM.fullmatch(item)
        if not found or not item:
            raise self._invalid(item)
        step = int(found["step"] or 1)
        if not 1 <= step <= max(self.high - self.low, 1):
            raise self._invalid(item)
        if not found["first"]:
            return list(range(self.low, self.high + 1, step))
        first = self._number(found["first"], item)
        open_end = self.high if found["step"] else first
        last = self._number(found["last"], item) if found["last"] else open_end
        if last < first and self is YEARS:
            raise self._invalid(item)
        # FRI-MON goes over the end of the week.
        size = self.high - self.low + 1
        return [(first - self.low + n) % size + self.low for n in range(0, (last - first) % size + 1, step)]

    def _number(self, text: str, item: str) -> int:
        number = self.names.index(text) + 1 if text in self.names else int(text) if text.isdecimal() else -1
        if not self.low <= number <= self.high:
            raise self._invalid(item)
        return number

    def _invalid(self, item: str) -> ValueError:
        return ValueError(f"{self.name} must be {self.range}, not {item!r}")


SECONDS = CronField(name="seconds", low=0, high=59)
MINUTES = CronField(name="minutes", low=0, high=59)
HOURS = CronField(name="hours", low=0, high=23)
DAYS_OF_MONTH = CronField(name="day of month", low=1, high=31, special=_DAY_OF_MONTH)
MONTHS = CronField(name="month", low=1, high=12, names=_MONTH_NAMES)
DAYS_OF_WEEK = CronField(name="day of week", low=1, high=7, names=_DAY_NAMES, special=_DAY_OF_WEEK)
YEARS = CronField(name="year", low=1970, high=2199)


def cron_problem(fields: Sequence[str], shortest_gap: int) -> str | None:
    """What is wrong with a cron expression of six fields, or of seven with the seconds first.

    :param shortest_gap: the minutes that must be between two runs.
    """
    *seconds, minutes, hours, day, month, weekday, year = fields
    try:
        for text in seconds:
            if len(SECONDS.values(text) or ()) != 1:
                raise ValueError(f"seconds must be one value, not {text!r}")
        _check_gap(MINUTES.values(minutes) or frozenset(), HOURS.values(hours) or frozenset(), shortest_gap)
        if (day == "?") == (weekday == "?"):
            raise ValueError("one of day of month and day of week must be ?, and the other must not")
        days = None if day == "?" else DAYS_OF_MONTH.values(day)
        if weekday != "?":
            DAYS_OF_WEEK.values(weekday)
        months, years = MONTHS.values(month) or frozenset(), YEARS.values(year) or frozenset()
        if days and not _exists(days, months, years):
            raise ValueError(f"there is no day {day} in month {month} of year {year}")
    except ValueError as error:
        return str(error)
    return None


def _check_gap(minutes: frozenset[int], hours: frozenset[int], shortest: int) -> None:
    ordered = sorted(minutes)
    # The first run of the next hour, if there is one.
    later = [ordered[0] + 60] if any((hour + 1) % 24 in hours for hour in hours) else []
    if any(after - before < shortest for before, after in pairwise([*ordered, *later])):
        raise ValueError(f"there must be at least {shortest} minutes between two runs")


def _exists(days: frozenset[int], months: frozenset[int], years: frozenset[int]) -> bool:
    return any(min(days) <= calendar.monthrange(year, month)[1] for year, month in product(years, months))


def covers_every_month(text: str) -> bool:
    try:
        return len(MONTHS.values(text) or ()) == MONTHS.high
    except ValueError:
        return False
