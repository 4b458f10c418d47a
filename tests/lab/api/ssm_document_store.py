"""The documents there are, their versions, and how a name or a version is looked up."""

from __future__ import annotations

import datetime
import hashlib
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from lab.api.errors import ApiError

if TYPE_CHECKING:
    from lab.api.region import Region


@dataclass(kw_only=True)
class Version:
    number: int
    content: str
    format: str
    parsed: dict[str, Any]
    created: datetime.datetime
    version_name: str | None = None
    display_name: str | None = None
    target_type: str | None = None
    # Creating or Updating until `ready` (on the monotonic clock), Active or Failed from then on.
    at_first: str = "Creating"
    ready: float = 0.0
    failure: str | None = None

    @property
    def status(self) -> str:
        if time.monotonic() < self.ready:
            return self.at_first
        return "Failed" if self.failure else "Active"

    @property
    def hash(self) -> str:
        return hashlib.sha256(self.content.encode()).hexdigest()


@dataclass(kw_only=True)
class Document:
    name: str
    type: str
    owner: str
    versions: dict[int, Version] = field(default_factory=dict)
    default: int = 1
    tags: dict[str, str] = field(default_factory=dict)

    @property
    def latest(self) -> Version:
        return self.versions[max(self.versions)]

    @property
    def amazon(self) -> bool:
        return self.owner == "Amazon"

    def version(self, wanted: str | None, name: str | None = None) -> Version:
        """The version for `$LATEST`, `$DEFAULT`, a number or a version name; the default one when nothing is said."""
        if name is not None:
            for version in self.versions.values():
                if version.version_name == name:
                    return version
            raise _no_version(self.name, name)
        if wanted in (None, "", "$DEFAULT"):
            return self.versions[self.default]
        if wanted == "$LATEST":
            return self.latest
        if not str(wanted).isdigit() or int(str(wanted)) not in self.versions:
            raise _no_version(self.name, str(wanted))
        return self.versions[int(str(wanted))]


def _no_version(name: str, version: str) -> ApiError:
    return ApiError("InvalidDocumentVersion", f"The document version {version} of {name} is not valid.")


class Documents:
    def __init__(self, region: Region) -> None:
        self._region = region
        self.by_name: dict[str, Document] = {}

    def get(self, name: str) -> Document:
        """By name, or by ARN: `arn:aws:ssm:<region>:<account>:document/<name>`."""
        short = name.rsplit("document/", 1)[-1] if name.startswith("arn:") else name
        document = self.by_name.get(short)
        if document is None:
            raise ApiError("InvalidDocument", f"Document with name {name} does not exist.")
        return document

    def usable(self, name: str, version: str | None) -> tuple[Document, Version]:
        """A document version that can be run; one that is still being created cannot."""
        document = self.get(name)
        found = document.version(version)
        if found.status != "Active":
            raise ApiError("InvalidDocument", f"Document {name} version {found.number} is not active: {found.status}.")
        return document, found

    def own(self, name: str) -> Document:
        """A document that the account may change."""
        document = self.get(name)
        if document.amazon:
            raise ApiError("AccessDeniedException", f"The document {name} is owned by Amazon.", 400)
        return document

    def new_version(self, document: Document, number: int, **fields: Any) -> Version:
        failed = self._region.faults.take("document_failed")
        version = Version(
            number=number,
            created=datetime.datetime.now(datetime.UTC),
            ready=time.monotonic() + self._region.settings.api.document_activation,
            failure="The lab was told to let this document fail." if failed else None,
            **fields,
        )
        document.versions[number] = version
        return version
