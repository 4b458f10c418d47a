# Copyright: steadyfleet contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection: may change without notice.

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from .._aws.tags import list_tags
from . import api
from .model import AutomationExecution
from .report import execution_result
from .transformations import is_token_tag, token_tag

_FILTERS = {
    "document_name": "DocumentNamePrefix",
    "status": "ExecutionStatus",
    "started_after": "StartTimeAfter",
    "started_before": "StartTimeBefore",
    "tag_key": "TagKey",
}


def read_tags(client: Any, execution_id: str) -> dict[str, str]:
    """The tags of an execution without the tag of its token."""
    tags = list_tags(client, "Automation", execution_id)
    return {key: value for key, value in tags.items() if not is_token_tag(key)}


def read_executions(client: Any, query: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The executions that the options of ssm_automation_info ask for.

    :param query: the module's options.
    """
    found = _by_id(client, query["execution_ids"]) if query["execution_ids"] is not None else _matching(client, query)
    return [_execution(client, query, execution) for execution in found]


def automation_filters(query: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The options as filters of DescribeAutomationExecutions."""
    filters = [{"Key": key, "Values": [query[option]]} for option, key in _FILTERS.items() if query[option]]
    if query["client_token"]:
        filters.append({"Key": "TagKey", "Values": [token_tag(query["client_token"])]})
    return filters


def _by_id(client: Any, execution_ids: list[str]) -> Iterator[AutomationExecution]:
    found = (api.get_execution(client, execution_id) for execution_id in dict.fromkeys(execution_ids))
    return (execution for execution in found if execution)


def _matching(client: Any, query: Mapping[str, Any]) -> list[AutomationExecution]:
    name = query["document_name"]
    found = api.list_executions(client, automation_filters(query))
    # AWS finds document names by their beginning.
    return [each for each in found if name is None or each.document_name == name][: query["max_executions"]]


def _execution(client: Any, query: Mapping[str, Any], execution: AutomationExecution) -> dict[str, Any]:
    result = execution_result(execution)
    if query["include_steps"]:
        steps = api.list_steps(client, execution.execution_id)
        result |= execution_result(replace(execution, steps=steps))
    else:
        del result["steps"], result["failed_steps"]
    del result["children"]
    if query["include_children"]:
        children = api.list_children(client, execution.execution_id)
        result["children"] = [
            {name: value for name, value in execution_result(child).items() if name not in ("children", "steps")}
            for child in children
        ]
    if query["include_tags"]:
        result["tags"] = read_tags(client, execution.execution_id)
    return result
