# Copyright: steadyfleet contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection: may change without notice.

from __future__ import annotations

from pathlib import Path
from typing import Any

from .._common import yaml as _yaml
from .._common.errors import InvalidInput
from .._common.tags import tags_as_text
from .document import TYPES, Content, content
from .model import Wish

_TEXT = {"type": "str"}
_FORMAT = {"type": "str", "choices": ["JSON", "YAML", "TEXT"]}
_ATTACHMENT = {
    "key": {
        "type": "str",
        "required": True,
        "choices": ["SourceUrl", "S3FileUrl", "AttachmentReference"],
        "no_log": False,
    },
    "values": {"type": "list", "elements": "str", "required": True},
    "name": _TEXT,
}
_REQUIRED = {"name": {"type": "str", "required": True}, "version": _TEXT, "require_type": _TEXT, "version_name": _TEXT}

DOCUMENT_SPEC: dict[str, Any] = {
    "name": {"type": "str", "required": True},
    "state": {"type": "str", "choices": ["present", "absent"], "default": "present"},
    "content": {"type": "raw"},
    "src": {"type": "path"},
    "document_type": {"type": "str", "choices": list(TYPES)},
    "document_format": _FORMAT,
    "target_type": _TEXT,
    "display_name": _TEXT,
    "version_name": _TEXT,
    "document_version": _TEXT,
    "default_version": _TEXT,
    "keep_versions": {"type": "int"},
    "attachments": {"type": "list", "elements": "dict", "options": _ATTACHMENT},
    "requires": {"type": "list", "elements": "dict", "options": _REQUIRED},
    "tags": {"type": "dict"},
    "purge_tags": {"type": "bool", "default": True},
    "share_with": {"type": "list", "elements": "str"},
    "purge_shares": {"type": "bool", "default": True},
    "shared_document_version": {"type": "str", "choices": ["$LATEST", "$DEFAULT", "$ALL"]},
    "unshare": {"type": "bool", "default": False},
    "force": {"type": "bool", "default": False},
}
INFO_SPEC: dict[str, Any] = {
    "names": {"type": "list", "elements": "str", "aliases": ["name"]},
    "filters": {"type": "dict"},
    "document_version": _TEXT,
    "version_name": _TEXT,
    "include_content": {"type": "bool", "default": False},
    "document_format": {**_FORMAT, "default": "JSON"},
    "include_versions": {"type": "bool", "default": False},
    "include_shares": {"type": "bool", "default": False},
    "include_attachments": {"type": "bool", "default": False},
}
# What a module's parameters and a wish call by the same name.
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


def wished(params: dict[str, Any]) -> Wish:
    """
    :raises InvalidInput: when the content is not what it should be.
    """
    fields: dict[str, Any] = {name: params[name] for name in _SAME}
    for name in ("attachments", "requires", "share_with"):
        fields[name] = None if params[name] is None else tuple(params[name])
    return Wish(content=_given(params), tags=tags_as_text(params["tags"]), **fields)


def _given(params: dict[str, Any]) -> Content | None:
    said = params["content"]
    if params["src"]:
        try:
            said = Path(params["src"]).read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError) as error:
            raise InvalidInput(f"src can't be read: {error}") from error
    return None if said is None else content(said, params["document_format"], _yaml.load, _yaml.dump)
