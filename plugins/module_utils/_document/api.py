# Copyright: steadyfleet contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection: may change without notice.

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from .._aws.call import call, paginate
from .._common.errors import AwsError
from .._common.times import iso
from .document import Content, Document
from .shares import USUAL, SharePlan, calls
from .versions import Version

# AWS's words for a document, or a version of it, that does not exist. DeleteDocument has the first one only.
_GONE = ("InvalidDocument", "InvalidDocumentVersion")


def describe(
    client: Any, name: str, version: str | None = "$LATEST", version_name: str | None = None
) -> Document | None:
    try:
        found = call(client, "describe_document", Name=name, DocumentVersion=version, VersionName=version_name)
    except AwsError as error:
        if error.aws_code in _GONE:
            return None
        raise
    return _document(found["Document"])


def get_content(client: Any, name: str, form: str, version: str = "$LATEST") -> str:
    """The text of a version, which AWS renders anew in the format asked for."""
    return get(client, name, form, version)[0]


def get(client: Any, name: str, form: str, version: str) -> tuple[str, list[dict[str, Any]]]:
    """The text of a version, and what AWS tells of its attachments."""
    answer = call(client, "get_document", Name=name, DocumentVersion=version, DocumentFormat=form)
    members = {"name": "Name", "size": "Size", "hash": "Hash", "hash_type": "HashType", "url": "Url"}
    attached = [
        {member: found.get(aws_member) for member, aws_member in members.items()}
        for found in answer.get("AttachmentsContent", ())
    ]
    return answer["Content"], attached


def create(client: Any, name: str, content: Content, options: Mapping[str, Any], tags: Mapping[str, str]) -> Document:
    aws_tags = [{"Key": key, "Value": value} for key, value in tags.items()]
    answer = call(
        client,
        "create_document",
        Name=name,
        DocumentType=options.get("document_type"),
        Requires=[_required(required) for required in options.get("requires") or ()] or None,
        Tags=aws_tags or None,
        **_version(content, options),
    )
    return _document(answer["DocumentDescription"])


def update(client: Any, name: str, content: Content, options: Mapping[str, Any]) -> Document:
    """Add a version. AWS takes no other version than the latest as the one to start from."""
    answer = call(client, "update_document", Name=name, DocumentVersion="$LATEST", **_version(content, options))
    return _document(answer["DocumentDescription"])


def set_default(client: Any, name: str, version: int) -> None:
    call(client, "update_document_default_version", Name=name, DocumentVersion=str(version))


def delete(client: Any, name: str, version: int | None = None, force: bool = False) -> bool:
    """Delete a version, or all of them when none is named.

    :param force: what AWS wants for some types of documents.
    :return: whether it was still there.
    """
    named = None if version is None else str(version)
    try:
        call(client, "delete_document", Name=name, DocumentVersion=named, Force=force or None)
    except AwsError as error:
        if error.aws_code in _GONE:
            return False
        raise
    return True


def list_versions(client: Any, name: str) -> tuple[Version, ...]:
    """The versions there are, the newest first; none when there is no document."""
    try:
        found = paginate(client, "list_document_versions", "DocumentVersions", Name=name)
    except AwsError as error:
        if error.aws_code in _GONE:
            return ()
        raise
    return tuple(sorted(map(_listed, found), key=lambda version: version.number, reverse=True))


def list_shares(client: Any, name: str) -> dict[str, str]:
    """The accounts that a document is shared with (``all`` for everybody), and which version each of them has."""
    shares: dict[str, str] = {}
    token: str | None = None
    while True:  # botocore has no paginator for it
        try:
            page = call(client, "describe_document_permission", Name=name, PermissionType="Share", NextToken=token)
        except AwsError as error:
            if error.aws_code in _GONE:
                return {}
            raise
        shares |= {account.lower(): USUAL for account in page.get("AccountIds", ())}
        listed = page.get("AccountSharingInfoList", ())
        shares |= {item["AccountId"].lower(): item.get("SharedDocumentVersion") or USUAL for item in listed}
        token = page.get("NextToken") or None
        if token is None:
            return shares


def share(client: Any, name: str, plan: SharePlan) -> None:
    # The removals first: a document is shared with everybody or with accounts, never both.
    for ids in calls(plan.to_remove):
        call(client, "modify_document_permission", Name=name, PermissionType="Share", AccountIdsToRemove=ids)
    for ids in calls(plan.to_add):
        call(
            client,
            "modify_document_permission",
            Name=name,
            PermissionType="Share",
            AccountIdsToAdd=ids,
            SharedDocumentVersion=plan.version,
        )


def list_users(client: Any, name: str) -> dict[str, str]:
    """The associations that use a document, and the version that each asks for."""
    by_document = [{"key": "Name", "value": name}]
    found = paginate(client, "list_associations", "Associations", AssociationFilterList=by_document)
    return {item["AssociationId"]: item.get("DocumentVersion", USUAL) for item in found}


def list_names(client: Any, filters: Mapping[str, list[str]]) -> list[str]:
    asked = [{"Key": key, "Values": values} for key, values in filters.items()]
    return [item["Name"] for item in paginate(client, "list_documents", "DocumentIdentifiers", Filters=asked)]


def _version(content: Content, options: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "Content": content.text,
        "DocumentFormat": content.format,  # not kept by AWS: without it every update would be JSON
        "TargetType": options.get("target_type"),
        "DisplayName": options.get("display_name"),
        "VersionName": options.get("version_name"),
        "Attachments": [_source(attachment) for attachment in options.get("attachments") or ()] or None,
    }


def _source(attachment: Mapping[str, Any]) -> dict[str, Any]:
    named = {"Name": attachment["name"]} if attachment.get("name") else {}
    return {"Key": attachment["key"], "Values": attachment["values"], **named}


_REQUIRED = {"name": "Name", "version": "Version", "require_type": "RequireType", "version_name": "VersionName"}


def _required(required: Mapping[str, Any]) -> dict[str, Any]:
    return {
        aws_member: required[member] for member, aws_member in _REQUIRED.items() if required.get(member) is not None
    }


def _listed(found: Mapping[str, Any]) -> Version:
    return Version(
        document_version=found["DocumentVersion"],
        version_name=found.get("VersionName"),
        display_name=found.get("DisplayName"),
        is_default_version=found.get("IsDefaultVersion", False),
        document_format=found.get("DocumentFormat"),
        status=found.get("Status", ""),
        status_information=found.get("StatusInformation"),
        created_at=iso(found.get("CreatedDate")),
    )


def _document(found: Mapping[str, Any]) -> Document:
    return Document(
        name=found["Name"],
        document_version=found.get("DocumentVersion", ""),
        latest_version=found.get("LatestVersion", ""),
        default_version=found.get("DefaultVersion", ""),
        status=found.get("Status", ""),
        status_information=found.get("StatusInformation"),
        document_type=found.get("DocumentType"),
        document_format=found.get("DocumentFormat"),
        schema_version=found.get("SchemaVersion"),
        target_type=found.get("TargetType"),
        display_name=found.get("DisplayName"),
        version_name=found.get("VersionName"),
        hash=found.get("Hash"),
        hash_type=found.get("HashType"),
        owner=found.get("Owner"),
        created_at=iso(found.get("CreatedDate")),
        platform_types=tuple(found.get("PlatformTypes", ())),
        attachments=tuple(sorted(item["Name"] for item in found.get("AttachmentsInformation", ()))),
        requires=tuple(
            {member: required[aws_member] for member, aws_member in _REQUIRED.items() if aws_member in required}
            for required in found.get("Requires", ())
        ),
    )
