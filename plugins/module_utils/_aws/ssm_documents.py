# Copyright: steadyfleet contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection: may change without notice.

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from .._core.document import Content, Document
from .._core.errors import AwsError
from .._core.times import iso
from .errors import call, paginate

# AWS's word for a document that does not exist.
_GONE = "InvalidDocument"


def describe(client: Any, name: str, version: str = "$LATEST") -> Document | None:
    try:
        found = call(client, "describe_document", Name=name, DocumentVersion=version)["Document"]
    except AwsError as error:
        if error.code == _GONE:
            return None
        raise
    return _document(found)


def get_content(client: Any, name: str, form: str, version: str = "$LATEST") -> str:
    """The text of a version, which AWS renders anew in the format asked for."""
    answer = call(client, "get_document", Name=name, DocumentVersion=version, DocumentFormat=form)
    text: str = answer["Content"]
    return text


def create(client: Any, name: str, content: Content, options: Mapping[str, Any], tags: Mapping[str, str]) -> Document:
    aws_tags = [{"Key": key, "Value": value} for key, value in tags.items()]
    answer = call(
        client,
        "create_document",
        Name=name,
        DocumentType=options.get("document_type"),
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


def delete(client: Any, name: str) -> None:
    try:
        call(client, "delete_document", Name=name)
    except AwsError as error:
        if error.code != _GONE:
            raise


def version_names(client: Any, name: str) -> dict[str, str]:
    """Version names, and the version that has each."""
    found = paginate(client, "list_document_versions", "DocumentVersions", Name=name)
    return {item["VersionName"]: item["DocumentVersion"] for item in found if item.get("VersionName")}


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
    }


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
    )
