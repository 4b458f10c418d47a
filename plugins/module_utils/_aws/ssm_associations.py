# Copyright: steadyfleet contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection: may change without notice.

from __future__ import annotations

from typing import Any

from .._core.association_run import Execution, Target
from .._core.errors import AwsError, InvalidInput
from .._core.times import iso
from .errors import call, paginate

_GONE = "AssociationDoesNotExist"
_REFUSED = {
    "InvalidDocument": "document {name} cannot be used (is it in this Region, Active, and yours or shared with you?)",
    "InvalidDocumentVersion": "document {name} has no such version",
}


def list_by_name(client: Any, name: str) -> list[dict[str, Any]]:
    """Associations of exactly this name. It is no key: there can be several."""
    by_name = [{"key": "AssociationName", "value": name}]
    found = paginate(client, "list_associations", "Associations", AssociationFilterList=by_name)
    return [item for item in found if item.get("AssociationName") == name]


def describe(client: Any, association_id: str) -> dict[str, Any] | None:
    try:
        answer: dict[str, Any] = call(client, "describe_association", AssociationId=association_id)
    except AwsError as error:
        if error.code == _GONE:
            return None
        raise
    return answer["AssociationDescription"]


def create(client: Any, request: dict[str, Any], tags: dict[str, str]) -> dict[str, Any]:
    """Create once. The client must be one that never repeats by itself: the name does not stop a second one."""
    aws_tags = [{"Key": key, "Value": value} for key, value in tags.items()]
    return _written(client, "create_association", **request, Tags=aws_tags or None)


def update(client: Any, association_id: str, request: dict[str, Any]) -> dict[str, Any]:
    """Replace all fields: those not in ``request`` are forgotten."""
    return _written(client, "update_association", AssociationId=association_id, **request)


def delete(client: Any, association_id: str) -> bool:
    """Whether it was still there."""
    try:
        call(client, "delete_association", AssociationId=association_id)
    except AwsError as error:
        if error.code == _GONE:
            return False
        raise
    return True


def start_once(client: Any, association_id: str) -> None:
    call(client, "start_associations_once", AssociationIds=[association_id])


def list_executions(client: Any, association_id: str, after: str | None = None) -> tuple[Execution, ...]:
    """
    :param after: only those created later than this time, which must be AWS's own and not of this machine's clock.
    """
    filters = [{"Key": "CreatedTime", "Value": after, "Type": "GREATER_THAN"}] if after else None
    found = paginate(
        client,
        "describe_association_executions",
        "AssociationExecutions",
        AssociationId=association_id,
        Filters=filters,
    )
    return tuple(map(_execution, found))


def list_targets(client: Any, association_id: str, execution_id: str) -> tuple[Target, ...]:
    """What became of each target; empty as long as AWS does not show the execution here."""
    try:
        found = paginate(
            client,
            "describe_association_execution_targets",
            "AssociationExecutionTargets",
            AssociationId=association_id,
            ExecutionId=execution_id,
        )
    except AwsError as error:
        if error.code == "AssociationExecutionDoesNotExist":
            return ()
        raise
    return tuple(map(_target, found))


def _written(client: Any, operation: str, **request: Any) -> dict[str, Any]:
    try:
        answer: dict[str, Any] = call(client, operation, **request)
    except AwsError as error:
        if error.code in _REFUSED:
            hint = _REFUSED[error.code].format(name=request.get("Name"))
            raise InvalidInput(f"{hint}: {error}", **error.details) from error
        raise
    return answer["AssociationDescription"]


def _execution(found: dict[str, Any]) -> Execution:
    return Execution(
        execution_id=found["ExecutionId"],
        status=found.get("Status", ""),
        detailed_status=found.get("DetailedStatus", ""),
        created_at=iso(found.get("CreatedTime")),
        resource_count_by_status=found.get("ResourceCountByStatus", ""),
    )


def _target(found: dict[str, Any]) -> Target:
    source = found.get("OutputSource", {})
    return Target(
        resource_id=found["ResourceId"],
        resource_type=found.get("ResourceType", ""),
        status=found.get("Status", ""),
        detailed_status=found.get("DetailedStatus", ""),
        output_id=source.get("OutputSourceId"),
        output_type=source.get("OutputSourceType", ""),
    )
