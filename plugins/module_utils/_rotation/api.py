# Copyright: steadyfleet contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection: may change without notice.

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from .._aws.call import call, paginate
from .._command.model import ENDED, PATCH_DOCUMENTS
from .._command.transformations import short_name
from .._common.errors import AwsError, InvalidInput
from .._common.shapes import drop_none
from .capacity import group_settings
from .model import GroupSettings, ListedGroup, Registration, Target


def target_groups(client: Any) -> list[ListedGroup]:
    """Every target group of the account and Region."""
    return [
        ListedGroup(
            arn=item["TargetGroupArn"], target_type=item.get("TargetType", "instance"), vpc_id=item.get("VpcId", "")
        )
        for item in paginate(client, "describe_target_groups", "TargetGroups")
    ]


def targets(client: Any, arn: str) -> tuple[Target, ...]:
    """Everything that is registered in a group, and what is still draining from it; the call has no pages.

    The call reads all targets, never single ones: the same call then serves the drain and the capacity guard, and a
    target that is not listed is deregistered.

    :raises InvalidInput: naming the group when it does not exist.
    """
    try:
        found = call(client, "describe_target_health", TargetGroupArn=arn)["TargetHealthDescriptions"]
    except AwsError as error:
        if error.aws_code != "TargetGroupNotFound":
            raise
        message = f"target group {arn} does not exist in this account and Region"
        raise InvalidInput(message, code="target_group_not_found", target_group_arn=arn) from error
    return tuple(_target(arn, item) for item in found)


def settings(client: Any, arn: str) -> GroupSettings:
    """The attributes of a group that decide how far it may be drained."""
    found = call(client, "describe_target_group_attributes", TargetGroupArn=arn)["Attributes"]
    return group_settings({item["Key"]: item.get("Value", "") for item in found})


def register(client: Any, registrations: Iterable[Registration]) -> None:
    """Register targets of one group. Registering a target twice is no error, and ends its draining."""
    _change(client, "register_targets", tuple(registrations))


def deregister(client: Any, registrations: Iterable[Registration]) -> None:
    """Start draining targets of one group; a target that is not registered is no error."""
    _change(client, "deregister_targets", tuple(registrations))


def patch_runs(ssm: Any, instance_id: str, since: datetime) -> tuple[str, ...]:
    """The commands that patch an instance and have not ended there, each with its document."""
    filters = [{"key": "InvokedAfter", "value": since.strftime("%Y-%m-%dT%H:%M:%SZ")}]
    operation, key = "list_command_invocations", "CommandInvocations"
    found = paginate(ssm, operation, key, InstanceId=instance_id, Filters=filters, PaginationConfig={"PageSize": 50})
    return tuple(
        f"{item['CommandId']} ({short_name(item['DocumentName'])})"
        for item in found
        if item["Status"] not in ENDED and short_name(item["DocumentName"]).startswith(PATCH_DOCUMENTS)
    )


def _change(client: Any, operation: str, registrations: tuple[Registration, ...]) -> None:
    call(
        client,
        operation,
        TargetGroupArn=registrations[0].target_group_arn,
        Targets=[_description(item) for item in registrations],
    )


def _description(item: Registration) -> dict[str, Any]:
    """The port is always sent: without it AWS addresses the group's default port, which may be another target."""
    # An availability zone is only accepted for IP addresses, and refused for instances.
    zone = None if item.id.startswith("i-") else item.availability_zone
    return drop_none({"Id": item.id, "Port": item.port, "AvailabilityZone": zone, "QuicServerId": item.quic_server_id})


def _target(arn: str, item: dict[str, Any]) -> Target:
    target, state = item["Target"], item.get("TargetHealth", {})
    return Target(
        registration=Registration(
            target_group_arn=arn,
            id=target["Id"],
            port=target.get("Port", 0),
            availability_zone=target.get("AvailabilityZone"),
            quic_server_id=target.get("QuicServerId"),
        ),
        state=state.get("State", ""),
        reason=state.get("Reason", ""),
        override=item.get("AdministrativeOverride", {}).get("State", "no_override"),
    )
