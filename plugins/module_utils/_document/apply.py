# Copyright: steadyfleet contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection: may change without notice.

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import TypeVar

from .._aws.context import Context
from .._aws.once import once
from .._aws.tags import write_tags
from .._common.errors import AwsError, InvalidInput, Refused
from .._common.shapes import same_json
from . import api
from .model import DesiredDocument, Document, DocumentPlan, DocumentRemoval, ObservedDocument, SharePlan
from .plan import plan_document
from .read import read_document
from .transformations import create_request, version_request
from .waiters import (
    await_active,
    await_default,
    await_deleted,
    await_shares,
    await_versions_deleted,
    await_visible,
)

Response = TypeVar("Response")

# AWS takes the content or the version's name for one that exists. This also happens when the request arrived twice.
_DUPLICATE = ("DuplicateDocumentContent", "DuplicateDocumentVersionName")


def apply_document(
    context: Context, desired: DesiredDocument, observed: ObservedDocument | None, plan: DocumentPlan
) -> tuple[Document, DocumentPlan]:
    """Apply the plan. Returns the document, and the plan that was really applied: AWS may have the document already."""
    document = observed.document if observed else None
    _delete_versions(context, desired.name, plan.delete_first)
    if plan.write == "create":
        document, observed, plan = _create(context, desired, plan)
    if plan.write == "update" and observed:
        document, plan = _update(context, desired, observed, plan)
    if document is None:
        raise Refused(f"document {desired.name} was deleted while it was written: run again", code="document_vanished")
    if (plan.write or desired.content) and (context.wait or plan.new_default == plan.version):
        document = await_active(context, document, plan.version)
    if plan.new_default:
        document = _set_default(context, document, plan.new_default)
    if plan.tags and plan.write != "create":
        write_tags(context.client, "Document", desired.name, plan.tags)
    if plan.shares:
        _share(context, desired.name, plan.shares)
    _delete_versions(context, desired.name, plan.delete_last)
    return document, plan


def _write(context: Context, request: Callable[[], Response], failure: str) -> Response:
    """AWS makes one change of a document at a time."""
    return once(context, request, failure, also=frozenset({"TooManyUpdates"}))


def _create(
    context: Context, desired: DesiredDocument, plan: DocumentPlan
) -> tuple[Document | None, ObservedDocument | None, DocumentPlan]:
    request = partial(api.create_document, context.client, create_request(desired), desired.tags or {})
    try:
        return _write(context, request, f"document {desired.name} is not created"), None, plan
    except AwsError as error:
        if error.aws_code != "DocumentAlreadyExists":
            raise
    # It did not exist a moment ago: somebody else was faster, or the request arrived twice.
    await_visible(context, desired.name)
    observed = read_document(context, desired)
    again = plan_document(observed, desired)
    return (observed.document if observed else None), observed, replace(again, before=plan.before)


def _update(
    context: Context, desired: DesiredDocument, observed: ObservedDocument, plan: DocumentPlan
) -> tuple[Document, DocumentPlan]:
    if desired.content is None:
        raise InvalidInput(f"content or src is required to write document {desired.name}", code="content_required")
    # A new version has only the fields that it gets.
    kept = {name: plan.after[name] for name in ("target_type", "display_name")}
    try:
        return api.update_document(context.client, version_request(desired, **kept)), plan
    except AwsError as error:
        if error.aws_code not in _DUPLICATE:
            raise
        rejection = error
    current = read_document(context, desired) or observed
    is_ours = current.document.version_name == desired.version_name and same_json(
        current.content, desired.content.parsed
    )
    if rejection.aws_code == "DuplicateDocumentVersionName" and not is_ours:
        raise rejection
    again = plan_document(replace(current, content=desired.content.parsed, users=observed.users), desired)
    if again.write:
        raise Refused(
            f"AWS takes the new version of {desired.name} for the one that it has: {rejection}",
            code="duplicate_version",
        )
    arrived = current.document.latest_version != observed.document.latest_version
    return current.document, replace(again, before=plan.before) if arrived else again


def _set_default(context: Context, document: Document, number: int) -> Document:
    """Make a version the default version as soon as it is Active. Otherwise its users would fail."""
    await_active(context, document, number)
    api.set_default_version(context.client, document.name, number)
    if not context.wait:
        return replace(document, default_version=str(number))
    return await_default(context, document, number)


def _share(context: Context, name: str, plan: SharePlan) -> None:
    if not (plan.to_add or plan.to_remove):
        return
    api.share_document(context.client, name, plan)
    if context.wait:
        await_shares(context, name, plan)


def _delete_versions(context: Context, name: str, numbers: tuple[int, ...]) -> None:
    for number in numbers:
        request = partial(api.delete_document, context.client, name, number)
        _write(context, request, f"version {number} of {name} is not deleted")
    if numbers and context.wait:
        await_versions_deleted(context, name, numbers)


def remove_document(context: Context, observed: ObservedDocument, removal: DocumentRemoval) -> None:
    """Delete the document with all its versions, or one version. With ``context.wait`` it waits until AWS does not show
    it any more."""
    name = removal.name
    if removal.of_one_version:
        _delete_versions(context, name, (int(observed.document.document_version),))
        return
    _share(context, name, SharePlan(to_remove=tuple(observed.shares or ()), after={}))
    request = partial(api.delete_document, context.client, name, force=removal.force_delete)
    _write(context, request, f"document {name} is not deleted")
    if context.wait:
        await_deleted(context, name)
