# Copyright: steadyfleet contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection: may change without notice.

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

# The fields of a window, a target or a task under the names of their options. A field that is not set is absent, and
# AWS's defaults are spelled out. AWS's responses, the module's options and the requests all pass through this one form,
# so that they can be merged and compared.
Fields = dict[str, Any]


@dataclass(frozen=True, kw_only=True)
class DesiredWindow:
    """What the caller asks for. A field of None leaves that part as it is."""

    window_id: str | None = None
    fields: Fields
    targets: tuple[Fields, ...] | None = None
    tasks: tuple[Fields, ...] | None = None
    purge_targets: bool = True
    purge_tasks: bool = True
    tags: dict[str, str] | None = None
    purge_tags: bool = True


@dataclass(frozen=True, kw_only=True)
class RegisteredItem:
    """A target or a task that is registered with a window."""

    item_id: str
    fields: Fields
    # Only tasks have these: the ids of the targets that they name, and their deprecated fields in AWS's own form.
    target_ids: tuple[str, ...] = ()
    deprecated: Fields = field(default_factory=dict)
    # Whether the fields hold task_invocation_parameters, which AWS's listing of tasks leaves out.
    is_complete: bool = True

    @property
    def name(self) -> str | None:
        return self.fields.get("name")

    @property
    def label(self) -> str:
        """The name, or the id of an item without a name."""
        return self.name or self.item_id


@dataclass(frozen=True, kw_only=True)
class ObservedWindow:
    """A window as AWS shows it."""

    window_id: str
    fields: Fields
    targets: tuple[RegisteredItem, ...] = ()
    tasks: tuple[RegisteredItem, ...] = ()
    tags: dict[str, str] | None = None
    next_execution_time: str | None = None
    # ISO 8601, in UTC.
    created_date: str | None = None
    modified_date: str | None = None


@dataclass(frozen=True, kw_only=True)
class AppliedWindow:
    """The ids of a window, of its targets and of its tasks after a plan was applied, in the plan's order. An id is None
    as long as AWS has not given one."""

    window_id: str | None
    target_ids: tuple[str | None, ...]
    task_ids: tuple[str | None, ...]
    next_execution_time: str | None = None


@dataclass(frozen=True, kw_only=True)
class WindowQuery:
    """Which windows to read, and how much of each. Without ids, names and filters these are all windows."""

    window_ids: Sequence[str] | None = None
    names: Sequence[str] | None = None
    filters: Mapping[str, Any] | None = None
    include_targets: bool = False
    include_tasks: bool = False
    include_tags: bool = False
