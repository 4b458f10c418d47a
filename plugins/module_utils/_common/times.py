# Copyright: steadyfleet contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection: may change without notice.

from __future__ import annotations

from datetime import UTC, datetime

from .errors import Problem


def iso(moment: datetime | None) -> str | None:
    """``2026-08-01T09:30:00.250Z``: always UTC, so that two of them compare as text."""
    if moment is None:
        return None
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def time_problems(text: str | None, option: str) -> list[Problem]:
    """What is wrong with a time that an option has; nothing when it has none."""
    try:
        utc(text)
    except ValueError:
        return [Problem(f"{option} must be a time like 2026-08-01T09:30:00Z, not {text!r}", "time_invalid")]
    return []


def utc(text: str | None) -> str | None:
    """A time in the form that AWS's examples have: ``2026-08-01T09:30:00Z``. Without an offset, it is UTC already.

    :raises ValueError: when it is not in ISO 8601.
    """
    if text is None:
        return None
    moment = datetime.fromisoformat(text)
    moment = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return moment.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
