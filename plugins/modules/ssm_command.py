#!/usr/bin/python

# Copyright: steadyfleet contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: ssm_command
short_description: Run a command document on managed nodes and wait for every one
version_added: 0.1.0
description:
  - Sends a command of AWS Systems Manager Run Command, waits until it has ended on every node, and returns each node's
    steps with their output.
  - It fails when the command did not succeed on every single node, when a node could not be reached, and when AWS has
    no result for one; the status of the command as a whole hides all of these.
  - AWS has no way to tell a repeated request from a second one. This module therefore never repeats one by itself; when
    AWS did not answer, it fails and says so.
author:
  - steadyfleet contributors (@steadyfleet)
notes:
  - It runs the command every time, so it always reports a change.
attributes:
  check_mode:
    support: full
    description: Sends nothing, and reports the change that sending would be.
  diff_mode:
    support: N/A
    description: What a command changes on a node can't be told.
  idempotent:
    support: none
    description: Runs the command every time.
  action_group:
    support: full
    membership:
      - steadyfleet.aws_patching.aws
    description: Use C(group/steadyfleet.aws_patching.aws) in C(module_defaults) to set defaults for this module and all
      of amazon.aws.
options:
  document_name:
    description:
      - Name or ARN of the command document to run.
    type: str
    required: true
  document_version:
    description:
      - A number, V($DEFAULT) or V($LATEST). AWS takes V($DEFAULT) when it is not set.
    type: str
  instance_ids:
    description:
      - The nodes to run it on, at most 50.
    type: list
    elements: str
  targets:
    description:
      - Conditions that find the nodes to run it on, at most five, which must all hold.
    type: list
    elements: dict
    suboptions:
      key:
        description:
          - V(InstanceIds), V(tag:NAME), V(resource-groups:Name) and so on.
        type: str
        required: true
      values:
        description:
          - The values, one of which must match.
        type: list
        elements: str
        required: true
  parameters:
    description:
      - The document's parameters, each a text or a list of texts.
    type: dict
  comment:
    description:
      - A comment to find the command by, at most 100 characters.
    type: str
  timeout_seconds:
    description:
      - How long AWS tries to deliver the command to a node, 30 to 2592000 seconds. It does not limit how long it runs.
    type: int
  max_concurrency:
    description:
      - On how many nodes to run at once, a number or a percentage. AWS takes V(50) when it is not set.
    type: str
  max_errors:
    description:
      - After how many failed nodes to stop starting others, a number or a percentage. AWS takes V(0) if not set.
    type: str
  output_s3_bucket:
    description:
      - An S3 bucket for the whole output; the node's own role writes it.
    type: str
  output_s3_key_prefix:
    description:
      - What the keys in the bucket start with.
    type: str
  cloudwatch_log_group:
    description:
      - A CloudWatch log group for the whole output; the node's own role writes it.
    type: str
extends_documentation_fragment:
  - steadyfleet.aws_patching._wait
  - amazon.aws.common.modules
  - amazon.aws.region.modules
  - amazon.aws.boto3
"""

EXAMPLES = r"""
- name: See which boot two instances are in
  steadyfleet.aws_patching.ssm_command:
    document_name: AWS-RunShellScript
    instance_ids: [i-0123456789abcdef0, i-0123456789abcdef1]
    parameters:
      commands: cat /proc/sys/kernel/random/boot_id
    wait_timeout: 120
  register: boots

- name: Scan all instances of an application, ten at a time
  steadyfleet.aws_patching.ssm_command:
    document_name: AWS-RunPatchBaseline
    targets:
      - key: tag:App
        values: [shop]
    parameters:
      Operation: Scan
    max_concurrency: "10"
    max_errors: 100%
"""

RETURN = r"""
command:
  description:
    - The command, also when the module fails because of its result.
  returned: when it was sent
  type: dict
  contains:
    command_id:
      description: Its id.
      type: str
      sample: 7d8c3f1a-2c7e-4d0f-8d53-1c7f7e2f9b10
    status:
      description:
        - V(Success) when it succeeded on every node, V(Failed) when it did not, and AWS's own word with O(wait=false).
      type: str
      sample: Success
    invocations:
      description: The result on each node.
      type: list
      elements: dict
      contains:
        instance_id:
          description: The node.
          type: str
          sample: i-0123456789abcdef0
        command_id:
          description: The command's id again.
          type: str
          sample: 7d8c3f1a-2c7e-4d0f-8d53-1c7f7e2f9b10
        status:
          description: The result there.
          type: str
          sample: Success
        status_details:
          description: The same in more detail, as V(DeliveryTimedOut).
          type: str
          sample: Success
        steps:
          description: The document's steps in the order in which AWS lists them.
          type: list
          elements: dict
          contains:
            name:
              description: Name of the step.
              type: str
              sample: aws:runShellScript
            status:
              description: Success, Failed, TimedOut or Cancelled.
              type: str
              sample: Success
            status_details:
              description: The same in more detail.
              type: str
              sample: Success
            skipped:
              description: Whether the agent passed over it; AWS calls that Success.
              type: bool
              sample: false
            response_code:
              description: The exit code.
              type: int
              sample: 0
            output:
              description: What it printed, at most 2,500 characters; at most 32,000 for a step that failed.
              type: str
              sample: "0d6f7b0e-3c6a-4f6e-9b1f-6a4c8d0f8a55"
            started_at:
              description: When it started.
              type: str
              sample: "2026-08-01T09:30:02.000Z"
            ended_at:
              description: When it ended.
              type: str
              sample: "2026-08-01T09:30:03.000Z"
"""

from typing import Any

from ansible_collections.steadyfleet.aws_patching.plugins.module_utils._command import follow_request, send
from ansible_collections.steadyfleet.aws_patching.plugins.module_utils._core.command import command_request
from ansible_collections.steadyfleet.aws_patching.plugins.module_utils._core.errors import PatchingError, WaitFailed
from ansible_collections.steadyfleet.aws_patching.plugins.module_utils._core.execution import (
    CommandState,
    Invocation,
    one_line,
    problems,
)
from ansible_collections.steadyfleet.aws_patching.plugins.module_utils._module import (
    WAIT_SPEC,
    AnsibleAWSModule,
    Result,
    connect,
    deadline,
    pace,
    run,
)

TARGET = {
    "key": {"type": "str", "required": True, "no_log": False},
    "values": {"type": "list", "elements": "str", "required": True},
}
SPEC: dict[str, Any] = {
    "document_name": {"type": "str", "required": True},
    "document_version": {"type": "str"},
    "instance_ids": {"type": "list", "elements": "str"},
    "targets": {"type": "list", "elements": "dict", "options": TARGET},
    "parameters": {"type": "dict"},
    "comment": {"type": "str"},
    "timeout_seconds": {"type": "int"},
    "max_concurrency": {"type": "str"},
    "max_errors": {"type": "str"},
    "output_s3_bucket": {"type": "str"},
    "output_s3_key_prefix": {"type": "str", "no_log": False},
    "cloudwatch_log_group": {"type": "str"},
    **WAIT_SPEC,
}


def body(module: AnsibleAWSModule) -> Result:
    request, until, step = command_request(module.params), deadline(module), pace(module)
    if module.check_mode:
        return {"changed": True}
    command = send(connect(module, "ssm", send_once=True), request, until, step)
    if not module.params["wait"]:
        return told(command, command.status)
    try:
        invocations = follow_request(connect(module, "ssm"), command.command_id, request, until, step)
    except PatchingError as error:
        error.details |= told(command, "unknown")
        raise
    if found := problems(invocations):
        raise WaitFailed(one_line(found), **told(command, "Failed", invocations))
    return told(command, "Success", invocations)


def told(command: CommandState, status: str, invocations: tuple[Invocation, ...] = ()) -> Result:
    results = [invocation.as_dict() for invocation in invocations]
    return {"changed": True, "command": {"command_id": command.command_id, "status": status, "invocations": results}}


def main() -> None:
    run(
        body,
        SPEC,
        required_one_of=[("instance_ids", "targets")],
        mutually_exclusive=[("instance_ids", "targets")],
    )


if __name__ == "__main__":
    main()
