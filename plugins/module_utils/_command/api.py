# Copyright: steadyfleet contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection: may change without notice.

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from .._aws.call import call, paginate
from .._common.errors import AwsError, InvalidInput
from .._common.times import iso
from .model import CommandRequest, CommandState, Invocation, Step
from .output import StepOutput

# Right after SendCommand, AWS may not know its own command yet.
_NOT_VISIBLE_YET = frozenset({"InvalidCommandId", "InvocationDoesNotExist"})
_REFUSED = {
    "InvalidDocument": (
        "document {name} cannot be used (is it in this Region, Active, yours or shared with you, and of that hash?)"
    ),
    "InvalidDocumentVersion": "document {name} has no such version",
    "InvalidInstanceId": "SSM does not know every instance named, or its agent is not registered",
    "InvalidOutputFolder": "the output_s3_bucket does not exist",
    "InvalidRole": "the service_role_arn cannot be used for notifications",
    "InvalidNotificationConfig": "the notification_config names no SNS topic that can be used",
    "InvalidParameters": "the parameters are not those of document {name}",
    "UnsupportedPlatformType": "document {name} is not for the platform of every instance named",
    "MaxDocumentSizeExceeded": "document {name} and its parameters are more than 64 KB together",
}


def send_command(client: Any, request: CommandRequest) -> CommandState:
    """Send once. The client must be one that never repeats by itself: a second SendCommand runs everything twice."""
    try:
        answer = call(client, "send_command", **_send_parameters(request))
    except AwsError as error:
        if error.aws_code in _REFUSED:
            hint = _REFUSED[error.aws_code].format(name=request.document_name)
            raise InvalidInput(f"{hint}: {error}", **error.details) from error
        raise
    return _state(answer["Command"])


def list_recent(client: Any, document_name: str | None, since: datetime) -> tuple[CommandState, ...]:
    """Commands sent since, newest first; of one document only, when it is named."""
    filters = [{"key": "InvokedAfter", "value": since.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")}]
    if document_name:
        filters.append({"key": "DocumentName", "value": document_name})
    found = paginate(client, "list_commands", "Commands", Filters=filters, PaginationConfig={"PageSize": 50})
    return tuple(map(_state, found))


def cancel_command(client: Any, command_id: str) -> None:
    """Ask every node to stop. AWS does not promise that it does; to ask twice changes nothing."""
    call(client, "cancel_command", CommandId=command_id)


def get_command(client: Any, command_id: str) -> CommandState:
    """The command as a whole; Pending as long as AWS does not show it."""
    try:
        found = call(client, "list_commands", CommandId=command_id)["Commands"]
    except AwsError as error:
        if error.aws_code not in _NOT_VISIBLE_YET:
            raise
        found = []
    return _state(found[0] if found else {"CommandId": command_id, "StatusDetails": "not visible yet"})


def list_invocations(client: Any, command_id: str) -> tuple[Invocation, ...]:
    """Every invocation with its steps (their output cut at 2,500 characters); empty until AWS shows them."""
    try:
        found = paginate(
            client,
            "list_command_invocations",
            "CommandInvocations",
            CommandId=command_id,
            Details=True,
            PaginationConfig={"PageSize": 50},
        )
    except AwsError as error:
        if error.aws_code in _NOT_VISIBLE_YET:
            return ()
        raise
    return tuple(map(_invocation, found))


def whole_output(client: Any, invocation: Invocation, step: Step) -> Step:
    """The step with as much of its output as the API gives: 24,000 characters, and 8,000 of standard error."""
    said = read_output(client, invocation, step)
    return replace(step, output=said.joined) if said and (said.stdout or said.stderr) else step


def read_output(client: Any, invocation: Invocation, step: Step) -> StepOutput | None:
    """The first 24,000 characters of a step's output and 8,000 of its standard error; None until AWS shows them."""
    try:
        answer = call(
            client,
            "get_command_invocation",
            CommandId=invocation.command_id,
            InstanceId=invocation.instance_id,
            PluginName=step.name,
        )
    except AwsError as error:
        if error.aws_code in _NOT_VISIBLE_YET:
            return None
        raise
    return StepOutput(stdout=answer.get("StandardOutputContent", ""), stderr=answer.get("StandardErrorContent", ""))


def _send_parameters(request: CommandRequest) -> dict[str, Any]:
    return {
        "DocumentName": request.document_name,
        "DocumentVersion": request.document_version,
        "DocumentHash": request.document_hash,
        "DocumentHashType": request.document_hash_type,
        "InstanceIds": list(request.instance_ids) or None,
        "Targets": list(request.targets) or None,
        "Parameters": request.parameters or None,
        "Comment": request.comment,
        "TimeoutSeconds": request.timeout_seconds,
        "MaxConcurrency": request.max_concurrency,
        "MaxErrors": request.max_errors,
        "OutputS3BucketName": request.output_s3_bucket_name,
        "OutputS3KeyPrefix": request.output_s3_key_prefix,
        "ServiceRoleArn": request.service_role_arn,
        "NotificationConfig": request.notification_config,
        "CloudWatchOutputConfig": request.cloud_watch_output_config,
        "AlarmConfiguration": request.alarm_configuration,
    }


def _state(command: dict[str, Any]) -> CommandState:
    return CommandState(
        command_id=command["CommandId"],
        status=command.get("Status", "Pending"),
        status_details=command.get("StatusDetails", ""),
        target_count=command.get("TargetCount", 0),
        document_name=command.get("DocumentName", ""),
        comment=command.get("Comment", ""),
        instance_ids=tuple(command.get("InstanceIds", ())),
        targets=tuple(command.get("Targets", ())),
        output_s3_bucket_name=command.get("OutputS3BucketName", ""),
        requested_at=iso(command.get("RequestedDateTime")),
        expires_at=iso(command.get("ExpiresAfter")),
        triggered_alarms=tuple(alarm["Name"] for alarm in command.get("TriggeredAlarms", ())),
    )


def _invocation(found: dict[str, Any]) -> Invocation:
    return Invocation(
        command_id=found["CommandId"],
        instance_id=found["InstanceId"],
        status=found.get("Status", "Pending"),
        status_details=found.get("StatusDetails", ""),
        trace=found.get("TraceOutput", ""),
        steps=tuple(map(_step, found.get("CommandPlugins", []))),
    )


def _step(plugin: dict[str, Any]) -> Step:
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
