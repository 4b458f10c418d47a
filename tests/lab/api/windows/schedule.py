"""Schedules of maintenance windows: what AWS accepts, and the next execution time for the simple ones."""

from __future__ import annotations

import datetime
import re
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from lab.api.errors import ApiError
from lab.api.runtime.cron import is_possible

RATE = re.compile(r"rate\(([1-9]\d*) (minute|hour|day)(s?)\)")
CRON = re.compile(r"cron\(([0-9A-Za-z*?,/#\- ]+)\)")
AT = re.compile(r"at\((\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(:\d{2})?)\)")
DATE = re.compile(r"\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(:\d{2}(\.\d+)?)?(Z|[+-]\d{2}:?\d{2})?")
WEEKDAYS = ("MON", "TUE", "WED", "THU", "FRI", "SAT", "SUN")
ONE_DAY = datetime.timedelta(days=1)


def check_schedule(fields: dict[str, Any]) -> None:
    """Refuse a schedule that AWS refuses.

    :raises ApiError: ValidationException.
    """
    schedule = fields["Schedule"]
    rate, cron = RATE.fullmatch(schedule), CRON.fullmatch(schedule)
    fits = (rate and (int(rate[1]) == 1) != (rate[3] == "s")) or (cron and is_possible(cron[1], (6, 7)))
    if not fits and _at_time(schedule) is None:
        raise _invalid(f"The schedule expression {schedule} is not valid.")
    if fields.get("ScheduleOffset") and not cron:
        raise _invalid("ScheduleOffset is supported for cron expressions only.")
    if fields["Cutoff"] >= fields["Duration"]:
        # AWS's own message, with its spelling.
        latest = fields["Duration"] - 1
        raise _invalid(f"Cuttoff was {fields['Cutoff']} but must be smaller than {latest} (Duration - 1 )")
    _zone(fields)
    start, end = (_date(fields, name) for name in ("StartDate", "EndDate"))
    if start and end and end <= start:
        raise _invalid("EndDate must be after StartDate.")


def next_run(fields: dict[str, Any], now: datetime.datetime) -> str | None:
    """The next execution time in AWS's form; None when there is none, and for rates and the rarer forms of cron."""
    try:
        return _next_run(fields, now)
    except OverflowError:
        return None  # it would be after the year 9999


def _next_run(fields: dict[str, Any], now: datetime.datetime) -> str | None:
    begin = max(filter(None, (now, _date(fields, "StartDate"))))
    moment = _at_time(fields["Schedule"])
    zone = _zone(fields)
    found = moment.replace(tzinfo=zone) if moment else _next_cron(fields["Schedule"], begin.astimezone(zone))
    if found is None or found <= begin:
        return None
    found += ONE_DAY * fields.get("ScheduleOffset", 0)
    end = _date(fields, "EndDate")
    return None if end and found > end else found.isoformat(timespec="minutes").replace("+00:00", "Z")


def _next_cron(schedule: str, begin: datetime.datetime) -> datetime.datetime | None:
    cron = CRON.fullmatch(schedule)
    parts = cron[1].split()[-6:] if cron else []
    if len(parts) != 6 or not (parts[0].isdigit() and parts[1].isdigit()) or (parts[3], parts[5]) != ("*", "*"):
        return None
    day = begin.replace(hour=int(parts[1]), minute=int(parts[0]), second=0, microsecond=0)
    for _ in range(400):
        if day > begin and _matches_day(day, parts[2]) and _matches_weekday(day, parts[4]):
            return day
        day += ONE_DAY
    return None


def _matches_day(day: datetime.datetime, wanted: str) -> bool:
    return wanted in ("*", "?") or (wanted.isdigit() and int(wanted) == day.day)


def _matches_weekday(day: datetime.datetime, wanted: str) -> bool:
    name, _, number = wanted.partition("#")
    which = number in ("", str((day.day - 1) // 7 + 1))
    return wanted in ("*", "?") or (name.upper() == WEEKDAYS[day.weekday()] and which)


def _at_time(schedule: str) -> datetime.datetime | None:
    at = AT.fullmatch(schedule)
    try:
        return datetime.datetime.fromisoformat(at[1]) if at else None
    except ValueError:
        return None


def _date(fields: dict[str, Any], name: str) -> datetime.datetime | None:
    text = fields.get(name)
    if text is None:
        return None
    try:
        moment = datetime.datetime.fromisoformat(text) if DATE.fullmatch(text) else None
    except ValueError:
        moment = None
    if moment is None:
        raise _invalid(f"{name} {text} is not a date in ISO-8601 Extended format.")
    return moment if moment.tzinfo else moment.replace(tzinfo=datetime.UTC)


def _zone(fields: dict[str, Any]) -> datetime.tzinfo:
    name = fields.get("ScheduleTimezone")
    try:
        return ZoneInfo(name) if name else datetime.UTC
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise _invalid(f"The time zone {name} is not valid.") from None


def _invalid(message: str) -> ApiError:
    return ApiError("ValidationException", message)
