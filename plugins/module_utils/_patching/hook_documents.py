# Copyright: steadyfleet contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection: may change without notice.

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any

from .._common.patterns import refuse
from .._document import api
from .._document import apply as _document
from .._document.document import Document
from .._document.model import Plan, Seen, Wish
from .._document.plan import foreseen
from .._document.steps import Tools, await_active


@dataclass(frozen=True, kw_only=True)
class Kept:
    """A document as it is, or would be, and what had to be done for that."""

    document: dict[str, Any]
    before: dict[str, Any]
    after: dict[str, Any]


def keep(tools: Tools, wishes: Sequence[Wish], acts: bool) -> list[Kept]:
    """Documents as they are wished for. All are read before one is written; they become Active side by side."""
    plans = [(wish, *_document.settle(tools, wish)) for wish in wishes]
    if not acts:
        return [_kept(foreseen(seen, wish, todo, tools.waits), todo) for wish, seen, todo in plans]
    written = [_write(tools, wish, seen, todo) for wish, seen, todo in plans]
    return [_kept(await_active(tools, document, done.version), done) for document, done in written]


def _write(tools: Tools, wish: Wish, seen: Seen | None, todo: Plan) -> tuple[Document, Plan]:
    return _document.carry_out(replace(tools, waits=False), wish, seen, todo)


def _kept(document: Document, done: Plan) -> Kept:
    return Kept(document=document.as_dict(), before=done.before, after=done.after)


def default_versions(tools: Tools, names: Iterable[str]) -> dict[str, str]:
    """The default version of documents that are somebody else's to keep.

    :raises InvalidInput: naming every one that is not there or can't be used.
    """
    found = {name: _default_version(tools, name) for name in names}
    refuse(
        [
            f"{name} is no document in this account and Region"
            if seen is None
            else f"{name} is {seen.status}, not Active"
            for name, seen in found.items()
            if seen is None or seen.status != "Active"
        ]
    )
    return {name: seen.default_version for name, seen in found.items() if seen}


def _default_version(tools: Tools, name: str) -> Document | None:
    return tools.until(
        lambda: api.describe(tools.client, name, "$DEFAULT"),
        lambda seen: seen is None or seen.settled,
        lambda seen: f"document {name} is still {seen.status if seen else 'absent'}",
    )
