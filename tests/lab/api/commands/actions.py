"""The API actions of Run Command."""

from __future__ import annotations

import time
from typing import Any

from lab.api.commands import rules, views
from lab.api.commands.store import Command, Invocation
from lab.api.errors import ApiError
from lab.api.http.wire import Call
from lab.api.nodes.store import unknown_instance
from lab.api.nodes.targets import rate_limits
from lab.api.region import Region
from lab.api.registry import Result, action, new_id, page


@action("ssm", "SendCommand")
def send_command(region: Region, call: Call) -> Result:
    params = call.params
    document, version = region.documents.runnable_version(params["DocumentName"], params.get("DocumentVersion"))
    rules.check_document(document, version, params)
    wanted = rules.recipients(region.nodes, params)
    rules.check_platform(region.nodes, version, params.get("InstanceIds", []))
    rules.check_outputs(region.account, params)
    rules.check_notification(params)
    request = {"MaxConcurrency": "50", "MaxErrors": "0", **params}
    concurrency, errors = rate_limits(request, len(wanted))
    command = Command(
        id=new_id(),
        document=document,
        version=version,
        parameters=params.get("Parameters", {}),
        waiting=wanted,
        concurrency=concurrency,
        errors_allowed=errors,
        delivery_timeout=params.get("TimeoutSeconds", region.settings.api.delivery_timeout),
        request=request,
    )
    region.commands.send(command)
    return {"Command": views.command(command)}


@action("ssm", "ListCommands")
def list_commands(region: Region, call: Call) -> Result:
    _check_id(call.params)
    found = []
    for command in reversed(region.commands.by_id.values()):
        if call.params.get("CommandId", command.id) != command.id or not _visible(region, command):
            continue
        if "InstanceId" in call.params and call.params["InstanceId"] not in command.invocations:
            continue
        view = views.command(command)
        if views.matches_filters(view, call.params.get("Filters", [])):
            found.append(view)
    commands, token = page(found, call.params)
    return {"Commands": commands, "NextToken": token}


@action("ssm", "ListCommandInvocations")
def list_command_invocations(region: Region, call: Call) -> Result:
    params = call.params
    _check_id(params)
    if any(wanted["key"] == "ExecutionStage" for wanted in params.get("Filters", [])):
        raise ApiError("InvalidFilterKey", "ExecutionStage is a filter of ListCommands only.")
    details = params.get("Details", False)
    found = []
    for command in reversed(region.commands.by_id.values()):
        if params.get("CommandId", command.id) != command.id:
            continue
        for invocation in command.invocations.values():
            if params.get("InstanceId", invocation.instance_id) == invocation.instance_id and _visible(
                region, invocation
            ):
                view = views.invocation_view(invocation, details)
                if views.matches_filters(view, params.get("Filters", [])):
                    found.append(view)
    invocations, token = page(found, params)
    return {"CommandInvocations": invocations, "NextToken": token}


@action("ssm", "GetCommandInvocation")
def get_command_invocation(region: Region, call: Call) -> Result:
    params = call.params
    rules.check_command_id(params["CommandId"])
    command = region.commands.by_id.get(params["CommandId"])
    invocation = command.invocations.get(params["InstanceId"]) if command else None
    if invocation is None or not _visible(region, invocation):
        raise ApiError(
            "InvocationDoesNotExist", "The command ID and managed node ID you specified did not match any invocations."
        )
    wanted = params.get("PluginName")
    if wanted is None and len(invocation.plugins) > 1:
        raise ApiError("InvalidPluginName", "The document has several steps: the plugin name is required.")
    plugin = invocation.plugins.get(wanted) if wanted else next(iter(invocation.plugins.values()))
    if plugin is None:
        raise ApiError("InvalidPluginName", f"The plugin name {wanted} is not valid.")
    return views.plugin_view(invocation, plugin)


@action("ssm", "CancelCommand")
def cancel_command(region: Region, call: Call) -> Result:
    rules.check_command_id(call.params["CommandId"])
    command = region.commands.by_id.get(call.params["CommandId"])
    if command is None:
        raise ApiError("InvalidCommandId", f"The command ID {call.params['CommandId']} is not valid.")
    rules.check_no_duplicates(call.params.get("InstanceIds", []))
    wanted = call.params.get("InstanceIds") or [*command.invocations, *command.waiting]
    for instance_id in wanted:
        if instance_id not in command.invocations and instance_id not in command.waiting:
            raise unknown_instance(instance_id)
    region.commands.cancel_waiting(command, wanted)
    for invocation in list(command.invocations.values()):
        if invocation.instance_id in wanted and not invocation.ended:
            region.commands.cancel(invocation)
    return {}


def _check_id(params: dict[str, Any]) -> None:
    if "CommandId" in params:
        rules.check_command_id(params["CommandId"])


def _visible(region: Region, sent: Command | Invocation) -> bool:
    return time.monotonic() >= sent.visible + region.staleness()
