# Copyright: steadyfleet contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection: may change without notice.

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from .._aws.context import Context
from .._aws.tags import list_tags
from .._common.errors import InvalidInput
from . import api
from .content import stored_content
from .model import Content, DesiredDocument, Document, DocumentRemoval, DocumentVersion, ObservedDocument
from .plan import needs_lookup, needs_new_version, needs_users
from .rules import MAX_VERSIONS
from .waiters import await_settled

_AMAZON = "Amazon"


def read_source(path: str) -> str:
    """The content of the file that option ``src`` names, with its own line ends."""
    try:
        return Path(path).read_bytes().decode()
    except UnicodeDecodeError as error:
        message = (
            f"src {path} is not UTF-8 (byte {error.start + 1} is {error.object[error.start]:#04x}): save it as UTF-8"
        )
        raise InvalidInput(message, code="src_unreadable") from error
    except (OSError, ValueError) as error:
        raise InvalidInput(f"src {path!r} cannot be read: {error}", code="src_unreadable") from error


def read_document(context: Context, desired: DesiredDocument) -> ObservedDocument | None:
    """The document, and everything else that the plan for the desired document depends on."""
    document = await_settled(context, desired.name)
    if document is None:
        return None
    client, name = context.client, document.name
    content = read_content(client, name, desired.content) if desired.content else None
    update = needs_new_version(document, content, desired)
    observed = ObservedDocument(
        document=document,
        content=content,
        tags=None if desired.tags is None else list_tags(client, "Document", name),
        shares=None if desired.share_with is None else api.list_shares(client, name),
        versions=_versions(client, document, desired, update),
        default_candidate=_default_candidate(client, document, desired.default_version),
    )
    # An association may use a version that would be deleted.
    return replace(observed, users=api.list_users(client, name)) if needs_users(observed, desired) else observed


def read_for_removal(context: Context, removal: DocumentRemoval) -> ObservedDocument | None:
    """The document or the version to delete, and what may prevent that; None when it does not exist."""
    client, name = context.client, removal.name
    if removal.of_one_version:
        document = api.describe_document(client, name, removal.document_version, removal.version_name)
    else:
        document = await_settled(context, name)
    if document is None:
        return None
    shares = None if removal.of_one_version else api.list_shares(client, name)
    return ObservedDocument(document=document, shares=shares, users=api.list_users(client, name))


def read_content(client: Any, name: str, desired: Content) -> Any:
    """The latest version in the form of the desired content. AWS renders YAML as JSON, so both are read as JSON."""
    format_name = "TEXT" if desired.format == "TEXT" else "JSON"
    return stored_content(api.get_document(client, name, format_name)[0], format_name)


def _versions(client: Any, document: Document, desired: DesiredDocument, update: bool) -> tuple[DocumentVersion, ...]:
    """All versions, when some may be deleted, or a new one needs a free name or room."""
    needs_room = update and int(document.latest_version) >= MAX_VERSIONS
    if desired.keep_versions is None and not needs_room and not (update and desired.version_name):
        return ()
    return api.list_versions(client, document.name)


def _default_candidate(client: Any, document: Document, default_version: str | None) -> Document | None:
    if default_version is None or not needs_lookup(document, default_version):
        return None
    if default_version.isdecimal():
        return api.describe_document(client, document.name, default_version)
    return api.describe_document(client, document.name, None, default_version)


def read_documents(client: Any, query: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The documents that the options of ssm_document_info ask for.

    :param query: the module's options.
    """
    names = query["names"] if query["names"] is not None else api.list_names(client, document_filters(query))
    found = (_read_one(client, query, name) for name in names)
    return [document for document in found if document]


def document_filters(query: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The option ``filters`` as ListDocuments takes it."""
    filters = query["filters"] or {"Owner": ["Self"]}
    return [
        {"Key": key, "Values": [str(item) for item in (value if isinstance(value, list) else [value])]}
        for key, value in filters.items()
    ]


def _read_one(client: Any, query: Mapping[str, Any], name: str) -> dict[str, Any] | None:
    version, version_name = query["document_version"], query["version_name"]
    document = api.describe_document(client, name, version or (None if version_name else "$LATEST"), version_name)
    if document is None:
        return None
    result = document.as_dict()
    if query["include_content"] or query["include_attachments"]:
        content, attachments = api.get_document(client, name, query["document_format"], document.document_version)
        result |= {"content": content} if query["include_content"] else {}
        result |= {"attachments_content": attachments} if query["include_attachments"] else {}
    if query["include_versions"]:
        result["versions"] = [listed.as_dict() for listed in api.list_versions(client, name)]
    if query["include_shares"]:
        result["shared_with"] = _shares(client, document)
    return result


def _shares(client: Any, document: Document) -> dict[str, str] | None:
    """AWS tells them to the owner only. A document that is shared with this account is named by its ARN."""
    if document.owner == _AMAZON or ":" in document.name:
        return None
    return api.list_shares(client, document.name)
