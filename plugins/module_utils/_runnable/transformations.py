# Copyright: steadyfleet contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection: may change without notice.

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from .model import Parameter, RunnableDocument


def document_from(response: Mapping[str, Any]) -> RunnableDocument:
    """The document of a DescribeDocument response. It has no limits of the parameters: see with_limits()."""
    hashes = {"Sha1": response.get("Sha1"), response.get("HashType", "Sha256"): response.get("Hash")}
    return RunnableDocument(
        name=response["Name"],
        version=response.get("DocumentVersion", ""),
        type=response.get("DocumentType", ""),
        status=response.get("Status", ""),
        status_information=response.get("StatusInformation", ""),
        hashes={kind: value for kind, value in hashes.items() if value},
        platform_types=tuple(response.get("PlatformTypes", ())),
        parameters={
            item["Name"]: Parameter(
                name=item["Name"], type=item.get("Type", "String"), required="DefaultValue" not in item
            )
            for item in response.get("Parameters", ())
        },
    )


def with_limits(document: RunnableDocument, content: str) -> RunnableDocument:
    """The document with the limits of its parameters, which only its content has.

    :param content: in JSON. A content that is no JSON object has no limits.
    """
    try:
        declared = json.loads(content)["parameters"]
        limits = {name: _limits(declared[name]) for name in document.parameters if name in declared}
    except (ValueError, TypeError, KeyError, AttributeError):
        return document
    parameters = {name: replace(item, **limits.get(name, {})) for name, item in document.parameters.items()}
    return replace(document, parameters=parameters)


def _limits(declared: Mapping[str, Any]) -> dict[str, Any]:
    numbers = {"min_items": "minItems", "max_items": "maxItems", "min_chars": "minChars", "max_chars": "maxChars"}
    return {
        # DescribeDocument knows the types String and StringList only.
        "type": str(declared["type"]),
        "allowed_values": tuple(map(_text, declared.get("allowedValues", ()))),
        "allowed_pattern": str(declared.get("allowedPattern") or ""),
        **{name: int(declared[key]) for name, key in numbers.items() if declared.get(key) is not None},
    }


def _text(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value)
