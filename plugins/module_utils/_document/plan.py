# Copyright: steadyfleet contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection: may change without notice.

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from .._common.errors import InvalidInput, WaitFailed
from .._common.shapes import same_json
from .._common.tags import plan_tags
from .model import DEFAULT_PROVIDERS, DesiredDocument, Document, DocumentPlan, ObservedDocument, SharePlan
from .rules import (
    LATEST,
    MAX_VERSIONS,
    document_type_of,
    refuse_fixed_fields,
    refuse_new_version,
    refuse_numeric_schema,
    refuse_update,
)
from .shares import plan_shares
from .transformations import required_documents


def plan_document(observed: ObservedDocument | None, desired: DesiredDocument) -> DocumentPlan:
    """
    :raises InvalidInput, Refused: when AWS offers no way from the one to the other.
    :raises WaitFailed: when a version that is needed has failed for good.
    """
    refuse_numeric_schema(desired, document_type_of(observed.document if observed else None, desired))
    if observed is None:
        return _plan_creation(desired)
    document = observed.document
    refuse_fixed_fields(document, desired)
    before = compared_fields(document, observed.content, desired)
    after = {**before, **_desired_fields(desired, before)}
    update = _differing(before, after)
    if update:
        refuse_update(document, desired, update)
    elif desired.content and document.failure:
        raise WaitFailed(document.failure, code="document_failed")
    latest, default = int(document.latest_version), int(document.default_version)
    version = latest + 1 if update else latest
    new_default = _default_version(observed, desired, version)
    delete_first, delete_last, versions = _plan_deletions(observed, desired, {version, new_default}, bool(update))
    if update:
        refuse_new_version(observed, desired, makes_room=bool(delete_first))
    shares = _plan_shares(desired, observed.shares or {})
    tags = None if desired.tags is None else plan_tags(observed.tags or {}, desired.tags, desired.purge_tags)
    before |= {"latest_version": latest, "default_version": default, **versions[0]}
    after |= {"latest_version": version, "default_version": new_default, **versions[1]}
    return DocumentPlan(
        write="update" if update else None,
        version=version,
        new_default=None if new_default == default else new_default,
        before=before
        | ({"tags": observed.tags or {}} if tags else {})
        | ({"shared_with": observed.shares or {}} if shares else {}),
        after=after | ({"tags": tags.after} if tags else {}) | ({"shared_with": shares.after} if shares else {}),
        tags=tags,
        shares=shares,
        delete_first=delete_first,
        delete_last=delete_last,
    )


def _plan_creation(desired: DesiredDocument) -> DocumentPlan:
    if desired.content is None:
        raise InvalidInput(
            f"document {desired.name} does not exist: content or src is required to create it", code="content_required"
        )
    if desired.default_version not in (None, LATEST, "1", desired.version_name):
        raise InvalidInput(
            f"document {desired.name} has no version {desired.default_version} for default_version: it is new",
            code="document_version_not_found",
        )
    after = {"target_type": None, "display_name": None, **_desired_fields(desired, {})}
    if desired.requires:
        after["requires"] = required_documents(desired)
    tags = None if desired.tags is None else plan_tags({}, desired.tags, purge=False)
    shares = _plan_shares(desired, {})
    after |= {"latest_version": 1, "default_version": 1}
    after |= {} if desired.keep_versions is None else {"versions": [1]}
    return DocumentPlan(
        write="create",
        version=1,
        new_default=None,
        before={},
        after=after | ({"tags": tags.after} if tags else {}) | ({"shared_with": shares.after} if shares else {}),
        tags=tags,
        shares=shares,
    )


def compared_fields(document: Document, content: Any, desired: DesiredDocument) -> dict[str, Any]:
    """The fields of the latest version that make a new version necessary when they differ."""
    fields = {"content": content, "target_type": document.target_type, "display_name": document.display_name}
    if desired.attachment_names is not None:
        fields["attachments"] = sorted(document.attachments)
    if desired.cloud_providers is not None:
        fields["cloud_providers"] = sorted(document.cloud_providers or DEFAULT_PROVIDERS)
    return fields


def _desired_fields(desired: DesiredDocument, before: Mapping[str, Any]) -> dict[str, Any]:
    names = desired.attachment_names
    fields = {
        "content": desired.content.parsed if desired.content else None,
        "target_type": desired.target_type,
        "display_name": desired.display_name,
        # AWS shows only the names of attachments.
        "attachments": names if before or names else None,
        "cloud_providers": None if desired.cloud_providers is None else sorted(desired.cloud_providers),
    }
    return {name: value for name, value in fields.items() if value is not None}


def needs_new_version(document: Document, content: Any, desired: DesiredDocument) -> bool:
    """Whether the latest version differs from the desired one."""
    before = compared_fields(document, content, desired)
    return bool(_differing(before, {**before, **_desired_fields(desired, before)}))


def _differing(before: Mapping[str, Any], after: Mapping[str, Any]) -> set[str]:
    return {name for name in after if not same_json(after[name], before.get(name))}


def needs_lookup(document: Document, default_version: str | None) -> bool:
    """Whether the desired default version is neither the default nor the latest version, so that it must be read."""
    known = (None, LATEST, document.default_version, document.latest_version, document.version_name)
    if default_version is None or default_version in known:
        return False
    return not (default_version.isdecimal() and int(default_version) > int(document.latest_version))


def needs_users(observed: ObservedDocument, desired: DesiredDocument) -> bool:
    """Whether versions would be deleted if no association used one.

    :raises InvalidInput: when the desired default version does not exist.
    :raises WaitFailed: when it has failed for good.
    """
    if desired.keep_versions is None:
        return False
    document = observed.document
    update = needs_new_version(document, observed.content, desired)
    version = int(document.latest_version) + int(update)
    kept = {version, _default_version(observed, desired, version)}
    first, last, _versions = _plan_deletions(observed, desired, kept, update)
    return bool(first or last)


def _default_version(observed: ObservedDocument, desired: DesiredDocument, version: int) -> int:
    """The number of the desired default version."""
    document, asked = observed.document, desired.default_version
    current = int(document.default_version)
    if asked is None or asked == str(current):
        return current
    if version != int(document.latest_version) and asked in (LATEST, str(version), desired.version_name):
        return version
    is_latest = asked in (LATEST, document.latest_version, document.version_name)
    target = document if is_latest else observed.default_candidate
    if target is None:
        raise InvalidInput(
            f"document {desired.name} has no version {asked} for default_version: the latest is {version}",
            code="document_version_not_found",
        )
    if target.failure and int(target.document_version) != current:
        raise WaitFailed(target.failure, code="document_failed")
    return int(target.document_version)


def _plan_shares(desired: DesiredDocument, current: Mapping[str, str]) -> SharePlan | None:
    if desired.share_with is None:
        return None
    return plan_shares(current, desired.share_with, desired.shared_document_version, desired.purge_shares)


def _plan_deletions(
    observed: ObservedDocument, desired: DesiredDocument, kept: set[int], update: bool
) -> tuple[tuple[int, ...], tuple[int, ...], tuple[dict[str, Any], dict[str, Any]]]:
    """The versions to delete first and last, and the versions before and after."""
    if desired.keep_versions is None:
        return (), (), ({}, {})
    numbers = {version.number for version in observed.versions}
    remaining = numbers | kept
    surplus = surplus_versions(remaining, desired.keep_versions, kept | observed.used_versions)
    in_use = {int(observed.document.latest_version), int(observed.document.default_version)}
    full = update and len(numbers) >= MAX_VERSIONS
    first = tuple(number for number in surplus if number not in in_use)[:1] if full else ()
    last = tuple(number for number in surplus if number not in first)
    return first, last, ({"versions": sorted(numbers)}, {"versions": sorted(remaining - set(surplus))})


def surplus_versions(numbers: Collection[int], keep: int, protected: Collection[int]) -> tuple[int, ...]:
    """The oldest versions beyond ``keep``. Protected versions stay, and count."""
    deletable = [number for number in sorted(numbers) if number not in protected]
    return tuple(deletable[: max(0, len(numbers) - keep)])
