"""Documents as the API shows them."""

from __future__ import annotations

from typing import Any

from lab.api.documents.content import SCHEMAS, render_content
from lab.api.documents.platforms import platforms
from lab.api.documents.store import Document, Version


def document_description(document: Document, version: Version) -> dict[str, Any]:
    # The content of a type without a schema may have other things under this name.
    parameters = version.parsed.get("parameters", {}) if document.type in SCHEMAS else {}
    return {
        **document_identifier(document, version),
        **version_summary(document, version),
        "Hash": version.hash,
        "HashType": "Sha256",
        "Description": _text(version.parsed.get("description")),
        "Parameters": [_parameter(name, declared) for name, declared in parameters.items()],
        "LatestVersion": str(document.latest.number),
        "DefaultVersion": str(document.default),
        "AttachmentsInformation": [{"Name": attachment.name} for attachment in version.attachments],
    }


def version_summary(document: Document, version: Version) -> dict[str, Any]:
    return {
        "Name": document.name,
        "DisplayName": version.display_name,
        "VersionName": version.version_name,
        "DocumentVersion": str(version.number),
        "CreatedDate": version.created,
        "DocumentFormat": version.format,
        "Status": version.status,
        "StatusInformation": version.failure if version.status == "Failed" else None,
    }


def document_content(document: Document, version: Version, form: str) -> dict[str, Any]:
    # What the lab has no structure of is shown as it was sent.
    form = form if version.parsed else version.format
    return {
        **version_summary(document, version),
        "Content": render_content(version.parsed, form) if version.parsed else version.content,
        "DocumentType": document.type,
        "DocumentFormat": form,
        "Requires": document.requires or None,
        # There is no Url: the lab signs none.
        "AttachmentsContent": [
            {"Name": attachment.name, "Size": attachment.size, "Hash": attachment.sha256, "HashType": "Sha256"}
            for attachment in version.attachments
        ],
    }


def document_identifier(document: Document, version: Version | None = None) -> dict[str, Any]:
    version = version or document.versions[document.default]
    return {
        "Name": document.name,
        "CreatedDate": version.created,
        "DisplayName": version.display_name,
        "Owner": document.owner,
        "VersionName": version.version_name,
        "PlatformTypes": platforms(version.parsed),
        "DocumentVersion": str(version.number),
        "DocumentType": document.type,
        "SchemaVersion": _text(version.parsed.get("schemaVersion")),
        "DocumentFormat": version.format,
        "TargetType": version.target_type,
        "Tags": [{"Key": key, "Value": value} for key, value in document.tags.items()],
        "Requires": document.requires or None,
    }


def _text(value: Any) -> str | None:
    return value if isinstance(value, str) else None


def _parameter(name: str, declared: dict[str, Any]) -> dict[str, Any]:
    default = declared.get("default")
    shown = default if default is None or isinstance(default, str) else render_content(default, "JSON")
    described = {"Name": name, "Type": declared["type"], "Description": declared.get("description")}
    return described if shown is None else {**described, "DefaultValue": shown}
