# Copyright: steadyfleet contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection: may change without notice.

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from .._aws.tags import list_tags
from .._common.errors import InvalidInput, raise_if_any
from .._runnable.read import judge
from . import api
from .model import InterruptedRun, ObservedAssociation, newest_first
from .report import detailed_result
from .rules import document_problems, require_replaceable
from .transformations import Fields, comparable, observed_fields, run_request


def read_association(
    client: Any, association_id: str | None, name: str | None, with_tags: bool = False
) -> ObservedAssociation | None:
    """The association with this id or, without an id, with this name; None when it does not exist."""
    description = _describe(client, association_id, name)
    if description is None:
        return None
    tags = list_tags(client, "Association", description["AssociationId"]) if with_tags else None
    return ObservedAssociation(description=description, tags=tags)


def _describe(client: Any, association_id: str | None, name: str | None) -> dict[str, Any] | None:
    """
    :raises InvalidInput: when several associations have the name, as AWS allows.
    """
    if association_id:
        return api.describe_association(client, association_id)
    listed = api.list_by_name(client, name) if name else []
    # AWS may still list an association that was deleted a moment ago.
    found = [each for item in listed if (each := api.describe_association(client, item["AssociationId"]))]
    if len(found) > 1:
        ids = ", ".join(sorted(each["AssociationId"] for each in found))
        raise InvalidInput(
            f"{len(found)} associations have the name {name}: choose one with association_id ({ids})",
            code="association_name_ambiguous",
        )
    return found[0] if found else None


def find_replaceable(client: Any, fields: Fields) -> ObservedAssociation | None:
    """The association with this name that ``run=once`` has created, now or in an interrupted run, or None.

    :raises Refused: as :func:`require_replaceable`.
    """
    observed = read_association(client, None, fields["association_name"])
    if observed:
        require_replaceable(observed.fields, fields)
    return observed


def read_interrupted_run(client: Any, fields: Fields) -> InterruptedRun | None:
    """What an interrupted ``run=once`` of this association has left, or None.

    :raises Refused: as :func:`require_replaceable`.
    """
    observed = find_replaceable(client, fields)
    executions = api.list_executions(client, observed.association_id) if observed else ()
    return InterruptedRun(association=observed, executions=executions) if observed else None


def require_runnable(client: Any, fields: Fields, needs_nodes: bool) -> None:
    """Check the document of an association, its parameters and its nodes before anything is written.

    :param needs_nodes: as in :func:`run_request`.
    :raises InvalidInput: naming every problem.
    """
    if request := run_request(fields, needs_nodes):
        document, problems = judge(client, request)
        raise_if_any(problems + (document_problems(fields, document.type) if document else []))


def find_created(client: Any, fields: Fields) -> dict[str, Any] | None:
    """The association with this name, if it has exactly these fields; None also while AWS does not show it yet."""
    description = _describe(client, None, fields["association_name"])
    if description is None or comparable(observed_fields(description)) != comparable(fields):
        return None
    return description


def read_associations(client: Any, query: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The associations that the options of ssm_association_info ask for: one call each, and one for each name or for
    the list.

    :param query: the module's options.
    """
    found = (api.describe_association(client, association_id) for association_id in _ids(client, query))
    return [_association(client, query, description) for description in found if description]


def _ids(client: Any, query: Mapping[str, Any]) -> list[str]:
    if query["association_ids"] is not None:
        return list(dict.fromkeys(query["association_ids"]))
    if query["association_names"] is None:
        return [item["AssociationId"] for item in api.list_associations(client, query["filters"] or {})]
    names = dict.fromkeys(query["association_names"])
    return [item["AssociationId"] for name in names for item in api.list_by_name(client, name)]


def _association(client: Any, query: Mapping[str, Any], description: dict[str, Any]) -> dict[str, Any]:
    association_id = description["AssociationId"]
    tags = list_tags(client, "Association", association_id) if query["include_tags"] else None
    result = detailed_result(description, tags)
    if query["max_executions"]:
        result["executions"] = _executions(client, query, association_id)
    return result


def _executions(client: Any, query: Mapping[str, Any], association_id: str) -> list[dict[str, Any]]:
    """The newest executions first. AWS promises no order, so all pages are read."""
    executions = newest_first(api.list_executions(client, association_id, query["executions_after"]))
    results = []
    for execution in executions[: query["max_executions"]]:
        result = execution.as_dict()
        if query["include_execution_targets"]:
            targets = api.list_targets(client, association_id, execution.execution_id)
            result["targets"] = [target.as_dict() for target in targets]
        results.append(result)
    return results
