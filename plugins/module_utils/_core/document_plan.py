# Copyright: steadyfleet contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection: may change without notice.

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

from .document import Content, Document
from .errors import InvalidInput, Refused
from .tags import TagPlan, plan_tags


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
    tags: dict[str, str] | None = None
    purge_tags: bool = True


@dataclass(frozen=True, kw_only=True)
class Seen:
    """The document as it is: its latest version and what that says."""

    document: Document
    content: Any = None
    tags: dict[str, str] | None = None


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

    @property
    def content_changes(self) -> bool:
        return self.before.get("content") != self.after.get("content")


def plan(seen: Seen | None, wish: Wish) -> Plan:
    """
    :raises InvalidInput, Refused: when AWS offers no way from the one to the other.
    """
    if seen is None:
        return _creation(wish)
    document = seen.document
    if wish.document_type and document.document_type != wish.document_type:
        raise Refused(
            f"document {wish.name} is of type {document.document_type}, and AWS can't make it {wish.document_type}: "
            "delete it first, or take another name"
        )
    before = _shown(seen)
    asked = {"target_type": wish.target_type, "display_name": wish.display_name}
    if wish.content:
        asked["content"] = wish.content.parsed
    after = {**before, **{name: value for name, value in asked.items() if value is not None}}
    latest = int(document.latest_version)
    update = before != after
    if update and wish.content is None:
        raise InvalidInput("content or src is needed too: AWS changes target_type and display_name with them only")
    version = latest + 1 if update else latest
    default = _default(wish, version, int(document.default_version))
    tags = None if wish.tags is None else plan_tags(seen.tags or {}, wish.tags, wish.purge_tags)
    after |= {"latest_version": version, "default_version": default}
    return Plan(
        write="update" if update else None,
        version=version,
        new_default=None if default == int(document.default_version) else default,
        before=before,
        after=after | ({} if tags is None else {"tags": tags.after}),
        tags=tags,
    )


def _creation(wish: Wish) -> Plan:
    if wish.content is None:
        raise InvalidInput(f"there is no document {wish.name} yet: content or src is needed to create it")
    _default(wish, 1, 1)
    after = {
        "content": wish.content.parsed,
        "target_type": wish.target_type,
        "display_name": wish.display_name,
        "latest_version": 1,
        "default_version": 1,
    }
    tags = None if wish.tags is None else plan_tags({}, wish.tags, purge=False)
    after |= {} if tags is None else {"tags": tags.after}
    return Plan(write="create", version=1, new_default=None, before={}, after=after, tags=tags)


def _default(wish: Wish, version: int, now: int) -> int:
    """The number of the version that shall be the default one."""
    if wish.default_version is None:
        return now
    asked = version if wish.default_version == "latest" else int(wish.default_version)
    if asked > version:
        raise InvalidInput(f"document {wish.name} has no version {asked} for default_version: the latest is {version}")
    return asked


def _shown(seen: Seen) -> dict[str, Any]:
    shown = {
        "content": seen.content,
        "target_type": seen.document.target_type,
        "display_name": seen.document.display_name,
        "latest_version": int(seen.document.latest_version),
        "default_version": int(seen.document.default_version),
    }
    return shown if seen.tags is None else {**shown, "tags": seen.tags}
