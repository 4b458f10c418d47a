# Copyright: steadyfleet contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection: may change without notice.

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass, replace

from .._aws.context import Context
from .._common.errors import AwsError, InvalidInput, NotFound, Refused, WaitTimeout
from . import api
from .model import AutomationExecution, AutomationRequest
from .report import execution_result, progress
from .rules import require_same
from .signals import Signal, SignalDecision, decide, settled

# Seconds within which AWS shows what was just started or sent. After that it does not exist.
_VISIBLE_WITHIN = 10.0


@dataclass(frozen=True, kw_only=True)
class AutomationContext(Context):
    """``wait``: whether to wait until a signal can be sent, and then for the end of the execution."""

    # Whether to cancel an execution that has not ended by the deadline.
    cancel_on_timeout: bool = False


def find_execution(context: AutomationContext, request: AutomationRequest) -> AutomationExecution | None:
    """The execution that was started with the request's token, or None.

    :raises InvalidInput: when it was started for something else.
    """
    if not request.client_token:
        return None
    found = api.list_by_token(context.client, request.client_token)
    return _same_execution(context, request, found[-1]) if found else None


def await_token(
    context: AutomationContext, request: AutomationRequest, rejection: AwsError | InvalidInput
) -> AutomationExecution:
    """The execution of a token that AWS knows already, although its reads did not show it yet.

    :raises: the rejection, when AWS does not show it.
    """
    try:
        found = context.at_most(_VISIBLE_WITHIN).poll_until(
            bool, lambda: api.list_by_token(context.client, request.client_token or ""), describe=str
        )
    except WaitTimeout:
        raise rejection from None
    return _same_execution(context, request, found[-1])


def _same_execution(context: AutomationContext, request: AutomationRequest, execution_id: str) -> AutomationExecution:
    execution = await_visible(context, execution_id)
    require_same(request, execution)
    return execution


def await_visible(context: AutomationContext, execution_id: str) -> AutomationExecution:
    """:raises NotFound: when AWS does not show the execution within some seconds."""
    execution = None
    with suppress(WaitTimeout):
        execution = context.at_most(_VISIBLE_WITHIN).poll_until(
            lambda found: found is not None, lambda: api.get_execution(context.client, execution_id), describe=str
        )
    if execution is None:
        raise NotFound(
            f"automation execution {execution_id} does not exist in this account and Region", code="execution_not_found"
        )
    return execution


def await_end(context: AutomationContext, execution: AutomationExecution, sent: Signal | None) -> AutomationExecution:
    """Wait until the execution has ended or, in interactive mode, waits for the next signal. Reads all steps and
    children.

    :raises WaitTimeout: with the execution. It was cancelled when ``context.cancel_on_timeout`` says so.
    """
    latest = execution

    def poll() -> AutomationExecution:
        nonlocal latest
        latest = api.get_execution(context.client, execution.execution_id) or latest
        return latest

    if not settled(execution, sent):
        try:
            context.poll_until(lambda found: settled(found, sent), poll, describe=progress)
        except WaitTimeout as error:
            cancelled = context.cancel_on_timeout and _cancel(context, execution.execution_id)
            message = f"{error}; the module has cancelled it" if cancelled else str(error)
            result = execution_result(with_children(context, latest))
            raise WaitTimeout(message, **error.details, execution=result) from error
    return with_children(context, latest)


def with_children(context: AutomationContext, execution: AutomationExecution) -> AutomationExecution:
    """The execution with the steps that were too many for one response, and with those started for its targets."""
    if execution.steps_truncated:
        steps = api.list_steps(context.client, execution.execution_id)
        execution = replace(execution, steps=steps, steps_truncated=False)
    return replace(execution, children=_children(context, execution)) if execution.scaled else execution


def _children(context: AutomationContext, execution: AutomationExecution) -> tuple[AutomationExecution, ...]:
    """All children once the execution has ended, and each failed one with its steps."""
    started = sum(1 for step in execution.steps if step.started)
    children: tuple[AutomationExecution, ...] = ()

    def poll() -> tuple[AutomationExecution, ...]:
        nonlocal children
        children = api.list_children(context.client, execution.execution_id)
        return children

    def all_shown(found: tuple[AutomationExecution, ...]) -> bool:
        return not execution.ended or (len(found) >= started and all(child.ended for child in found))

    # A child that AWS could not start is a failed step and no execution: it never appears.
    with suppress(WaitTimeout):
        context.at_most(_VISIBLE_WITHIN).poll_until(all_shown, poll, describe=str)
    return tuple(_with_steps(context, child) for child in children)


def _with_steps(context: AutomationContext, child: AutomationExecution) -> AutomationExecution:
    if not child.ended or child.succeeded:
        return child
    found = api.get_execution(context.client, child.execution_id)
    return replace(child, steps=found.steps) if found else child


def await_decision(context: AutomationContext, execution: AutomationExecution, signal: Signal) -> SignalDecision:
    """Wait until a signal can be sent, or has had its effect.

    :raises Refused, InvalidInput: when it can never be sent, or not now and ``context.wait`` is false.
    """
    decision = decide(execution, signal)
    if decision.act != "wait":
        return decision
    not_yet = f"execution {execution.execution_id} cannot take the signal {signal.kind} yet"
    if not context.wait:
        raise Refused(f"{not_yet}: {decision.reason}", code="signal_too_early")
    return context.poll_until(
        lambda found: found.act != "wait",
        lambda: decide(api.get_execution(context.client, execution.execution_id) or execution, signal),
        describe=lambda found: f"{not_yet}: {found.reason}",
    )


def await_effect(context: AutomationContext, execution_id: str, signal: Signal) -> bool:
    """Whether a signal that AWS has refused had its effect already."""
    with suppress(WaitTimeout):
        decision = context.at_most(_VISIBLE_WITHIN).poll_until(
            lambda found: found.act == "done",
            lambda: decide(await_visible(context, execution_id), signal),
            describe=lambda found: found.act,
        )
        return decision.act == "done"
    return False


def _cancel(context: AutomationContext, execution_id: str) -> bool:
    try:
        api.stop_execution(context.client, execution_id, "Cancel")
    except AwsError as error:
        if error.aws_code != "InvalidAutomationStatusUpdateException":
            raise
        return False
    return True
