# Copyright: steadyfleet contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection: may change without notice.

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from .._common.tags import TagPlan
from .document import Content, Document
from .shares import SharePlan
from .versions import Version


@dataclass(frozen=True, kw_only=True)
class Wish:
    """What the caller asks for; None is never a wish."""

    name: str
    content: Content | None = None
    document_type: str | None = None
    target_type: str | None = None
    display_name: str | None = None
    version_name: str | None = None
    default_version: str | None = None
    attachments: tuple[Mapping[str, Any], ...] | None = None
    requires: tuple[Mapping[str, Any], ...] | None = None
    tags: dict[str, str] | None = None
    purge_tags: bool = True
    share_with: tuple[str, ...] | None = None
    shared_document_version: str | None = None
    purge_shares: bool = True
    keep_versions: int | None = None


@dataclass(frozen=True, kw_only=True)
class Seen:
    """The document as it is: its latest version and what that says; the rest as far as it is asked for."""

    document: Document
    content: Any = None
    tags: dict[str, str] | None = None
    shares: dict[str, str] | None = None
    versions: tuple[Version, ...] = ()
    # The version that shall be the default one, when it is another than the latest and the default one.
    asked: Document | None = None
    # Versions that associations are bound to by number.
    bound: frozenset[int] = frozenset()


@dataclass(frozen=True, kw_only=True)
class Plan:
    write: Literal["create", "update"] | None
    # Of the version that is written, or else of the latest one.
    version: int
    # Make this version the default one; None when it is.
    new_default: int | None
    before: dict[str, Any]
    after: dict[str, Any]
    tags: TagPlan | None = None
    shares: SharePlan | None = None
    # Versions to delete; the first ones before anything is written, to make room for it.
    prune_first: tuple[int, ...] = ()
    prune: tuple[int, ...] = ()

    @property
    def pruned(self) -> tuple[int, ...]:
        return self.prune_first + self.prune
