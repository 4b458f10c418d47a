#!/usr/bin/python

# Copyright: steadyfleet contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: ssm_command_info
short_description: Read commands of AWS Systems Manager Run Command
version_added: 0.3.0
description:
  - Reads commands by their ids, or the commands of the last 30 days that match all of the other options.
  - When asked, it also reads the result on each node.
author:
  - steadyfleet contributors (@steadyfleet)
notes:
  - The module needs the permission C(ssm:ListCommands). For O(include_invocations), it needs
    C(ssm:ListCommandInvocations), C(ssm:GetCommandInvocation) for long outputs, and C(s3:GetObject) for those in a
    bucket.
seealso:
  - module: steadyfleet.aws_patching.ssm_command
options:
  command_ids:
    description:
      - The ids of the commands. A command that AWS does not know is not part of the result.
      - The module makes one call for each of them. All other conditions exclude this option.
    type: list
    elements: str
    aliases: [command_id]
  document_name:
    description:
      - Read only commands of this document. It must be the name as AWS lists it, and not an ARN.
    type: str
  instance_id:
    description:
      - Read only commands that were sent to this node.
    type: str
  client_token:
    description:
      - Read only commands that M(steadyfleet.aws_patching.ssm_command) sent with this token.
      - AWS cannot search for it, so the module reads all commands that match the other conditions. O(invoked_after)
        saves calls.
    type: str
  status:
    description:
      - Read only commands with this status. V(Pending) and O(instance_id) exclude each other.
    type: str
    choices:
      - Pending
      - InProgress
      - Success
      - Cancelled
      - Failed
      - TimedOut
      - AccessDenied
      - DeliveryTimedOut
      - ExecutionTimedOut
      - Incomplete
      - NoInstancesInTag
      - LimitExceeded
  invoked_after:
    description:
      - Read only commands that were sent after this time, for example V(2026-08-01T09:30:00Z). A time without an offset
        is in UTC.
    type: str
  max_commands:
    description:
      - The number of commands to return at most. It does not limit O(command_ids).
    type: int
    default: 50
  include_invocations:
    description:
      - Whether to read the result on each node with the steps and their output. This takes at least one more call for
        each command, and one for each step that printed more than 2,500 characters.
    type: bool
    default: false
extends_documentation_fragment:
  - steadyfleet.aws_patching._attributes.info
  - amazon.aws.common.modules
  - amazon.aws.region.modules
  - steadyfleet.aws_patching._requirements
"""

EXAMPLES = r"""
- name: Read the results of one command
  steadyfleet.aws_patching.ssm_command_info:
    command_ids: [7d8c3f1a-2c7e-4d0f-8d53-1c7f7e2f9b10]
    include_invocations: true

- name: Find the command of a release by its token
  steadyfleet.aws_patching.ssm_command_info:
    client_token: shop-2.7/migrate
    invoked_after: "2026-08-01T00:00:00Z"

- name: Find the scans that still run
  steadyfleet.aws_patching.ssm_command_info:
    document_name: AWS-RunPatchBaseline
    status: InProgress
  register: scans

- name: Show them
  ansible.builtin.debug:
    msg: "{{ scans.commands | map(attribute='command_id') }}"
"""

RETURN = r"""
commands:
  description:
    - The commands in the order of O(command_ids), or in the order in which AWS lists them. AWS lists the newest first,
      but does not promise it.
  returned: success
  type: list
  elements: dict
  contains:
    command_id:
      description: As RV(steadyfleet.aws_patching.ssm_command#module:command.command_id).
      type: str
      sample: 7d8c3f1a-2c7e-4d0f-8d53-1c7f7e2f9b10
    document_name:
      description: As RV(steadyfleet.aws_patching.ssm_command#module:command.document_name).
      type: str
      sample: AWS-RunShellScript
    comment:
      description: As RV(steadyfleet.aws_patching.ssm_command#module:command.comment).
      type: str
      sample: release 2.7 token=shop-2.7/migrate
    requested_at:
      description: As RV(steadyfleet.aws_patching.ssm_command#module:command.requested_at).
      type: str
      sample: "2026-08-01T09:30:00.000Z"
    expires_at:
      description: As RV(steadyfleet.aws_patching.ssm_command#module:command.expires_at).
      type: str
      sample: "2026-08-01T11:30:00.000Z"
    status:
      description: The command's status as AWS reports it. A command with the status V(Success) can have failed nodes.
      type: str
      sample: Success
    invocations:
      description: As RV(steadyfleet.aws_patching.ssm_command#module:command.invocations).
      returned: O(include_invocations=true)
      type: list
      elements: dict
"""

import functools
from typing import Any

from ansible_collections.steadyfleet.aws_patching.plugins.module_utils._aws.validate import request_problems
from ansible_collections.steadyfleet.aws_patching.plugins.module_utils._command.read import read_commands
from ansible_collections.steadyfleet.aws_patching.plugins.module_utils._command.rules import query_problems
from ansible_collections.steadyfleet.aws_patching.plugins.module_utils._common.errors import raise_if_any
from ansible_collections.steadyfleet.aws_patching.plugins.module_utils._module import (
    AnsibleAWSModule,
    Result,
    connect,
    run,
)

SPEC: dict[str, Any] = {
    "command_ids": {"type": "list", "elements": "str", "aliases": ["command_id"]},
    "document_name": {"type": "str"},
    "instance_id": {"type": "str"},
    "client_token": {"type": "str", "no_log": False},
    "status": {
        "type": "str",
        # https://docs.aws.amazon.com/systems-manager/latest/APIReference/API_CommandFilter.html
        "choices": [
            "Pending",
            "InProgress",
            "Success",
            "Cancelled",
            "Failed",
            "TimedOut",
            "AccessDenied",
            "DeliveryTimedOut",
            "ExecutionTimedOut",
            "Incomplete",
            "NoInstancesInTag",
            "LimitExceeded",
        ],
    },
    "invoked_after": {"type": "str"},
    "max_commands": {"type": "int", "default": 50},
    "include_invocations": {"type": "bool", "default": False},
}
CONDITIONS = ("document_name", "instance_id", "client_token", "status", "invoked_after")


def run_module(module: AnsibleAWSModule) -> Result:
    params, client = module.params, connect(module, "ssm")
    problems = query_problems(params) + request_problems(client, "ListCommands", {"InstanceId": params["instance_id"]})
    for command_id in params["command_ids"] or ():
        request = {"CommandId": command_id}
        problems += request_problems(client, "ListCommands", request, {"CommandId": "command_ids"})
    if params["document_name"] is not None:
        problems += request_problems(client, "SendCommand", {"DocumentName": params["document_name"]})
    raise_if_any(problems)
    s3 = functools.cache(lambda: connect(module, "s3"))
    return {"changed": False, "commands": read_commands(client, s3, params)}


def main() -> None:
    run(run_module, SPEC, mutually_exclusive=[("command_ids", name) for name in CONDITIONS])


if __name__ == "__main__":
    main()
