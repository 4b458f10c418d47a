# Copyright: steadyfleet contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection: may change without notice.

from __future__ import annotations

import uuid

from .._aws.once import unanswered
from .._common.errors import AwsError, Refused
from . import api
from .model import AutomationExecution, AutomationRequest
from .signals import Signal, SignalDecision, signal_payload
from .transformations import started_execution, token_uuid
from .waiters import AutomationContext, await_effect, await_token

_NOT_APPLICABLE = ("InvalidAutomationSignalException", "InvalidAutomationStatusUpdateException")


def start_automation(context: AutomationContext, request: AutomationRequest) -> AutomationExecution:
    """Start an execution once. AWS starts nothing for a token that it knows."""
    token = token_uuid(request.client_token) if request.client_token else str(uuid.uuid4())
    try:
        execution_id = api.start_execution(context.client, request, token)
    except AwsError as error:
        if error.aws_code == "IdempotentParameterMismatch" and request.client_token:
            return await_token(context, request, error)
        if not unanswered(error):
            raise
        advice = "run again with the same client_token" if request.client_token else "look for it before you run again"
        message = f"{error}; it is not known whether the execution was started: {advice}"
        raise AwsError(message, error.aws_code, error.operation, code="automation_unanswered") from error
    return started_execution(request, execution_id)


def send_signal(context: AutomationContext, execution_id: str, signal: Signal, decision: SignalDecision) -> None:
    """Send a signal.

    :raises Refused: when AWS refuses it, unless it has had its effect already.
    """
    try:
        if signal.stops:
            api.stop_execution(context.client, execution_id, signal.kind)
        else:
            api.send_signal(context.client, execution_id, signal.kind, signal_payload(signal, decision.step))
    except AwsError as error:
        if error.aws_code not in _NOT_APPLICABLE:
            raise
        if not await_effect(context, execution_id, signal):
            message = f"AWS refuses the signal {signal.kind}: {error}"
            raise Refused(message, code="signal_rejected", **error.details) from error
