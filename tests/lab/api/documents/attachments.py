"""The files attached to a document: fetched from S3 when a version is made, and checked against its content."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from typing import Any

from moto.s3.exceptions import MissingBucket
from moto.s3.models import s3_backends

from lab.api.documents.store import Attachment
from lab.api.errors import ApiError, NotInThisLab
from lab.api.region import Region

# AWS's own words, from the description of StatusInformation.
NO_BUCKET = "The specified S3 bucket doesn't exist. Verify that the URL of the S3 bucket is correct."


class Unusable(Exception):
    """AWS takes the document and finds out later: the version becomes Failed, with this reason."""


def attach(
    region: Region, sources: list[dict[str, Any]], parsed: dict[str, Any]
) -> tuple[tuple[Attachment, ...], str | None]:
    """The attachments that a version gets, and why it is Failed instead."""
    try:
        found = tuple(attachment for source in sources for attachment in _attached(region, source, parsed))
        for attachment in found:
            _check(attachment, parsed)
    except Unusable as unusable:
        return (), str(unusable)
    return found, None


def _attached(region: Region, source: dict[str, Any], parsed: dict[str, Any]) -> Iterator[Attachment]:
    if not source.get("Key") or not source.get("Values"):
        raise NotInThisLab("attachments without Key or Values")
    [value] = source["Values"]
    name = source.get("Name") or value.rsplit("/", 1)[-1]
    if source["Key"] == "AttachmentReference":
        yield _referenced(region, value, name)
    elif source["Key"] == "S3FileUrl":
        yield _file(region, value, name)
    else:  # SourceUrl: a folder; the content says which files
        for listed in parsed.get("files", {}):
            yield _file(region, f"{value.rstrip('/')}/{listed}", listed)


def _referenced(region: Region, value: str, name: str) -> Attachment:
    """`document/version/file`"""
    try:
        document, version, file_name = value.rsplit("/", 2)
        attachments = region.documents.get(document).version(version).attachments
        found = next(attachment for attachment in attachments if attachment.name == file_name)
    except (ApiError, ValueError, StopIteration):
        raise Unusable(f"The attachment reference {value} is not valid.") from None
    return Attachment(name=name, size=found.size, sha256=found.sha256)


def _file(region: Region, url: str, name: str) -> Attachment:
    if not url.startswith("s3://"):
        raise NotInThisLab("attachments from anywhere but s3://")
    bucket, _, key = url.removeprefix("s3://").partition("/")
    try:
        stored = s3_backends[region.account]["aws"].get_object(bucket, key)
    except MissingBucket:
        raise Unusable(NO_BUCKET) from None
    if stored is None:
        raise Unusable(f"The file {key} does not exist in the S3 bucket {bucket}.")
    content = bytes(stored.value)
    return Attachment(name=name, size=len(content), sha256=hashlib.sha256(content).hexdigest())


def _check(attachment: Attachment, parsed: dict[str, Any]) -> None:
    wanted = parsed.get("files", {}).get(attachment.name, {}).get("checksums", {}).get("sha256")
    if wanted is not None and str(wanted).lower() != attachment.sha256:
        raise Unusable(f"The checksum of {attachment.name} does not match the one in the document.")
