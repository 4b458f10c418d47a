# Copyright: steadyfleet contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection: may change without notice.

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from . import _yaml
from ._aws import ssm_documents as api
from ._aws.ssm_tags import list_tags, write_tags
from ._core.document import Content, Document, parse
from ._core.document_plan import Plan, Seen, Wish, plan
from ._core.errors import AwsError, InvalidInput, Refused
from ._wait import Deadline, Pace, wait


@dataclass(frozen=True, kw_only=True)
class Tools:
    client: Any
    deadline: Deadline
    pace: Pace
    # Whether to wait until what was written is Active.
    waits: bool


def look(tools: Tools, wish: Wish) -> Seen | None:
    """The document as it is, when nobody is changing it just now."""
    document = wait(
        lambda: api.describe(tools.client, wish.name),
        lambda seen: seen is None or seen.settled or not tools.waits,
        deadline=tools.deadline,
        pace=tools.pace,
        describe=lambda seen: f"document {wish.name} is still {seen.status if seen else 'absent'}",
    )
    if document is None:
        return None
    text = read(tools.client, document.name, wish.content) if wish.content else None
    tags = None if wish.tags is None else list_tags(tools.client, "Document", wish.name)
    return Seen(document=document, content=text, tags=tags)


def read(client: Any, name: str, like: Content) -> Any:
    """What the latest version says, to compare with ``like``. AWS renders JSON from YAML, so both are read as JSON."""
    form = "TEXT" if like.format == "TEXT" else "JSON"
    return parse(api.get_content(client, name, form), form, _yaml.load)


def settle(tools: Tools, wish: Wish) -> tuple[Seen | None, Plan]:
    """What is there, and what to do about it.

    :raises InvalidInput: when the new version's name is taken.
    """
    seen = look(tools, wish)
    todo = plan(seen, wish)
    if todo.write == "update" and wish.version_name:
        taken = api.version_names(tools.client, wish.name)
        if wish.version_name in taken:
            raise InvalidInput(
                f"version_name {wish.version_name} is already that of version {taken[wish.version_name]} of {wish.name}"
            )
    return seen, todo


def carry_out(tools: Tools, wish: Wish, seen: Seen | None, todo: Plan) -> tuple[Document, Plan]:
    """Walk the plan; the document as it is then, and what was really done."""
    document = seen.document if seen else None
    if todo.write == "create":
        document, seen, todo = _create(tools, wish, todo)
    if todo.write == "update" and seen:
        document, todo = _update(tools, wish, seen, todo)
    if document is None:
        raise Refused(f"document {wish.name} vanished while it was written: run again")
    if tools.waits or todo.new_default:
        # Moving the default to a version that is not Active would break whoever uses it.
        document = await_active(tools, document, todo.version)
    if todo.new_default:
        api.set_default(tools.client, wish.name, todo.new_default)
        document = replace(document, default_version=str(todo.new_default))
    if todo.tags and todo.write != "create":
        write_tags(tools.client, "Document", wish.name, todo.tags)
    return document, todo


def _create(tools: Tools, wish: Wish, todo: Plan) -> tuple[Document | None, Seen | None, Plan]:
    try:
        return api.create(tools.client, wish.name, _content(wish), vars(wish), wish.tags or {}), None, todo
    except AwsError as error:
        if error.code != "DocumentAlreadyExists":
            raise
    # It was not there a moment ago: somebody else was faster, or our own request arrived twice.
    seen, again = settle(tools, wish)
    return (seen.document if seen else None), seen, replace(again, before=todo.before)


def _update(tools: Tools, wish: Wish, seen: Seen, todo: Plan) -> tuple[Document, Plan]:
    written = _content(wish)
    try:
        return api.update(tools.client, wish.name, written, vars(wish)), todo
    except AwsError as error:
        if error.code != "DuplicateDocumentContent":
            raise
    # AWS takes what we hold for different to be the same.
    again = plan(replace(seen, content=written.parsed), wish)
    if again.write:
        raise Refused(f"AWS changes target_type and display_name of {wish.name} only together with its content")
    return seen.document, again


def _content(wish: Wish) -> Content:
    if wish.content is None:
        raise InvalidInput(f"content or src is needed to write document {wish.name}")
    return wish.content


def await_active(tools: Tools, document: Document, version: int) -> Document:
    """Wait until a version can be used.

    :raises WaitFailed: with AWS's own reason, when it never can.
    """
    which = f"version {version} of document {document.name}"
    known: list[Document] = [document] if document.document_version == str(version) and document.settled else []

    def look_again() -> Document | None:
        return known.pop() if known else api.describe(tools.client, document.name, str(version))

    def hopeless(seen: Document | None) -> str | None:
        if seen is None or seen.status != "Failed":
            return None
        return (
            f"version {version} of document {document.name} is Failed: {seen.status_information or 'no reason given'}"
        )

    active = wait(
        look_again,
        lambda seen: seen is not None and seen.status == "Active",
        deadline=tools.deadline,
        pace=tools.pace,
        describe=lambda seen: f"{which} is {seen.status if seen else 'not there'}",
        hopeless=hopeless,
    )
    return active or document


def remove(tools: Tools, name: str) -> None:
    """Delete a document with all its versions, and wait until it is gone."""
    api.delete(tools.client, name)
    if tools.waits:
        wait(
            lambda: api.describe(tools.client, name),
            lambda seen: seen is None,
            deadline=tools.deadline,
            pace=tools.pace,
            describe=lambda seen: f"document {name} is still {seen.status if seen else 'there'}",
        )
