# Copyright: steadyfleet contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection: may change without notice.

from __future__ import annotations

from dataclasses import replace
from typing import Any

from .._aws.tags import list_tags, write_tags
from .._common import yaml as _yaml
from .._common.errors import AwsError, InvalidInput, Refused
from . import api
from .document import Content, Document, parse
from .model import Plan, Seen, Wish
from .plan import elsewhere, plan
from .steps import Tools, await_active, delete_versions, find, set_default, share
from .versions import MOST, bound, refuse_full, refuse_taken

# AWS takes the content, or the version's name, for one that it has; also when our own request arrived twice.
_KNOWN_ALREADY = ("DuplicateDocumentContent", "DuplicateDocumentVersionName")


def look(tools: Tools, wish: Wish) -> Seen | None:
    """The document as it is, as far as the wish needs it."""
    document = find(tools, wish.name)
    if document is None:
        return None
    client, name, default = tools.client, document.name, wish.default_version
    asked = None
    if default and elsewhere(document, default):
        by_name = {} if default.isdecimal() else {"version_name": default}
        asked = api.describe(client, name, None if by_name else default, **by_name)
    return Seen(
        document=document,
        content=read(client, name, wish.content) if wish.content else None,
        tags=None if wish.tags is None else list_tags(client, "Document", name),
        shares=None if wish.share_with is None else api.list_shares(client, name),
        versions=() if wish.keep_versions is None else api.list_versions(client, name),
        asked=asked,
    )


def read(client: Any, name: str, like: Content) -> Any:
    """What the latest version says, to compare with ``like``. AWS renders JSON from YAML, so both are read as JSON."""
    form = "TEXT" if like.format == "TEXT" else "JSON"
    return parse(api.get_content(client, name, form), form, _yaml.load)


def settle(tools: Tools, wish: Wish) -> tuple[Seen | None, Plan]:
    """What is there, and what to do about it.

    :raises InvalidInput, Refused: when the new version's name is taken, or there can be no new version.
    """
    seen = look(tools, wish)
    todo = plan(seen, wish)
    if seen and todo.pruned:
        # Only now: who uses which version matters to nobody else.
        seen = replace(seen, bound=bound(api.list_users(tools.client, wish.name)))
        todo = plan(seen, wish)
    if seen and todo.write == "update" and (wish.version_name or todo.version > MOST):
        versions = seen.versions or api.list_versions(tools.client, wish.name)
        refuse_taken(wish.name, wish.version_name, versions)
        if not todo.prune_first:
            refuse_full(wish.name, versions)
    return seen, todo


def carry_out(tools: Tools, wish: Wish, seen: Seen | None, todo: Plan) -> tuple[Document, Plan]:
    """Walk the plan; the document as it is then, and what was really done."""
    document = seen.document if seen else None
    delete_versions(tools, wish.name, todo.prune_first)
    if todo.write == "create":
        document, seen, todo = _create(tools, wish, todo)
    if todo.write == "update" and seen:
        document, todo = _update(tools, wish, seen, todo)
    if document is None:
        raise Refused(f"document {wish.name} vanished while it was written: run again")
    if (todo.write or wish.content) and (tools.waits or todo.new_default == todo.version):
        document = await_active(tools, document, todo.version)
    if todo.new_default:
        document = set_default(tools, document, todo.new_default)
    if todo.tags and todo.write != "create":
        write_tags(tools.client, "Document", wish.name, todo.tags)
    if todo.shares:
        share(tools, wish.name, todo.shares)
    delete_versions(tools, wish.name, todo.prune)
    return document, todo


def _create(tools: Tools, wish: Wish, todo: Plan) -> tuple[Document | None, Seen | None, Plan]:
    content = _content(wish)
    try:
        return (
            tools.write(
                lambda: api.create(tools.client, wish.name, content, vars(wish), wish.tags or {}),
                f"document {wish.name} is not created",
            ),
            None,
            todo,
        )
    except AwsError as error:
        if error.aws_code != "DocumentAlreadyExists":
            raise
    # It was not there a moment ago: somebody else was faster, or our own request arrived twice.
    tools.until(
        lambda: api.describe(tools.client, wish.name),
        lambda now: now is not None,
        lambda _: f"document {wish.name} exists, but AWS does not show it",
    )
    seen, again = settle(tools, wish)
    return (seen.document if seen else None), seen, replace(again, before=todo.before)


def _update(tools: Tools, wish: Wish, seen: Seen, todo: Plan) -> tuple[Document, Plan]:
    written = _content(wish)
    # What is not named would be lost with the new version.
    kept = {name: todo.after[name] for name in ("target_type", "display_name")}
    try:
        return api.update(tools.client, wish.name, written, {**vars(wish), **kept}), todo
    except AwsError as error:
        if error.aws_code not in _KNOWN_ALREADY:
            raise
        refusal = error
    now = look(tools, wish) or seen
    ours = now.document.version_name == wish.version_name and now.content == written.parsed
    if refusal.aws_code == "DuplicateDocumentVersionName" and not ours:
        raise refusal
    again = plan(replace(now, content=written.parsed, bound=seen.bound), wish)
    if again.write:
        raise Refused(f"AWS takes the new version of {wish.name} for the one that it has: {refusal}")
    arrived = now.document.latest_version != seen.document.latest_version
    return now.document, replace(again, before=todo.before) if arrived else again


def _content(wish: Wish) -> Content:
    if wish.content is None:
        raise InvalidInput(f"content or src is needed to write document {wish.name}")
    return wish.content
