"""Commands and invocations as the API shows them."""

from __future__ import annotations

import datetime
from typing import Any

from lab.api.commands.store import TERMINAL, Command, Invocation, Plugin
from lab.api.errors import ApiError
from lab.node.ssm_agent.output_keys import output_key

STDOUT_SHOWN = 24_000
STDERR_SHOWN = 8_000
OUTPUT_SHOWN = 2_500
SHOWN_AGAIN = (
    "Comment",
    "Targets",
    "InstanceIds",
    "MaxConcurrency",
    "MaxErrors",
    "OutputS3BucketName",
    "OutputS3KeyPrefix",
    "NotificationConfig",
    "CloudWatchOutputConfig",
    "AlarmConfiguration",
)


def command(command: Command) -> dict[str, Any]:
    status, details = overall_status(command)
    ended = [invocation for invocation in command.invocations.values() if invocation.ended]
    return {
        **{name: command.request[name] for name in SHOWN_AGAIN if name in command.request},
        "ServiceRole": command.request.get("ServiceRoleArn", ""),
        "CommandId": command.id,
        "DocumentName": command.document.name,
        "DocumentVersion": command.request.get("DocumentVersion", "$DEFAULT"),
        "Parameters": command.parameters,
        "RequestedDateTime": command.requested,
        "ExpiresAfter": command.expires,
        "TimeoutSeconds": command.delivery_timeout,
        "Status": status,
        "StatusDetails": details,
        "TargetCount": command.total,
        "CompletedCount": len(ended),
        "ErrorCount": command.errors,
        "DeliveryTimedOutCount": sum(1 for invocation in ended if invocation.details == "DeliveryTimedOut"),
    }


def overall_status(command: Command) -> tuple[str, str]:
    """(Status, StatusDetails) of the whole command. Invocations with UNCOUNTED details do not make it fail."""
    invocations = list(command.invocations.values())
    if not invocations and not command.waiting:
        return ("Success", "NoInstancesInTag") if command.total == 0 else ("Cancelled", "Cancelled")
    if command.waiting or not all(invocation.ended for invocation in invocations):
        if any(invocation.status == "Cancelling" for invocation in invocations):
            return "Cancelling", "Cancelling"
        started = any(invocation.status != "Pending" for invocation in invocations)
        return ("InProgress", "InProgress") if started else ("Pending", "Pending")
    return _ended_status(command, {invocation.details for invocation in invocations})


def _ended_status(command: Command, details: set[str]) -> tuple[str, str]:
    if command.errors > command.errors_allowed:
        if details <= {"DeliveryTimedOut", "Success", "Terminated"}:
            return "TimedOut", "DeliveryTimedOut"
        if details <= {"ExecutionTimedOut", "Success", "Terminated"}:
            return "TimedOut", "ExecutionTimedOut"
        return "Failed", "Failed"
    if details <= {"Cancelled", "Success"} and "Cancelled" in details:
        return "Cancelled", "Cancelled"
    if "Success" in details and not command.errors:
        return "Success", "Success"
    return "Failed", "Incomplete"


def invocation_view(invocation: Invocation, details: bool) -> dict[str, Any]:
    return {
        "CommandId": invocation.command.id,
        "InstanceId": invocation.instance_id,
        "InstanceName": "",
        "Comment": invocation.command.request.get("Comment", ""),
        "DocumentName": invocation.command.document.name,
        "DocumentVersion": invocation.command.request.get("DocumentVersion", "$DEFAULT"),
        "RequestedDateTime": invocation.requested,
        "Status": invocation.status,
        "StatusDetails": invocation.details,
        "TraceOutput": invocation.trace if details else "",
        "StandardOutputUrl": "",
        "StandardErrorUrl": "",
        "CommandPlugins": [_command_plugin(invocation, plugin) for plugin in invocation.plugins.values()]
        if details
        else [],
    }


def _command_plugin(invocation: Invocation, plugin: Plugin) -> dict[str, Any]:
    return {
        "Name": plugin.name,
        "Status": plugin.status,
        "StatusDetails": plugin.details,
        "ResponseCode": plugin.code,
        "ResponseStartDateTime": plugin.started,
        "ResponseFinishDateTime": plugin.ended,
        "Output": plugin.output[:OUTPUT_SHOWN],
        **_output_urls(invocation, plugin),
        "OutputS3BucketName": invocation.command.request.get("OutputS3BucketName", ""),
        "OutputS3KeyPrefix": _output_key(invocation, plugin, "").rpartition("/")[0].rpartition("/")[0],
    }


def _output_urls(invocation: Invocation, plugin: Plugin) -> dict[str, str]:
    """The URLs of the whole output. AWS also gives one for an empty stream, which is not uploaded."""
    bucket = invocation.command.request.get("OutputS3BucketName")
    if not bucket or plugin.status not in TERMINAL:
        return {"StandardOutputUrl": "", "StandardErrorUrl": ""}
    place = f"https://s3.{invocation.command.region_name}.amazonaws.com/{bucket}"
    return {
        "StandardOutputUrl": f"{place}/{_output_key(invocation, plugin, 'stdout')}",
        "StandardErrorUrl": f"{place}/{_output_key(invocation, plugin, 'stderr')}",
    }


def _output_key(invocation: Invocation, plugin: Plugin, stream: str) -> str:
    steps = invocation.command.version.parsed.get("mainSteps", [])
    action = next((step["action"] for step in steps if step["name"] == plugin.name), plugin.name)
    prefix = invocation.command.request.get("OutputS3KeyPrefix", "")
    return output_key(prefix, invocation.command.id, invocation.instance_id, action, plugin.name, stream or "-")


def plugin_view(invocation: Invocation, plugin: Plugin) -> dict[str, Any]:
    done = plugin.status in TERMINAL
    elapsed = (plugin.ended - plugin.started).total_seconds() if plugin.started and plugin.ended else 0.0
    return {
        "CommandId": invocation.command.id,
        "InstanceId": invocation.instance_id,
        "Comment": invocation.command.request.get("Comment", ""),
        "DocumentName": invocation.command.document.name,
        "DocumentVersion": invocation.command.request.get("DocumentVersion", "$DEFAULT"),
        "PluginName": plugin.name,
        "ResponseCode": plugin.code,
        "ExecutionStartDateTime": _iso_time(plugin.started),
        "ExecutionElapsedTime": f"PT{elapsed:.3f}S" if plugin.ended else "",
        "ExecutionEndDateTime": _iso_time(plugin.ended),
        "Status": plugin.status,
        "StatusDetails": plugin.details,
        "StandardOutputContent": plugin.stdout[:STDOUT_SHOWN] if done else "",
        "StandardErrorContent": plugin.stderr[:STDERR_SHOWN] if done else "",
        **_output_urls(invocation, plugin),
    }


def matches_filters(view: dict[str, Any], filters: list[dict[str, str]]) -> bool:
    """Apply the filters that ListCommands and ListCommandInvocations share.

    :raises ApiError: InvalidFilterKey.
    """
    for wanted in filters:
        key, value = wanted["key"], wanted["value"]
        if key in ("InvokedAfter", "InvokedBefore"):
            edge = datetime.datetime.fromisoformat(value)
            if (view["RequestedDateTime"] > edge) != (key == "InvokedAfter"):
                return False
        elif key == "ExecutionStage":
            if value != ("Complete" if view["Status"] in TERMINAL else "Executing"):
                return False
        elif key in ("Status", "DocumentName"):
            if value not in (view[key], view["StatusDetails"] if key == "Status" else None):
                return False
        else:
            raise ApiError("InvalidFilterKey", f"The filter key {key} is not done by the lab or not valid.")
    return True


def _iso_time(moment: datetime.datetime | None) -> str:
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z") if moment else ""
