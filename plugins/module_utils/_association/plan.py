# Copyright: steadyfleet contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection: may change without notice.

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

from .._common.errors import InvalidInput
from .._common.schedule import is_rate
from .._common.tags import TagPlan, plan_tags
from .model import DesiredAssociation, ObservedAssociation
from .rules import require_complete
from .transformations import APPLY_ONLY, Fields, comparable, merge


@dataclass(frozen=True, kw_only=True)
class AssociationPlan:
    """How the observed association becomes the desired one."""

    before: Fields | None
    after: Fields
    write: Literal["create", "update"] | None
    # Ask AWS for a run. Not needed when the write makes AWS run the association anyway.
    start: bool
    tags: TagPlan | None = None
    tags_before: dict[str, str] | None = None

    @property
    def runs(self) -> bool:
        """Whether the plan makes AWS run the association at once."""
        return self.runs_because is not None

    @property
    def runs_because(self) -> str | None:
        """Why the plan makes AWS run the association at once, or None."""
        reason = self._reason_to_run
        if reason and self.after.get("calendar_names"):
            return f"{reason}; but only while its calendars are open"
        return reason

    @property
    def _reason_to_run(self) -> str | None:
        if self.start:
            return "run=now asks for it"
        if self.write is None or not starts_at_once(self.after):
            return None
        if (self.before or {}).get(APPLY_ONLY):
            return f"AWS runs an association as soon as {APPLY_ONLY} is turned off"
        return f"AWS runs an association as soon as it is {self.write}d, unless {APPLY_ONLY} is true"

    def state_before(self) -> dict[str, Any]:
        """The observed state for the diff."""
        if self.before is None:
            return {}
        return comparable(self.before) | ({} if self.tags_before is None else {"tags": self.tags_before})

    def state_after(self) -> dict[str, Any]:
        """The desired state for the diff."""
        return comparable(self.after) | ({} if self.tags is None else {"tags": self.tags.after})


def starts_at_once(fields: Fields) -> bool:
    """Whether AWS runs the association when it is created or updated, without waiting for its schedule."""
    return not fields.get(APPLY_ONLY) or is_rate(fields.get("schedule_expression"))


def plan_association(observed: ObservedAssociation | None, desired: DesiredAssociation) -> AssociationPlan:
    """
    :param observed: None when the association does not exist.
    :raises InvalidInput: when the fields together are nothing that AWS accepts.
    """
    before = observed.fields if observed else None
    after = merge(before or {}, desired.fields)
    if not after.get("document_name"):
        name = after.get("association_name")
        raise InvalidInput(
            f"association {name} does not exist: document_name is required to create it", code="document_name_required"
        )
    write: Literal["create", "update"] | None = None
    if before is None:
        write = "create"
    elif comparable(before) != comparable(after):
        write = "update"
    if write:
        require_complete(after)
    tags = observed.tags if observed else {}
    return AssociationPlan(
        before=before,
        after=after,
        write=write,
        start=desired.run_now and not (write and starts_at_once(after)),
        tags=None if desired.tags is None else plan_tags(tags or {}, desired.tags, desired.purge_tags),
        tags_before=None if desired.tags is None else tags,
    )
