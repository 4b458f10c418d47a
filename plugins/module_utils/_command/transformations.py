# Copyright: steadyfleet contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection: may change without notice.

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ansible.module_utils.common.dict_transformations import camel_dict_to_snake_dict, snake_dict_to_camel_dict

from .._common.parameters import text_lists
from .._common.shapes import drop_none
from .._common.targets import named_instances
from .._common.times import iso, utc
from .._runnable.model import RunRequest
from .model import Command, CommandRequest, Invocation, Step

# Options that have the name of the request's member.
_SAME = (
    "document_version",
    "document_hash",
    "document_hash_type",
    "timeout_seconds",
    "max_concurrency",
    "max_errors",
    "output_s3_bucket_name",
    "output_s3_key_prefix",
    "service_role_arn",
    "notification_config",
    "alarm_configuration",
)


def command_request(options: Mapping[str, Any]) -> CommandRequest:
    """The module's options as a request.

    :raises InvalidInput: for a parameter whose value is no text.
    """
    group, enabled = options.get("cloud_watch_log_group_name"), options.get("cloud_watch_output_enabled")
    logs = {"cloud_watch_log_group_name": group or None, "cloud_watch_output_enabled": True if group else None}
    if enabled is not None:
        logs["cloud_watch_output_enabled"] = enabled
    given = {name: options.get(name) for name in _SAME}
    return CommandRequest(
        document_name=options["document_name"],
        instance_ids=tuple(options.get("instance_ids") or ()),
        targets=tuple(options.get("targets") or ()),
        parameters=text_lists(options.get("parameters") or {}),
        comment=comment_with_token(options.get("comment"), options.get("client_token")),
        options=drop_none({**given, "cloud_watch_output_config": drop_none(logs) or None}),
    )


def run_request(request: CommandRequest) -> RunRequest:
    """What is judged of a command before it is sent."""
    return RunRequest(
        document_name=request.document_name,
        types=("Command",),
        parameters=request.parameters,
        instance_ids=(*request.instance_ids, *named_instances(request.targets)),
        needs_nodes=True,
        **{name: value for name, value in request.options.items() if name.startswith("document_")},
    )


def comment_with_token(comment: str | None, token: str | None) -> str | None:
    """A command's comment with the token as its last word. AWS shows no other text of a command to everybody."""
    return " ".join(part for part in (comment, f"token={token}" if token else "") if part) or None


def has_token(comment: str, token: str) -> bool:
    return comment.split()[-1:] == [f"token={token}"]


def send_parameters(request: CommandRequest) -> dict[str, Any]:
    """The request as SendCommand takes it."""
    members: dict[str, Any] = {
        "document_name": request.document_name,
        "instance_ids": list(request.instance_ids) or None,
        "targets": list(request.targets) or None,
        "comment": request.comment,
        **request.options,
    }
    parameters: dict[str, Any] = snake_dict_to_camel_dict(drop_none(members), capitalize_first=True)
    return {**parameters, "Parameters": dict(request.parameters)} if request.parameters else parameters


# The options' names where they are not those of the request's members.
OPTION_NAMES = {
    "CloudWatchOutputConfig.CloudWatchLogGroupName": "cloud_watch_log_group_name",
    "CloudWatchOutputConfig.CloudWatchOutputEnabled": "cloud_watch_output_enabled",
}


def command_filters(query: Mapping[str, Any]) -> list[dict[str, str]]:
    """Options of ssm_command_info as filters of ListCommands.

    :raises ValueError: for an ``invoked_after`` that is no time.
    """
    filters = {
        "DocumentName": query.get("document_name"),
        "Status": query.get("status"),
        "InvokedAfter": utc(query.get("invoked_after")),
    }
    return [{"key": key, "value": value} for key, value in filters.items() if value is not None]


def short_name(document: str) -> str:
    """A document's name without the ARN around it."""
    return document.rsplit("document/", 1)[-1] if document.startswith("arn:") else document


def command_from(response: Mapping[str, Any]) -> Command:
    return Command(
        command_id=response["CommandId"],
        status=response.get("Status", "Pending"),
        status_details=response.get("StatusDetails", ""),
        target_count=response.get("TargetCount", 0),
        document_name=response.get("DocumentName", ""),
        comment=response.get("Comment", ""),
        instance_ids=tuple(response.get("InstanceIds", ())),
        targets=tuple(camel_dict_to_snake_dict(target) for target in response.get("Targets", ())),
        output_s3_bucket_name=response.get("OutputS3BucketName", ""),
        requested_at=iso(response.get("RequestedDateTime")),
        expires_at=iso(response.get("ExpiresAfter")),
        triggered_alarms=tuple(alarm["Name"] for alarm in response.get("TriggeredAlarms", ())),
    )


def invocation_from(response: Mapping[str, Any]) -> Invocation:
    return Invocation(
        command_id=response["CommandId"],
        instance_id=response["InstanceId"],
        status=response.get("Status", "Pending"),
        status_details=response.get("StatusDetails", ""),
        trace=response.get("TraceOutput", ""),
        steps=tuple(map(_step_from, response.get("CommandPlugins", []))),
    )


def _step_from(plugin: Mapping[str, Any]) -> Step:
    return Step(
        name=plugin["Name"],
        status=plugin.get("Status", "Pending"),
        status_details=plugin.get("StatusDetails", ""),
        response_code=plugin.get("ResponseCode"),
        output=plugin.get("Output", ""),
        started_at=iso(plugin.get("ResponseStartDateTime")),
        ended_at=iso(plugin.get("ResponseFinishDateTime")),
        stdout_url=plugin.get("StandardOutputUrl", ""),
        stderr_url=plugin.get("StandardErrorUrl", ""),
    )
