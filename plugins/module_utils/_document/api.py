# Copyright: steadyfleet contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection: may change without notice.

from __future__ import annotations

from collections.abc import Mapping
from itertools import batched
from typing import Any

from .._aws.call import call, paginate
from .._aws.tags import tag_list
from .._common.errors import AwsError
from .model import Document, DocumentVersion, SharePlan
from .shares import DEFAULT_VERSION
from .transformations import document_from, version_from

# AWS's codes for a document or a version that does not exist. DeleteDocument has the first one only.
_GONE = ("InvalidDocument", "InvalidDocumentVersion")
_ACCOUNTS_PER_CALL = 20


def describe_document(
    client: Any, name: str, version: str | None = "$LATEST", version_name: str | None = None
) -> Document | None:
    try:
        response = call(client, "describe_document", Name=name, DocumentVersion=version, VersionName=version_name)
    except AwsError as error:
        if error.aws_code in _GONE:
            return None
        raise
    return document_from(response["Document"])


def get_document(
    client: Any, name: str, format_name: str, version: str = "$LATEST"
) -> tuple[str, list[dict[str, Any]]]:
    """The text of a version, which AWS renders in this format, and what AWS returns of its attachments."""
    response = call(client, "get_document", Name=name, DocumentVersion=version, DocumentFormat=format_name)
    members = {"name": "Name", "size": "Size", "hash": "Hash", "hash_type": "HashType", "url": "Url"}
    attachments = [
        {key: attachment.get(member) for key, member in members.items()}
        for attachment in response.get("AttachmentsContent", ())
    ]
    return response["Content"], attachments


def create_document(client: Any, request: Mapping[str, Any], tags: Mapping[str, str]) -> Document:
    response = call(client, "create_document", **request, Tags=tag_list(tags))
    return document_from(response["DocumentDescription"])


def update_document(client: Any, request: Mapping[str, Any]) -> Document:
    """Add a version. AWS allows only the latest version as the one to start from."""
    response = call(client, "update_document", DocumentVersion="$LATEST", **request)
    return document_from(response["DocumentDescription"])


def set_default_version(client: Any, name: str, version: int) -> None:
    call(client, "update_document_default_version", Name=name, DocumentVersion=str(version))


def delete_document(client: Any, name: str, version: int | None = None, force: bool = False) -> bool:
    """Delete a version, or all of them when none is given.

    :param force: what AWS requires for some types of documents.
    :return: whether it existed.
    """
    number = None if version is None else str(version)
    try:
        call(client, "delete_document", Name=name, DocumentVersion=number, Force=force or None)
    except AwsError as error:
        if error.aws_code in _GONE:
            return False
        raise
    return True


def list_versions(client: Any, name: str) -> tuple[DocumentVersion, ...]:
    """All versions, the newest first; none when the document does not exist."""
    try:
        found = paginate(client, "list_document_versions", "DocumentVersions", Name=name)
    except AwsError as error:
        if error.aws_code in _GONE:
            return ()
        raise
    return tuple(sorted(map(version_from, found), key=lambda version: version.number, reverse=True))


def list_shares(client: Any, name: str) -> dict[str, str]:
    """The accounts that a document is shared with (``all`` for all of them), and the version that each may use."""
    shares: dict[str, str] = {}
    token: str | None = None
    while True:  # botocore has no paginator for it
        try:
            page = call(client, "describe_document_permission", Name=name, PermissionType="Share", NextToken=token)
        except AwsError as error:
            if error.aws_code in _GONE:
                return {}
            raise
        shares |= {account.lower(): DEFAULT_VERSION for account in page.get("AccountIds", ())}
        listed = page.get("AccountSharingInfoList", ())
        shares |= {item["AccountId"].lower(): item.get("SharedDocumentVersion") or DEFAULT_VERSION for item in listed}
        token = page.get("NextToken") or None
        if token is None:
            return shares


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
