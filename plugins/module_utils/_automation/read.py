# Copyright: steadyfleet contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection: may change without notice.

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from .._aws.tags import list_tags
from . import api
from .model import AutomationExecution
from .report import execution_result, listed_result
from .transformations import execution_filters, is_token_tag


def read_tags(client: Any, execution_id: str) -> dict[str, str]:
    """The tags of an execution without the tag of its token."""
    tags = list_tags(client, "Automation", execution_id)
    return {key: value for key, value in tags.items() if not is_token_tag(key)}


def read_executions(client: Any, query: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The executions that the options of ssm_automation_info ask for.

    :param query: the module's options.
    """
    if query["execution_ids"] is None:
        return [_execution(client, query, found, listed=True) for found in _matching(client, query)]
    executions = (api.get_execution(client, execution_id) for execution_id in dict.fromkeys(query["execution_ids"]))
    return [_execution(client, query, found, listed=False) for found in executions if found]


def _matching(client: Any, query: Mapping[str, Any]) -> list[AutomationExecution]:
    name, most = query["document_name"], query["max_executions"]
    # AWS finds document names by their beginning, so that others have to be left out here.
    found = api.list_executions(client, execution_filters(query), most if name is None else None)
    return [execution for execution in found if name in (None, execution.document_name)][:most]


def _execution(client: Any, query: Mapping[str, Any], execution: AutomationExecution, listed: bool) -> dict[str, Any]:
    result = listed_result(execution)
    if not listed:
        result["parameters"] = execution.parameters
    if query["include_steps"]:
        if listed or execution.steps_truncated:
            execution = replace(execution, steps=api.list_steps(client, execution.execution_id))
        complete = execution_result(execution)
        result |= {name: complete[name] for name in ("steps", "failed_steps")}
    if query["include_children"]:
        result["children"] = list(map(listed_result, api.list_children(client, execution.execution_id)))
    if query["include_tags"]:
        result["tags"] = read_tags(client, execution.execution_id)
    return result
