# Copyright: steadyfleet contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection: may change without notice.

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from .._command.outcome import Outcome
from .._common.errors import AwsError, InvalidInput, PatchingError, Refused
from .._common.signals import Interrupted, interruptible
from . import api
from .apply import create, the_one
from .merge import comparable
from .model import Known
from .transformations import Fields, observed
from .waiters import Tools, follow, seen_before


@dataclass(frozen=True, kw_only=True)
class Ran:
    """What came of a run-once association, which is gone by now."""

    description: dict[str, Any]
    attached: bool
    outcome: Outcome


def run_once(tools: Tools, fields: Fields, tags: dict[str, str]) -> Ran:
    """Create an association, follow its run to the end, and delete it again, whatever happens in between.

    A run of the same association that is still under way (its controller was killed) is followed instead of a new one:
    nothing is run twice.
    """
    left = left_behind(tools.client, fields)
    with _deleted_afterwards(tools.client, fields) as ours:
        before = Known()
        if left:
            ours.append(left["AssociationId"])
            executions = api.list_executions(tools.client, ours[0])
            before = seen_before(tuple(found for found in executions if found.ended))
            if executions and len(before.execution_ids) == len(executions):
                api.delete(tools.client, ours[0])  # its run is over, and its results are too old to be ours
                ours.clear()
                left, before = None, Known()
        description = api.describe(tools.client, ours[0]) if left else _create(tools, fields, tags)
        if description is None:
            raise Refused(f"association {fields['association_name']} vanished while it was followed: run again")
        ours[:] = [description["AssociationId"]]
        outcome = follow(tools, ours[0], before)
        return Ran(description=description, attached=bool(left), outcome=outcome)


def left_behind(client: Any, fields: Fields) -> dict[str, Any] | None:
    """The association of this name that an earlier run left, or None.

    :raises Refused: when it is somebody else's, because it would be deleted in the end.
    """
    name = fields["association_name"]
    found = the_one(api.list_by_name(client, name), name)
    if found is None:
        return None
    there = comparable(observed(found))
    if there.get("schedule_expression"):
        raise Refused(f"association {name} exists and has a schedule, so it is not one to run once: take another name")
    asked = comparable(fields)
    for field in ("document", "targets", "target_maps"):
        if there.get(field) != asked.get(field):
            raise Refused(f"association {name} exists with another {field}: take another name, or delete it")
    return found


def _create(tools: Tools, fields: Fields, tags: dict[str, str]) -> dict[str, Any]:
    try:
        return create(tools, fields, tags)
    except AwsError:
        # The answer may be lost and the association there and running all the same.
        created = left_behind(tools.client, fields)
        if created is None:
            raise
        return created


@contextmanager
def _deleted_afterwards(client: Any, fields: Fields) -> Iterator[list[str]]:
    """Whatever stands in the list then is deleted; when it is empty, what has the name and the targets is."""
    name, ours = fields["association_name"], list[str]()
    with interruptible() as shield:
        try:
            yield ours
        except BaseException as error:
            shield()
            try:
                _delete(client, ours, fields, error)
            except PatchingError as failure:
                left = f"{error}; association {name} may still be there and must be deleted: {failure}"
                raise PatchingError(left) from error
            if isinstance(error, Interrupted):
                told = f"{error}: association {name} is deleted, what it started may be running on"
                raise PatchingError(told) from error
            raise
        shield()
        api.delete(client, ours[0])


def _delete(client: Any, ours: list[str], fields: Fields, error: BaseException) -> None:
    if not ours and not isinstance(error, InvalidInput):
        # The answer to the creation never arrived, but it may be there.
        ours = [found["AssociationId"]] if (found := left_behind(client, fields)) else []
    for association_id in ours:
        api.delete(client, association_id)
