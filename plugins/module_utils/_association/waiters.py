# Copyright: steadyfleet contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection: may change without notice.

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import Any, TypeVar

from .._automation.api import get_execution
from .._automation.report import execution_failure
from .._aws.context import SendOnceContext
from .._aws.once import once
from .._command.outcome import Execution, Outcome, Target
from .._command.read import with_complete_output
from .._command.waiters import await_invocations
from .._common.errors import AwsError, InvalidInput, WaitTimeout
from .._common.text import SHOWN_IN_LINE
from . import api
from .model import Baseline, all_targets_shown, commands_of, first_after
from .read import find_created
from .transformations import Fields

Response = TypeVar("Response")

# Another update was in progress: nothing has happened.
_BUSY = frozenset({"TooManyUpdates"})
# Seconds within which AWS shows an association that it has created.
_VISIBLE_WITHIN = 30.0
# Seconds that reads of a runbook's execution may lag behind what the association reports of it.
_LAG = 10.0
_NOT_VISIBLE = Execution(execution_id="", status="not visible yet")


@dataclass(frozen=True, kw_only=True)
class AssociationContext(SendOnceContext):
    """Every create, update and start makes AWS run the association, so none of them may be repeated."""

    # Names the association and its targets in messages.
    label: str

    def write_once(self, request: Callable[[Any], Response], also: frozenset[str] = frozenset()) -> Response:
        """Make a call that must not be made twice.

        :param also: further AWS error codes after which nothing has happened and repeating the call helps.
        """
        client = self.send_once_client()
        return self.write(lambda: request(client), also)

    def write(self, request: Callable[[], Response], also: frozenset[str] = frozenset()) -> Response:
        return once(self, request, f"{self.label}: nothing was written", also=_BUSY | also)


def await_created(context: AssociationContext, fields: Fields) -> dict[str, Any] | None:
    """The description of an association whose creation got no response, as soon as AWS shows it.

    None when reading cannot tell whether it was created.
    """
    with suppress(AwsError, InvalidInput, WaitTimeout):
        return context.at_most(_VISIBLE_WITHIN).poll_until(
            lambda found: found is not None,
            lambda: find_created(context.client, fields),
            describe=lambda _found: "not found",
        )
    return None


def await_run(context: AssociationContext, association_id: str, baseline: Baseline) -> Outcome:
    """Wait until the first execution after the baseline has ended, and collect its results."""
    execution = _NOT_VISIBLE

    def poll() -> Execution:
        nonlocal execution
        try:
            executions = api.list_executions(context.client, association_id, baseline.newest)
        except AwsError as error:
            if execution is not _NOT_VISIBLE or error.aws_code != "AssociationDoesNotExist":
                raise
            return execution  # the association was just created
        execution = first_after(executions, baseline) or execution
        return execution

    ended = context.poll_until(
        lambda found: found.ended, poll, describe=lambda found: f"{context.label}: {found.describe()}"
    )
    return _collect(context, association_id, ended)


def _collect(context: AssociationContext, association_id: str, execution: Execution) -> Outcome:
    """The execution's targets with the steps of their commands.

    This takes one call, one more for each command, and one for each failed runbook that the message names.
    """
    targets = context.poll_until(
        lambda found: all_targets_shown(found, execution),
        lambda: api.list_targets(context.client, association_id, execution.execution_id),
        describe=lambda found: f"{execution.describe()}, but AWS shows {len(found)} of its targets",
    )
    found = with_complete_output(context.client, await_invocations(context, commands_of(targets)))
    invocations = {(each.command_id, each.instance_id): each for each in found}
    failed = [target for target in targets if target.automation_execution_id and target.status != "Success"]
    failures = {target.resource_id: _runbook_failure(context, target) for target in failed[:SHOWN_IN_LINE]}
    complete = tuple(
        replace(
            target,
            invocation=invocations.get((target.command_id or "", target.resource_id)),
            failure=failures.get(target.resource_id),
        )
        for target in targets
    )
    return Outcome(execution=execution, targets=complete)


def _runbook_failure(context: AssociationContext, target: Target) -> str | None:
    """Why a runbook's execution failed; None when AWS does not show it. The run has failed in any case."""
    execution_id = target.automation_execution_id or ""
    with suppress(AwsError, WaitTimeout):
        execution = context.at_most(_LAG).poll_until(
            lambda found: found is not None and found.ended,
            lambda: get_execution(context.client, execution_id),
            describe=lambda _found: "in progress",
        )
        return execution_failure(execution) if execution else None
    return None


def await_visible(context: AssociationContext, written: Mapping[str, Any]) -> None:
    """Wait until AWS's reads show what was written. Whoever reads an older state would write it again."""
    association_id, version = written["AssociationId"], written.get("AssociationVersion")
    name = written.get("AssociationName")

    def poll() -> bool:
        if version == "1" and name:
            return association_id in {item["AssociationId"] for item in api.list_by_name(context.client, name)}
        found = api.describe_association(context.client, association_id)
        # A later version that somebody else wrote is visible too.
        return found is not None and int(found.get("AssociationVersion") or 0) >= int(version or 0)

    context.poll_until(
        bool,
        poll,
        describe=lambda _shown: f"{context.label}: AWS does not show version {version} of {association_id} yet",
    )


def await_absent(context: AssociationContext, association_id: str, name: str | None) -> None:
    """Wait until AWS's reads no longer show a deleted association."""

    def poll() -> bool:
        if not name:
            return api.describe_association(context.client, association_id) is None
        return association_id not in {item["AssociationId"] for item in api.list_by_name(context.client, name)}

    context.poll_until(bool, poll, describe=lambda _absent: f"{context.label}: AWS still shows {association_id}")
