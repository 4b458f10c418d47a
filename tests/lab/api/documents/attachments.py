"""The files attached to a document: fetched from S3 when a version is made, and checked against its content."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from typing import Any

from lab.api.documents.store import Attachment, Documents
from lab.api.errors import ApiError, NotImplementedInLab
from lab.api.moto_bridge import buckets

# AWS's own text, from the description of StatusInformation.
NO_BUCKET = "The specified S3 bucket doesn't exist. Verify that the URL of the S3 bucket is correct."


class AttachmentError(Exception):
    """A problem that AWS finds after it has accepted the document: the version becomes Failed, with this reason."""


def attach(
    documents: Documents, account_id: str, sources: list[dict[str, Any]], parsed: dict[str, Any]
) -> tuple[tuple[Attachment, ...], str | None]:
    """(attachments of the new version, None), or (none, the reason why the version becomes Failed)."""
    try:
        found = tuple(
            attachment for source in sources for attachment in _attached(documents, account_id, source, parsed)
        )
        for attachment in found:
            _check_checksum(attachment, parsed)
    except AttachmentError as error:
        return (), str(error)
    return found, None


def _attached(
    documents: Documents, account_id: str, source: dict[str, Any], parsed: dict[str, Any]
) -> Iterator[Attachment]:
    if not source.get("Key") or not source.get("Values"):
        raise NotImplementedInLab("attachments without Key or Values")
    [value] = source["Values"]
    name = source.get("Name") or value.rsplit("/", 1)[-1]
    if source["Key"] == "AttachmentReference":
        yield _referenced_file(documents, value, name)
    elif source["Key"] == "S3FileUrl":
        yield _s3_file(account_id, value, name)
    else:  # SourceUrl is a folder; the document's content names the files
        for listed in checksums(parsed):
            yield _s3_file(account_id, f"{value.rstrip('/')}/{listed}", listed)


def _referenced_file(documents: Documents, value: str, name: str) -> Attachment:
    """The attachment that ``document/version/file`` names."""
    try:
        document, version, file_name = value.rsplit("/", 2)
        attachments = documents.get(document).version(version).attachments
        found = next(attachment for attachment in attachments if attachment.name == file_name)
    except (ApiError, ValueError, StopIteration):
        raise AttachmentError(f"The attachment reference {value} is not valid.") from None
    return Attachment(name=name, size=found.size, sha256=found.sha256)


def _s3_file(account_id: str, url: str, name: str) -> Attachment:
    if not url.startswith("s3://"):
        raise NotImplementedInLab("attachments from anywhere but s3://")
    bucket, _, key = url.removeprefix("s3://").partition("/")
    try:
        content = buckets.read_object(account_id, bucket, key)
    except LookupError:
        raise AttachmentError(NO_BUCKET) from None
    if content is None:
        raise AttachmentError(f"The file {key} does not exist in the S3 bucket {bucket}.")
    return Attachment(name=name, size=len(content), sha256=hashlib.sha256(content).hexdigest())


def _check_checksum(attachment: Attachment, parsed: dict[str, Any]) -> None:
    checksum = checksums(parsed).get(attachment.name)
    if checksum is not None and str(checksum).lower() != attachment.sha256:
        raise AttachmentError(f"The checksum of {attachment.name} does not match the one in the document.")


def checksums(parsed: dict[str, Any]) -> dict[str, Any]:
    """The files that the content lists, each with its SHA-256, or None when it has none."""
    files = parsed.get("files")
    return {name: _checksum(file) for name, file in files.items()} if isinstance(files, dict) else {}


def _checksum(file: Any) -> Any:
    found = file.get("checksums") if isinstance(file, dict) else None
    return found.get("sha256") if isinstance(found, dict) else None
