# Copyright: steadyfleet contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection: may change without notice.

from __future__ import annotations

from collections.abc import Mapping
from email.utils import parsedate_to_datetime
from typing import Any

from .._aws.call import call, paginate
from .._aws.tags import tag_list
from .._command.outcome import Execution, Target
from .._common.errors import AwsError, InvalidInput
from .._common.times import iso
from .transformations import execution_from, target_from

_GONE = "AssociationDoesNotExist"
# The largest page.
_PAGES = {"PageSize": 50}
# What an operator needs to know beside AWS's own message.
_HINTS = {
    "AssociationLimitExceeded": "the account has the maximum number of associations",
    "AssociationVersionLimitExceeded": "it has the maximum number of versions: delete it and create it again",
    "InvalidAssociationVersion": "it was changed by somebody else meanwhile: run again",
    "InvalidDocument": "document {name} cannot be used (is it in this Region, Active, and yours or shared with you?)",
    "InvalidDocumentVersion": "document {name} has no such version",
}
# AWS has no error code for this one. https://github.com/hashicorp/terraform-provider-aws/issues/41251
_BOTH = "Must specify both"
_BOTH_HINT = "a runbook takes automation_target_parameter_name and targets together, or neither"


def list_associations(client: Any, filters: Mapping[str, Any]) -> list[dict[str, Any]]:
    """What ListAssociations returns for these filters. It has fewer fields than describe_association()."""
    members = {"AssociationFilterList": association_filters(filters) or None}
    return paginate(client, "list_associations", "Associations", PaginationConfig=_PAGES, **members)


def association_filters(filters: Mapping[str, Any]) -> list[dict[str, str]]:
    return [{"key": key, "value": str(value)} for key, value in filters.items()]


def list_by_name(client: Any, name: str) -> list[dict[str, Any]]:
    """Associations with exactly this name. AWS allows several."""
    found = list_associations(client, {"AssociationName": name})
    return [item for item in found if item.get("AssociationName") == name]


def describe_association(client: Any, association_id: str) -> dict[str, Any] | None:
    """The association, or None. ``AnsweredAt`` is AWS's own time of this response."""
    try:
        response: dict[str, Any] = call(client, "describe_association", AssociationId=association_id)
    except AwsError as error:
        if error.aws_code == _GONE:
            return None
        raise
    return {**response["AssociationDescription"], "AnsweredAt": _answered_at(response)}


def _answered_at(response: Mapping[str, Any]) -> str | None:
    """The time of AWS's clock in whole seconds."""
    date = response.get("ResponseMetadata", {}).get("HTTPHeaders", {}).get("date")
    try:
        return iso(parsedate_to_datetime(date)) if date else None
    except ValueError:
        return None


def create_association(client: Any, request: dict[str, Any], tags: dict[str, str]) -> dict[str, Any]:
    """Create once. The client must never repeat a request: AWS creates a second association with the same name."""
    return _write(client, "create_association", **request, Tags=tag_list(tags))


def update_association(client: Any, association_id: str, request: dict[str, Any]) -> dict[str, Any]:
    """Replace all fields. AWS resets those that are not in ``request``."""
    return _write(client, "update_association", AssociationId=association_id, **request)


def delete_association(client: Any, association_id: str) -> bool:
    """Delete it; False when it did not exist."""
    try:
        call(client, "delete_association", AssociationId=association_id)
    except AwsError as error:
        if error.aws_code == _GONE:
            return False
        raise
    return True


def start_association(client: Any, association_id: str) -> None:
    call(client, "start_associations_once", AssociationIds=[association_id])


def list_executions(client: Any, association_id: str, after: str | None = None) -> tuple[Execution, ...]:
    """
    :param after: only those created after this time, which must come from AWS and not from this machine's clock.
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
    return tuple(map(execution_from, found))


def list_targets(client: Any, association_id: str, execution_id: str) -> tuple[Target, ...]:
    """The result of each target; empty while AWS does not show the execution here."""
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
    return tuple(map(target_from, found))


def _write(client: Any, operation: str, **request: Any) -> dict[str, Any]:
    try:
        response: dict[str, Any] = call(client, operation, **request)
    except AwsError as error:
        if error.aws_code in _HINTS:
            hint = _HINTS[error.aws_code].format(name=request.get("Name"))
            raise InvalidInput(f"{hint}: {error}", code="association_rejected", **error.details) from error
        if _BOTH in str(error):
            raise InvalidInput(f"{_BOTH_HINT}: {error}", code="association_rejected", **error.details) from error
        raise
    return response["AssociationDescription"]
