from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest
from ansible_collections.steadyfleet.aws_patching.plugins.module_utils._common.times import iso, time_problems, utc


def test_times_of_aws_are_text_in_utc() -> None:
    moment = datetime(2026, 8, 1, 11, 30, 0, 250_000, tzinfo=timezone(timedelta(hours=2)))
    assert iso(moment) == "2026-08-01T09:30:00.250Z" == iso(moment.astimezone(UTC))
    assert iso(None) is None


@pytest.mark.parametrize(
    ("given", "sent"),
    [
        (None, None),
        ("2026-08-01T09:30:00Z", "2026-08-01T09:30:00Z"),
        ("2026-08-01T11:30:00.500+02:00", "2026-08-01T09:30:00Z"),
        ("2026-08-01T09:30", "2026-08-01T09:30:00Z"),
        ("2026-08-01", "2026-08-01T00:00:00Z"),
    ],
)
def test_times_of_the_user_are_sent_in_utc(given: str | None, sent: str | None) -> None:
    assert utc(given) == sent
    assert not time_problems(given, "invoked_after")


@pytest.mark.parametrize("text", ["", "today", "2026-13-01T00:00:00Z", "1785576600"])
def test_what_is_no_time(text: str) -> None:
    [problem] = time_problems(text, "invoked_after")
    assert problem.message.startswith("invoked_after must be a time like ")
    assert repr(text) in problem.message
