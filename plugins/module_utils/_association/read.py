# Copyright: steadyfleet contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection: may change without notice.

from __future__ import annotations

from typing import Any

from .._aws.tags import list_tags
from . import api
from .model import newest_first
from .query import Ask
from .report import detailed


def read(client: Any, ask: Ask) -> list[dict[str, Any]]:
    """Those that exist: one call each, and one for each name or for the list."""
    found = (api.describe(client, association_id) for association_id in _ids(client, ask))
    return [_one(client, ask, description) for description in found if description]


def _ids(client: Any, ask: Ask) -> list[str]:
    if ask.association_ids is not None:
        return list(dict.fromkeys(ask.association_ids))
    if ask.names is None:
        return [item["AssociationId"] for item in api.list_all(client, ask.filters)]
    return [item["AssociationId"] for name in dict.fromkeys(ask.names) for item in api.list_by_name(client, name)]


def _one(client: Any, ask: Ask, description: dict[str, Any]) -> dict[str, Any]:
    association_id = description["AssociationId"]
    result = detailed(description, list_tags(client, "Association", association_id) if ask.tags else None)
    if ask.executions:
        result["executions"] = _executions(client, ask, association_id)
    return result


def _executions(client: Any, ask: Ask, association_id: str) -> list[dict[str, Any]]:
    """The newest first. AWS promises no order, so all pages are read."""
    result = []
    for execution in newest_first(api.list_executions(client, association_id, ask.executions_after))[: ask.executions]:
        told = execution.as_dict()
        if ask.targets:
            told["targets"] = [
                target.as_dict() for target in api.list_targets(client, association_id, execution.execution_id)
            ]
        result.append(told)
    return result
