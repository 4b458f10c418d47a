# Copyright: steadyfleet contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection: may change without notice.

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from typing import Any

from ansible.module_utils.common.dict_transformations import camel_dict_to_snake_dict, snake_dict_to_camel_dict

from .._common.shapes import drop_none
from .._common.tags import tags_as_text
from .._common.times import iso
from .content import content_from
from .model import DesiredDocument, Document, DocumentRemoval, DocumentVersion


def desired_document(options: Mapping[str, Any], content: Any) -> DesiredDocument:
    """
    :param content: a text or a structure, or None. It may be that of the file ``src``.
    :raises InvalidInput: when the content is not valid.
    """
    given = None
    if content is not None:
        verbatim = options["src"] is not None
        given = content_from(content, options["document_format"], options["document_type"], verbatim)
    fields = {**_fields_of(DesiredDocument, options), "content": given, "tags": tags_as_text(options["tags"])}
    return DesiredDocument(**fields)


def document_removal(options: Mapping[str, Any]) -> DocumentRemoval:
    return DocumentRemoval(**_fields_of(DocumentRemoval, options))


def _fields_of(kind: type[Any], values: Mapping[str, Any]) -> dict[str, Any]:
    """The values that are named like a field, with tuples for lists, and without suboptions that are None."""
    given = {field.name: drop_none(values[field.name]) for field in dataclasses.fields(kind) if field.name in values}
    return {name: tuple(value) if isinstance(value, list) else value for name, value in given.items()}


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
            "CloudProviders": None if desired.cloud_providers is None else list(desired.cloud_providers),
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
    """A DocumentDescription of AWS."""
    attachments = tuple(sorted(item["Name"] for item in response.get("AttachmentsInformation", ())))
    fields = _fields_of(Document, camel_dict_to_snake_dict(response))
    return Document(**fields, created_at=iso(response.get("CreatedDate")), attachments=attachments)


def version_from(response: Mapping[str, Any]) -> DocumentVersion:
    """A DocumentVersionInfo of AWS."""
    fields = _fields_of(DocumentVersion, camel_dict_to_snake_dict(response))
    return DocumentVersion(**fields, created_at=iso(response.get("CreatedDate")))


def attachments_from(response: Mapping[str, Any]) -> list[dict[str, Any]]:
    """What GetDocument returns of the attachments."""
    members = dict.fromkeys(("name", "size", "hash", "hash_type", "url"))
    return [{**members, **camel_dict_to_snake_dict(item)} for item in response.get("AttachmentsContent", ())]
