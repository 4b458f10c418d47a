"""The API actions of ec2messages: how the agent gets messages and how it replies."""

from __future__ import annotations

import datetime
import json
import time
from typing import Any

from lab.api.commands.store import TERMINAL, Invocation, Plugin
from lab.api.errors import ApiError
from lab.api.http.wire import Call
from lab.api.region import Region
from lab.api.registry import Result, action

# statuses of the agent that Run Command does not have -> what it shows instead
PLUGIN_STATUS = {"Skipped": "Success", "SuccessAndReboot": "InProgress", "PassedAndReboot": "InProgress"}
SHORTEST_HIDING = 1


@action("ec2messages", "GetMessages")
def get_messages(region: Region, call: Call) -> Result:
    """A long poll. It releases the Region's lock while it waits."""
    instance_id = call.params["Destination"]
    region.nodes.check_exists(instance_id)
    hidden_for = max(call.params.get("VisibilityTimeoutInSeconds", 10), SHORTEST_HIDING)
    until = time.monotonic() + region.settings.api.long_poll
    poll = region.commands.queue.begin_poll(instance_id)
    while not (messages := region.commands.queue.take_messages(instance_id, hidden_for, poll)):
        left = until - time.monotonic()
        if left <= 0 or region.engine.ended or not region.commands.queue.is_newest(instance_id, poll):
            break
        hidden = region.commands.queue.visible_in(instance_id)
        region.engine.changed.wait(left if hidden is None else min(left, hidden))
    return {
        "Destination": instance_id,
        "MessagesRequestId": call.params["MessagesRequestId"],
        "Messages": [message.as_sent() for message in messages],
    }


@action("ec2messages", "AcknowledgeMessage")
def acknowledge_message(region: Region, call: Call) -> Result:
    message_id = call.params["MessageId"]
    region.commands.queue.drop(message_id)
    invocation = region.commands.invocation_of_message(message_id)
    if invocation is not None:
        region.commands.delivered(invocation)
    return None


@action("ec2messages", "DeleteMessage")
def delete_message(region: Region, call: Call) -> Result:
    region.commands.queue.drop(call.params["MessageId"])
    return None


@action("ec2messages", "FailMessage")
def fail_message(region: Region, call: Call) -> Result:
    region.commands.queue.drop(call.params["MessageId"])
    invocation = region.commands.invocation_of_message(call.params["MessageId"])
    if invocation is not None and not invocation.ended:
        invocation.trace = f"the agent refused the message: {call.params['FailureType']}"
        region.commands.end(invocation, "Failed")
    return None


@action("ec2messages", "SendReply")
def send_reply(region: Region, call: Call) -> Result:
    try:
        payload = json.loads(call.params["Payload"])
    except ValueError:
        raise ApiError("ValidationException", "Payload is not JSON") from None
    invocation = region.commands.invocation_of_message(call.params["MessageId"])
    # The agent also replies to a duplicate message. Such a late reply changes nothing.
    if invocation is None or invocation.ended:
        return None
    region.commands.delivered(invocation)
    for name, result in (payload.get("runtimeStatus") or {}).items():
        _update_plugin(invocation, name, result)
    invocation.trace = payload.get("documentTraceOutput") or invocation.trace
    status = payload.get("documentStatus", "InProgress")
    if status in TERMINAL:
        region.commands.end(invocation, status, "ExecutionTimedOut" if status == "TimedOut" else None)
    return None


def _update_plugin(invocation: Invocation, name: str, result: dict[str, Any]) -> None:
    plugin = invocation.plugins.get(name) or invocation.plugins.get(result.get("stepName", ""))
    if plugin is None:
        plugin = invocation.plugins[name] = Plugin(name)
    status = result.get("status", "InProgress")
    plugin.status = plugin.details = PLUGIN_STATUS.get(status, status)
    plugin.code = int(result.get("code", 0))
    plugin.output = result.get("output") or ""
    plugin.stdout = result.get("standardOutput") or ""
    plugin.stderr = result.get("standardError") or ""
    plugin.started = _parsed_time(result.get("startDateTime")) or plugin.started
    plugin.ended = _parsed_time(result.get("endDateTime")) or plugin.ended


def _parsed_time(text: str | None) -> datetime.datetime | None:
    if not text:
        return None
    moment = datetime.datetime.fromisoformat(text)
    # The agent's zero time means "not yet".
    return moment if moment.year > 1 else None
