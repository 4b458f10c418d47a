# Copyright: steadyfleet contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection: may change without notice.

from __future__ import annotations

from collections.abc import Callable, Mapping
from itertools import batched
from typing import Any, TypeVar

from .._aws.call import call, paginate
from .._aws.tags import tag_list
from .._aws.validate import request_problems
from .._common.errors import AwsError, Problem
from .model import DesiredDocument, Document, DocumentRemoval, DocumentVersion, SharePlan
from .shares import DEFAULT_VERSION, account_ids
from .transformations import attachments_from, create_request, document_from, version_from

Response = TypeVar("Response")

# AWS's codes for a document or a version that does not exist. DeleteDocument has the first one only.
_GONE = ("InvalidDocument", "InvalidDocumentVersion")
_ACCOUNTS_PER_CALL = 20


def _none_if_gone(request: Callable[[], Response]) -> Response | None:
    try:
        return request()
    except AwsError as error:
        if error.aws_code in _GONE:
            return None
        raise


def describe_document(
    client: Any, name: str, version: str | None = "$LATEST", version_name: str | None = None
) -> Document | None:
    which = {"Name": name, "DocumentVersion": version, "VersionName": version_name}
    response = _none_if_gone(lambda: call(client, "describe_document", **which))
    return document_from(response["Document"]) if response else None


def get_document(
    client: Any, name: str, format_name: str, version: str = "$LATEST"
) -> tuple[str, list[dict[str, Any]]]:
    """The text of a version, which AWS renders in this format, and what AWS returns of its attachments."""
    response = call(client, "get_document", Name=name, DocumentVersion=version, DocumentFormat=format_name)
    return response["Content"], attachments_from(response)


def create_document(client: Any, request: Mapping[str, Any], tags: Mapping[str, str]) -> Document:
    response = call(client, "create_document", **request, Tags=tag_list(tags))
    return document_from(response["DocumentDescription"])


def update_document(client: Any, request: Mapping[str, Any]) -> Document:
    """Add a version. AWS allows only the latest version as the one to start from."""
    response = call(client, "update_document", DocumentVersion="$LATEST", **request)
    return document_from(response["DocumentDescription"])


def set_default_version(client: Any, name: str, version: int) -> None:
    call(client, "update_document_default_version", Name=name, DocumentVersion=str(version))


def delete_document(client: Any, name: str, version: int | None = None, force: bool = False) -> None:
    """Delete a version, or all of them when none is given. It is no error when it does not exist.

    :param force: what AWS requires for some types of documents.
    """
    which = {"Name": name, "DocumentVersion": None if version is None else str(version)}
    _none_if_gone(lambda: call(client, "delete_document", **which, Force=force or None))


def list_versions(client: Any, name: str) -> tuple[DocumentVersion, ...]:
    """All versions, the newest first; none when the document does not exist."""
    found = _none_if_gone(lambda: paginate(client, "list_document_versions", "DocumentVersions", Name=name))
    return tuple(sorted(map(version_from, found or ()), key=lambda version: version.number, reverse=True))


def list_shares(client: Any, name: str) -> dict[str, str]:
    """The accounts that a document is shared with (``all`` for all of them), and the version that each may use."""
    shares: dict[str, str] = {}
    request: dict[str, Any] = {"Name": name, "PermissionType": "Share"}
    # botocore has no paginator for it.
    while page := _none_if_gone(lambda: call(client, "describe_document_permission", **request)):
        shares |= {account.lower(): DEFAULT_VERSION for account in page.get("AccountIds", ())}
        listed = page.get("AccountSharingInfoList", ())
        shares |= {item["AccountId"].lower(): item.get("SharedDocumentVersion") or DEFAULT_VERSION for item in listed}
        request["NextToken"] = page.get("NextToken")
        if not request["NextToken"]:
            break
    return dict(sorted(shares.items()))


def share_document(client: Any, name: str, plan: SharePlan) -> None:
    share = {"Name": name, "PermissionType": "Share"}
    # Removals come first: AWS shares a document with all accounts or with some, but not with both.
    for accounts in batched(plan.to_remove, _ACCOUNTS_PER_CALL):
        call(client, "modify_document_permission", **share, AccountIdsToRemove=list(accounts))
    for accounts in batched(plan.to_add, _ACCOUNTS_PER_CALL):
        version = {"SharedDocumentVersion": plan.version}
        call(client, "modify_document_permission", **share, AccountIdsToAdd=list(accounts), **version)


def list_users(client: Any, name: str) -> dict[str, str]:
    """The associations that use a document, and the version that each asks for."""
    by_document = [{"key": "Name", "value": name}]
    found = paginate(client, "list_associations", "Associations", AssociationFilterList=by_document)
    return {item["AssociationId"]: item.get("DocumentVersion", DEFAULT_VERSION) for item in found}


def list_names(client: Any, filters: list[dict[str, Any]]) -> list[str]:
    return [item["Name"] for item in paginate(client, "list_documents", "DocumentIdentifiers", Filters=filters)]


def desired_limit_problems(client: Any, desired: DesiredDocument) -> list[Problem]:
    """What exceeds AWS's own limits in the requests that would create the document."""
    create = {"Content": "any", **create_request(desired), "Tags": tag_list(desired.tags)}
    default = {"Name": "any", "VersionName": desired.default_version}
    problems = _unknown_members(client, "CreateDocument", create) + request_problems(client, "CreateDocument", create)
    problems += request_problems(client, "DescribeDocument", default, {"VersionName": "default_version"})
    for accounts in batched(account_ids(desired.share_with or ()), _ACCOUNTS_PER_CALL):
        share = {"Name": "any", "PermissionType": "Share", "AccountIdsToAdd": accounts}
        problems += request_problems(client, "ModifyDocumentPermission", share, {"AccountIdsToAdd": "share_with"})
    return problems


def _unknown_members(client: Any, operation: str, request: Mapping[str, Any]) -> list[Problem]:
    """The members that the installed botocore is too old for."""
    known = client.meta.service_model.operation_model(operation).input_shape.members
    return [
        Problem(f"botocore is too old to send {name}: it knows no such field of {operation}", "botocore_too_old")
        for name in request
        if name not in known
    ]


def removal_limit_problems(client: Any, removal: DocumentRemoval) -> list[Problem]:
    """What exceeds AWS's own limits in the request that would delete the document or the version."""
    version = {"DocumentVersion": removal.document_version, "VersionName": removal.version_name}
    return request_problems(client, "DeleteDocument", {"Name": removal.name, **version})
