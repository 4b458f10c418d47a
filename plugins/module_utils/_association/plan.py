# Copyright: steadyfleet contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection: may change without notice.

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

from .._common.errors import InvalidInput
from .._common.tags import TagPlan, plan_tags
from .merge import comparable, merge
from .rules import check, starts_at_once
from .transformations import APPLY_ONLY, Fields


@dataclass(frozen=True, kw_only=True)
class Plan:
    """From the association that is there to the one that shall be."""

    before: Fields | None
    after: Fields
    write: Literal["create", "update"] | None
    # Ask AWS for a run of its own; not when writing makes it run anyway.
    start: bool
    tags: TagPlan | None = None
    tags_before: dict[str, str] | None = None

    @property
    def runs(self) -> bool:
        """Whether carrying this out makes AWS run the association."""
        return self.runs_because is not None

    @property
    def runs_because(self) -> str | None:
        """Why carrying this out makes AWS run it at once; None when it does not."""
        because = self._because
        if because and self.after.get("calendar_names"):
            return f"{because}; but only while its calendars are open"
        return because

    @property
    def _because(self) -> str | None:
        if self.start:
            return "run_now asks for it"
        if self.write is None or not starts_at_once(self.after):
            return None
        if (self.before or {}).get(APPLY_ONLY):
            return f"AWS runs an association as soon as {APPLY_ONLY} is turned off"
        return f"AWS runs an association as soon as it is {self.write}d, unless {APPLY_ONLY} is true"

    def shown_before(self) -> dict[str, Any]:
        if self.before is None:
            return {}
        return comparable(self.before) | ({} if self.tags_before is None else {"tags": self.tags_before})

    def shown_after(self) -> dict[str, Any]:
        return comparable(self.after) | ({} if self.tags is None else {"tags": self.tags.after})


@dataclass(frozen=True, kw_only=True)
class Wish:
    """What the caller asks for."""

    fields: Fields
    run_now: bool = False
    tags: dict[str, str] | None = None
    purge_tags: bool = True


def plan(current: Fields | None, current_tags: dict[str, str] | None, wish: Wish) -> Plan:
    """
    :param current: the association as it is, or None when there is none.
    :param current_tags: its tags, None when they were not read because nobody asked about them.
    :raises InvalidInput: when what comes out is nothing that AWS would take.
    """
    after = merge(current or {}, wish.fields)
    if not after.get("document"):
        name = after.get("association_name")
        raise InvalidInput(f"there is no association {name} yet: document is needed to create it")
    write: Literal["create", "update"] | None = None
    if current is None:
        write = "create"
    elif comparable(current) != comparable(after):
        write = "update"
    if write:
        check(after)
    return Plan(
        before=current,
        after=after,
        write=write,
        start=wish.run_now and not (write and starts_at_once(after)),
        tags=None if wish.tags is None else plan_tags(current_tags or {}, wish.tags, wish.purge_tags),
        tags_before=current_tags,
    )
