"""Cron expressions: which ones can ever be true."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

MONTHS = ("JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC")
# Day 1 is Sunday. https://docs.aws.amazon.com/systems-manager/latest/userguide/reference-cron-and-rate-expressions.html
DAYS = ("SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT")
LONGEST_MONTH = {2: 29, 4: 30, 6: 30, 9: 30, 11: 30}
_ITEM = re.compile(r"(?P<first>\*|\w+)(-(?P<last>\w+))?(/(?P<step>\d+))?")


@dataclass(frozen=True)
class Field:
    """What one field of a cron expression may hold."""

    low: int
    high: int
    names: tuple[str, ...] = ()
    # Forms beside numbers, ranges and steps, such as L for the last day.
    special: re.Pattern[str] | None = field(default=None)

    def takes(self, text: str) -> bool:
        if text == "?":
            return self.special is not None
        return all(self._takes_item(item.upper()) for item in text.split(","))

    def _takes_item(self, item: str) -> bool:
        if self.special and self.special.fullmatch(item):
            return True
        match = _ITEM.fullmatch(item)
        if match is None or (match["first"] == "*" and match["last"]):
            return False
        ends = [end for end in (match["first"], match["last"]) if end not in (None, "*")]
        step = match["step"]
        return all(self.number(end) is not None for end in ends) and (step is None or 1 <= int(step) <= self.high)

    def number(self, text: str) -> int | None:
        """The number that a text stands for, None when the field has no such value."""
        number = self.names.index(text) + self.low if text in self.names else int(text) if text.isdigit() else -1
        return number if self.low <= number <= self.high else None


MINUTE, HOUR, YEAR = Field(0, 59), Field(0, 23), Field(1970, 2199)
DAY = Field(1, 31, special=re.compile(r"L|LW|L-([1-9]|[12]\d|30)|([1-9]|[12]\d|3[01])W"))
MONTH = Field(1, 12, MONTHS)
WEEKDAY = Field(1, 7, DAYS, re.compile(rf"L|([1-7]|{'|'.join(DAYS)})(L|#[1-5])"))


def is_possible(expression: str, lengths: tuple[int, ...]) -> bool:
    """Whether a cron expression is valid and there are days on which it is true.

    :param expression: what stands between the brackets of cron().
    :param lengths: how many fields it may have: with 7 it begins with seconds, with 5 it has no year.
    """
    parts = expression.split()
    if len(parts) not in lengths:
        return False
    fields = [MINUTE, HOUR, DAY, MONTH, WEEKDAY, YEAR][: len(parts)]
    if len(parts) == 7:
        fields.insert(0, MINUTE)
    if not all(field.takes(part) for field, part in zip(fields, parts, strict=True)):
        return False
    day, month, weekday = parts[len(parts) == 7 :][2:5]
    # A day is told by one of the two fields, and the other is a question mark.
    return (day == "?") != (weekday == "?") and _has_day(day, month)


def _has_day(day: str, month: str) -> bool:
    """Whether one of the months has one of the days: none has in 31 FEB."""
    if not re.fullmatch(r"[\d,]+", day):
        return True
    return min(int(item) for item in day.split(",")) <= max(
        (LONGEST_MONTH.get(number, 31) for number in _months(month)), default=31
    )


def _months(month: str) -> Iterator[int]:
    for item in month.upper().split(","):
        number = MONTH.number(item)
        # A range has a month of 31 days, since no two short ones stand side by side.
        yield number if number is not None else 1
