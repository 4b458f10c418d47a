# Copyright: steadyfleet contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection: may change without notice.

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import date
from typing import Any

from ansible.module_utils.common.dict_transformations import snake_dict_to_camel_dict

from .._common import yaml
from .._common.errors import InvalidInput
from .._common.shapes import drop_none
from .._common.tags import tags_as_text
from .._common.times import iso
from .model import Content, DesiredDocument, Document, DocumentVersion

_MAX_BYTES = 64 * 1024
# The options that a DesiredDocument takes as they are.
_SAME = (
    "name",
    "document_type",
    "target_type",
    "display_name",
    "version_name",
    "default_version",
    "keep_versions",
    "purge_tags",
    "purge_shares",
    "shared_document_version",
)
_REQUIRES = {"name": "Name", "version": "Version", "require_type": "RequireType", "version_name": "VersionName"}


def desired_document(options: Mapping[str, Any], content: Any) -> DesiredDocument:
    """
    :param content: a text or a structure, or None.
    :raises InvalidInput: when the content is not valid.
    """
    fields: dict[str, Any] = {name: options[name] for name in _SAME}
    for name in ("attachments", "requires", "share_with"):
        fields[name] = None if options[name] is None else tuple(options[name])
    given = None if content is None else content_from(content, options["document_format"])
    return DesiredDocument(content=given, tags=tags_as_text(options["tags"]), **fields)


def content_from(given: Any, format_name: str | None = None) -> Content:
    """
    :param given: a text or a structure.
    :param format_name: JSON, YAML or TEXT; None detects it.
    :raises InvalidInput: when the content is not valid.
    """
    if not isinstance(given, str):
        text = yaml.dump(given) if format_name == "YAML" else json.dumps(given, indent=2, default=_json_default)
        format_name = format_name or "JSON"
    else:
        text = given
        format_name = format_name or ("JSON" if given.lstrip().startswith("{") else "YAML")
    if (size := len(text.encode())) > _MAX_BYTES:
        raise InvalidInput(f"the content has {size} bytes: AWS takes at most {_MAX_BYTES}", code="content_too_large")
    return Content(text=text, format=format_name, parsed=parse_content(text, format_name))


def parse_content(text: str, format_name: str) -> Any:
    """The structure of a document's text. TEXT has none: there it is the text without differences in line ends."""
    if format_name == "TEXT":
        return "\n".join(text.splitlines()).rstrip()
    try:
        parsed = json.loads(text) if format_name == "JSON" else yaml.load(text)
    except ValueError as error:
        message = f"the content is not valid {format_name}: {' '.join(str(error).split())}"
        raise InvalidInput(message, code="content_invalid") from error
    if not isinstance(parsed, dict):
        raise InvalidInput(f"the content is no document: its {format_name} must be a mapping", code="content_invalid")
    return _as_json(parsed)


def _as_json(parsed: dict[Any, Any]) -> Any:
    """The structure as AWS returns it: AWS stores JSON, and the schema version as text."""
    stored = json.loads(json.dumps(parsed, default=_json_default))
    if "schemaVersion" in stored:
        stored["schemaVersion"] = str(stored["schemaVersion"])
    return stored


def _json_default(value: Any) -> str:
    if isinstance(value, date):  # YAML reads unquoted dates as dates
        return value.isoformat()
    raise InvalidInput(f"the content contains {value!r}, which JSON cannot express", code="content_invalid")


def version_request(desired: DesiredDocument, **replaced: Any) -> dict[str, Any]:
    """What CreateDocument and UpdateDocument take of a version.

    :param replaced: fields that differ from the desired ones, as ``target_type``.
    """
    fields = {**vars(desired), **replaced}
    attachments = [
        snake_dict_to_camel_dict(drop_none(each), capitalize_first=True) for each in desired.attachments or ()
    ]
    return drop_none(
        {
            "Name": desired.name,
            "Content": desired.content.text if desired.content else None,
            # AWS does not keep the format: without it every update would be JSON.
            "DocumentFormat": desired.content.format if desired.content else None,
            "TargetType": fields["target_type"],
            "DisplayName": fields["display_name"],
            "VersionName": fields["version_name"],
            "Attachments": attachments or None,
        }
    )


def create_request(desired: DesiredDocument) -> dict[str, Any]:
    requires = [snake_dict_to_camel_dict(each, capitalize_first=True) for each in required_documents(desired)]
    members = {"DocumentType": desired.document_type, "Requires": requires or None}
    return version_request(desired) | drop_none(members)


def required_documents(desired: DesiredDocument) -> list[dict[str, Any]]:
    return [drop_none(dict(required)) for required in desired.requires or ()]


def document_from(response: Mapping[str, Any]) -> Document:
    return Document(
        name=response["Name"],
        document_version=response.get("DocumentVersion", ""),
        latest_version=response.get("LatestVersion", ""),
        default_version=response.get("DefaultVersion", ""),
        status=response.get("Status", ""),
        status_information=response.get("StatusInformation"),
        document_type=response.get("DocumentType"),
        document_format=response.get("DocumentFormat"),
        schema_version=response.get("SchemaVersion"),
        target_type=response.get("TargetType"),
        display_name=response.get("DisplayName"),
        version_name=response.get("VersionName"),
        hash=response.get("Hash"),
        hash_type=response.get("HashType"),
        owner=response.get("Owner"),
        created_at=iso(response.get("CreatedDate")),
        platform_types=tuple(response.get("PlatformTypes", ())),
        attachments=tuple(sorted(item["Name"] for item in response.get("AttachmentsInformation", ()))),
        requires=tuple(
            {name: required[member] for name, member in _REQUIRES.items() if member in required}
            for required in response.get("Requires", ())
        ),
    )


def version_from(response: Mapping[str, Any]) -> DocumentVersion:
    return DocumentVersion(
        document_version=response["DocumentVersion"],
        version_name=response.get("VersionName"),
        display_name=response.get("DisplayName"),
        is_default_version=response.get("IsDefaultVersion", False),
        document_format=response.get("DocumentFormat"),
        status=response.get("Status", ""),
        status_information=response.get("StatusInformation"),
        created_at=iso(response.get("CreatedDate")),
    )
