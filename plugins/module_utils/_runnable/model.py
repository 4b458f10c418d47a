# Copyright: steadyfleet contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection: may change without notice.

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, kw_only=True)
class Parameter:
    """A parameter as a document declares it. Limits that are not known are None or empty."""

    name: str
    type: str = "String"
    required: bool = False
    allowed_values: tuple[str, ...] = ()
    allowed_pattern: str = ""
    min_items: int | None = None
    max_items: int | None = None
    min_chars: int | None = None
    max_chars: int | None = None

    @property
    def is_list(self) -> bool:
        return self.type in ("StringList", "MapList") or self.type.startswith("List<")


@dataclass(frozen=True, kw_only=True)
class RunnableDocument:
    """The version of a document that is to be run, as AWS describes it."""

    name: str
    version: str
    type: str
    status: str
    status_information: str = ""
    # By the type of the hash: Sha256, Sha1.
    hashes: Mapping[str, str] = field(default_factory=dict)
    platform_types: tuple[str, ...] = ()
    parameters: Mapping[str, Parameter] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class RunRequest:
    """What a module asks AWS to run, now or on a schedule."""

    document_name: str
    # None stands for the default version.
    document_version: str | None = None
    document_hash: str | None = None
    document_hash_type: str = "Sha256"
    # The types of documents that the service runs.
    types: tuple[str, ...]
    # None: they are not known and are not judged.
    parameters: Mapping[str, list[str]] | None = field(default_factory=dict)
    # Parameters that get their values from the targets.
    filled: frozenset[str] = frozenset()
    # Nodes that are named one by one.
    instance_ids: tuple[str, ...] = ()
    # Whether each of those nodes must be registered now.
    needs_nodes: bool = False
