# Copyright: steadyfleet contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection: may change without notice.

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import asdict, dataclass
from typing import Any

from .._common.errors import InvalidInput, Refused
from .document import Document

# DocumentVersionLimitExceeded: AWS takes no more.
MOST = 1000


@dataclass(frozen=True, kw_only=True)
class Version:
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


def surplus(numbers: Collection[int], keep: int, protected: Collection[int]) -> tuple[int, ...]:
    """The oldest versions beyond ``keep``; protected ones stay, and count."""
    free = [number for number in sorted(numbers) if number not in protected]
    return tuple(free[: max(0, len(numbers) - keep)])


def bound(users: Mapping[str, str]) -> frozenset[int]:
    """The versions that associations are bound to by number.

    :param users: association id and the document version that it asks for.
    """
    return frozenset(int(version) for version in users.values() if version.isdecimal())


def refuse_taken(name: str, version_name: str | None, versions: Iterable[Version]) -> None:
    """:raises InvalidInput: when another version has the name already."""
    for version in versions:
        if version_name and version.version_name == version_name:
            raise InvalidInput(f"version_name {version_name} is already that of version {version.number} of {name}")


def refuse_full(name: str, versions: Collection[Version]) -> None:
    """:raises Refused: when there can be no other version."""
    if len(versions) >= MOST:
        raise Refused(
            f"document {name} has {len(versions)} versions, and AWS takes no more: "
            f"set keep_versions (below {MOST}) to delete old ones"
        )


def refuse_version_removal(document: Document, users: Mapping[str, str]) -> None:
    """:raises Refused: when AWS would not delete this version."""
    which = f"version {document.document_version} of document {document.name}"
    if document.document_version == document.default_version:
        raise Refused(
            f"{which} is the default one, which AWS does not delete: move default_version first, "
            "or leave the version out to delete the whole document"
        )
    if by := [found for found, version in users.items() if version == document.document_version]:
        raise Refused(f"{which} is used by association {', '.join(sorted(by))}: change or delete that first")


def refuse_removal(document: Document, users: Mapping[str, str], shared: str) -> None:
    """
    :param shared: with whom it is shared and will be, in words; empty when with nobody.
    :raises Refused: when AWS would not delete the document.
    """
    if shared:
        raise Refused(
            f"document {document.name} is shared with {shared}, and AWS deletes no shared document: "
            "set unshare to end that first"
        )
    if users:
        raise Refused(f"document {document.name} is used by association {', '.join(sorted(users))}: delete that first")
