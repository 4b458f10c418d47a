# Copyright: steadyfleet contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection: may change without notice.

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import Any, TypeVar

from .._automation.api import get_execution
from .._automation.model import failure
from .._aws.context import Context
from .._aws.once import once
from .._command.api import list_invocations
from .._command.model import Invocation
from .._command.outcome import Execution, Outcome, Target
from .._command.waiters import with_whole_output
from .._common.errors import AwsError, WaitFailed, WaitTimeout
from .._common.text import SHOWN_IN_LINE, one_line
from .._common.wait import Deadline, PollInterval, wait
from . import api
from .model import Known, complete, newest_first, problems, started_since
from .transformations import Fields, named_instances

Answer = TypeVar("Answer")

# Somebody else's update was under way: nothing has happened.
_BUSY = frozenset({"TooManyUpdates"})
# How long reads of a runbook's execution may be behind what the association tells of it.
_BEHIND_SECONDS = 10.0
_NOT_VISIBLE = Execution(execution_id="", status="not visible yet")


@dataclass(frozen=True, kw_only=True)
class Tools:
    """What every step of writing an association and following its run needs."""

    client: Any
    # Makes the client that never repeats a request by itself: each create, update and start makes AWS run it.
    once: Callable[[], Any]
    deadline: Deadline
    interval: PollInterval
    # Names association and targets in messages.
    label: str

    def write(self, act: Callable[[Any], Answer], also: frozenset[str] = frozenset()) -> Answer:
        """Do what must not be done twice.

        :param also: more error codes after which nothing has happened, and asking again helps.
        """
        client = self.once()
        return self.patiently(lambda: act(client), also)

    def patiently(self, act: Callable[[], Answer], also: frozenset[str] = frozenset()) -> Answer:
        context = Context(client=self.client, deadline=self.deadline, interval=self.interval)
        return once(context, act, f"{self.label}: nothing was written", also=_BUSY | also)


def seen_before(executions: tuple[Execution, ...], **more: str | None) -> Known:
    """The executions that were there before, so that the one just started can be told from them."""
    newest = newest_first(executions)[0].created_at if executions else None
    return Known(execution_ids=frozenset(found.execution_id for found in executions), newest=newest, **more)


def follow(tools: Tools, association_id: str, known: Known) -> Outcome:
    """Wait until the first execution that was not ``known`` has ended, well or badly, and collect its results."""
    seen: list[Execution] = []

    def look() -> Execution:
        try:
            found = api.list_executions(tools.client, association_id, known.newest)
        except AwsError as error:
            if seen or error.aws_code != "AssociationDoesNotExist":
                raise
            return _NOT_VISIBLE  # just created
        execution = started_since(found, known)
        if execution:
            seen.append(execution)
        return execution or _NOT_VISIBLE

    execution = wait(
        look,
        lambda now: now.ended,
        deadline=tools.deadline,
        interval=tools.interval,
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
    """The execution's targets with their commands' steps: one call, and one more for each command.

    Of runbooks, one more for each failure that fits into the message.
    """
    targets = wait(
        lambda: api.list_targets(tools.client, association_id, execution.execution_id),
        lambda seen: complete(seen, execution),
        deadline=tools.deadline,
        interval=tools.interval,
        describe=lambda seen: f"{execution.describe()}, but AWS shows {len(seen)} of its targets",
    )
    results: dict[tuple[str, str], Invocation] = {}
    for command_id in sorted({target.command_id for target in targets if target.command_id}):
        for found in _results(tools, command_id, targets):
            results[command_id, found.instance_id] = found
    failed = [target for target in targets if target.automation_execution_id and target.status != "Success"]
    failures = {target.resource_id: _failure(tools, target) for target in failed[:SHOWN_IN_LINE]}
    filled = tuple(
        replace(
            target,
            invocation=results.get((target.command_id or "", target.resource_id)),
            failure=failures.get(target.resource_id),
        )
        for target in targets
    )
    return Outcome(execution=execution, targets=filled)


def _failure(tools: Tools, target: Target) -> str | None:
    """The failing step of a runbook's execution; None when AWS does not tell: the run has failed all the same."""
    soon = tools.deadline.at_most(_BEHIND_SECONDS)
    with suppress(AwsError, WaitTimeout):
        seen = wait(
            lambda: get_execution(tools.client, target.automation_execution_id or ""),
            lambda found: found is not None and found.ended,
            deadline=soon,
            interval=tools.interval,
            describe=lambda _found: "under way",
        )
        return failure(seen) if seen else None
    return None


def _results(tools: Tools, command_id: str, targets: tuple[Target, ...]) -> tuple[Invocation, ...]:
    due = {target.resource_id for target in targets if target.command_id == command_id}
    invocations = wait(
        lambda: list_invocations(tools.client, command_id),
        lambda seen: due <= {found.instance_id for found in seen if found.ended},
        deadline=tools.deadline,
        interval=tools.interval,
        describe=lambda seen: f"no result of command {command_id} for {one_line(sorted(due - _ended(seen)))}",
    )
    return with_whole_output(tools.client, invocations)


def _ended(invocations: tuple[Invocation, ...]) -> set[str]:
    return {found.instance_id for found in invocations if found.ended}
