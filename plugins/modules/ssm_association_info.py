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
  - Describes State Manager associations, by id, by name or by filter (one of the three), each with all its fields.
  - Reads their tags, their newest executions and what became of every target, if wanted.
  - What does not exist is no error; it is missing from the result.
author:
  - steadyfleet contributors (@steadyfleet)
notes:
  - Costs one call for each association, and one for each name or for every 50 associations of a list. For each
    association, tags cost one more, and executions one for every 50 that AWS still has of it; targets cost one for
    every 50 of each execution.
options:
  association_ids:
    description:
      - Ids of the associations.
    type: list
    elements: str
    aliases: [association_id]
  names:
    description:
      - Names of the associations. Several can have the same name.
    type: list
    elements: str
    aliases: [name, association_name]
  filters:
    description:
      - Which associations to list, as C(ListAssociations) takes it; keys are V(Name) (of the document),
        V(AssociationId), V(AssociationName), V(AssociationStatusName) (V(Pending), V(Success), V(Failed)),
        V(LastExecutedBefore), V(LastExecutedAfter), V(ResourceGroupName), V(CloudConnectorId) and V(InstanceId)
        (associations of the old kind only). Each takes one value, and all must hold.
      - Without O(association_ids), O(names) and O(filters), all associations of the account and Region are read.
    type: dict
  include_tags:
    description:
      - Whether to read the tags too.
    type: bool
    default: false
  executions:
    description:
      - How many of the newest executions to tell of. Needed for O(executions_after) and O(include_targets).
    type: int
    default: 0
  executions_after:
    description:
      - Only executions that were created after this time, as V(2026-08-01T09:30:00Z). Spares calls when there are many.
    type: str
  include_targets:
    description:
      - Whether to read the result on every target of those executions too.
    type: bool
    default: false
extends_documentation_fragment:
  - steadyfleet.aws_patching._attributes.info
  - amazon.aws.common.modules
  - amazon.aws.region.modules
  - amazon.aws.boto3
"""

EXAMPLES = r"""
- name: See how the last scan went on every instance
  steadyfleet.aws_patching.ssm_association_info:
    names: [scan-shop]
    executions: 1
    include_targets: true
  register: scan

- name: List all that failed last time, with their tags
  steadyfleet.aws_patching.ssm_association_info:
    filters:
      AssociationStatusName: Failed
    include_tags: true

- name: List what runs a document
  steadyfleet.aws_patching.ssm_association_info:
    filters:
      Name: AWS-RunPatchBaseline
"""

RETURN = r"""
associations:
  description:
    - The associations that exist, in the order of O(association_ids), O(names) or AWS's list. Fields that are not set
      are missing.
  returned: always
  type: list
  elements: dict
  contains:
    association_id:
      description: Its id.
      type: str
      sample: 2f4c1c9e-0c5e-4d53-8a1c-5b1f0a7b9d11
    association_version:
      description: Counts its updates.
      type: str
      sample: "1"
    association_name:
      description: Its name.
      type: str
      sample: scan-shop
    document:
      description: The document it runs.
      type: str
      sample: AWS-RunPatchBaseline
    document_version:
      description: The version it is bound to.
      type: str
      sample: "1"
    parameters:
      description: The document's parameters, each a list.
      type: dict
      sample: {"Operation": ["Scan"]}
    targets:
      description: Where it runs.
      type: list
      elements: dict
      sample: [{"key": "tag:App", "values": ["shop"]}]
    target_maps:
      description: Targets of a runbook as maps of parameters.
      type: list
      elements: dict
      sample: [{"InstanceId": ["i-0123456789abcdef0"]}]
    target_locations:
      description: Accounts and Regions in which it runs.
      type: list
      elements: dict
      sample: [{"accounts": ["123456789012"], "regions": ["eu-central-1"]}]
    automation_target_parameter_name:
      description: The runbook's parameter that each target is put in.
      type: str
      sample: InstanceId
    schedule_expression:
      description: When it runs.
      type: str
      sample: cron(0 2 ? * TUE#2 *)
    schedule_offset:
      description: Days that it waits after the scheduled day.
      type: int
      sample: 2
    apply_only_at_cron_interval:
      description: Whether it runs on schedule only. Missing when it does not.
      type: bool
      sample: true
    max_concurrency:
      description: On how many targets it runs at once.
      type: str
      sample: 10%
    max_errors:
      description: After how many failed targets no others are started.
      type: str
      sample: "0"
    compliance_severity:
      description: How severe it is when it fails.
      type: str
      sample: HIGH
    sync_compliance:
      description: Who reports compliance.
      type: str
      sample: AUTO
    output_location:
      description: The S3 bucket for the whole output.
      type: dict
      sample: {"s3_bucket": "my-patch-logs", "s3_key_prefix": "scans"}
    calendar_names:
      description: The Change Calendars that must be open.
      type: list
      elements: str
      sample: [business-days]
    duration:
      description: Hours after which a run is cancelled.
      type: int
      sample: 4
    alarm_configuration:
      description: The alarm that stops a run.
      type: dict
      sample: {"alarms": [{"name": "shop-errors"}]}
    association_dispatch_assume_role:
      description: The role with which State Manager acts.
      type: str
      sample: arn:aws:iam::123456789012:role/state-manager
    instance_id:
      description: The managed node, for an association of the old kind; null for all others.
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
      description: When it last ran; null if never.
      type: str
      sample: "2026-08-02T02:00:00.000Z"
    last_successful_execution_at:
      description: When it last ran with success; null if never.
      type: str
      sample: "2026-08-02T02:00:00.000Z"
    status:
      description: Pending, Success or Failed.
      type: str
      sample: Success
    detailed_status:
      description: The same in more detail.
      type: str
      sample: Success
    target_count_by_status:
      description: How many targets are in which status.
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
      description: Its newest executions, the newest first.
      returned: when O(executions) is not V(0)
      type: list
      elements: dict
      contains:
        execution_id:
          description: Its id.
          type: str
          sample: 9a5c2d0e-7f1b-4b0e-93d7-1f0f2b7c6a55
        association_version:
          description: The association's version that ran.
          type: str
          sample: "1"
        status:
          description: What AWS calls the result of the whole run.
          type: str
          sample: Success
        detailed_status:
          description: The same in more detail.
          type: str
          sample: Success
        created_at:
          description: When it was started.
          type: str
          sample: "2026-08-01T09:30:00.250Z"
        resource_count_by_status:
          description: How many targets are in which status.
          type: dict
          sample: {"Success": 1}
        triggered_alarms:
          description: Names of the CloudWatch alarms that stopped it.
          type: list
          elements: str
          sample: []
        targets:
          description: The result on each target.
          returned: O(include_targets=true)
          type: list
          elements: dict
          contains:
            resource_id:
              description: The managed node, or what else the target is.
              type: str
              sample: i-0123456789abcdef0
            resource_type:
              description: What it is.
              type: str
              sample: ManagedInstance
            status:
              description: The result there.
              type: str
              sample: Success
            detailed_status:
              description: The same in more detail.
              type: str
              sample: Success
            command_id:
              description: The command that ran there; null for a runbook.
              type: str
              sample: 7d8c3f1a-2c7e-4d0f-8d53-1c7f7e2f9b10
            automation_execution_id:
              description: The execution of the runbook that ran there; null for a command.
              type: str
              sample: null
"""

from typing import Any

from ansible_collections.steadyfleet.aws_patching.plugins.module_utils._association.query import Ask, check
from ansible_collections.steadyfleet.aws_patching.plugins.module_utils._association.read import read
from ansible_collections.steadyfleet.aws_patching.plugins.module_utils._module import (
    AnsibleAWSModule,
    Result,
    connect,
    run,
)

SPEC: dict[str, Any] = {
    "association_ids": {"type": "list", "elements": "str", "aliases": ["association_id"]},
    "names": {"type": "list", "elements": "str", "aliases": ["name", "association_name"]},
    "filters": {"type": "dict"},
    "include_tags": {"type": "bool", "default": False},
    "executions": {"type": "int", "default": 0},
    "executions_after": {"type": "str"},
    "include_targets": {"type": "bool", "default": False},
}


def body(module: AnsibleAWSModule) -> Result:
    params = module.params
    ask = Ask(
        association_ids=params["association_ids"],
        names=params["names"],
        filters=params["filters"] or {},
        tags=params["include_tags"],
        executions=params["executions"],
        executions_after=params["executions_after"],
        targets=params["include_targets"],
    )
    check(ask)
    return {"changed": False, "associations": read(connect(module, "ssm"), ask)}


def main() -> None:
    run(body, SPEC, mutually_exclusive=[("association_ids", "names", "filters")])


if __name__ == "__main__":
    main()
