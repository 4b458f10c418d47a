# Copyright: steadyfleet contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection: may change without notice.

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, kw_only=True)
class TagPlan:
    """What to write, and what is there afterwards."""

    to_set: dict[str, str]
    to_remove: tuple[str, ...]
    after: dict[str, str]


def texts(tags: Mapping[str, Any] | None) -> dict[str, str] | None:
    """Tags as AWS wants them: YAML makes numbers of some."""
    return None if tags is None else {str(key): str(value) for key, value in tags.items()}


def plan_tags(current: Mapping[str, str], wanted: Mapping[str, str], purge: bool) -> TagPlan:
    """From one set of tags to another. Tags of AWS's own (``aws:``) can't be removed and are left alone."""
    to_set = {key: value for key, value in wanted.items() if current.get(key) != value}
    surplus = (key for key in current if key not in wanted and not key.startswith("aws:"))
    to_remove = tuple(surplus) if purge else ()
    after = {key: value for key, value in {**current, **wanted}.items() if key not in to_remove}
    return TagPlan(to_set=to_set, to_remove=to_remove, after=after)
