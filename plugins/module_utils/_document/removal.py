# Copyright: steadyfleet contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection: may change without notice.

from __future__ import annotations

from typing import Any

from . import api
from .document import Document
from .shares import SharePlan, named
from .steps import Tools, delete_versions, find, share
from .versions import refuse_removal, refuse_version_removal


def remove_version(
    tools: Tools, name: str, version: str | None, version_name: str | None, real: bool
) -> dict[str, Any]:
    """Delete one version; what was there, empty when it was gone already.

    :param real: False only looks.
    :raises Refused: when AWS would not.
    """
    document = api.describe(tools.client, name, version, version_name)
    if document is None:
        return {}
    refuse_version_removal(document, api.list_users(tools.client, name))
    if real:
        delete_versions(tools, name, (int(document.document_version),))
    return document.as_dict()


def remove(tools: Tools, name: str, unshare: bool, force: bool, real: bool) -> dict[str, Any]:
    """Delete a document with all its versions; what was there, empty when it was gone already.

    :param unshare: end its sharing first, without which AWS refuses.
    :param force: what AWS wants for some types.
    :param real: False only looks.
    :raises Refused: when AWS would not.
    """
    document = find(tools, name)
    if document is None:
        return {}
    shares = api.list_shares(tools.client, name)
    refuse_removal(document, api.list_users(tools.client, name), "" if unshare else named(shares))
    if real:
        share(tools, name, SharePlan(to_remove=tuple(shares), after={}))
        _delete(tools, document, force)
    return {**document.as_dict(), **({"shared_with": dict(sorted(shares.items()))} if shares else {})}


def _delete(tools: Tools, document: Document, force: bool) -> None:
    name = document.name
    tools.write(lambda: api.delete(tools.client, name, force=force), f"document {name} is not deleted")
    if tools.waits:
        tools.until(
            lambda: api.describe(tools.client, name),
            lambda seen: seen is None,
            lambda seen: f"document {name} is still {seen.status if seen else 'there'}",
        )
