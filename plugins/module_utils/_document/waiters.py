# Copyright: steadyfleet contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection: may change without notice.

from __future__ import annotations

from .._aws.context import Context
from .._common.errors import WaitFailed
from . import api
from .model import Document, SharePlan


def await_settled(context: Context, name: str, version: str = "$LATEST") -> Document | None:
    """A version of the document, as soon as AWS is not changing it (with ``context.wait``); None when it does not
    exist."""
    return context.poll_until(
        lambda found: found is None or found.settled or not context.wait,
        lambda: api.describe_document(context.client, name, version),
        describe=lambda found: f"document {name} is still {found.status if found else 'absent'}",
    )


def await_visible(context: Context, name: str) -> None:
    """Wait until AWS shows a document that it says exists."""
    context.poll_until(
        lambda found: found is not None,
        lambda: api.describe_document(context.client, name),
        describe=lambda _found: f"document {name} exists, but AWS does not show it",
    )


def await_active(context: Context, document: Document, number: int) -> Document:
    """Wait until a version can be used.

    :raises WaitFailed: with AWS's own reason, when it never can.
    """
    known = [document] if document.document_version == str(number) and document.settled else []
    version = str(number) if number < int(document.latest_version) else "$LATEST"

    def poll() -> Document | None:
        return known.pop() if known else api.describe_document(context.client, document.name, version)

    def this_version(found: Document | None) -> Document | None:
        """Reads may lag behind, and show the version before."""
        return found if found and found.document_version == str(number) else None

    def describe(found: Document | None) -> str:
        shown = this_version(found)
        return f"version {number} of document {document.name} is {shown.status if shown else 'not visible yet'}"

    try:
        active = context.poll_until(
            lambda found: (shown := this_version(found)) is not None and shown.status == "Active",
            poll,
            describe=describe,
            failure_of=lambda found: shown.failure if (shown := this_version(found)) else None,
        )
    except WaitFailed as failed:
        raise WaitFailed(str(failed), code="document_failed") from failed
    return active or document


def await_default(context: Context, document: Document, number: int) -> Document:
    """Wait until AWS shows a version as the default version."""
    found = context.poll_until(
        lambda found: found is not None and found.default_version == str(number),
        lambda: api.describe_document(context.client, document.name),
        describe=lambda _: f"AWS does not show version {number} as the default version of {document.name} yet",
    )
    return found or document


def await_shares(context: Context, name: str, plan: SharePlan) -> None:
    context.poll_until(
        lambda shares: shares == plan.after,
        lambda: api.list_shares(context.client, name),
        describe=lambda shares: f"document {name} is shared with {len(shares)} accounts, not with {len(plan.after)}",
    )


def await_versions_deleted(context: Context, name: str, numbers: tuple[int, ...]) -> None:
    context.poll_until(
        lambda remaining: not remaining,
        lambda: {version.number for version in api.list_versions(context.client, name)} & set(numbers),
        describe=lambda remaining: f"versions {sorted(remaining)} of document {name} still exist",
    )


def await_deleted(context: Context, name: str) -> None:
    context.poll_until(
        lambda found: found is None,
        lambda: api.describe_document(context.client, name),
        describe=lambda found: f"document {name} is still {found.status if found else 'there'}",
    )
