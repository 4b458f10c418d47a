"""The documents and their versions."""

from __future__ import annotations

import datetime
import hashlib
import time
from dataclasses import dataclass, field
from typing import Any

from lab.api.errors import ApiError
from lab.api.http.faults import Faults
from lab.api.http.wire import Call
from lab.api.runtime.clockwork import Clockwork


@dataclass(frozen=True, kw_only=True)
class Attachment:
    name: str
    size: int
    sha256: str


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
    attachments: tuple[Attachment, ...] = ()
    # Creating or Updating until `ready` (on the monotonic clock); Active or Failed from then on.
    initial_status: str = "Creating"
    ready: float = 0.0
    failure: str | None = None

    def __deepcopy__(self, _memo: dict[int, Any]) -> Version:
        # A version never changes, so that the history can share it between many copies of its document.
        return self

    @property
    def status(self) -> str:
        if time.monotonic() < self.ready:
            return self.initial_status
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
    requires: list[dict[str, str]] = field(default_factory=list)
    # account id, or all -> the version that is shared
    shares: dict[str, str] = field(default_factory=dict)

    @property
    def latest(self) -> Version:
        return self.versions[max(self.versions)]

    @property
    def amazon(self) -> bool:
        return self.owner == "Amazon"

    def version(self, specifier: str | None, name: str | None = None) -> Version:
        """One version, by `$LATEST`, `$DEFAULT` or a number, or by its version name; without either the default one.

        :raises ApiError: InvalidDocumentVersion.
        """
        if name is not None:
            for version in self.versions.values():
                if version.version_name == name:
                    return version
            raise _unknown_version(self.name, name)
        if specifier in (None, "", "$DEFAULT"):
            return self.versions[self.default]
        if specifier == "$LATEST":
            return self.latest
        if not str(specifier).isdigit() or int(str(specifier)) not in self.versions:
            raise _unknown_version(self.name, str(specifier))
        return self.versions[int(str(specifier))]


def _unknown_version(name: str, version: str) -> ApiError:
    return ApiError("InvalidDocumentVersion", f"The document version {version} of {name} is not valid.")


class Documents:
    def __init__(self, clockwork: Clockwork, faults: Faults) -> None:
        self._clockwork = clockwork
        self._faults = faults
        self.by_name: dict[str, Document] = {}

    def get(self, name: str) -> Document:
        """Look a document up by its name or by its ARN.

        :raises ApiError: InvalidDocument.
        """
        document = self.by_name.get(_name_of(name))
        if document is None:
            raise _unknown_document(name)
        return document

    def visible_document(self, name: str, call: Call) -> Document:
        """The document as a read shows it, which may be stale for the controller.

        :raises ApiError: InvalidDocument.
        """
        age = self._clockwork.staleness() if call.source == "controller" else 0.0
        current = self.by_name.get(_name_of(name))
        document: Document | None = self._clockwork.history.at(_history_key(_name_of(name)), age, current)
        if document is None:
            raise _unknown_document(name)
        return document

    def runnable_version(self, name: str, version: str | None) -> tuple[Document, Version]:
        """The document and the version to run.

        :raises ApiError: InvalidDocument when there is none, or when the version is not Active.
        """
        document = self.get(name)
        found = document.version(version)
        if found.status != "Active":
            raise ApiError("InvalidDocument", f"Document {name} version {found.number} is not active: {found.status}.")
        return document, found

    def get_writable(self, name: str) -> Document:
        """A document that the account may change.

        :raises ApiError: InvalidDocument; AccessDeniedException for Amazon's own.
        """
        document = self.get(name)
        if document.amazon:
            raise ApiError("AccessDeniedException", f"The document {name} is owned by Amazon.", 400)
        return document

    def own_documents(self) -> list[Document]:
        return [document for document in self.by_name.values() if not document.amazon]

    def add(self, document: Document) -> None:
        self.by_name[document.name] = document
        self.changed(document)

    def remove(self, document: Document) -> None:
        del self.by_name[document.name]
        self._clockwork.history.record(_history_key(document.name), None)

    def changed(self, document: Document) -> None:
        """Record the new state, so that stale reads can still show the earlier one."""
        self._clockwork.history.record(_history_key(document.name), document)

    def new_version(self, document: Document, number: int, failure: str | None = None, **fields: Any) -> Version:
        if self._faults.strikes("document_failed"):
            failure = "The fault document_failed is on."
        version = Version(
            number=number,
            created=datetime.datetime.now(datetime.UTC),
            ready=time.monotonic() + self._clockwork.settings.api.document_activation,
            failure=failure,
            **fields,
        )
        document.versions[number] = version
        return version


def _name_of(name: str) -> str:
    return name.rsplit("document/", 1)[-1] if name.startswith("arn:") else name


def _history_key(name: str) -> tuple[str, str]:
    return ("document", name)


def _unknown_document(name: str) -> ApiError:
    return ApiError("InvalidDocument", f"Document with name {name} does not exist.")
