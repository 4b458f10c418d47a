# Copyright: steadyfleet contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection: may change without notice.

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any, Literal

from .._common.tags import TagPlan

# Where a document can run when nothing else is said.
DEFAULT_PROVIDERS = ("AWS",)
_IN_TRANSITION = ("Creating", "Updating", "Deleting")


@dataclass(frozen=True, kw_only=True)
class Content:
    """A document's content: the text for AWS, and the structure that is compared."""

    text: str
    format: str
    parsed: Any


@dataclass(frozen=True, kw_only=True)
class Document:
    """A document and one version of it, as AWS describes them."""

    name: str
    document_version: str = ""
    latest_version: str = ""
    default_version: str = ""
    status: str = ""
    status_information: str | None = None
    document_type: str | None = None
    document_format: str | None = None
    schema_version: str | None = None
    target_type: str | None = None
    display_name: str | None = None
    version_name: str | None = None
    hash: str | None = None
    hash_type: str | None = None
    owner: str | None = None
    created_at: str | None = None
    platform_types: tuple[str, ...] = ()
    attachments: tuple[str, ...] = ()
    requires: tuple[dict[str, str], ...] = ()
    cloud_providers: tuple[str, ...] | None = None

    @property
    def settled(self) -> bool:
        """Whether AWS is not changing the document."""
        return self.status not in _IN_TRANSITION

    @property
    def failure(self) -> str | None:
        """Why this version can never be used; None when it can be, now or later."""
        if self.status != "Failed":
            return None
        reason = self.status_information or "no reason given"
        return f"version {self.document_version} of document {self.name} is Failed: {reason}"

    def as_dict(self) -> dict[str, Any]:
        return {name: list(value) if isinstance(value, tuple) else value for name, value in asdict(self).items()}


@dataclass(frozen=True, kw_only=True)
class DocumentVersion:
    """A version as AWS lists it."""

    document_version: str
    version_name: str | None = None
    display_name: str | None = None
    is_default_version: bool = False
    document_format: str | None = None
    status: str = ""
    status_information: str | None = None
    created_at: str | None = None

    @property
    def number(self) -> int:
        return int(self.document_version)

    def as_dict(self) -> dict[str, Any]:
        return asdict(self)


@dataclass(frozen=True, kw_only=True)
class SharePlan:
    """The accounts to stop and to start sharing with, and the version that each account has afterwards."""

    to_remove: tuple[str, ...] = ()
    to_add: tuple[str, ...] = ()
    version: str | None = None
    after: dict[str, str]


@dataclass(frozen=True, kw_only=True)
class DesiredDocument:
    """The document that the caller describes. None means that the caller does not say."""

    name: str
    content: Content | None = None
    document_type: str | None = None
    target_type: str | None = None
    display_name: str | None = None
    cloud_providers: tuple[str, ...] | None = None
    version_name: str | None = None
    default_version: str | None = None
    attachments: tuple[Mapping[str, Any], ...] | None = None
    requires: tuple[Mapping[str, Any], ...] | None = None
    tags: dict[str, str] | None = None
    purge_tags: bool = True
    share_with: tuple[str, ...] | None = None
    shared_document_version: str | None = None
    purge_shares: bool = True
    keep_versions: int | None = None

    @property
    def attachment_names(self) -> list[str] | None:
        """The names of the files. None when they are not given, or when only AWS knows them: those of a folder."""
        if self.attachments is None:
            return None
        names = [attachment.get("name") or "" for attachment in self.attachments]
        folder = any(attachment["key"] == "SourceUrl" for attachment in self.attachments)
        return None if folder or not all(names) else sorted(names)


@dataclass(frozen=True, kw_only=True)
class ObservedDocument:
    """The document with its latest version, and what else the desired document needs to be compared with."""

    document: Document
    # Of the latest version.
    content: Any = None
    tags: dict[str, str] | None = None
    shares: dict[str, str] | None = None
    versions: tuple[DocumentVersion, ...] = ()
    # The desired default version, when it is neither the latest nor the default version.
    default_candidate: Document | None = None
    # The version that each association asks for, by association id.
    users: Mapping[str, str] = field(default_factory=dict)

    @property
    def used_versions(self) -> frozenset[int]:
        """The versions that associations use by number."""
        return frozenset(int(version) for version in self.users.values() if version.isdecimal())


@dataclass(frozen=True, kw_only=True)
class DocumentRemoval:
    """The document to delete, or the one version of it."""

    name: str
    document_version: str | None = None
    version_name: str | None = None
    # AWS does not delete a shared document.
    unshare_on_delete: bool = False
    # What AWS requires for some types.
    force_delete: bool = False

    @property
    def of_one_version(self) -> bool:
        return self.document_version is not None or self.version_name is not None


@dataclass(frozen=True, kw_only=True)
class DocumentPlan:
    """How the observed document becomes the desired one."""

    write: Literal["create", "update"] | None
    # The number of the version that is written, or of the latest version.
    version: int
    # The version to make the default version, or None.
    new_default: int | None
    before: dict[str, Any]
    after: dict[str, Any]
    tags: TagPlan | None = None
    shares: SharePlan | None = None
    # Versions to delete before anything is written, to make room for a new one, and at the end.
    delete_first: tuple[int, ...] = ()
    delete_last: tuple[int, ...] = ()

    @property
    def deleted_versions(self) -> tuple[int, ...]:
        return self.delete_first + self.delete_last
