"""The actions of Run Command."""

from __future__ import annotations

import time
from typing import Any

from lab.api import command_views, ssm_document_content, targets
from lab.api.errors import ApiError
from lab.api.region import Region, Result, action, new_id, page
from lab.api.ssm_command_store import Command, Invocation, limits
from lab.api.ssm_node_store import unknown
from lab.api.wire import Call


@action("ssm", "SendCommand")
def send(region: Region, call: Call) -> Result:
    params = call.params
    document, version = region.documents.usable(params["DocumentName"], params.get("DocumentVersion"))
    if document.type != "Command":
        raise ApiError("InvalidDocument", f"Document {document.name} is of type {document.type}, not Command.")
    if params.get("DocumentHash") not in (None, version.hash):
        raise ApiError("InvalidDocument", "The document hash does not match the document.")
    given = params.get("Parameters", {})
    ssm_document_content.check_arguments(version.parsed, given)
    wanted = _recipients(region, params)
    asked = {"MaxConcurrency": "50", "MaxErrors": "0", **params}
    concurrency, errors = limits(asked, len(wanted))
    command = Command(
        id=new_id(),
        document=document,
        version=version,
        parameters=given,
        waiting=wanted,
        concurrency=concurrency,
        errors_allowed=errors,
        delivery_timeout=params.get("TimeoutSeconds", region.settings.api.delivery_timeout),
        asked=asked,
    )
    region.commands.send(command)
    return {"Command": command_views.command(command)}


@action("ssm", "ListCommands")
def list_commands(region: Region, call: Call) -> Result:
    found = []
    for command in reversed(region.commands.by_id.values()):
        if call.params.get("CommandId", command.id) != command.id or time.monotonic() < command.visible:
            continue
        if "InstanceId" in call.params and call.params["InstanceId"] not in command.invocations:
            continue
        view = command_views.command(command)
        if command_views.matches(view, call.params.get("Filters", [])):
            found.append(view)
    commands, token = page(found, call.params)
    return {"Commands": commands, "NextToken": token}


@action("ssm", "ListCommandInvocations")
def list_invocations(region: Region, call: Call) -> Result:
    params = call.params
    details = params.get("Details", False)
    found = []
    for command in reversed(region.commands.by_id.values()):
        if params.get("CommandId", command.id) != command.id:
            continue
        for invocation in command.invocations.values():
            if params.get("InstanceId", invocation.instance_id) == invocation.instance_id and _visible(invocation):
                view = command_views.invocation(invocation, details)
                if command_views.matches(view, params.get("Filters", [])):
                    found.append(view)
    invocations, token = page(found, params)
    return {"CommandInvocations": invocations, "NextToken": token}


@action("ssm", "GetCommandInvocation")
def get_invocation(region: Region, call: Call) -> Result:
    params = call.params
    command = region.commands.by_id.get(params["CommandId"])
    invocation = command.invocations.get(params["InstanceId"]) if command else None
    if invocation is None or not _visible(invocation):
        raise ApiError(
            "InvocationDoesNotExist", "The command ID and managed node ID you specified did not match any invocations."
        )
    wanted = params.get("PluginName")
    if wanted is None and len(invocation.plugins) > 1:
        raise ApiError("InvalidPluginName", "The document has several steps: the plugin name is required.")
    plugin = invocation.plugins.get(wanted) if wanted else next(iter(invocation.plugins.values()))
    if plugin is None:
        raise ApiError("InvalidPluginName", f"The plugin name {wanted} is not valid.")
    return command_views.plugin_of(invocation, plugin)


@action("ssm", "CancelCommand")
def cancel(region: Region, call: Call) -> Result:
    command = region.commands.by_id.get(call.params["CommandId"])
    if command is None:
        raise ApiError("InvalidCommandId", f"The command ID {call.params['CommandId']} is not valid.")
    wanted = call.params.get("InstanceIds") or [*command.invocations, *command.waiting]
    for instance_id in wanted:
        if instance_id not in command.invocations and instance_id not in command.waiting:
            raise unknown(instance_id)
    command.waiting = [instance_id for instance_id in command.waiting if instance_id not in wanted]
    for invocation in list(command.invocations.values()):
        if invocation.instance_id in wanted and not invocation.ended:
            region.commands.cancel(invocation)
    return {}


def _visible(invocation: Invocation) -> bool:
    return time.monotonic() >= invocation.visible


def _recipients(region: Region, params: dict[str, Any]) -> list[str]:
    ids = params.get("InstanceIds", [])
    if ids and params.get("Targets"):
        raise ApiError("ValidationException", "InstanceIds and Targets cannot be used together.")
    if not ids:
        targets.check(params.get("Targets", []))
        return targets.resolve(region, params["Targets"])
    if len(set(ids)) != len(ids):
        raise ApiError("DuplicateInstanceId", "You cannot specify an instance ID in more than one association.")
    for instance_id in ids:
        if not region.nodes.managed(instance_id) or not region.nodes.running(instance_id):
            raise unknown(instance_id)
    return list(ids)
