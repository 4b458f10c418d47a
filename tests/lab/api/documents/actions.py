"""The API actions on documents and their versions."""

from __future__ import annotations

import re
from typing import Any

from lab.api.documents import views
from lab.api.documents.attachments import attach
from lab.api.documents.content import check_content, parse_content
from lab.api.documents.platforms import platforms
from lab.api.documents.store import Document, Version
from lab.api.errors import ApiError, NotImplementedInLab
from lab.api.http.wire import Call
from lab.api.region import Region
from lab.api.registry import Result, action, page

RESERVED = re.compile(r"(aws|amazon|amzn|awsec2|awsconfigremediation|awssupport)", re.IGNORECASE)
MOST_DOCUMENTS = 500
MOST_VERSIONS = 1000


@action("ssm", "CreateDocument")
def create_document(region: Region, call: Call) -> Result:
    params = call.params
    name, kind = params["Name"], params.get("DocumentType", "Command")
    # AWS documents these prefixes as reserved.
    if RESERVED.match(name):
        raise ApiError("ValidationException", f"Document name {name} uses a reserved prefix.")
    parsed = parse_content(params["Content"], params.get("DocumentFormat", "JSON"), kind)
    check_content(parsed, kind)
    if name in region.documents.by_name:
        raise ApiError("DocumentAlreadyExists", f"Document with same name {name} already exists")
    if len(region.documents.own_documents()) >= MOST_DOCUMENTS:
        raise ApiError("DocumentLimitExceeded", f"You can have at most {MOST_DOCUMENTS} active SSM documents.")
    document = Document(name=name, type=kind, owner=region.account)
    document.requires = _requires(region, params)
    document.tags = {tag["Key"]: tag["Value"] for tag in params.get("Tags", [])}
    version = region.documents.new_version(document, 1, **_version_fields(region, params, parsed))
    region.documents.add(document)
    return _answer(document, version)


@action("ssm", "UpdateDocument")
def update_document(region: Region, call: Call) -> Result:
    params = call.params
    document = region.documents.get_writable(params["Name"])
    latest = document.latest
    _check_can_update(document, params)
    parsed = parse_content(params["Content"], params.get("DocumentFormat", "JSON"), document.type)
    check_content(parsed, document.type)
    _check_new_version(document, params)
    # According to the service model, DisplayName alone is kept when it is not given.
    fields = {"display_name": latest.display_name} if "DisplayName" not in params else {}
    version = region.documents.new_version(
        document, latest.number + 1, initial_status="Updating", **{**_version_fields(region, params, parsed), **fields}
    )
    region.documents.changed(document)
    region.associations.document_changed(document.name, "$LATEST")
    return _answer(document, version)


def _answer(document: Document, version: Version) -> Result:
    """The answer of a write. It shows the status at the write, however short the activation is."""
    return {"DocumentDescription": {**views.document_description(document, version), "Status": version.initial_status}}


def _check_can_update(document: Document, params: dict[str, Any]) -> None:
    if document.version(params.get("DocumentVersion")) is not document.latest:
        raise ApiError(
            "InvalidDocumentVersion",
            "The document version is not valid or does not exist: only the latest can be updated.",
        )
    if document.type == "Command" and document.latest.parsed["schemaVersion"] == "1.2":
        raise ApiError("InvalidDocumentSchemaVersion", "Documents of schema version 1.2 can't be updated.")


def _check_new_version(document: Document, params: dict[str, Any]) -> None:
    latest = document.latest
    # The same content makes a new version with another target type only.
    if params["Content"] == latest.content and params.get("TargetType", latest.target_type) == latest.target_type:
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


@action("ssm", "UpdateDocumentDefaultVersion")
def update_document_default_version(region: Region, call: Call) -> Result:
    document = region.documents.get_writable(call.params["Name"])
    version = document.version(call.params["DocumentVersion"])
    if document.default != version.number:
        document.default = version.number
        region.documents.changed(document)
        region.associations.document_changed(document.name, "$DEFAULT")
    return {
        "Description": {
            "Name": document.name,
            "DefaultVersion": str(version.number),
            "DefaultVersionName": version.version_name,
        }
    }


@action("ssm", "DescribeDocument")
def describe_document(region: Region, call: Call) -> Result:
    return {"Document": views.document_description(*_requested_version(region, call))}


@action("ssm", "GetDocument")
def get_document(region: Region, call: Call) -> Result:
    document, version = _requested_version(region, call)
    form = call.params.get("DocumentFormat", "JSON")
    if form == "TEXT" and version.format != "TEXT":
        raise NotImplementedInLab(f"a document of format {version.format} as TEXT")
    return views.document_content(document, version, form)


def _requested_version(region: Region, call: Call) -> tuple[Document, Version]:
    document = region.documents.visible_document(call.params["Name"], call)
    return document, document.version(call.params.get("DocumentVersion"), call.params.get("VersionName"))


@action("ssm", "ListDocuments")
def list_documents(region: Region, call: Call) -> Result:
    if "DocumentFilterList" in call.params:
        raise NotImplementedInLab("the old DocumentFilterList; use Filters")
    found = [region.documents.by_name[name] for name in sorted(region.documents.by_name)]
    for wanted in call.params.get("Filters", []):
        found = [document for document in found if _matches_filter(document, wanted["Key"], wanted["Values"])]
    documents, token = page([views.document_identifier(document) for document in found], call.params, default=10)
    return {"DocumentIdentifiers": documents, "NextToken": token}


@action("ssm", "ListDocumentVersions")
def list_document_versions(region: Region, call: Call) -> Result:
    document = region.documents.visible_document(call.params["Name"], call)
    versions = [
        {**views.version_summary(document, version), "IsDefaultVersion": version.number == document.default}
        for _number, version in sorted(document.versions.items(), reverse=True)
    ]
    found, token = page(versions, call.params)
    return {"DocumentVersions": found, "NextToken": token}


@action("ssm", "DeleteDocument")
def delete_document(region: Region, call: Call) -> Result:
    document = region.documents.get_writable(call.params["Name"])
    if "DocumentVersion" in call.params or "VersionName" in call.params:
        _delete_version(region, document, call.params)
        return None
    if document.shares:
        raise ApiError(
            "InvalidDocumentOperation",
            "You attempted to delete a document while it is still shared. "
            "You must stop sharing the document before you can delete it.",
        )
    if region.associations.ids_using_document(document.name):
        raise _has_associations()
    region.documents.remove(document)
    return None


def _delete_version(region: Region, document: Document, params: dict[str, Any]) -> None:
    try:
        version = document.version(params.get("DocumentVersion"), params.get("VersionName"))
    except ApiError as error:
        # DeleteDocument has no error InvalidDocumentVersion.
        raise ApiError("InvalidDocument", error.message) from None
    if version.number == document.default:
        raise ApiError("InvalidDocumentOperation", "Default version of the document can't be deleted.")
    users = [region.associations.get(found).spec for found in region.associations.ids_using_document(document.name)]
    if any(spec.get("DocumentVersion") == str(version.number) for spec in users):
        raise _has_associations()
    del document.versions[version.number]
    region.documents.changed(document)


def _has_associations() -> ApiError:
    return ApiError(
        "AssociatedInstances", "You must disassociate a document from all managed nodes before you can delete it."
    )


def _matches_filter(document: Document, key: str, values: list[str]) -> bool:
    if key == "SearchKeyword":
        return all(value.lower() in document.name.lower() for value in values)
    if key == "Name":
        # The value is a prefix. https://docs.aws.amazon.com/systems-manager/latest/APIReference/API_DocumentKeyValuesFilter.html
        return document.name.startswith(tuple(values))
    if key.startswith("tag:"):
        return document.tags.get(key[4:]) in values
    is_any_of: dict[str, set[str | None]] = {
        "Owner": {"Amazon"} if document.amazon else {"Self", "Private"},
        "DocumentType": {document.type},
        "PlatformTypes": set(platforms(document.versions[document.default].parsed)),
        "TargetType": {document.versions[document.default].target_type},
    }
    if key not in is_any_of:
        raise ApiError("InvalidFilterKey", f"The filter key {key} is not valid.")
    return bool(is_any_of[key] & set(values))


def _version_fields(region: Region, params: dict[str, Any], parsed: dict[str, Any]) -> dict[str, Any]:
    attachments, failure = attach(region.documents, region.account, params.get("Attachments", []), parsed)
    return {
        "content": params["Content"],
        "parsed": parsed,
        "format": params.get("DocumentFormat", "JSON"),
        "version_name": params.get("VersionName"),
        "display_name": params.get("DisplayName"),
        "target_type": params.get("TargetType"),
        "attachments": attachments,
        "failure": failure,
    }


def _requires(region: Region, params: dict[str, Any]) -> list[dict[str, str]]:
    wanted: list[dict[str, str]] = params.get("Requires", [])
    for required in wanted:
        if required["Name"] not in region.documents.by_name:
            raise NotImplementedInLab(f"a document that requires {required['Name']}, which does not exist")
    return wanted
