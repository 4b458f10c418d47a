# Copyright: steadyfleet contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection: may change without notice.

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from .._common.errors import InvalidInput, Problem, Refused
from .._common.tags import tag_problems
from .model import DesiredDocument, Document, DocumentRemoval, DocumentVersion, ObservedDocument
from .shares import account_names, share_problems

# AWS takes no more: DocumentVersionLimitExceeded.
MAX_VERSIONS = 1000
LATEST = "latest"
# AWS's default.
_DEFAULT_TYPE = "Command"
# The types whose content is a document of Systems Manager itself.
_WITH_SCHEMA = ("Command", "Automation", "Session", "Policy", "Package")
_RESERVED = ("aws", "amazon", "amzn")


def desired_problems(desired: DesiredDocument) -> list[Problem]:
    """What AWS refuses and its service model does not say, as far as the options alone tell it."""
    problems = name_problems(desired.name) + share_problems(desired.share_with or ()) + tag_problems(desired.tags)
    keep = desired.keep_versions
    if keep is not None and not 1 <= keep <= MAX_VERSIONS:
        problems.append(Problem(f"keep_versions must be 1 to {MAX_VERSIONS}, not {keep}"))
    return problems


def name_problems(name: str) -> list[Problem]:
    """Why no document of this name can be written. AWS's own documents can be read."""
    if name.lower().startswith(_RESERVED):
        return [Problem(f"name {name!r} is reserved: names that start with aws, amazon or amzn belong to AWS")]
    return []


def document_type_of(document: Document | None, desired: DesiredDocument) -> str:
    """The type that the document has, or will have when it does not exist."""
    return (document.document_type if document else desired.document_type) or _DEFAULT_TYPE


def refuse_numeric_schema(desired: DesiredDocument, document_type: str) -> None:
    """AWS refuses it: "schemaVersion should be String". https://github.com/aws-cloudformation/cfn-lint/issues/2728

    :raises InvalidInput: for a schemaVersion that lost its quotes.
    """
    parsed = desired.content.parsed if desired.content else None
    version = parsed.get("schemaVersion") if isinstance(parsed, dict) else None
    if document_type in _WITH_SCHEMA and isinstance(version, bool | int | float):
        raise InvalidInput(
            f'schemaVersion of document {desired.name} must be a text: write "{version}" in quotes',
            code="content_invalid",
        )


def satisfies_requires(current: Sequence[Mapping[str, Any]], desired: Sequence[Mapping[str, Any]]) -> bool:
    """Whether a document requires what it should. AWS fills in what was omitted."""
    needed = [{name: value for name, value in required.items() if value is not None} for required in desired]
    return len(current) == len(needed) and all(
        any(required.items() <= found.items() for found in current) for required in needed
    )


def refuse_fixed_fields(document: Document, desired: DesiredDocument) -> None:
    """:raises Refused: for another value of a field that is set only when the document is created."""
    way_out = "delete it first, or use another name"
    if desired.document_type and document.document_type != desired.document_type:
        raise Refused(
            f"document {desired.name} is of type {document.document_type}, and AWS cannot make it "
            f"{desired.document_type}: {way_out}",
            code="document_type_fixed",
        )
    if desired.requires is not None and not satisfies_requires(document.requires, desired.requires):
        raise Refused(
            f"document {desired.name} requires {[dict(found) for found in document.requires]}, and AWS cannot change "
            f"that: {way_out}",
            code="document_requires_fixed",
        )


def refuse_update(document: Document, desired: DesiredDocument, changed: Collection[str]) -> None:
    """
    :param changed: the fields in which the new version differs from the latest one.
    :raises InvalidInput, Refused: when AWS makes no such version.
    """
    names = " and ".join(sorted(changed))
    if desired.content is None:
        raise InvalidInput(
            f"content or src is required too: AWS changes {names} of {desired.name} only with them",
            code="content_required",
        )
    if not {"content", "target_type", "cloud_providers"} & set(changed):
        raise Refused(f"AWS changes {names} of {desired.name} only together with its content", code="content_unchanged")
    if document.document_type == "Command" and document.schema_version == "1.2":
        raise Refused(
            f"AWS does not update documents with schema 1.2: delete {desired.name} first, or use another name",
            code="document_schema_fixed",
        )
    if document.attachments and desired.attachments is None:
        raise Refused(
            f"document {desired.name} has attachments ({', '.join(document.attachments)}), and its next version has "
            "them only if they are given: set attachments ([] for none)",
            code="attachments_not_given",
        )


def refuse_new_version(observed: ObservedDocument, desired: DesiredDocument, makes_room: bool) -> None:
    """
    :param makes_room: whether the plan deletes a version first.
    :raises InvalidInput, Refused: when the version's name is taken, or the document has the maximum of versions.
    """
    taken = [version for version in observed.versions if _has_name(version, desired.version_name)]
    if taken:
        raise InvalidInput(
            f"version_name {desired.version_name} is already the name of version {taken[0].number} of {desired.name}",
            code="version_name_taken",
        )
    if len(observed.versions) >= MAX_VERSIONS and not makes_room:
        raise Refused(
            f"document {desired.name} has {len(observed.versions)} versions, and AWS takes no more: "
            f"set keep_versions (below {MAX_VERSIONS}) to delete old ones",
            code="too_many_versions",
        )


def _has_name(version: DocumentVersion, name: str | None) -> bool:
    return name is not None and version.version_name == name


def removal_problems(observed: ObservedDocument, removal: DocumentRemoval) -> list[Problem]:
    """Why AWS would not delete the document or the version."""
    document, users, problems = observed.document, set(observed.users), []
    what = f"document {document.name}"
    if removal.of_one_version:
        what = f"version {document.document_version} of {what}"
        users = {user for user, version in observed.users.items() if version == document.document_version}
        if document.document_version == document.default_version:
            message = (
                f"{what} is the default version, which AWS does not delete: move default_version first, "
                "or omit the version to delete the whole document"
            )
            problems.append(Problem(message, "default_version_in_use"))
    if observed.shares and not removal.unshare_on_delete:
        message = (
            f"{what} is shared with {account_names(observed.shares)}, and AWS does not delete a shared document: "
            "set unshare_on_delete to end that first"
        )
        problems.append(Problem(message, "document_shared"))
    if users:
        message = f"{what} is used by association {', '.join(sorted(users))}: change or delete that first"
        problems.append(Problem(message, "document_in_use"))
    return problems
