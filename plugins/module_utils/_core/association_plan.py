# Copyright: steadyfleet contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection: may change without notice.

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

from .association import Fields, check, comparable, merge, starts_at_once
from .errors import InvalidInput
from .tags import TagPlan, plan_tags


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
        return self.start or (self.write is not None and starts_at_once(self.after))

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
    check(after)
    if not after.get("document"):
        raise InvalidInput("there is no such association yet: document is needed to create it")
    write: Literal["create", "update"] | None = None
    if current is None:
        write = "create"
    elif comparable(current) != comparable(after):
        write = "update"
    return Plan(
        before=current,
        after=after,
        write=write,
        start=wish.run_now and not (write and starts_at_once(after)),
        tags=None if wish.tags is None else plan_tags(current_tags or {}, wish.tags, wish.purge_tags),
        tags_before=current_tags,
    )
