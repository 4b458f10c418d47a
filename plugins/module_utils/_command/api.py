# Copyright: steadyfleet contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection: may change without notice.

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from .._aws.call import call, paginate
from .._common.errors import AwsError, InvalidInput
from .model import Command, CommandRequest, Invocation
from .output import StepOutput
from .transformations import command_from, invocation_from, send_parameters

# Right after SendCommand, AWS may not know its own command yet.
_NOT_VISIBLE_YET = frozenset({"InvalidCommandId", "InvocationDoesNotExist"})
_PAGES = {"PageSize": 50}
_HINTS = {
    "InvalidDocument": (
        "document {name} cannot be used (is it in this Region, Active, yours or shared with you, and of that hash?)"
    ),
    "InvalidDocumentVersion": "document {name} has no such version",
    "InvalidInstanceId": "SSM does not know every instance of instance_ids, or an agent is not registered",
    "InvalidOutputFolder": "the bucket of output_s3_bucket_name does not exist",
    "InvalidRole": "AWS cannot use service_role_arn for notifications",
    "InvalidNotificationConfig": "notification_config names no SNS topic that AWS can use",
    "InvalidParameters": "document {name} does not take these parameters",
    "UnsupportedPlatformType": "document {name} does not support the platform of every instance",
    "MaxDocumentSizeExceeded": "document {name} and its parameters together exceed 64 KB",
}


def send_command(client: Any, request: CommandRequest) -> Command:
    """Send once. The client must be one that never repeats a request: a second SendCommand runs everything twice."""
    try:
        response = call(client, "send_command", **send_parameters(request))
    except AwsError as error:
        if error.aws_code in _HINTS:
            hint = _HINTS[error.aws_code].format(name=request.document_name)
            raise InvalidInput(f"{hint}: {error}", code="command_rejected", **error.details) from error
        raise
    return command_from(response["Command"])


def list_commands(
    client: Any, filters: Sequence[Mapping[str, str]], instance_id: str | None = None, most: int | None = None
) -> tuple[Command, ...]:
    """Commands of the last 30 days, in AWS's order.

    :param most: how many commands to read at most; all of them when it is not set.
    """
    pages = {**_PAGES, "MaxItems": most}
    request = {"Filters": list(filters) or None, "InstanceId": instance_id, "PaginationConfig": pages}
    return tuple(map(command_from, paginate(client, "list_commands", "Commands", **request)))


def cancel_command(client: Any, command_id: str) -> None:
    """Ask every node to stop. AWS does not promise that a node stops. Repeating the request changes nothing."""
    call(client, "cancel_command", CommandId=command_id)


def get_command(client: Any, command_id: str) -> Command | None:
    """The command as a whole; None while AWS does not show it."""
    try:
        found = call(client, "list_commands", CommandId=command_id)["Commands"]
    except AwsError as error:
        if error.aws_code in _NOT_VISIBLE_YET:
            return None
        raise
    return command_from(found[0]) if found else None


def list_invocations(client: Any, command_id: str) -> tuple[Invocation, ...]:
    """Every invocation with its steps (their output cut at 2,500 characters); empty until AWS shows them."""
    operation, key = "list_command_invocations", "CommandInvocations"
    try:
        found = paginate(client, operation, key, CommandId=command_id, Details=True, PaginationConfig=_PAGES)
    except AwsError as error:
        if error.aws_code in _NOT_VISIBLE_YET:
            return ()
        raise
    return tuple(map(invocation_from, found))


def get_step_output(client: Any, invocation: Invocation, step_name: str) -> StepOutput | None:
    """The first 24,000 characters of a step's standard output and 8,000 of its standard error.

    None while AWS does not show any.
    """
    try:
        response = call(
            client,
            "get_command_invocation",
            CommandId=invocation.command_id,
            InstanceId=invocation.instance_id,
            PluginName=step_name,
        )
    except AwsError as error:
        if error.aws_code in _NOT_VISIBLE_YET:
            return None
        raise
    stdout, stderr = response.get("StandardOutputContent", ""), response.get("StandardErrorContent", "")
    return StepOutput(stdout=stdout, stderr=stderr) if stdout or stderr else None
