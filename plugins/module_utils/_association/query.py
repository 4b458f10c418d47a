# Copyright: steadyfleet contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection: may change without notice.

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from .._common.patterns import mismatch, refuse

# As ListAssociations has them in AWS's own service model.
FILTERS = (
    "AssociationId",
    "AssociationName",
    "AssociationStatusName",
    "CloudConnectorId",
    "InstanceId",
    "LastExecutedAfter",
    "LastExecutedBefore",
    "Name",
    "ResourceGroupName",
)


@dataclass(frozen=True, kw_only=True)
class Ask:
    """Which associations to read, and what of each; without ids, names and filters all there are."""

    association_ids: list[str] | None = None
    names: list[str] | None = None
    filters: dict[str, Any] = field(default_factory=dict)
    tags: bool = False
    # How many of the newest executions, and only those after this time.
    executions: int = 0
    executions_after: str | None = None
    targets: bool = False


def check(ask: Ask) -> None:
    """:raises InvalidInput: naming everything that AWS would refuse, or that makes no sense."""
    problems = [found for value in ask.association_ids or [] if (found := mismatch("association_id", value))]
    problems += [found for value in ask.names or [] if (found := mismatch("association_name", value))]
    for key, value in ask.filters.items():
        if key not in FILTERS:
            problems.append(f"there is no filter {key}: there are {', '.join(FILTERS)}")
        elif isinstance(value, (list, dict)) or value in (None, ""):
            problems.append(f"filter {key} takes one value, not {value!r}")
    if ask.executions < 0:
        problems.append(f"executions must not be negative, as {ask.executions} is")
    if ask.executions_after and not _is_time(ask.executions_after):
        problems.append(f"executions_after must be a time as 2026-08-01T09:30:00Z, not {ask.executions_after!r}")
    for name, given in (("include_targets", ask.targets), ("executions_after", ask.executions_after)):
        if given and not ask.executions:
            problems.append(f"{name} needs executions: how many of them")
    refuse(problems)


def _is_time(text: str) -> bool:
    try:
        datetime.fromisoformat(text)
    except ValueError:
        return False
    return True
