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


def command(sent: Command) -> dict[str, Any]:
    status, details = overall_status(sent)
    ended = [invocation for invocation in sent.invocations.values() if invocation.ended]
    return {
        **{name: sent.request[name] for name in SHOWN_AGAIN if name in sent.request},
        "ServiceRole": sent.request.get("ServiceRoleArn", ""),
        "CommandId": sent.id,
        "DocumentName": sent.document.name,
        "DocumentVersion": sent.request.get("DocumentVersion", "$DEFAULT"),
        "Parameters": sent.parameters,
        "RequestedDateTime": sent.requested,
        "ExpiresAfter": sent.expires,
        "TimeoutSeconds": sent.delivery_timeout,
        "Status": status,
        "StatusDetails": details,
        "TargetCount": sent.total,
        "CompletedCount": len(ended),
        "ErrorCount": sent.errors,
        "DeliveryTimedOutCount": sum(1 for invocation in ended if invocation.details == "DeliveryTimedOut"),
    }


def overall_status(sent: Command) -> tuple[str, str]:
    """(Status, StatusDetails) of the whole; Undeliverable and its like do not make a command fail."""
    invocations = list(sent.invocations.values())
    if not invocations and not sent.waiting:
        return ("Success", "NoInstancesInTag") if sent.total == 0 else ("Cancelled", "Cancelled")
    if sent.waiting or not all(invocation.ended for invocation in invocations):
        if any(invocation.status == "Cancelling" for invocation in invocations):
            return "Cancelling", "Cancelling"
        started = any(invocation.status != "Pending" for invocation in invocations)
        return ("InProgress", "InProgress") if started else ("Pending", "Pending")
    return _ended(sent, {invocation.details for invocation in invocations})


def _ended(sent: Command, details: set[str]) -> tuple[str, str]:
    if sent.errors > sent.errors_allowed:
        if details <= {"DeliveryTimedOut", "Success", "Terminated"}:
            return "TimedOut", "DeliveryTimedOut"
        if details <= {"ExecutionTimedOut", "Success", "Terminated"}:
            return "TimedOut", "ExecutionTimedOut"
        return "Failed", "Failed"
    if details <= {"Cancelled", "Success"} and "Cancelled" in details:
        return "Cancelled", "Cancelled"
    if "Success" in details and not sent.errors:
        return "Success", "Success"
    return "Failed", "Incomplete"


def invocation_view(sent: Invocation, details: bool) -> dict[str, Any]:
    return {
        "CommandId": sent.command.id,
        "InstanceId": sent.instance_id,
        "InstanceName": "",
        "Comment": sent.command.request.get("Comment", ""),
        "DocumentName": sent.command.document.name,
        "DocumentVersion": sent.command.request.get("DocumentVersion", "$DEFAULT"),
        "RequestedDateTime": sent.requested,
        "Status": sent.status,
        "StatusDetails": sent.details,
        "TraceOutput": sent.trace if details else "",
        "StandardOutputUrl": "",
        "StandardErrorUrl": "",
        "CommandPlugins": [_plugin(sent, item) for item in sent.plugins.values()] if details else [],
    }


def _plugin(sent: Invocation, told: Plugin) -> dict[str, Any]:
    return {
        "Name": told.name,
        "Status": told.status,
        "StatusDetails": told.details,
        "ResponseCode": told.code,
        "ResponseStartDateTime": told.started,
        "ResponseFinishDateTime": told.ended,
        "Output": told.output[:OUTPUT_SHOWN],
        **_urls(sent, told),
        "OutputS3BucketName": sent.command.request.get("OutputS3BucketName", ""),
        "OutputS3KeyPrefix": _key(sent, told, "").rpartition("/")[0].rpartition("/")[0],
    }


def _urls(sent: Invocation, told: Plugin) -> dict[str, str]:
    """Where the whole output is; the address is there also for a stream that said nothing and was not uploaded."""
    bucket = sent.command.request.get("OutputS3BucketName")
    if not bucket or told.status not in TERMINAL:
        return {"StandardOutputUrl": "", "StandardErrorUrl": ""}
    place = f"https://s3.{sent.command.region_name}.amazonaws.com/{bucket}"
    return {
        "StandardOutputUrl": f"{place}/{_key(sent, told, 'stdout')}",
        "StandardErrorUrl": f"{place}/{_key(sent, told, 'stderr')}",
    }


def _key(sent: Invocation, told: Plugin, stream: str) -> str:
    steps = sent.command.version.parsed.get("mainSteps", [])
    action = next((step["action"] for step in steps if step["name"] == told.name), told.name)
    prefix = sent.command.request.get("OutputS3KeyPrefix", "")
    return output_key(prefix, sent.command.id, sent.instance_id, action, told.name, stream or "-")


def plugin_view(sent: Invocation, told: Plugin) -> dict[str, Any]:
    done = told.status in TERMINAL
    elapsed = (told.ended - told.started).total_seconds() if told.started and told.ended else 0.0
    return {
        "CommandId": sent.command.id,
        "InstanceId": sent.instance_id,
        "Comment": sent.command.request.get("Comment", ""),
        "DocumentName": sent.command.document.name,
        "DocumentVersion": sent.command.request.get("DocumentVersion", "$DEFAULT"),
        "PluginName": told.name,
        "ResponseCode": told.code,
        "ExecutionStartDateTime": _text(told.started),
        "ExecutionElapsedTime": f"PT{elapsed:.3f}S" if told.ended else "",
        "ExecutionEndDateTime": _text(told.ended),
        "Status": told.status,
        "StatusDetails": told.details,
        "StandardOutputContent": told.stdout[:STDOUT_SHOWN] if done else "",
        "StandardErrorContent": told.stderr[:STDERR_SHOWN] if done else "",
        **_urls(sent, told),
    }


def matches(view: dict[str, Any], filters: list[dict[str, str]]) -> bool:
    """ListCommands and ListCommandInvocations filter alike."""
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


def _text(moment: datetime.datetime | None) -> str:
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z") if moment else ""
