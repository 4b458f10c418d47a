#!/usr/bin/python

# Copyright: steadyfleet contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: ssm_association_info
short_description: Read State Manager associations of AWS Systems Manager
version_added: 0.2.0
description:
  - Reads State Manager associations by id, by name or by filter, each with all its fields. Only one of the three is
    possible.
  - When asked, it also reads their tags, their newest executions and the result on every target.
  - An association that does not exist is missing from the result. This is no error.
author:
  - steadyfleet contributors (@steadyfleet)
notes:
  - The module makes one call for each association, and one for each name or for every 50 associations of a list. For
    each association, the tags take one more call, and the executions one for every 50 that AWS still has. The targets
    take one call for every 50 of each execution.
seealso:
  - module: steadyfleet.aws_patching.ssm_association
options:
  association_ids:
    description:
      - The ids of the associations.
    type: list
    elements: str
    aliases: [association_id]
  association_names:
    description:
      - The names of the associations. Several associations can have the same name.
    type: list
    elements: str
    aliases: [names, name, association_name]
  filters:
    description:
      - The associations to list, as filters of C(ListAssociations). The keys are V(Name) (of the document),
        V(AssociationId), V(AssociationName), V(AssociationStatusName) (V(Pending), V(Success), V(Failed)),
        V(LastExecutedBefore), V(LastExecutedAfter), V(ResourceGroupName), V(CloudConnectorId) and V(InstanceId)
        (only deprecated associations of one node). Each key takes one value, and all of them must match.
      - Without O(association_ids), O(association_names) and O(filters), the module reads all associations of the
        account and Region.
    type: dict
  include_tags:
    description:
      - Whether to read the tags.
    type: bool
    default: false
  max_executions:
    description:
      - The number of the newest executions to return at most. O(executions_after) and O(include_execution_targets)
        require it.
    type: int
    default: 0
    aliases: [executions]
  executions_after:
    description:
      - Return only executions that were created after this time, for example V(2026-08-01T09:30:00Z). This saves calls
        when there are many executions.
    type: str
  include_execution_targets:
    description:
      - Whether to read the result on every target of those executions.
    type: bool
    default: false
    aliases: [include_targets]
extends_documentation_fragment:
  - steadyfleet.aws_patching._attributes.info
  - amazon.aws.common.modules
  - amazon.aws.region.modules
  - steadyfleet.aws_patching._requirements
"""

EXAMPLES = r"""
- name: Read the result of the last scan on every instance
  steadyfleet.aws_patching.ssm_association_info:
    association_names: [scan-shop]
    max_executions: 1
    include_execution_targets: true
  register: scan

- name: List all associations whose last run failed, with their tags
  steadyfleet.aws_patching.ssm_association_info:
    filters:
      AssociationStatusName: Failed
    include_tags: true

- name: List the associations that run a document
  steadyfleet.aws_patching.ssm_association_info:
    filters:
      Name: AWS-RunPatchBaseline
"""

RETURN = r"""
associations:
  description:
    - The associations that exist, in the order of O(association_ids), O(association_names) or AWS's list.
    - Each has the fields of RV(steadyfleet.aws_patching.ssm_association#module:association), and the following ones.
      Fields that are not set are missing.
  returned: always
  type: list
  elements: dict
  contains:
    association_id:
      description: As RV(steadyfleet.aws_patching.ssm_association#module:association.association_id).
      type: str
      sample: 2f4c1c9e-0c5e-4d53-8a1c-5b1f0a7b9d11
    instance_id:
      description: The managed node of a deprecated association of one node; V(null) for all others.
      type: str
      sample: null
    created_at:
      description: When it was created.
      type: str
      sample: "2026-08-01T09:30:00.000Z"
    updated_at:
      description: When it was last updated.
      type: str
      sample: "2026-08-01T09:30:00.000Z"
    last_execution_at:
      description: When it last ran; V(null) when it never ran.
      type: str
      sample: "2026-08-02T02:00:00.000Z"
    last_successful_execution_at:
      description: When it last ran with success; V(null) when it never did.
      type: str
      sample: "2026-08-02T02:00:00.000Z"
    status:
      description: V(Pending), V(Success) or V(Failed).
      type: str
      sample: Success
    detailed_status:
      description: The detailed status.
      type: str
      sample: Success
    target_count_by_status:
      description: The number of targets by status.
      type: dict
      sample: {"Success": 4}
    triggered_alarms:
      description: Names of the CloudWatch alarms that stopped it.
      type: list
      elements: str
      sample: []
    tags:
      description: Its tags.
      returned: O(include_tags=true)
      type: dict
      sample: {"Team": "shop"}
    executions:
      description:
        - Its newest executions, the newest first, each with the fields of
          RV(steadyfleet.aws_patching.ssm_association#module:execution).
      returned: when O(max_executions) is not V(0)
      type: list
      elements: dict
      contains:
        execution_id:
          description: As RV(steadyfleet.aws_patching.ssm_association#module:execution.execution_id).
          type: str
          sample: 9a5c2d0e-7f1b-4b0e-93d7-1f0f2b7c6a55
        targets:
          description:
            - The result on each target, as RV(steadyfleet.aws_patching.ssm_association#module:execution.targets),
              without C(steps).
          returned: O(include_execution_targets=true)
          type: list
          elements: dict
"""

from typing import Any

from ansible_collections.steadyfleet.aws_patching.plugins.module_utils._association.api import association_filters
from ansible_collections.steadyfleet.aws_patching.plugins.module_utils._association.read import read_associations
from ansible_collections.steadyfleet.aws_patching.plugins.module_utils._association.rules import query_problems
from ansible_collections.steadyfleet.aws_patching.plugins.module_utils._aws.validate import request_problems
from ansible_collections.steadyfleet.aws_patching.plugins.module_utils._common.errors import raise_if_any
from ansible_collections.steadyfleet.aws_patching.plugins.module_utils._module import (
    AnsibleAWSModule,
    Result,
    connect,
    run,
)

SPEC: dict[str, Any] = {
    "association_ids": {"type": "list", "elements": "str", "aliases": ["association_id"]},
    "association_names": {"type": "list", "elements": "str", "aliases": ["names", "name", "association_name"]},
    "filters": {"type": "dict"},
    "include_tags": {"type": "bool", "default": False},
    "max_executions": {"type": "int", "default": 0, "aliases": ["executions"]},
    "executions_after": {"type": "str"},
    "include_execution_targets": {"type": "bool", "default": False, "aliases": ["include_targets"]},
}


def run_module(module: AnsibleAWSModule) -> Result:
    params, client = module.params, connect(module, "ssm")
    problems = query_problems(params)
    for association_id in params["association_ids"] or ():
        problems += request_problems(client, "DescribeAssociation", {"AssociationId": association_id})
    for name in params["association_names"] or ():
        request = {"Name": "any", "AssociationName": name}
        problems += request_problems(client, "CreateAssociation", request)
    filters = {"AssociationFilterList": association_filters(params["filters"] or {}) or None}
    problems += request_problems(client, "ListAssociations", filters, {"AssociationFilterList": "filters"})
    raise_if_any(problems)
    return {"changed": False, "associations": read_associations(client, params)}


def main() -> None:
    run(run_module, SPEC, mutually_exclusive=[("association_ids", "association_names", "filters")])


if __name__ == "__main__":
    main()
