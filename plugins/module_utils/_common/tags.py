# Copyright: steadyfleet contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection: may change without notice.

from __future__ import annotations

import re
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


# As in AWS's own service model.
_TAG = re.compile(r"[\w\s.:/=+\-@]*")
_MOST = 50


def tag_problems(tags: Mapping[str, str] | None) -> list[str]:
    """What AWS would refuse of them, perhaps only after something else was written."""
    tags = tags or {}
    problems = [] if len(tags) <= _MOST else [f"at most {_MOST} tags are possible, not {len(tags)}"]
    for key, value in tags.items():
        if not 1 <= len(key) <= 128 or not _TAG.fullmatch(key) or key.lower().startswith("aws:"):
            problems.append(f"tag {key!r} must be 1 to 128 letters, digits, spaces or any of _.:/=+-@, not aws:...")
        if len(value) > 256 or not _TAG.fullmatch(value):
            problems.append(f"the value of tag {key!r} must be at most 256 letters, digits, spaces or any of _.:/=+-@")
    return problems
