"""The actions on documents."""

from __future__ import annotations

import re
from typing import Any

from lab.api import ssm_document_content as content
from lab.api.errors import ApiError, NotInThisLab
from lab.api.region import Region, Result, action, page
from lab.api.ssm_document_store import Document, Version
from lab.api.wire import Call

RESERVED = re.compile(r"(aws|amazon|amzn|awsec2|awsconfigremediation|awssupport)", re.IGNORECASE)
PLATFORMS = ["Windows", "Linux", "MacOS"]
MOST_VERSIONS = 1000


@action("ssm", "CreateDocument")
def create(region: Region, call: Call) -> Result:
    params = call.params
    _refuse(params, "Attachments", "Requires")
    name, kind = params["Name"], params.get("DocumentType", "Command")
    # The documented prefixes; AWS- documents are Amazon's own.
    if RESERVED.match(name):
        raise ApiError("ValidationException", f"Document name {name} uses a reserved prefix.")
    form = params.get("DocumentFormat", "JSON")
    parsed = content.parse(params["Content"], form)
    content.check(parsed, kind)
    if name in region.documents.by_name:
        raise ApiError("DocumentAlreadyExists", f"Document with same name {name} already exists")
    document = Document(name=name, type=kind, owner=region.account)
    document.tags = {tag["Key"]: tag["Value"] for tag in params.get("Tags", [])}
    version = region.documents.new_version(document, 1, parsed=parsed, **_fields(params, form))
    region.documents.by_name[name] = document
    return {"DocumentDescription": describe_version(document, version)}


@action("ssm", "UpdateDocument")
def update(region: Region, call: Call) -> Result:
    params = call.params
    _refuse(params, "Attachments")
    document = region.documents.own(params["Name"])
    base = document.version(params.get("DocumentVersion"))
    if base is not document.latest:
        raise ApiError(
            "InvalidDocumentVersion",
            "The document version is not valid or does not exist: only the latest can be updated.",
        )
    form = params.get("DocumentFormat", "JSON")
    parsed = content.parse(params["Content"], form)
    content.check(parsed, document.type)
    if params["Content"] == document.latest.content:
        raise ApiError(
            "DuplicateDocumentContent",
            "The content of the association document matches another document. "
            "Change the content of the document and try again.",
        )
    wanted = params.get("VersionName")
    if wanted is not None and any(version.version_name == wanted for version in document.versions.values()):
        raise ApiError("DuplicateDocumentVersionName", f"The version name {wanted} already exists.")
    if len(document.versions) >= MOST_VERSIONS:
        raise ApiError("DocumentVersionLimitExceeded", "The document has too many versions. Delete one and try again.")
    number = max(document.versions) + 1
    version = region.documents.new_version(
        document, number, parsed=parsed, at_first="Updating", **_fields(params, form)
    )
    region.associations.document_changed(document.name, "$LATEST")
    return {"DocumentDescription": describe_version(document, version)}


@action("ssm", "UpdateDocumentDefaultVersion")
def update_default(region: Region, call: Call) -> Result:
    document = region.documents.own(call.params["Name"])
    version = document.version(call.params["DocumentVersion"])
    if document.default != version.number:
        document.default = version.number
        region.associations.document_changed(document.name, "$DEFAULT")
    return {
        "Description": {
            "Name": document.name,
            "DefaultVersion": str(version.number),
            "DefaultVersionName": version.version_name,
        }
    }


@action("ssm", "DescribeDocument")
def describe(region: Region, call: Call) -> Result:
    document = region.documents.get(call.params["Name"])
    version = document.version(call.params.get("DocumentVersion"), call.params.get("VersionName"))
    return {"Document": describe_version(document, version)}


@action("ssm", "GetDocument")
def get(region: Region, call: Call) -> Result:
    document = region.documents.get(call.params["Name"])
    version = document.version(call.params.get("DocumentVersion"), call.params.get("VersionName"))
    form = call.params.get("DocumentFormat", "JSON")
    if form == "TEXT":
        raise NotInThisLab("documents in TEXT format")
    return {
        "Name": document.name,
        "CreatedDate": version.created,
        "DisplayName": version.display_name,
        "VersionName": version.version_name,
        "DocumentVersion": str(version.number),
        "Status": version.status,
        "StatusInformation": version.failure if version.status == "Failed" else None,
        "Content": content.render(version.parsed, form),
        "DocumentType": document.type,
        "DocumentFormat": form,
    }


@action("ssm", "ListDocuments")
def list_all(region: Region, call: Call) -> Result:
    if "DocumentFilterList" in call.params:
        raise NotInThisLab("the old DocumentFilterList; use Filters")
    found = [region.documents.by_name[name] for name in sorted(region.documents.by_name)]
    for wanted in call.params.get("Filters", []):
        found = [document for document in found if _matches(document, wanted["Key"], wanted["Values"])]
    documents, token = page([_identify(document) for document in found], call.params, default=10)
    return {"DocumentIdentifiers": documents, "NextToken": token}


@action("ssm", "ListDocumentVersions")
def list_versions(region: Region, call: Call) -> Result:
    document = region.documents.get(call.params["Name"])
    versions = [
        {**_of_version(document, version), "IsDefaultVersion": version.number == document.default}
        for _number, version in sorted(document.versions.items(), reverse=True)
    ]
    found, token = page(versions, call.params)
    return {"DocumentVersions": found, "NextToken": token}


@action("ssm", "DeleteDocument")
def delete(region: Region, call: Call) -> Result:
    document = region.documents.own(call.params["Name"])
    if region.associations.using(document.name):
        raise ApiError("AssociatedInstances", "You must disassociate a document from all managed nodes first.")
    if "DocumentVersion" not in call.params and "VersionName" not in call.params:
        del region.documents.by_name[document.name]
        return None
    version = document.version(call.params.get("DocumentVersion"), call.params.get("VersionName"))
    if version.number == document.default:
        raise ApiError("InvalidDocumentOperation", "The default version of a document can't be deleted.")
    del document.versions[version.number]
    return None


def describe_version(document: Document, version: Version) -> dict[str, Any]:
    parameters = version.parsed.get("parameters", {})
    return {
        **_identify(document, version),
        **_of_version(document, version),
        "Hash": version.hash,
        "HashType": "Sha256",
        "Description": version.parsed.get("description"),
        "Parameters": [_parameter(name, declared) for name, declared in parameters.items()],
        "LatestVersion": str(document.latest.number),
        "DefaultVersion": str(document.default),
    }


def _of_version(document: Document, version: Version) -> dict[str, Any]:
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


def _identify(document: Document, version: Version | None = None) -> dict[str, Any]:
    version = version or document.versions[document.default]
    return {
        "Name": document.name,
        "CreatedDate": version.created,
        "DisplayName": version.display_name,
        "Owner": document.owner,
        "VersionName": version.version_name,
        "PlatformTypes": PLATFORMS,
        "DocumentVersion": str(version.number),
        "DocumentType": document.type,
        "SchemaVersion": version.parsed["schemaVersion"],
        "DocumentFormat": version.format,
        "TargetType": version.target_type,
        "Tags": [{"Key": key, "Value": value} for key, value in document.tags.items()],
    }


def _parameter(name: str, declared: dict[str, Any]) -> dict[str, Any]:
    default = declared.get("default")
    shown = default if default is None or isinstance(default, str) else content.render(default, "JSON")
    described = {"Name": name, "Type": declared["type"], "Description": declared.get("description")}
    return described if shown is None else {**described, "DefaultValue": shown}


def _matches(document: Document, key: str, values: list[str]) -> bool:
    if key == "SearchKeyword":
        return all(value.lower() in document.name.lower() for value in values)
    if key.startswith("tag:"):
        return document.tags.get(key[4:]) in values
    is_any_of: dict[str, set[str | None]] = {
        "Name": {document.name},
        "Owner": {"Amazon"} if document.amazon else {"Self", "Private"},
        "DocumentType": {document.type},
        "PlatformTypes": set(PLATFORMS),
        "TargetType": {document.versions[document.default].target_type},
    }
    if key not in is_any_of:
        raise ApiError("InvalidFilterKey", f"The filter key {key} is not valid.")
    return bool(is_any_of[key] & set(values))


def _fields(params: dict[str, Any], form: str) -> dict[str, Any]:
    return {
        "content": params["Content"],
        "format": form,
        "version_name": params.get("VersionName"),
        "display_name": params.get("DisplayName"),
        "target_type": params.get("TargetType"),
    }


def _refuse(params: dict[str, Any], *members: str) -> None:
    for member in members:
        if params.get(member):
            raise NotInThisLab(f"documents with {member}")
