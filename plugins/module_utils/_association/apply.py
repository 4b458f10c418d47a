# Copyright: steadyfleet contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection: may change without notice.

from __future__ import annotations

from dataclasses import replace
from typing import Any

from .._aws.tags import list_tags, write_tags
from .._command.outcome import Outcome
from .._common.errors import InvalidInput, NotFound
from .._common.wait import wait
from . import api
from .model import Known
from .plan import Plan, Wish, plan
from .transformations import Fields, observed, request
from .waiters import Tools, follow, seen_before

# What StartAssociationsOnce may say of an association that was created a moment ago.
_UNKNOWN = frozenset({"InvalidAssociation", "AssociationDoesNotExist"})


def the_one(found: list[dict[str, Any]], name: str) -> dict[str, Any] | None:
    """The only association of a name, or None.

    :raises InvalidInput: when there are several, as AWS allows: which one is meant can't be told.
    """
    if len(found) > 1:
        ids = ", ".join(sorted(item["AssociationId"] for item in found))
        raise InvalidInput(f"{len(found)} associations are named {name}: name one by association_id ({ids})")
    return found[0] if found else None


def find(client: Any, association_id: str | None, name: str | None) -> dict[str, Any] | None:
    """The description of the association that is meant, or None."""
    if association_id:
        return api.describe(client, association_id)
    found = api.list_by_name(client, name) if name else []
    if len(found) > 1:
        # AWS may still list what was deleted a moment ago.
        found = [item for item in found if api.describe(client, item["AssociationId"])]
    one = the_one(found, name or "")
    return api.describe(client, one["AssociationId"]) if one else None


def planned(client: Any, association_id: str | None, wish: Wish) -> tuple[dict[str, Any] | None, Plan]:
    """The association's description as it is, or None, and what to do about it."""
    current = find(client, association_id, wish.fields.get("association_name"))
    if current is None and association_id:
        raise NotFound(f"there is no association {association_id}: leave association_id out to create one")
    tags: dict[str, str] | None = None
    if wish.tags is not None:
        tags = list_tags(client, "Association", current["AssociationId"]) if current else {}
    return current, plan(observed(current) if current else None, tags, wish)


def carry_out(
    tools: Tools, todo: Plan, current: dict[str, Any] | None, waits: bool
) -> tuple[dict[str, Any], Outcome | None]:
    """Walk the plan; the association's description as it is then, and the outcome of the run that this started.

    :param waits: until that run, if there is one, has ended, and until AWS shows what was written.
    """
    before = Known()
    if waits and todo.runs and current:
        before = seen_before(
            api.list_executions(tools.client, current["AssociationId"]), since=current.get("AnsweredAt")
        )
    description = _write(tools, todo, current)
    association_id = description["AssociationId"]
    if todo.tags and todo.write != "create":
        tags = todo.tags
        tools.patiently(lambda: write_tags(tools.client, "Association", association_id, tags))
    if todo.start:
        unknown = _UNKNOWN if todo.write == "create" else frozenset()
        tools.write(lambda client: api.start_once(client, association_id), also=unknown)
    if not waits:
        return description, None
    ours = replace(before, version=description.get("AssociationVersion"))
    outcome = follow(tools, association_id, ours) if todo.runs else None
    if todo.write:
        _await_shown(tools, description)
    return description, outcome


def _write(tools: Tools, todo: Plan, current: dict[str, Any] | None) -> dict[str, Any]:
    if current is None:
        return create(tools, todo.after, todo.tags.after if todo.tags else {})
    if todo.write != "update":
        return current
    # The version makes AWS refuse when somebody changed it since it was read: their change would be lost.
    asked = request(todo.after) | {"AssociationVersion": current.get("AssociationVersion")}
    return tools.write(lambda client: api.update(client, current["AssociationId"], asked))


def create(tools: Tools, fields: Fields, tags: dict[str, str]) -> dict[str, Any]:
    return tools.write(lambda client: api.create(client, request(fields), tags))


def _await_shown(tools: Tools, written: dict[str, Any]) -> None:
    """Wait until AWS's reads show what was written: whoever reads an older state would write it again."""
    association_id, version = written["AssociationId"], written.get("AssociationVersion")
    name = written.get("AssociationName")

    def look() -> bool:
        if version == "1" and name:
            return association_id in {item["AssociationId"] for item in api.list_by_name(tools.client, name)}
        found = api.describe(tools.client, association_id)
        # Somebody else's still later version will do as well.
        return found is not None and int(found.get("AssociationVersion") or 0) >= int(version or 0)

    wait(
        look,
        bool,
        deadline=tools.deadline,
        interval=tools.interval,
        describe=lambda _seen: f"{tools.label}: AWS does not show version {version} of {association_id} yet",
    )


def remove(tools: Tools, description: dict[str, Any], waits: bool) -> None:
    """Delete an association, and wait until AWS's reads do not show it any more."""
    association_id, name = description["AssociationId"], description.get("AssociationName")
    tools.patiently(lambda: api.delete(tools.client, association_id))

    def look() -> bool:
        if not name:
            return api.describe(tools.client, association_id) is None
        return association_id not in {item["AssociationId"] for item in api.list_by_name(tools.client, name)}

    if waits:
        wait(
            look,
            bool,
            deadline=tools.deadline,
            interval=tools.interval,
            describe=lambda _seen: f"{tools.label}: AWS still shows {association_id}",
        )
