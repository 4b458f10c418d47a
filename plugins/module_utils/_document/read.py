# Copyright: steadyfleet contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection: may change without notice.

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from . import api
from .document import Document

_AMAZON = "Amazon"


def read_all(client: Any, options: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The documents that exist, as the options of ssm_document_info ask for them."""
    names: list[str] | None = options["names"]
    if names is None:
        names = api.list_names(client, _filters(options["filters"] or {"Owner": ["Self"]}))
    found = (_read(client, options, name) for name in names)
    return [document for document in found if document]


def _filters(given: Mapping[str, Any]) -> dict[str, list[str]]:
    return {
        key: [str(item) for item in (value if isinstance(value, list) else [value])] for key, value in given.items()
    }


def _read(client: Any, options: Mapping[str, Any], name: str) -> dict[str, Any] | None:
    version, version_name = options["document_version"], options["version_name"]
    document = api.describe(client, name, version or (None if version_name else "$LATEST"), version_name)
    if document is None:
        return None
    found = document.as_dict()
    if options["include_content"] or options["include_attachments"]:
        content, attachments = api.get(client, name, options["document_format"], document.document_version)
        found |= {"content": content} if options["include_content"] else {}
        found |= {"attachments_content": attachments} if options["include_attachments"] else {}
    if options["include_versions"]:
        found["versions"] = [listed.as_dict() for listed in api.list_versions(client, name)]
    if options["include_shares"]:
        found["shared_with"] = _shares(client, document)
    return found


def _shares(client: Any, document: Document) -> dict[str, str] | None:
    """Only its owner is told. A document that is shared with us is named by its ARN."""
    if document.owner == _AMAZON or ":" in document.name:
        return None
    return dict(sorted(api.list_shares(client, document.name).items()))
