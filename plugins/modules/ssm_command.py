#!/usr/bin/python

# Copyright: steadyfleet contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: ssm_command
short_description: Run a command document on managed nodes and wait for each of them
version_added: 0.1.0
description:
  - Sends a command with AWS Systems Manager Run Command, waits until it has ended on every node, and returns the steps
    of each node with their output.
  - The module fails when the command did not succeed on every node, when AWS could not reach a node, and when AWS has
    no result for a node. The status of the command as a whole can hide each of these.
  - AWS cannot tell a repeated request from a second command. The module therefore repeats only a request that AWS
    throttled. With O(client_token), a second run of the task gets the command that the first run sent, whether the
    command is still running or has ended.
author:
  - steadyfleet contributors (@steadyfleet)
notes:
  - Without O(client_token) the module sends the command in each run, so it always reports a change.
  - AWS shows a new command a moment after it has accepted it. Two runs with the same O(client_token) within that moment
    can both send the command. A run that finds two commands with its token fails.
  - The module needs the permissions C(ssm:SendCommand), C(ssm:ListCommandInvocations) and C(ssm:ListCommands). It needs
    C(ssm:GetCommandInvocation) for long outputs, C(s3:GetObject) for those in O(output_s3_bucket_name),
    C(ssm:CancelCommand) for O(cancel_on_timeout), and C(ssm:DescribeInstancePatchStates) for O(include_patch_states).
  - Before it sends a command, and in check mode too, the module checks the document, its parameters and the nodes that
    are named, with C(ssm:DescribeDocument), C(ssm:GetDocument) and C(ssm:DescribeInstanceInformation). Without one of
    these permissions, AWS alone checks that part.
seealso:
  - module: steadyfleet.aws_patching.ssm_command_info
  - module: steadyfleet.aws_patching.ssm_association
  - module: steadyfleet.aws_patching.ssm_document
attributes:
  check_mode:
    support: full
    description: Sends nothing. Reports a command that has the O(client_token) and has ended as a real run does.
  diff_mode:
    support: N/A
    description: The module cannot predict what a command changes on a node.
  idempotent:
    support: partial
    description: With O(client_token), the command is sent once.
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
      - A number, V($DEFAULT) or V($LATEST). The default of AWS is V($DEFAULT).
    type: str
  document_hash:
    version_added: 0.2.0
    description:
      - The hash of the document's version. AWS refuses to run a document with another hash.
    type: str
  document_hash_type:
    version_added: 0.2.0
    description:
      - The type of O(document_hash). AWS has deprecated V(Sha1).
    type: str
    choices: [Sha256, Sha1]
  instance_ids:
    description:
      - The nodes to run the document on, at most 50.
      - The module refuses more, because they would need several commands. O(max_concurrency), O(max_errors) and
        O(client_token) would then not hold for all nodes together. Use O(targets) instead.
    type: list
    elements: str
  targets:
    description:
      - Conditions that select the nodes. All of them must match. AWS takes at most five.
    type: list
    elements: dict
    suboptions:
      key:
        description:
          - For example V(InstanceIds), V(tag:NAME) or V(resource-groups:Name).
        type: str
        required: true
      values:
        description:
          - The values. One of them must match.
        type: list
        elements: str
        required: true
  expected_target_count:
    version_added: 0.2.0
    description:
      - The number of nodes that the command must reach. The module fails when the command has ended and reached another
        number.
    type: int
  parameters:
    description:
      - The document's parameters. Each value is a text or a list of texts.
    type: dict
  comment:
    description:
      - A comment that helps to find the command. Together with C(token=) and the O(client_token) it has at most 100
        characters.
    type: str
  client_token:
    version_added: 0.2.0
    description:
      - A text that identifies this command. It has up to 64 letters, digits or characters of C(_.:/=+@-). The module
        puts it at the end of the command's comment.
      - When a command was already sent with this token, the module does not send it again. It follows that command to
        its end and returns its results with RV(attached=true). After an interruption, run the same task again.
      - The module refuses a token whose command has another document or was sent to other nodes. It does not compare
        the parameters.
    type: str
    aliases: [token]
  client_token_max_age:
    version_added: 0.2.0
    description:
      - The age in seconds up to which the module looks for a command with the O(client_token), from 60 to 2592000. AWS
        keeps commands for 30 days.
    type: int
    default: 86400
    aliases: [token_max_age]
  timeout_seconds:
    description:
      - How long AWS tries to deliver the command to a node, in seconds. It does not limit how long the command runs.
    type: int
  max_concurrency:
    description:
      - The number or percentage of nodes that run the command at the same time. The default of AWS is V(50).
    type: str
  max_errors:
    description:
      - The number or percentage of failed nodes after which AWS starts the command on no other node. The default of AWS
        is V(0).
    type: str
  output_s3_bucket_name:
    description:
      - An S3 bucket for the complete output. The node's own role writes to it.
      - The module reads from there what AWS has cut from its response, up to 10 MiB of each step's standard output and
        standard error.
    type: str
    aliases: [output_s3_bucket]
  output_s3_key_prefix:
    description:
      - The prefix of the keys in the bucket.
    type: str
  cloud_watch_log_group_name:
    description:
      - A CloudWatch log group for the complete output. The node's own role writes to it.
    type: str
    aliases: [cloudwatch_log_group]
  cloud_watch_output_enabled:
    version_added: 0.2.0
    description:
      - Whether the output goes to CloudWatch Logs. When it is not set, it does if O(cloud_watch_log_group_name) is set.
        Without O(cloud_watch_log_group_name), AWS uses C(/aws/ssm/) and the document's name.
    type: bool
    aliases: [cloudwatch_output_enabled]
  service_role_arn:
    version_added: 0.2.0
    description:
      - The IAM role with which AWS publishes notifications.
    type: str
  notification_config:
    version_added: 0.2.0
    description:
      - Notifications about the command by Amazon SNS.
    type: dict
    suboptions:
      notification_arn:
        description: ARN of the SNS topic.
        type: str
        required: true
      notification_events:
        description: The events to send notifications for.
        type: list
        elements: str
        choices: [All, InProgress, Success, TimedOut, Cancelled, Failed]
      notification_type:
        description: Whether AWS sends a notification for the command as a whole or for each node.
        type: str
        choices: [Command, Invocation]
  alarm_configuration:
    version_added: 0.2.0
  validate_request:
    version_added: 0.3.0
    description:
      - Whether to check the document, its parameters and the nodes before anything is written, in check mode too. This
        takes up to three calls.
      - With V(false), only AWS decides. The roles of this collection use it, because the preflight of a rollout has
        checked them.
    type: bool
    default: true
  include_patch_states:
    version_added: 0.2.0
    description:
      - Whether to read the patch states of the nodes after the command has succeeded. This saves a run of
        M(steadyfleet.aws_patching.ssm_patch_state_info).
    type: bool
    default: false
  cancel_on_timeout:
    version_added: 0.2.0
    description:
      - Whether to cancel the command when O(wait_timeout) passes before it has ended. The module fails in any case.
      - A node may go on after that. A cancellation does not reach into documents that the document runs by
        C(aws:runDocument), as C(AWS-RunPatchBaselineWithHooks) runs its hooks and the install. When the node reboots,
        its agent forgets the cancellation and runs every later step.
      - So do not patch, restore or reboot a node before M(steadyfleet.aws_patching.ssm_command_info) shows that the
        command has ended there. M(steadyfleet.aws_patching.elb_rotation) waits for that before it restores an instance.
    type: bool
    default: false
  wait_timeout:
    description:
      - The time limit of the whole module run in seconds. It includes sending the command and waiting for its end.
      - The module fails when it reaches the limit.
    type: int
    default: 3600
extends_documentation_fragment:
  - steadyfleet.aws_patching._alarm
  - steadyfleet.aws_patching._wait
  - amazon.aws.common.modules
  - amazon.aws.region.modules
  - steadyfleet.aws_patching._requirements
"""

EXAMPLES = r"""
- name: Read the boot ids of two instances
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
    expected_target_count: 4
    parameters:
      Operation: Scan
    max_concurrency: "10"
    max_errors: 100%

- name: Migrate the database exactly once, even when the playbook is run again
  steadyfleet.aws_patching.ssm_command:
    document_name: AWS-RunShellScript
    instance_ids: [i-0123456789abcdef0]
    parameters:
      commands:
        - set -e
        - echo migrated
    client_token: shop-2.7/migrate
    comment: release 2.7

- name: Read a long log completely
  steadyfleet.aws_patching.ssm_command:
    document_name: AWS-RunShellScript
    instance_ids: [i-0123456789abcdef0]
    parameters:
      commands: seq 1 20000
    output_s3_bucket_name: shop-command-output
    output_s3_key_prefix: logs
    timeout_seconds: 60
    wait_timeout: 120
    cancel_on_timeout: true
  register: log

- name: Show its last line
  ansible.builtin.debug:
    msg: "{{ log.command.invocations[0].steps[0].stdout.splitlines() | last }}"
"""

RETURN = r"""
attached:
  description: Whether an earlier run had sent this command with the same O(client_token).
  returned: when the command was sent or found, and in check mode
  type: bool
  sample: false
code:
  description: The kind of the error. See the list of error codes in the collection's documentation.
  returned: failure
  type: str
  sample: command_failed
command:
  description:
    - The command. The module returns it also when it fails because of the command's result.
  returned: when the command was sent or found
  type: dict
  contains:
    command_id:
      description: The command's id.
      type: str
      sample: 7d8c3f1a-2c7e-4d0f-8d53-1c7f7e2f9b10
    document_name:
      description: The document that it runs.
      type: str
      sample: AWS-RunShellScript
    comment:
      description: Its comment, with the token.
      type: str
      sample: release 2.7 token=shop-2.7/migrate
    requested_at:
      description: When it was sent.
      type: str
      sample: "2026-08-01T09:30:00.000Z"
    expires_at:
      description: When AWS gives up on the nodes that have not ended.
      type: str
      sample: "2026-08-01T11:30:00.000Z"
    status:
      description:
        - V(Success) when the command succeeded on every node. V(Failed) when it did not. V(unknown) when the module
          could not follow it to its end. With O(wait=false), the status as AWS reports it.
      type: str
      sample: Success
    cancel_requested:
      description: Whether the module asked AWS to cancel the command, because of O(cancel_on_timeout).
      type: bool
      sample: false
    invocations:
      description: The result on each node that AWS has shown.
      type: list
      elements: dict
      contains:
        instance_id:
          description: The node.
          type: str
          sample: i-0123456789abcdef0
        command_id:
          description: The command's id.
          type: str
          sample: 7d8c3f1a-2c7e-4d0f-8d53-1c7f7e2f9b10
        status:
          description: The status on this node.
          type: str
          sample: Success
        status_details:
          description: The detailed status, for example V(DeliveryTimedOut).
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
              description: V(Success), V(Failed), V(TimedOut) or V(Cancelled).
              type: str
              sample: Success
            status_details:
              description: The detailed status.
              type: str
              sample: Success
            skipped:
              description: Whether the agent skipped the step. AWS reports such a step as V(Success).
              type: bool
              sample: false
            response_code:
              description: The exit code.
              type: int
              sample: 0
            stdout:
              description: The standard output, as far as the module can read it.
              type: str
              sample: "0d6f7b0e-3c6a-4f6e-9b1f-6a4c8d0f8a55"
            stderr:
              description: The standard error, as far as the module can read it.
              type: str
              sample: ""
            truncated:
              description: Whether the step printed more than the result contains.
              type: bool
              sample: false
            truncated_reason:
              description: Why the module could not read all of it; V(null) when it could.
              type: str
              sample: "s3://logs/c/i/awsrunShellScript/0.awsrunShellScript/stdout could not be read: AccessDenied"
            output:
              description: Both streams, standard error after a line of dashes, at most 32,000 characters.
              type: str
              sample: "0d6f7b0e-3c6a-4f6e-9b1f-6a4c8d0f8a55"
            started_at:
              description: When the step started.
              type: str
              sample: "2026-08-01T09:30:02.000Z"
            ended_at:
              description: When the step ended.
              type: str
              sample: "2026-08-01T09:30:03.000Z"
patch_states:
  description:
    - The last patch state of each node by the node's id, each as RV(ignore:instances[].patch_state) of
      M(steadyfleet.aws_patching.ssm_patch_state_info). A node that never reported one is not included.
  returned: O(include_patch_states=true) and success
  type: dict
  sample: {"i-0123456789abcdef0": {"operation": "Install", "missing_count": 0}}
execution:
  description:
    - The command in the form of RV(steadyfleet.aws_patching.ssm_association#module:execution), so that
      M(steadyfleet.aws_patching.patch_verdict) can judge both.
  returned: when the command was sent or found
  type: dict
"""

import functools
from collections.abc import Sequence
from contextlib import suppress
from typing import Any

from ansible_collections.steadyfleet.aws_patching.plugins.module_utils._aws.context import SendOnceContext
from ansible_collections.steadyfleet.aws_patching.plugins.module_utils._aws.validate import request_problems
from ansible_collections.steadyfleet.aws_patching.plugins.module_utils._command import api
from ansible_collections.steadyfleet.aws_patching.plugins.module_utils._command.apply import (
    cancel_command,
    send_command_with_token,
)
from ansible_collections.steadyfleet.aws_patching.plugins.module_utils._command.model import (
    Command,
    CommandRequest,
    Invocation,
)
from ansible_collections.steadyfleet.aws_patching.plugins.module_utils._command.output import Outputs, with_outputs
from ansible_collections.steadyfleet.aws_patching.plugins.module_utils._command.read import OutputSource, find_command
from ansible_collections.steadyfleet.aws_patching.plugins.module_utils._command.report import (
    command_failures,
    command_result,
)
from ansible_collections.steadyfleet.aws_patching.plugins.module_utils._command.rules import option_problems
from ansible_collections.steadyfleet.aws_patching.plugins.module_utils._command.transformations import (
    OPTION_NAMES,
    command_request,
    run_request,
    send_parameters,
)
from ansible_collections.steadyfleet.aws_patching.plugins.module_utils._command.waiters import await_command
from ansible_collections.steadyfleet.aws_patching.plugins.module_utils._common.errors import (
    PatchingError,
    WaitFailed,
    WaitTimeout,
    raise_if_any,
)
from ansible_collections.steadyfleet.aws_patching.plugins.module_utils._common.options import (
    ALARM_CONFIGURATION,
    NOTIFICATION_CONFIG,
    TARGETS,
)
from ansible_collections.steadyfleet.aws_patching.plugins.module_utils._common.text import one_line
from ansible_collections.steadyfleet.aws_patching.plugins.module_utils._module import (
    AnsibleAWSModule,
    Result,
    connect,
    deadline,
    poll_interval,
    run,
    wait_spec,
)
from ansible_collections.steadyfleet.aws_patching.plugins.module_utils._patching.read import patch_state_results
from ansible_collections.steadyfleet.aws_patching.plugins.module_utils._runnable.read import require_runnable

SPEC: dict[str, Any] = {
    "document_name": {"type": "str", "required": True},
    "document_version": {"type": "str"},
    "document_hash": {"type": "str"},
    "document_hash_type": {"type": "str", "choices": ["Sha256", "Sha1"]},
    "instance_ids": {"type": "list", "elements": "str"},
    "targets": TARGETS,
    "expected_target_count": {"type": "int"},
    "parameters": {"type": "dict"},
    "comment": {"type": "str"},
    "client_token": {"type": "str", "no_log": False, "aliases": ["token"]},
    "client_token_max_age": {"type": "int", "no_log": False, "default": 86_400, "aliases": ["token_max_age"]},
    "timeout_seconds": {"type": "int"},
    "max_concurrency": {"type": "str"},
    "max_errors": {"type": "str"},
    "output_s3_bucket_name": {"type": "str", "aliases": ["output_s3_bucket"]},
    "output_s3_key_prefix": {"type": "str", "no_log": False},
    "cloud_watch_log_group_name": {"type": "str", "aliases": ["cloudwatch_log_group"]},
    "cloud_watch_output_enabled": {"type": "bool", "aliases": ["cloudwatch_output_enabled"]},
    "service_role_arn": {"type": "str"},
    "notification_config": NOTIFICATION_CONFIG,
    "alarm_configuration": ALARM_CONFIGURATION,
    "validate_request": {"type": "bool", "default": True},
    "include_patch_states": {"type": "bool", "default": False},
    "cancel_on_timeout": {"type": "bool", "default": False},
    **wait_spec(3600),
}


def run_module(module: AnsibleAWSModule) -> Result:
    params = module.params
    request = command_request(params)
    context = SendOnceContext(
        client=connect(module, "ssm"),
        send_once_client=lambda: connect(module, "ssm", send_once=True),
        deadline=deadline(module),
        interval=poll_interval(module),
    )
    names = {**OPTION_NAMES, **({"Comment": "comment with client_token"} if params["client_token"] else {})}
    problems = request_problems(context.client, "SendCommand", send_parameters(request), names)
    raise_if_any(option_problems(params) + problems)
    token, max_age = params["client_token"], params["client_token_max_age"]
    command = find_command(context.client, request, token, max_age)
    attached = command is not None
    if command is None:
        if params["validate_request"]:
            require_runnable(context.client, run_request(request))
        if module.check_mode:
            return {"changed": True, "attached": False}
        command = send_command_with_token(context, request, token, max_age)
    # Check mode reads what is there and does not wait.
    if not params["wait"] or (module.check_mode and not command.ended):
        return result(command, attached, command.status, ())
    return followed(module, context, command, request, attached)


def followed(
    module: AnsibleAWSModule, context: SendOnceContext, command: Command, request: CommandRequest, attached: bool
) -> Result:
    try:
        invocations = await_command(context, command, request)
    except PatchingError as error:
        cancels = isinstance(error, WaitTimeout) and module.params["cancel_on_timeout"] and not module.check_mode
        cancelled, message = cancel_command(context, command.command_id) if cancels else (False, "")
        shown: tuple[Invocation, ...] = ()
        with suppress(PatchingError):
            shown = api.list_invocations(context.client, command.command_id)
        more = f"; command {command.command_id}: {message}" if cancels else ""
        details = {**error.details, **result(command, attached, "unknown", shown, cancelled=cancelled)}
        raise PatchingError(f"{error}{more}", code=error.code, **details) from error
    bucket = module.params["output_s3_bucket_name"] or command.output_s3_bucket_name
    source = OutputSource(ssm=context.client, s3=functools.cache(lambda: connect(module, "s3")), bucket=bucket)
    outputs = source.read(invocations)
    if failures := failures_of(context, command, request, with_outputs(invocations, outputs), module.params):
        details = result(command, attached, "Failed", invocations, outputs)
        raise WaitFailed(one_line(failures), code="command_failed", **details)
    success = result(command, attached, "Success", invocations, outputs)
    if module.params["include_patch_states"]:
        nodes = [found.instance_id for found in invocations]
        success["patch_states"] = patch_state_results(context.client, nodes)
    return success


def failures_of(
    context: SendOnceContext,
    command: Command,
    request: CommandRequest,
    invocations: Sequence[Invocation],
    params: dict[str, Any],
) -> tuple[str, ...]:
    """Why the command did not succeed. AWS reports an alarm that stopped it only with the command itself."""
    expected = params["expected_target_count"]
    failures = command_failures(command, request, invocations, expected)
    if failures and params["alarm_configuration"]:
        ended = api.get_command(context.client, command.command_id) or command
        failures = command_failures(ended, request, invocations, expected)
    return failures


def result(
    command: Command,
    attached: bool,
    status: str,
    invocations: Sequence[Invocation],
    outputs: Outputs | None = None,
    cancelled: bool = False,
) -> Result:
    found = command_result(command, status, invocations, outputs or {})
    found["command"]["cancel_requested"] = cancelled
    return {"changed": not attached, "attached": attached, **found}


def main() -> None:
    run(
        run_module,
        SPEC,
        required_one_of=[("instance_ids", "targets")],
        mutually_exclusive=[("instance_ids", "targets")],
    )


if __name__ == "__main__":
    main()
