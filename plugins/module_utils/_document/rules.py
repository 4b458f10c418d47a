# Copyright: steadyfleet contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection: may change without notice.

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from .._common.patterns import mismatch, mismatches, refuse
from .shares import share_problems
from .versions import MOST

_NAME = re.compile(r"[a-zA-Z0-9_\-.]{3,128}")
_RESERVED = ("aws", "amazon", "amzn")
_MOST_ATTACHMENTS = 20
_A_NAME = "3 to 128 letters, digits, dots, dashes or underscores"


def check(name: str, options: Mapping[str, Any]) -> None:
    """:raises InvalidInput: naming everything that AWS would refuse and that can be told without it."""
    problems = name_problems(name) + mismatches(options)
    default = options.get("default_version")
    if default and (found := mismatch("version_name", default, "default_version")):
        problems.append(f"{found}: a number, latest, or the name of a version")
    keep = options.get("keep_versions")
    if keep is not None and not 1 <= keep <= MOST:
        problems.append(f"keep_versions must be 1 to {MOST}, not {keep}")
    problems += share_problems(options.get("share_with") or [])
    problems += attachment_problems(options.get("attachments") or [])
    refuse(problems + require_problems(options.get("requires") or []))


def name_problems(name: str) -> list[str]:
    """Why no document of this name can be written. Reading is another thing: AWS's own documents can be read."""
    if not _NAME.fullmatch(name):
        return [f"name must be {_A_NAME}, not {name!r}"]
    if name.lower().startswith(_RESERVED):
        return [f"name {name!r} is reserved: names that start with aws, amazon or amzn belong to AWS"]
    return []


def attachment_problems(attachments: Sequence[Mapping[str, Any]]) -> list[str]:
    problems = []
    if len(attachments) > _MOST_ATTACHMENTS:
        problems.append(f"at most {_MOST_ATTACHMENTS} attachments are possible, not {len(attachments)}")
    for attachment in attachments:
        values, name = attachment["values"], attachment.get("name")
        if len(values) != 1 or not 1 <= len(values[0]) <= 1024:
            problems.append(f"an attachment needs one value of 1 to 1024 characters, not {values}")
        if name and not _NAME.fullmatch(name):
            problems.append(f"name of an attachment must be {_A_NAME}, not {name!r}")
    return problems


def require_problems(requires: Sequence[Mapping[str, Any]]) -> list[str]:
    patterns = {"name": "document", "version": "document_version", "version_name": "version_name"}
    return [
        found
        for required in requires
        for member, pattern in {**patterns, "require_type": "version_name"}.items()
        if required.get(member) and (found := mismatch(pattern, required[member], f"{member} in requires"))
    ]


def attachment_names(attachments: Sequence[Mapping[str, Any]]) -> list[str] | None:
    """The names that the files will have; None when only AWS can tell: it names those of a folder and unnamed ones."""
    names = [attachment.get("name") or "" for attachment in attachments]
    folder = any(attachment["key"] == "SourceUrl" for attachment in attachments)
    return None if folder or not all(names) else sorted(names)


def meets(current: Sequence[Mapping[str, Any]], wanted: Sequence[Mapping[str, Any]]) -> bool:
    """Whether a document requires what it should; what was left open is AWS's to fill in."""
    asked = [{name: value for name, value in required.items() if value is not None} for required in wanted]
    return len(current) == len(asked) and all(
        any(required.items() <= found.items() for found in current) for required in asked
    )
