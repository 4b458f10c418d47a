# Copyright: steadyfleet contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection: may change without notice.

from __future__ import annotations

import uuid
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import Any

from .._aws.once import unanswered
from .._aws.tags import list_tags
from .._common.errors import AwsError, InvalidInput, NotFound, Refused, WaitTimeout
from .._common.tags import TagPlan, plan_tags
from .._common.wait import Deadline, PollInterval, wait
from . import api
from .model import AutomationExecution, all_ended, beginning, other_than, progress
from .request import AutomationRequest, check_runbook, is_token_tag, token_uuid
from .signals import Signal, Turn, payload, settled, turn

# How long AWS may take to show what was just started or said. Longer, and it is not there.
_VISIBLE_SECONDS = 10.0


@dataclass(frozen=True, kw_only=True)
class Tools:
    client: Any
    deadline: Deadline
    interval: PollInterval
    # Whether to wait for what is asked of an execution to be possible, and then for its end.
    waits: bool
    # Whether to stop an execution that has not ended by the deadline.
    stops: bool = False

    def soon(self) -> Deadline:
        return self.deadline.at_most(_VISIBLE_SECONDS)


def find(tools: Tools, request: AutomationRequest) -> AutomationExecution | None:
    """The execution that was started with the request's token; None when there is none.

    :raises InvalidInput: when it was started for something else.
    """
    if not request.client_token:
        return None
    found = api.find_token(tools.client, request.client_token)
    return _attach(tools, request, found[-1]) if found else None


def check(tools: Tools, request: AutomationRequest) -> None:
    """:raises InvalidInput: when AWS would refuse to start it."""
    version = request.fields.get("document_version", "$DEFAULT")
    check_runbook(request, api.describe_runbook(tools.client, request.document_name, version))


def begin(tools: Tools, request: AutomationRequest) -> AutomationExecution:
    """Start it, once: AWS starts nothing for a token that it knows."""
    token = token_uuid(request.client_token) if request.client_token else str(uuid.uuid4())
    try:
        execution_id = api.start_automation(tools.client, request, token)
    except AwsError as error:
        if error.aws_code == "IdempotentParameterMismatch" and request.client_token:
            return _started_before(tools, request, error)
        if not unanswered(error):
            raise
        advice = "run again, with the same client_token" if request.client_token else "look for it before you run again"
        said = f"{error}; it is not known whether the execution was started: {advice}"
        raise AwsError(said, error.aws_code, error.operation) from error
    return beginning(request, execution_id)


def look(tools: Tools, execution_id: str) -> AutomationExecution:
    """:raises NotFound: when AWS does not show it, not even after some seconds."""
    try:
        seen = wait(
            lambda: api.get_execution(tools.client, execution_id),
            lambda found: found is not None,
            deadline=tools.soon(),
            interval=tools.interval,
            describe=lambda _found: "not there",
        )
    except WaitTimeout:
        seen = None
    if seen is None:
        raise NotFound(f"there is no automation execution {execution_id} in this account and Region")
    return seen


def follow(tools: Tools, known: AutomationExecution, said: Signal | None) -> AutomationExecution:
    """Wait until it has ended (or, step by step, waits for the next signal); with all its steps and children.

    :raises WaitTimeout: with the execution as it is; it was told to stop when ``tools.stops``.
    """
    seen = [known]

    def look_again() -> AutomationExecution:
        seen.append(api.get_execution(tools.client, known.execution_id) or seen[-1])
        return seen[-1]

    if not settled(known, said):
        try:
            wait(
                look_again,
                lambda found: settled(found, said),
                deadline=tools.deadline,
                interval=tools.interval,
                describe=progress,
            )
        except WaitTimeout as error:
            stopped = "; it was told to stop" if tools.stops and _stop(tools, known.execution_id) else ""
            execution = whole(tools, seen[-1]).as_dict()
            raise WaitTimeout(f"{error}{stopped}", **error.details, execution=execution) from error
    return whole(tools, seen[-1])


def whole(tools: Tools, seen: AutomationExecution) -> AutomationExecution:
    """With the steps that were too many for one answer, and with the executions that it has started for its targets."""
    if seen.steps_truncated:
        seen = replace(seen, steps=api.list_steps(tools.client, seen.execution_id), steps_truncated=False)
    return replace(seen, children=_children(tools, seen)) if seen.scaled else seen


def await_turn(tools: Tools, seen: AutomationExecution, signal: Signal) -> Turn:
    """When what somebody has to say can be said, or need not be said any more.

    :raises Refused, InvalidInput: when it never can, or not now and nobody wants to wait.
    """
    first = turn(seen, signal)
    if first.act != "wait":
        return first
    if not tools.waits:
        raise Refused(f"execution {seen.execution_id} can't be told {signal.kind} yet: {first.why}")
    return wait(
        lambda: turn(api.get_execution(tools.client, seen.execution_id) or seen, signal),
        lambda found: found.act != "wait",
        deadline=tools.deadline,
        interval=tools.interval,
        describe=lambda found: f"execution {seen.execution_id} can't be told {signal.kind} yet: {found.why}",
    )


def tell(tools: Tools, execution_id: str, signal: Signal, now: Turn) -> None:
    """Say it. When AWS finds it not to the point, because it was said already, that is fine too."""
    try:
        if signal.stops:
            api.stop_automation(tools.client, execution_id, signal.kind)
        else:
            api.send_signal(tools.client, execution_id, signal.kind, payload(signal, now.step))
    except AwsError as error:
        if error.aws_code not in ("InvalidAutomationSignalException", "InvalidAutomationStatusUpdateException"):
            raise
        if not _said_already(tools, execution_id, signal):
            raise Refused(f"{signal.kind} is refused: {error}", **error.details) from error


def tags_of(
    tools: Tools, execution_id: str, wanted: dict[str, str] | None, purge: bool
) -> tuple[dict[str, str], TagPlan] | None:
    """The tags that an execution has, and the way to the wanted ones. The token's tag is no tag of the caller's."""
    if wanted is None:
        return None
    found = list_tags(tools.client, "Automation", execution_id)
    seen = {key: value for key, value in found.items() if not is_token_tag(key)}
    return seen, plan_tags(seen, wanted, purge)


def _attach(tools: Tools, request: AutomationRequest, execution_id: str) -> AutomationExecution:
    seen = look(tools, execution_id)
    if wrong := other_than(request, seen):
        raise InvalidInput(
            f"client_token {request.client_token} was used already, for execution {seen.execution_id} of "
            f"{seen.document_name}, with another {' and '.join(wrong)}: take another token"
        )
    return seen


def _started_before(tools: Tools, request: AutomationRequest, refusal: AwsError) -> AutomationExecution:
    """AWS knows our token already; reads that are behind did not show it."""
    try:
        found = wait(
            lambda: api.find_token(tools.client, request.client_token or ""),
            bool,
            deadline=tools.soon(),
            interval=tools.interval,
            describe=lambda _found: "not found",
        )
    except WaitTimeout:
        raise refusal from None
    return _attach(tools, request, found[-1])


def _stop(tools: Tools, execution_id: str) -> bool:
    try:
        api.stop_automation(tools.client, execution_id, "Cancel")
    except AwsError as error:
        if error.aws_code != "InvalidAutomationStatusUpdateException":
            raise
        return False
    return True


def _said_already(tools: Tools, execution_id: str, signal: Signal) -> bool:
    try:
        wait(
            lambda: turn(look(tools, execution_id), signal),
            lambda found: found.act == "done",
            deadline=tools.soon(),
            interval=tools.interval,
            describe=lambda found: found.act,
        )
    except WaitTimeout:
        return False
    return True


def _children(tools: Tools, seen: AutomationExecution) -> tuple[AutomationExecution, ...]:
    """All of them, when the whole has ended, and each that failed with its steps."""
    started = sum(1 for step in seen.steps if step.started)
    children: list[tuple[AutomationExecution, ...]] = []

    def look_again() -> tuple[AutomationExecution, ...]:
        children.append(api.list_children(tools.client, seen.execution_id))
        return children[-1]

    # A child that could not even be started is a failed step and no execution: that one would never come.
    with suppress(WaitTimeout):
        wait(
            look_again,
            lambda found: not seen.ended or (len(found) >= started and all_ended(found)),
            deadline=tools.soon(),
            interval=tools.interval,
            describe=lambda found: f"{len(found)} of {started}",
        )
    return tuple(_with_steps(tools, child) for child in children[-1])


def _with_steps(tools: Tools, child: AutomationExecution) -> AutomationExecution:
    if not child.ended or child.succeeded:
        return child
    found = api.get_execution(tools.client, child.execution_id)
    return replace(child, steps=found.steps) if found else child
