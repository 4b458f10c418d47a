# Copyright: steadyfleet contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection: may change without notice.

from __future__ import annotations

from collections.abc import Mapping
from email.utils import parsedate_to_datetime
from typing import Any

from .._aws.call import call, paginate
from .._command.outcome import Execution, Target
from .._common.errors import AwsError, InvalidInput
from .._common.times import iso

_GONE = "AssociationDoesNotExist"
# As many as AWS gives at once.
_PAGES = {"PageSize": 50}
# Refusals of which an operator needs to be told more than AWS says.
_REFUSED = {
    "AssociationLimitExceeded": "the account has as many associations as AWS allows",
    "AssociationVersionLimitExceeded": "it was updated as often as AWS allows: delete it and create it anew",
    "InvalidAssociationVersion": "somebody else has changed it meanwhile: run again",
    "InvalidDocument": "document {name} cannot be used (is it in this Region, Active, and yours or shared with you?)",
    "InvalidDocumentVersion": "document {name} has no such version",
}
# ... and one without a code of its own. https://github.com/hashicorp/terraform-provider-aws/issues/41251
_BOTH = "Must specify both"
_BOTH_HINT = "a runbook takes automation_target_parameter_name and targets together, or neither"


def list_all(client: Any, filters: Mapping[str, Any]) -> list[dict[str, Any]]:
    """What ListAssociations shows of those that pass all filters, which is less than describe() does."""
    asked = [{"key": key, "value": str(value)} for key, value in filters.items()]
    return paginate(
        client,
        "list_associations",
        "Associations",
        AssociationFilterList=asked or None,
        PaginationConfig=_PAGES,
    )


def list_by_name(client: Any, name: str) -> list[dict[str, Any]]:
    """Associations of exactly this name. It is no key: there can be several."""
    found = list_all(client, {"AssociationName": name})
    return [item for item in found if item.get("AssociationName") == name]


def describe(client: Any, association_id: str) -> dict[str, Any] | None:
    """The association, or None; with AWS's own time of this answer as ``AnsweredAt``."""
    try:
        answer: dict[str, Any] = call(client, "describe_association", AssociationId=association_id)
    except AwsError as error:
        if error.aws_code == _GONE:
            return None
        raise
    return {**answer["AssociationDescription"], "AnsweredAt": _answered_at(answer)}


def _answered_at(answer: Mapping[str, Any]) -> str | None:
    """Of AWS's clock, in whole seconds."""
    date = answer.get("ResponseMetadata", {}).get("HTTPHeaders", {}).get("date")
    try:
        return iso(parsedate_to_datetime(date)) if date else None
    except ValueError:
        return None


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
        if error.aws_code == _GONE:
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
        PaginationConfig=_PAGES,
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
            PaginationConfig=_PAGES,
        )
    except AwsError as error:
        if error.aws_code == "AssociationExecutionDoesNotExist":
            return ()
        raise
    return tuple(map(_target, found))


def _written(client: Any, operation: str, **request: Any) -> dict[str, Any]:
    try:
        answer: dict[str, Any] = call(client, operation, **request)
    except AwsError as error:
        if error.aws_code in _REFUSED:
            hint = _REFUSED[error.aws_code].format(name=request.get("Name"))
            raise InvalidInput(f"{hint}: {error}", **error.details) from error
        if _BOTH in str(error):
            raise InvalidInput(f"{_BOTH_HINT}: {error}", **error.details) from error
        raise
    return answer["AssociationDescription"]


def _execution(found: dict[str, Any]) -> Execution:
    return Execution(
        execution_id=found["ExecutionId"],
        status=found.get("Status", ""),
        detailed_status=found.get("DetailedStatus", ""),
        created_at=iso(found.get("CreatedTime")),
        resource_count_by_status=found.get("ResourceCountByStatus", ""),
        association_version=found.get("AssociationVersion"),
        triggered_alarms=tuple(alarm["Name"] for alarm in found.get("TriggeredAlarms", [])),
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
