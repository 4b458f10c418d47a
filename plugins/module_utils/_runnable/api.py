# Copyright: steadyfleet contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection: may change without notice.

from __future__ import annotations

from typing import Any

from .._aws.call import call
from .model import RunnableDocument, RunRequest
from .transformations import document_from


def describe_document(client: Any, request: RunRequest) -> RunnableDocument:
    response = call(client, "describe_document", Name=request.document_name, DocumentVersion=request.document_version)
    return document_from(response["Document"])


def document_content(client: Any, request: RunRequest) -> str:
    """The content as JSON. AWS renders a document of another format as JSON where that is possible."""
    which = {"Name": request.document_name, "DocumentVersion": request.document_version}
    return str(call(client, "get_document", **which, DocumentFormat="JSON")["Content"])
