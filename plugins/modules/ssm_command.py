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
    no result for one; the status of the command as a whole can hide each of these.
  - AWS has no way to tell a repeated request from a second one, so this module repeats only what AWS turned away for
    its rate. With O(token), whoever runs it again gets the command that was sent the first time, whether it is still
    running or over.
author:
  - steadyfleet contributors (@steadyfleet)
notes:
  - Without O(token) it runs the command every time, so it always reports a change.
  - AWS shows a new command a moment after it has taken it. Two runs with the same O(token) within that moment may both
    send; one that finds two commands of its token refuses to go on.
  - Needs the permissions C(ssm:SendCommand), C(ssm:ListCommandInvocations) and C(ssm:ListCommands);
    C(ssm:GetCommandInvocation) for long outputs; C(s3:GetObject) for those in O(output_s3_bucket);
    C(ssm:CancelCommand) for O(cancel_on_timeout); C(ssm:DescribeInstancePatchStates) for O(include_patch_states).
seealso:
  - module: steadyfleet.aws_patching.ssm_association
  - module: steadyfleet.aws_patching.ssm_document
attributes:
  check_mode:
    support: full
    description: Sends nothing. A command that has the O(token) and is over is reported as a real run would.
  diff_mode:
    support: N/A
    description: What a command changes on a node can't be told.
  idempotent:
    support: partial
    description: With O(token), the command is sent once.
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
  document_hash:
    version_added: 0.2.0
    description:
      - The hash AWS made of the document's version. AWS refuses to run a document that has another one.
    type: str
  document_hash_type:
    version_added: 0.2.0
    description:
      - What O(document_hash) is. AWS has deprecated V(Sha1).
    type: str
    choices: [Sha256, Sha1]
  instance_ids:
    description:
      - The nodes to run it on, at most 50.
      - More are refused, because they would take several commands, and neither O(max_concurrency) nor O(max_errors) nor
        O(token) would hold for all of them. Use O(targets).
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
  expected_target_count:
    version_added: 0.2.0
    description:
      - How many nodes the command has to reach. When it reached more or fewer, the module fails once the command is
        over.
    type: int
  parameters:
    description:
      - The document's parameters, each a text or a list of texts.
    type: dict
  comment:
    description:
      - A comment to find the command by, at most 100 characters together with C(token=) and the O(token).
    type: str
  token:
    version_added: 0.2.0
    description:
      - A text that names this one command, up to 64 letters, digits or any of C(_.:/=+@-). It becomes the last word of
        the command's comment.
      - A command that was sent with this token is not sent again. It is followed to its end and its results are
        returned as if it had been sent now, with RV(attached=true). So whoever was cut off runs the same task again.
      - It is refused when that command is of another document or was sent to other nodes. Parameters are not compared.
    type: str
  token_max_age:
    version_added: 0.2.0
    description:
      - For how many seconds back a command with the O(token) is looked for, 60 to 2592000. AWS keeps them for 30 days.
    type: int
    default: 86400
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
      - What AWS's own answer had to cut is read from there, up to 10 MiB of each step's standard output and standard
        error.
    type: str
  output_s3_key_prefix:
    description:
      - What the keys in the bucket start with.
    type: str
  cloudwatch_log_group:
    description:
      - A CloudWatch log group for the whole output; the node's own role writes it.
    type: str
  cloudwatch_output_enabled:
    version_added: 0.2.0
    description:
      - Whether the output goes to CloudWatch Logs. When not set, it does if O(cloudwatch_log_group) is set. Without
        O(cloudwatch_log_group), AWS takes C(/aws/ssm/) and the document's name.
    type: bool
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
        description: What to notify of.
        type: list
        elements: str
        choices: [All, InProgress, Success, TimedOut, Cancelled, Failed]
      notification_type:
        description: Whether to notify of the command as a whole, or of each node.
        type: str
        choices: [Command, Invocation]
  alarm_configuration:
    version_added: 0.2.0
  include_patch_states:
    version_added: 0.2.0
    description:
      - Whether to read what the nodes have reported of their patches once the command has succeeded, which saves a
        M(steadyfleet.aws_patching.ssm_patch_state_info).
    type: bool
    default: false
  cancel_on_timeout:
    version_added: 0.2.0
    description:
      - Whether to cancel the command when O(wait_timeout) passes before it has ended. AWS does not promise that what
        already runs is stopped. The module fails in any case.
    type: bool
    default: false
extends_documentation_fragment:
  - steadyfleet.aws_patching._alarm
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
    expected_target_count: 4
    parameters:
      Operation: Scan
    max_concurrency: "10"
    max_errors: 100%

- name: Migrate the database once, however often this playbook has to be started
  steadyfleet.aws_patching.ssm_command:
    document_name: AWS-RunShellScript
    instance_ids: [i-0123456789abcdef0]
    parameters:
      commands:
        - set -e
        - echo migrated
    token: shop-2.7/migrate
    comment: release 2.7

- name: Read all of a long log
  steadyfleet.aws_patching.ssm_command:
    document_name: AWS-RunShellScript
    instance_ids: [i-0123456789abcdef0]
    parameters:
      commands: seq 1 20000
    output_s3_bucket: shop-command-output
    output_s3_key_prefix: logs
    timeout_seconds: 60
    wait_timeout: 120
    cancel_on_timeout: true
  register: log

- name: Show how it ends
  ansible.builtin.debug:
    msg: "{{ log.command.invocations[0].steps[0].stdout.splitlines() | last }}"
"""

RETURN = r"""
attached:
  description: Whether this is a command that an earlier run had sent with the same O(token).
  returned: when it was sent or found, and in check mode
  type: bool
  sample: false
command:
  description:
    - The command, also when the module fails because of its result.
  returned: when it was sent or found
  type: dict
  contains:
    command_id:
      description: Its id.
      type: str
      sample: 7d8c3f1a-2c7e-4d0f-8d53-1c7f7e2f9b10
    document_name:
      description: The document it runs.
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
      description: When AWS gives up on every node that has not ended by then.
      type: str
      sample: "2026-08-01T11:30:00.000Z"
    status:
      description:
        - V(Success) when it succeeded on every node, V(Failed) when it did not, V(unknown) when it could not be
          followed to its end, and AWS's own word with O(wait=false).
      type: str
      sample: Success
    cancel_requested:
      description: Whether AWS was asked to cancel it, because of O(cancel_on_timeout).
      type: bool
      sample: false
    invocations:
      description: The result on each node, as far as AWS has shown it.
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
            stdout:
              description: All that it printed, as far as it can be read.
              type: str
              sample: "0d6f7b0e-3c6a-4f6e-9b1f-6a4c8d0f8a55"
            stderr:
              description: All that it printed to standard error, as far as it can be read.
              type: str
              sample: ""
            truncated:
              description: Whether it said more than stands here.
              type: bool
              sample: false
            truncated_reason:
              description: Why not all of it could be read; V(null) when it was.
              type: str
              sample: "s3://logs/c/i/awsrunShellScript/0.awsrunShellScript/stdout could not be read: AccessDenied"
            output:
              description: Both in one, standard error behind a line of dashes, at most 32,000 characters.
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
patch_states:
  description:
    - What the nodes last reported of their patches, by their ids, each as RV(ignore:instances[].patch_state) of
      M(steadyfleet.aws_patching.ssm_patch_state_info). One that never did is left out.
  returned: O(include_patch_states=true) and success
  type: dict
  sample: {"i-0123456789abcdef0": {"operation": "Install", "missing_count": 0}}
execution:
  description:
    - The same in the form of C(execution) of M(steadyfleet.aws_patching.ssm_association), so that
      M(steadyfleet.aws_patching.patch_verdict) can judge either.
  returned: when it was sent or found
  type: dict
"""

from ansible_collections.steadyfleet.aws_patching.plugins.module_utils._command.apply import Run
from ansible_collections.steadyfleet.aws_patching.plugins.module_utils._command.model import CommandState
from ansible_collections.steadyfleet.aws_patching.plugins.module_utils._command.options import COMMAND_SPEC
from ansible_collections.steadyfleet.aws_patching.plugins.module_utils._command.output import Outputs, with_outputs
from ansible_collections.steadyfleet.aws_patching.plugins.module_utils._command.read import Source
from ansible_collections.steadyfleet.aws_patching.plugins.module_utils._command.report import result
from ansible_collections.steadyfleet.aws_patching.plugins.module_utils._command.transformations import command_request
from ansible_collections.steadyfleet.aws_patching.plugins.module_utils._common.errors import (
    PatchingError,
    WaitFailed,
    WaitTimeout,
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


def body(module: AnsibleAWSModule) -> Result:
    params = module.params
    ours = Run(
        request=command_request(params),
        token=params["token"],
        token_max_age=params["token_max_age"],
        client=connect(module, "ssm"),
        once=lambda: connect(module, "ssm", send_once=True),
        deadline=deadline(module),
        interval=poll_interval(module),
    )
    if not ours.attach():
        if module.check_mode:
            return {"changed": True, "attached": False}
        ours.send()
    command = ours.known()
    # A check reads what is there, and waits for nothing.
    if not params["wait"] or (module.check_mode and not command.ended):
        return told(ours, command.status)
    try:
        ours.follow()
    except WaitTimeout as timeout:
        raise gave_up(module, ours, timeout) from timeout
    except PatchingError as error:
        error.details |= told(ours, "unknown")
        raise
    return judged(module, ours, command)


def gave_up(module: AnsibleAWSModule, ours: Run, timeout: WaitTimeout) -> WaitTimeout:
    said = str(timeout)
    if module.params["cancel_on_timeout"] and not module.check_mode:
        said = f"{said}; command {ours.known().command_id}: {ours.cancel()}"
    return WaitTimeout(said, **told(ours, "unknown"))


def judged(module: AnsibleAWSModule, ours: Run, command: CommandState) -> Result:
    bucket = module.params["output_s3_bucket"] or command.output_s3_bucket_name
    outputs = Source(ssm=ours.client, s3=lambda: connect(module, "s3"), bucket=bucket).read(ours.invocations)
    seen = with_outputs(ours.invocations, outputs)
    if found := ours.judge(seen, module.params["expected_target_count"]):
        raise WaitFailed(one_line(found), **told(ours, "Failed", outputs))
    success = told(ours, "Success", outputs)
    if module.params["include_patch_states"]:
        success["patch_states"] = patch_state_results(ours.client, [found.instance_id for found in seen])
    return success


def told(ours: Run, status: str, outputs: Outputs | None = None) -> Result:
    found = result(ours.known(), status, ours.invocations, outputs or {})
    found["command"]["cancel_requested"] = ours.cancel_requested
    return {"changed": not ours.attached, "attached": ours.attached, **found}


def main() -> None:
    run(
        body,
        {**COMMAND_SPEC, **wait_spec(3600)},
        required_one_of=[("instance_ids", "targets")],
        mutually_exclusive=[("instance_ids", "targets")],
    )


if __name__ == "__main__":
    main()
