# Copyright: steadyfleet contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection: may change without notice.

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any, TypeVar

from ._aws import ssm_associations as api
from ._aws.ssm_commands import list_invocations
from ._aws.ssm_tags import list_tags, write_tags
from ._command import once, with_whole_output
from ._core.association import Fields, named_instances, observed, request
from ._core.association_plan import Plan, Wish, plan
from ._core.association_run import Execution, Outcome, Target, complete, newest_first, problems, started_since
from ._core.errors import AwsError, InvalidInput, NotFound, WaitFailed
from ._core.execution import Invocation, one_line
from ._wait import Deadline, Pace, wait

Answer = TypeVar("Answer")

_NOT_VISIBLE = Execution(execution_id="", status="not visible yet")


@dataclass(frozen=True, kw_only=True)
class Tools:
    """What every step of following a run needs."""

    client: Any
    # Makes the client that never repeats a request by itself: each create, update and start makes AWS run it.
    once: Callable[[], Any]
    deadline: Deadline
    pace: Pace
    # Names association and targets in messages.
    label: str

    def write(self, act: Callable[[Any], Answer]) -> Answer:
        client = self.once()
        return once(lambda: act(client), self.deadline, self.pace, f"{self.label}: nothing was written")


@dataclass(frozen=True, kw_only=True)
class Known:
    """The executions that were there before, so that the one just started can be told from them."""

    execution_ids: frozenset[str] = frozenset()
    newest: str | None = None

    @classmethod
    def of(cls, executions: tuple[Execution, ...]) -> Known:
        newest = newest_first(executions)[0].created_at if executions else None
        return cls(execution_ids=frozenset(found.execution_id for found in executions), newest=newest)


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
    found = the_one(api.list_by_name(client, name), name) if name else None
    return api.describe(client, found["AssociationId"]) if found else None


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
    tools: Tools, todo: Plan, current: dict[str, Any] | None, follows: bool
) -> tuple[dict[str, Any], Outcome | None]:
    """Walk the plan; the association's description as it is then, and the outcome of the run that this started.

    :param follows: wait for that run, if there is one.
    """
    follows = follows and todo.runs
    known = Known()
    if follows and current:
        known = Known.of(api.list_executions(tools.client, current["AssociationId"]))
    description = _write(tools, todo, current)
    association_id = description["AssociationId"]
    if todo.tags and todo.write != "create":
        write_tags(tools.client, "Association", association_id, todo.tags)
    if todo.start:
        tools.write(lambda client: api.start_once(client, association_id))
    return description, follow(tools, association_id, known) if follows else None


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


def shown(description: Mapping[str, Any], tags: dict[str, str] | None) -> dict[str, Any]:
    """The association as a module returns it."""
    ids = {
        name: description[api_name]
        for name, api_name in (("association_id", "AssociationId"), ("association_version", "AssociationVersion"))
        if description.get(api_name)
    }
    return ids | observed(description) | ({} if tags is None else {"tags": tags})


def follow(tools: Tools, association_id: str, known: Known) -> Outcome:
    """Wait until the first execution that was not ``known`` has ended, well or badly, and collect its results."""
    seen: list[Execution] = []

    def look() -> Execution:
        try:
            found = api.list_executions(tools.client, association_id, known.newest)
        except AwsError as error:
            if seen or error.code != "AssociationDoesNotExist":
                raise
            return _NOT_VISIBLE  # just created
        execution = started_since(found, known.execution_ids)
        if execution:
            seen.append(execution)
        return execution or _NOT_VISIBLE

    execution = wait(
        look,
        lambda now: now.ended,
        deadline=tools.deadline,
        pace=tools.pace,
        describe=lambda now: f"{tools.label}: {now.describe()}",
    )
    return _collect(tools, association_id, execution)


def require_success(outcome: Outcome, fields: Fields, result: dict[str, Any]) -> dict[str, Any]:
    """The result with the execution in it.

    :raises WaitFailed: with all of it, when a target did not succeed or one that was named has no result.
    """
    result = {**result, "execution": outcome.as_dict()}
    if found := problems(outcome, named_instances(fields)):
        raise WaitFailed(one_line(found), **result)
    return result


def _collect(tools: Tools, association_id: str, execution: Execution) -> Outcome:
    """The execution's targets with their commands' steps: one call, and one more for each command."""
    targets = wait(
        lambda: api.list_targets(tools.client, association_id, execution.execution_id),
        lambda seen: complete(seen, execution),
        deadline=tools.deadline,
        pace=tools.pace,
        describe=lambda seen: f"{execution.describe()}, but AWS shows {len(seen)} of its targets",
    )
    results: dict[tuple[str, str], Invocation] = {}
    for command_id in sorted({target.command_id for target in targets if target.command_id}):
        for found in _results(tools, command_id, targets):
            results[command_id, found.instance_id] = found
    filled = tuple(
        replace(target, invocation=results.get((target.command_id or "", target.resource_id))) for target in targets
    )
    return Outcome(execution=execution, targets=filled)


def _results(tools: Tools, command_id: str, targets: tuple[Target, ...]) -> tuple[Invocation, ...]:
    due = {target.resource_id for target in targets if target.command_id == command_id}
    invocations = wait(
        lambda: list_invocations(tools.client, command_id),
        lambda seen: due <= {found.instance_id for found in seen if found.ended},
        deadline=tools.deadline,
        pace=tools.pace,
        describe=lambda seen: f"no result of command {command_id} for {one_line(sorted(due - _ended(seen)))}",
    )
    return with_whole_output(tools.client, invocations)


def _ended(invocations: tuple[Invocation, ...]) -> set[str]:
    return {found.instance_id for found in invocations if found.ended}
