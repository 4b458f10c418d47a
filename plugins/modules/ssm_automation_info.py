#!/usr/bin/python

# Copyright: steadyfleet contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: ssm_automation_info
short_description: Read executions of Systems Manager Automation
version_added: 0.3.0
description:
  - Reads executions by their ids, or the executions that match all of the other options.
  - When asked, it also reads their steps, the executions that were started for their targets, and their tags.
author:
  - steadyfleet contributors (@steadyfleet)
notes:
  - The module needs the permission C(ssm:GetAutomationExecution) for O(execution_ids), and
    C(ssm:DescribeAutomationExecutions) for the other options and for O(include_children). It needs
    C(ssm:DescribeAutomationStepExecutions) for O(include_steps), and C(ssm:ListTagsForResource) for O(include_tags).
seealso:
  - module: steadyfleet.aws_patching.ssm_automation
options:
  execution_ids:
    description:
      - The ids of the executions. An execution that AWS does not know is not part of the result.
      - The module makes one call for each of them. All other conditions exclude this option.
    type: list
    elements: str
    aliases: [execution_id]
  document_name:
    description:
      - Read only executions of this runbook. It must be the name as AWS lists it, and not an ARN.
      - AWS searches for the beginning of the name, so the module reads the executions of all runbooks whose names begin
        with it. O(started_after) saves calls.
    type: str
  client_token:
    description:
      - Read only executions that M(steadyfleet.aws_patching.ssm_automation) started with this token. This option and
        O(tag_key) exclude each other.
    type: str
  status:
    description:
      - Read only executions with this status, for example V(InProgress), V(Waiting), V(Success) or V(Failed).
      - AWS refuses a status that it does not know.
    type: str
  started_after:
    description:
      - Read only executions that started after this time, for example V(2026-08-01T09:30:00Z). A time without an offset
        is in UTC.
    type: str
  started_before:
    description:
      - Read only executions that started before this time.
    type: str
  tag_key:
    description:
      - Read only executions that have a tag with this key.
    type: str
  max_executions:
    description:
      - The number of executions to return at most. It does not limit O(execution_ids).
    type: int
    default: 50
  include_steps:
    description:
      - Whether to read the steps. This takes one more call for each execution. With O(execution_ids), it takes one only
        for an execution with so many steps that AWS does not return all of them at once.
    type: bool
    default: false
  include_children:
    description:
      - Whether to read the executions that were started for targets. This takes one more call for each execution.
    type: bool
    default: false
  include_tags:
    description:
      - Whether to read the tags. This takes one more call for each execution. The tag of the O(client_token) is not
        included.
    type: bool
    default: false
extends_documentation_fragment:
  - steadyfleet.aws_patching._attributes.info
  - amazon.aws.common.modules
  - amazon.aws.region.modules
  - steadyfleet.aws_patching._requirements
"""

EXAMPLES = r"""
- name: Read one execution with its steps
  steadyfleet.aws_patching.ssm_automation_info:
    execution_ids: [97fff367-fc5a-4299-aed8-0123456789ab]
    include_steps: true

- name: Find the execution of a release by its token
  steadyfleet.aws_patching.ssm_automation_info:
    client_token: release-2026.08
    include_tags: true

- name: Find executions that wait for an approval
  steadyfleet.aws_patching.ssm_automation_info:
    status: Waiting
  register: waiting

- name: Show them
  ansible.builtin.debug:
    msg: "{{ waiting.executions | map(attribute='execution_id') }}"
"""

RETURN = r"""
executions:
  description:
    - The executions in the order of O(execution_ids), or in the order in which AWS lists them.
    - Each has the fields of RV(steadyfleet.aws_patching.ssm_automation#module:execution), and the following ones.
  returned: success
  type: list
  elements: dict
  contains:
    execution_id:
      description: As RV(steadyfleet.aws_patching.ssm_automation#module:execution.execution_id).
      type: str
      sample: 97fff367-fc5a-4299-aed8-0123456789ab
    status:
      description: As RV(steadyfleet.aws_patching.ssm_automation#module:execution.status).
      type: str
      sample: Waiting
    document_name:
      description: As RV(steadyfleet.aws_patching.ssm_automation#module:execution.document_name).
      type: str
      sample: shop-restart
    parameters:
      description:
        - As RV(steadyfleet.aws_patching.ssm_automation#module:execution.parameters). AWS does not list them.
      returned: when O(execution_ids) is given
      type: dict
      sample: {"InstanceId": ["i-0123456789abcdef0"]}
    steps:
      description: As RV(steadyfleet.aws_patching.ssm_automation#module:execution.steps).
      returned: O(include_steps=true)
      type: list
      elements: dict
    failed_steps:
      description: As RV(steadyfleet.aws_patching.ssm_automation#module:execution.failed_steps).
      returned: O(include_steps=true)
      type: list
      elements: str
    children:
      description:
        - The executions that AWS has started for the targets, each as RV(executions) without C(parameters), C(steps),
          C(failed_steps) and C(children).
      returned: O(include_children=true)
      type: list
      elements: dict
    tags:
      description: Its tags.
      returned: O(include_tags=true)
      type: dict
      sample: {"Release": "2026.08"}
"""

from typing import Any

from ansible_collections.steadyfleet.aws_patching.plugins.module_utils._automation.read import read_executions
from ansible_collections.steadyfleet.aws_patching.plugins.module_utils._automation.rules import query_problems
from ansible_collections.steadyfleet.aws_patching.plugins.module_utils._aws.validate import request_problems
from ansible_collections.steadyfleet.aws_patching.plugins.module_utils._common.errors import raise_if_any
from ansible_collections.steadyfleet.aws_patching.plugins.module_utils._module import (
    AnsibleAWSModule,
    Result,
    connect,
    run,
)

SPEC: dict[str, Any] = {
    "execution_ids": {"type": "list", "elements": "str", "aliases": ["execution_id"]},
    "document_name": {"type": "str"},
    "client_token": {"type": "str", "no_log": False},
    "status": {"type": "str"},
    "started_after": {"type": "str"},
    "started_before": {"type": "str"},
    "tag_key": {"type": "str", "no_log": False},
    "max_executions": {"type": "int", "default": 50},
    "include_steps": {"type": "bool", "default": False},
    "include_children": {"type": "bool", "default": False},
    "include_tags": {"type": "bool", "default": False},
}
CONDITIONS = ("document_name", "client_token", "status", "started_after", "started_before", "tag_key")


def run_module(module: AnsibleAWSModule) -> Result:
    params, client = module.params, connect(module, "ssm")
    problems = query_problems(params)
    for execution_id in params["execution_ids"] or ():
        request: dict[str, Any] = {"AutomationExecutionId": execution_id}
        names = {"AutomationExecutionId": "execution_ids"}
        problems += request_problems(client, "GetAutomationExecution", request, names)
    if params["document_name"] is not None:
        request = {"DocumentName": params["document_name"]}
        problems += request_problems(client, "StartAutomationExecution", request)
    if params["tag_key"] is not None:
        request = {"ResourceType": "Automation", "ResourceId": "any", "Tags": [{"Key": params["tag_key"], "Value": ""}]}
        problems += request_problems(client, "AddTagsToResource", request, {"Tags.Key": "tag_key"})
    raise_if_any(problems)
    return {"changed": False, "executions": read_executions(client, params)}


def main() -> None:
    exclusions = [("execution_ids", name) for name in CONDITIONS]
    run(run_module, SPEC, mutually_exclusive=[*exclusions, ("client_token", "tag_key")])


if __name__ == "__main__":
    main()
