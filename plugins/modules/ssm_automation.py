#!/usr/bin/python

# Copyright: steadyfleet contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: ssm_automation
short_description: Run a runbook of Systems Manager Automation and follow it to its end
version_added: 0.2.0
description:
  - Starts an execution of a runbook, on one thing or on many with rate control, waits for its end, and returns every
    step with its outputs, and every execution that was started for a target.
  - It fails when the execution does not succeed, and when it succeeds as a whole but not for every target. The message
    names the step and what AWS says about it, in one line.
  - Given O(execution_id) instead, it follows an execution that exists, says to it what it waits for, or stops it.
  - With O(client_token), one runbook is started once, however often the task is repeated.
author:
  - steadyfleet contributors (@steadyfleet)
attributes:
  check_mode:
    support: full
    description: Predicts what a real run would do, without one write call. It waits for an execution that exists as a
      real run does.
  diff_mode:
    support: full
    description: Shows what is started, said, or tagged.
  idempotent:
    support: partial
    description: Starts a new execution every time, unless O(client_token) or O(execution_id) is given.
  action_group:
    support: full
    membership:
      - steadyfleet.aws_patching.aws
    description: Use C(group/steadyfleet.aws_patching.aws) in C(module_defaults) to set defaults for this module and all
      of amazon.aws.
notes:
  - A failed step does not always fail its runbook. Look at RV(execution.failed_steps) where that matters. With
    O(targets), the steps of an execution that succeeded are not read.
options:
  document_name:
    description:
      - Name or ARN of the runbook to start.
    type: str
  document_version:
    description:
      - A number, V($DEFAULT) or V($LATEST). AWS takes V($DEFAULT) when it is not set.
    type: str
  parameters:
    description:
      - The runbook's parameters, each a text or a list of texts. It is checked beforehand that the runbook has
        them all, and that none that it needs is missing.
    type: dict
  mode:
    description:
      - With V(Interactive), every step waits for O(signal=StartStep), and the end for O(stop=Complete). AWS takes
        V(Auto) when it is not set.
    type: str
    choices: [Auto, Interactive]
  targets:
    description:
      - What to run it on, one execution for each; at most one condition.
    type: list
    elements: dict
    suboptions:
      key:
        description:
          - V(ParameterValues), V(tag:NAME), V(ResourceGroup) or V(AWS::EC2::Instance), whose only value is V(*).
        type: str
        required: true
      values:
        description:
          - The values, one of which must match.
        type: list
        elements: str
        required: true
  target_parameter_name:
    description:
      - The runbook's parameter that each target is put in. O(targets) needs it.
    type: str
  target_maps:
    description:
      - Parameters of the runbook for each execution, when they differ in more than one of them.
    type: list
    elements: dict
  max_concurrency:
    description:
      - On how many targets to run at once, a number or a percentage. AWS takes V(10) when it is not set.
    type: str
  max_errors:
    description:
      - After how many failed targets to stop starting others, a number or a percentage.
      - It does not change what this module calls a failure, which is one failed target.
    type: str
  target_locations_url:
    description:
      - A presigned S3 URL of a file with target locations.
    type: str
  client_token:
    description:
      - A text of your own for one execution, up to 64 letters, digits or any of C(_.:/=+@-). While AWS remembers an
        execution of this token, it is followed, and nothing is started.
      - The module fails when that execution is of another runbook or has another version, other O(parameters), another
        O(target_parameter_name) or another O(mode). What else was asked for is not compared.
      - AWS gets a UUID made of it (or the text itself, if it is one). The text is kept in the key of a tag, by which
        the execution is found again.
    type: str
  execution_id:
    description:
      - An execution that exists.
    type: str
  signal:
    description:
      - What to say to the execution. The module waits until the step is ready for it, and says nothing when it was said
        already.
      - V(Approve) and V(Reject) are for a step of C(aws:approve). Where it asks for several approvals, each must come
        from somebody else.
      - V(Resume) is for a step of C(aws:pause). V(StartStep) and V(StopStep) are for O(mode=Interactive).
      - V(Revoke) takes back granted access. It is said every time, until the execution has ended.
    type: str
    choices: [Approve, Reject, StartStep, StopStep, Resume, Revoke]
  step_name:
    description:
      - The step that O(signal) is for. V(Approve) and V(Reject) need it only when several steps ask for approval.
    type: str
  comment:
    description:
      - A comment to O(signal=Approve) or O(signal=Reject).
    type: str
  stop:
    description:
      - Stop the execution. V(Cancel) stops the running step too; V(Complete) ends one in O(mode=Interactive) between
        two steps.
    type: str
    choices: [Cancel, Complete]
  stop_on_timeout:
    description:
      - Whether to cancel an execution that has not ended after O(wait_timeout). It is not cancelled when the time went
        by before O(signal) could be said.
    type: bool
    default: false
  tags:
    description:
      - Tags of the execution, at most five, or four with O(client_token).
  wait:
    description:
      - Whether to wait until the execution has ended (with O(mode=Interactive), until it waits for the next signal),
        and before that, for the step that O(signal) is for.
extends_documentation_fragment:
  - steadyfleet.aws_patching._alarm
  - steadyfleet.aws_patching._tags
  - steadyfleet.aws_patching._target_locations.alarmed
  - steadyfleet.aws_patching._wait
  - amazon.aws.common.modules
  - amazon.aws.region.modules
  - amazon.aws.boto3
"""

EXAMPLES = r"""
- name: A runbook that asks before it restarts the application on an instance
  steadyfleet.aws_patching.ssm_document:
    name: shop-restart
    document_type: Automation
    content:
      schemaVersion: "0.3"
      parameters:
        InstanceId:
          type: String
        Ask:
          type: Boolean
          default: false
      mainSteps:
        - name: needsApproval
          action: aws:branch
          inputs:
            Choices:
              - NextStep: askOperator
                Variable: "{% raw %}{{ Ask }}{% endraw %}"
                BooleanEquals: true
            Default: restart
        - name: askOperator
          action: aws:approve
          inputs:
            Approvers: [operator]
        - name: restart
          action: aws:runCommand
          inputs:
            DocumentName: AWS-RunShellScript
            InstanceIds: ["{% raw %}{{ InstanceId }}{% endraw %}"]
            Parameters:
              commands: [systemctl is-system-running || true]
      outputs:
        - restart.Output

- name: Run it on every instance of an application, one after another
  steadyfleet.aws_patching.ssm_automation:
    document_name: shop-restart
    targets:
      - key: tag:App
        values: [shop]
    target_parameter_name: InstanceId
    max_concurrency: "1"
    max_errors: "0"
    wait_timeout: 1800

- name: Start it once for this release, however often the play is repeated, and do not wait
  steadyfleet.aws_patching.ssm_automation:
    document_name: shop-restart
    parameters:
      InstanceId: i-0123456789abcdef0
      Ask: "true"
    client_token: release-2026.08
    tags:
      Release: "2026.08"
    wait: false
  register: restart

- name: Approve it, as soon as it asks, and wait for its end
  steadyfleet.aws_patching.ssm_automation:
    execution_id: "{{ restart.execution.execution_id }}"
    signal: Approve
    comment: Checked by the team
    wait_timeout: 600
  register: restarted

- name: Show what it printed
  ansible.builtin.debug:
    msg: "{{ restarted.execution.outputs['restart.Output'] }}"

- name: Make sure that it does not run any more
  steadyfleet.aws_patching.ssm_automation:
    execution_id: "{{ restart.execution.execution_id }}"
    stop: Cancel
"""

RETURN = r"""
execution:
  description:
    - The execution, also when the module fails because of its result.
    - In check mode, when one would be started, what is asked for, with V(Pending) as its status.
  returned: when there is one, or would be
  type: dict
  contains:
    execution_id:
      description: Its id. Missing in check mode when it would be started.
      type: str
      sample: 97fff367-fc5a-4299-aed8-0123456789ab
    status:
      description: AWS's own word for its status.
      type: str
      sample: Success
    document_name:
      description: The runbook.
      type: str
      sample: shop-restart
    document_version:
      description: The runbook's version; empty right after the start with O(wait=false).
      type: str
      sample: "1"
    mode:
      description: Auto or Interactive.
      type: str
      sample: Auto
    started_at:
      description: When it started.
      type: str
      sample: "2026-08-01T09:30:00.000Z"
    ended_at:
      description: When it ended.
      type: str
      sample: "2026-08-01T09:31:12.000Z"
    failure_message:
      description: Why it failed, in AWS's words.
      type: str
      sample: null
    current_step_name:
      description: The step that runs or waits.
      type: str
      sample: null
    current_action:
      description: The action of this step.
      type: str
      sample: null
    parent_execution_id:
      description: The execution that started this one.
      type: str
      sample: null
    target:
      description: The target for which its parent has started it.
      type: str
      sample: null
    target_parameter_name:
      description: The parameter that targets are put in.
      type: str
      sample: InstanceId
    resolved_targets:
      description: The targets that were found.
      type: list
      elements: str
      sample: [i-0123456789abcdef0]
    parameters:
      description: Its parameters, each a list.
      type: dict
      sample: {"InstanceId": ["i-0123456789abcdef0"]}
    outputs:
      description: The outputs that the runbook names, each a list.
      type: dict
      sample: {"restart.Output": ["running"]}
    failed_steps:
      description: Names of the steps that failed, timed out or were cancelled; some of them may not have mattered.
      type: list
      elements: str
      sample: []
    steps:
      description: All steps in the order in which AWS lists them; with targets, one for each of them.
      type: list
      elements: dict
      contains:
        name:
          description: Name of the step; with targets, the target.
          type: str
          sample: restart
        action:
          description: What it does.
          type: str
          sample: aws:runCommand
        status:
          description: AWS's own word for its status.
          type: str
          sample: Success
        step_execution_id:
          description: The id of this run of the step.
          type: str
          sample: 86c7b811-3896-4b78-b897-0123456789ab
        started_at:
          description: When it started.
          type: str
          sample: "2026-08-01T09:30:01.000Z"
        ended_at:
          description: When it ended.
          type: str
          sample: "2026-08-01T09:31:12.000Z"
        response_code:
          description: The code it ended with, where its action has one.
          type: str
          sample: "0"
        response:
          description: What came with this code.
          type: str
          sample: null
        failure_message:
          description: Why it failed, in AWS's words.
          type: str
          sample: null
        outputs:
          description: Its outputs, each a list.
          type: dict
          sample: {"Output": ["running"], "Status": ["Success"]}
        is_critical:
          description: Whether its failure is the runbook's.
          type: bool
          sample: true
        on_failure:
          description: Where its failure leads to.
          type: str
          sample: Abort
        next_step:
          description: The step that its success leads to, if the runbook says so.
          type: str
          sample: null
    children:
      description:
        - The executions that were started for targets, as RV(execution). Only those that ended without success have
          their steps, and names in C(failed_steps).
      type: list
      elements: dict
      sample: []
    tags:
      description: Its tags.
      returned: when O(tags) is given and the execution exists
      type: dict
      sample: {"Release": "2026.08"}
"""

from typing import Any

from ansible_collections.steadyfleet.aws_patching.plugins.module_utils._automation import apply as _automation
from ansible_collections.steadyfleet.aws_patching.plugins.module_utils._automation import model as automation_execution
from ansible_collections.steadyfleet.aws_patching.plugins.module_utils._automation import request as automation
from ansible_collections.steadyfleet.aws_patching.plugins.module_utils._automation.options import AUTOMATION_SPEC
from ansible_collections.steadyfleet.aws_patching.plugins.module_utils._automation.signals import Signal, as_wished
from ansible_collections.steadyfleet.aws_patching.plugins.module_utils._aws.tags import write_tags
from ansible_collections.steadyfleet.aws_patching.plugins.module_utils._common.errors import PatchingError, WaitFailed
from ansible_collections.steadyfleet.aws_patching.plugins.module_utils._common.tags import tags_as_text
from ansible_collections.steadyfleet.aws_patching.plugins.module_utils._module import (
    AnsibleAWSModule,
    Result,
    connect,
    deadline,
    poll_interval,
    report,
    run,
    wait_spec,
)

Seen = automation_execution.AutomationExecution


def started(module: AnsibleAWSModule, tools: _automation.Tools) -> Result:
    request = automation.automation_request(module.params)
    seen = _automation.find(tools, request)
    if seen is not None:
        return existing(module, tools, seen, None)
    _automation.check(tools, request)
    told = report({}, request.as_dict())
    if module.check_mode:
        expected = automation_execution.beginning(request).as_dict()
        return {**told, "execution": {name: value for name, value in expected.items() if name != "execution_id"}}
    return outcome(tools, _automation.begin(tools, request), None, told)


def existing(module: AnsibleAWSModule, tools: _automation.Tools, seen: Seen, signal: Signal | None) -> Result:
    turn = _automation.await_turn(tools, seen, signal) if signal else None
    purge = module.params["purge_tags"]
    tags = _automation.tags_of(tools, seen.execution_id, tags_as_text(module.params["tags"]), purge)
    before: dict[str, Any] = {"execution_id": seen.execution_id}
    after = dict(before)
    if tags:
        before["tags"], after["tags"] = tags[0], tags[1].after
    if signal and turn and turn.act == "send":
        after["signal"] = signal.as_dict()
    told = report(before, after)
    if module.check_mode and told["changed"]:
        return {**told, "execution": {**_automation.whole(tools, seen).as_dict(), **tagged(after)}}
    if tags:
        write_tags(tools.client, "Automation", seen.execution_id, tags[1])
    if signal and turn and turn.act == "send":
        _automation.tell(tools, seen.execution_id, signal, turn)
        seen = seen if tools.waits else _automation.look(tools, seen.execution_id)
    return outcome(tools, seen, signal, told)


def outcome(tools: _automation.Tools, seen: Seen, signal: Signal | None, told: Result) -> Result:
    tags = tagged(told["diff"]["after"])
    if not tools.waits and not seen.ended:
        return {**told, "execution": {**_automation.whole(tools, seen).as_dict(), **tags}}
    try:
        seen = _automation.follow(tools, seen, signal)
    except PatchingError as error:
        error.details |= told
        raise
    told = {**told, "execution": {**seen.as_dict(), **tags}}
    if (line := automation_execution.failure(seen)) and seen.ended and not as_wished(seen, signal):
        raise WaitFailed(line, **told)
    return told


def tagged(after: dict[str, Any]) -> dict[str, Any]:
    return {"tags": after["tags"]} if "tags" in after else {}


def body(module: AnsibleAWSModule) -> Result:
    params = module.params
    tools = _automation.Tools(
        client=connect(module, "ssm"),
        deadline=deadline(module),
        interval=poll_interval(module),
        waits=params["wait"],
        stops=params["stop_on_timeout"] and not module.check_mode,
    )
    if not params["execution_id"]:
        return started(module, tools)
    automation.check_existing(params)
    kind = params["signal"] or params["stop"]
    signal = Signal(kind=kind, step_name=params["step_name"], comment=params["comment"]) if kind else None
    return existing(module, tools, _automation.look(tools, params["execution_id"]), signal)


def main() -> None:
    run(
        body,
        {**AUTOMATION_SPEC, **wait_spec(3600)},
        required_one_of=[("document_name", "execution_id")],
        mutually_exclusive=[("document_name", "execution_id"), ("signal", "stop")],
        required_by={name: ["execution_id"] for name in ("signal", "stop")},
    )


if __name__ == "__main__":
    main()
