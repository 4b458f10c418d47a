# Copyright: steadyfleet contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection: may change without notice.

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from .._common.errors import InvalidInput, Refused, WaitFailed
from .._common.tags import plan_tags
from .document import Document
from .model import Plan, Seen, Wish
from .rules import attachment_names, meets
from .shares import SharePlan, plan_shares
from .versions import MOST, surplus

LATEST = "latest"
# What AWS takes when nothing is said.
_USUAL_TYPE = "Command"


def plan(seen: Seen | None, wish: Wish) -> Plan:
    """
    :raises InvalidInput, Refused: when AWS offers no way from the one to the other.
    :raises WaitFailed: when a version that shall be used is Failed for good.
    """
    if seen is None:
        return _creation(wish)
    _refuse_another_kind(seen.document, wish)
    before = _shown(seen, wish)
    after = {**before, **_asked(wish, before)}
    latest, now = int(seen.document.latest_version), int(seen.document.default_version)
    update = before != after
    if update:
        _refuse_update(seen.document, wish, {name for name in after if after[name] != before.get(name)})
    elif wish.content and seen.document.failure:
        raise WaitFailed(seen.document.failure)
    version = latest + 1 if update else latest
    default = _default(seen, wish, version)
    tags = None if wish.tags is None else plan_tags(seen.tags or {}, wish.tags, wish.purge_tags)
    found = Plan(
        write="update" if update else None,
        version=version,
        new_default=None if default == now else default,
        before={**before, "latest_version": latest, "default_version": now},
        after={**after, "latest_version": version, "default_version": default},
        tags=tags,
        shares=_share(wish, seen.shares or {}),
    )
    return _with_extras(_pruning(found, seen, wish), seen)


def foreseen(seen: Seen | None, wish: Wish, todo: Plan, waits: bool) -> Document:
    """The document as a real run would leave it; what only AWS can tell is None."""
    numbers: dict[str, Any] = {name: str(todo.after[name]) for name in ("latest_version", "default_version")}
    if wish.content is None or not todo.write:
        if seen is None:
            raise InvalidInput(f"there is no document {wish.name}")
        return replace(seen.document, **numbers)
    known = seen.document if seen else Document(name=wish.name, document_version="", status="", **numbers)
    parsed = wish.content.parsed
    return replace(
        known,
        **numbers,
        document_version=str(todo.version),
        status="Active" if waits else {"create": "Creating", "update": "Updating"}[todo.write],
        status_information=None,
        document_type=known.document_type or wish.document_type or _USUAL_TYPE,
        document_format=wish.content.format,
        schema_version=parsed.get("schemaVersion") if isinstance(parsed, dict) else known.schema_version,
        target_type=todo.after["target_type"],
        display_name=todo.after["display_name"],
        version_name=wish.version_name,
        attachments=tuple(todo.after.get("attachments", ())),
        requires=known.requires or tuple(_said(required) for required in wish.requires or ()),
        hash=None,
        created_at=None,
    )


def _creation(wish: Wish) -> Plan:
    if wish.content is None:
        raise InvalidInput(f"there is no document {wish.name} yet: content or src is needed to create it")
    if wish.default_version not in (None, LATEST, "1", wish.version_name):
        raise InvalidInput(f"document {wish.name} has no version {wish.default_version} for default_version: it is new")
    after = {"target_type": None, "display_name": None, **_asked(wish, {})}
    if wish.requires:
        after["requires"] = [_said(required) for required in wish.requires]
    found = Plan(
        write="create",
        version=1,
        new_default=None,
        before={},
        after={**after, "latest_version": 1, "default_version": 1},
        tags=None if wish.tags is None else plan_tags({}, wish.tags, purge=False),
        shares=_share(wish, {}),
    )
    return _with_extras(found, None)


def _asked(wish: Wish, before: Mapping[str, Any]) -> dict[str, Any]:
    """What the latest version shall be, as far as it is asked for."""
    names = None if wish.attachments is None else attachment_names(wish.attachments)
    asked = {
        "content": wish.content.parsed if wish.content else None,
        "target_type": wish.target_type,
        "display_name": wish.display_name,
        # Their names are all that AWS shows of them; a folder's are known to AWS alone.
        "attachments": names if before or names else None,
    }
    return {name: value for name, value in asked.items() if value is not None}


def _shown(seen: Seen, wish: Wish) -> dict[str, Any]:
    shown = {
        "content": seen.content,
        "target_type": seen.document.target_type,
        "display_name": seen.document.display_name,
    }
    if wish.attachments is not None and attachment_names(wish.attachments) is not None:
        shown["attachments"] = sorted(seen.document.attachments)
    return shown


def _refuse_another_kind(document: Document, wish: Wish) -> None:
    """What is said once, when a document is created."""
    if wish.document_type and document.document_type != wish.document_type:
        raise Refused(
            f"document {wish.name} is of type {document.document_type}, and AWS can't make it {wish.document_type}: "
            "delete it first, or take another name"
        )
    if wish.requires is not None and not meets(document.requires, wish.requires):
        raise Refused(
            f"document {wish.name} requires {[dict(found) for found in document.requires]}, and AWS can't change that: "
            "delete it first, or take another name"
        )


def _refuse_update(document: Document, wish: Wish, changed: set[str]) -> None:
    """
    :param changed: what the new version shall have that the latest has not.
    """
    if wish.content is None:
        raise InvalidInput(
            f"content or src is needed too: AWS changes {' and '.join(sorted(changed))} of {wish.name} with them only"
        )
    if not changed & {"content", "target_type"}:
        raise Refused(f"AWS changes {' and '.join(sorted(changed))} of {wish.name} only together with its content")
    if document.document_type == _USUAL_TYPE and document.schema_version == "1.2":
        raise Refused(f"AWS updates no document of schema 1.2: delete {wish.name} first, or take another name")
    if document.attachments and wish.attachments is None:
        raise Refused(
            f"document {wish.name} has attachments ({', '.join(document.attachments)}), which its next version has "
            "only if they are named: set attachments ([] for none)"
        )


def _default(seen: Seen, wish: Wish, version: int) -> int:
    """The number of the version that shall be the default one."""
    document, asked = seen.document, wish.default_version
    now = int(document.default_version)
    if asked is None or asked == str(now):
        return now
    if version != int(document.latest_version) and asked in (LATEST, str(version), wish.version_name):
        return version
    known = asked in (LATEST, document.latest_version, document.version_name)
    target = document if known else seen.asked
    if target is None:
        raise InvalidInput(f"document {wish.name} has no version {asked} for default_version: the latest is {version}")
    if target.failure and int(target.document_version) != now:
        raise WaitFailed(target.failure)
    return int(target.document_version)


def elsewhere(document: Document, asked: str | None) -> bool:
    """Whether the version that shall be the default one is neither the default nor the latest: it must be looked up."""
    known = (None, LATEST, document.default_version, document.latest_version, document.version_name)
    return asked not in known and not (str(asked).isdecimal() and int(str(asked)) > int(document.latest_version))


def _share(wish: Wish, current: dict[str, str]) -> SharePlan | None:
    if wish.share_with is None:
        return None
    return plan_shares(current, wish.share_with, wish.shared_document_version, wish.purge_shares)


def _pruning(found: Plan, seen: Seen, wish: Wish) -> Plan:
    if wish.keep_versions is None:
        return found
    numbers = {version.number for version in seen.versions}
    stay = numbers | {found.version}
    prune = surplus(stay, wish.keep_versions, {found.version, found.after["default_version"], *seen.bound})
    in_use = {int(seen.document.latest_version), int(seen.document.default_version)}
    full = found.write == "update" and len(numbers) >= MOST
    first = tuple(number for number in prune if number not in in_use)[:1] if full else ()
    return replace(
        found,
        prune_first=first,
        prune=tuple(number for number in prune if number not in first),
        before={**found.before, "versions": sorted(numbers)},
        after={**found.after, "versions": sorted(stay - set(prune))},
    )


def _with_extras(found: Plan, seen: Seen | None) -> Plan:
    """Tags and shares stand in before and after too, when they are asked for."""
    before, after = dict(found.before), dict(found.after)
    if found.tags:
        after["tags"] = found.tags.after
    if found.shares:
        after["shared_with"] = found.shares.after
    if seen and found.tags:
        before["tags"] = seen.tags or {}
    if seen and found.shares:
        before["shared_with"] = dict(sorted((seen.shares or {}).items()))
    return replace(found, before=before, after=after)


def _said(required: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in required.items() if value is not None}
