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
  - Starts an execution of a runbook, for one resource or for many with rate control. It waits until the execution has
    ended, and returns every step with its outputs and every execution that AWS has started for a target.
  - The module fails when the execution does not succeed, and when it succeeds as a whole but not for every target. The
    message names the step and AWS's reason in one line.
  - With O(execution_id) it follows an execution that exists, sends it a signal, or stops it.
  - With O(client_token) it starts a runbook once, even when the task is repeated.
author:
  - steadyfleet contributors (@steadyfleet)
attributes:
  check_mode:
    support: full
    description: Predicts what a real run would do, without one write call. For an execution that exists
      it waits as a real run does.
  diff_mode:
    support: full
    description: Shows what is started, sent or tagged.
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
  - A failed step does not always fail its runbook. RV(execution.failed_steps) lists the failed steps. With O(targets),
    the module does not read the steps of the executions that succeeded.
seealso:
  - module: steadyfleet.aws_patching.ssm_automation_info
options:
  document_name:
    description:
      - Name or ARN of the runbook to start.
    type: str
  document_version:
    description:
      - A number, V($DEFAULT) or V($LATEST). The default of AWS is V($DEFAULT).
    type: str
  parameters:
    description:
      - The runbook's parameters. Each value is a text or a list of texts. The module checks first that the runbook has
        all of them, and that no required one is missing.
    type: dict
  mode:
    description:
      - With V(Interactive), every step waits for O(signal=StartStep), and the end waits for O(stop=Complete). The
        default of AWS is V(Auto).
    type: str
    choices: [Auto, Interactive]
  targets:
    description:
      - A condition that selects the targets. AWS starts one execution for each target. At most one condition is
        possible.
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
          - The values. One of them must match.
        type: list
        elements: str
        required: true
  target_parameter_name:
    description:
      - The runbook's parameter that gets the target. O(targets) requires it.
    type: str
  target_maps:
    description:
      - The parameters of each execution, for executions that differ in more than one parameter.
    type: list
    elements: dict
  max_concurrency:
    description:
      - The number or percentage of targets to run for at the same time. The default of AWS is V(10).
    type: str
  max_errors:
    description:
      - The number or percentage of failed targets after which AWS starts no other.
      - The module fails when one target fails, whatever this option says.
    type: str
  target_locations_url:
    description:
      - A presigned S3 URL of a file with target locations.
    type: str
  client_token:
    description:
      - A text that identifies one execution. It has up to 64 letters, digits or characters of C(_.:/=+@-). While AWS
        knows an execution with this token, the module follows it and starts nothing.
      - The module fails when that execution has another runbook, version, O(parameters), O(target_parameter_name) or
        O(mode). It does not compare the other options.
      - AWS gets a UUID that the module derives from the text, or the text itself when it is a UUID. The module keeps
        the text in the key of a tag, by which it finds the execution again.
    type: str
  execution_id:
    description:
      - The id of an execution that exists.
    type: str
  signal:
    description:
      - The signal to send to the execution. The module waits until the step is ready for it. It sends nothing when the
        signal has had its effect already.
      - V(Approve) and V(Reject) are for a step with the action C(aws:approve). When the step requires several
        approvals, different users must send them.
      - V(Resume) is for a step with the action C(aws:pause). V(StartStep) and V(StopStep) are for O(mode=Interactive).
      - V(Revoke) revokes granted access. The module sends it in each run until the execution has ended.
    type: str
    choices: [Approve, Reject, StartStep, StopStep, Resume, Revoke]
  step_name:
    description:
      - The step that O(signal) is for. V(Approve) and V(Reject) require it only when several steps ask for approval.
    type: str
  comment:
    description:
      - A comment for O(signal=Approve) or O(signal=Reject).
    type: str
  stop:
    description:
      - Stops the execution. V(Cancel) also stops the running step. V(Complete) ends an execution in
        O(mode=Interactive) between two steps.
    type: str
    choices: [Cancel, Complete]
  cancel_on_timeout:
    description:
      - Whether to cancel an execution that has not ended after O(wait_timeout). The module does not cancel it when the
        time passed before it could send O(signal).
    type: bool
    default: false
    aliases: [stop_on_timeout]
  tags:
    description:
      - The tags of the execution, at most five, or four with O(client_token).
      - Without this option, the module does not change the tags.
    type: dict
    aliases: [resource_tags]
  wait:
    description:
      - Whether to wait until the execution has ended, or with O(mode=Interactive) until it waits for the next signal.
        It also says whether to wait for the step that O(signal) is for.
    type: bool
    default: true
  wait_timeout:
    description:
      - The time limit of the whole module run in seconds.
      - The module fails when it reaches the limit.
    type: int
    default: 3600
extends_documentation_fragment:
  - steadyfleet.aws_patching._alarm
  - steadyfleet.aws_patching._target_locations.alarmed
  - steadyfleet.aws_patching._wait
  - amazon.aws.tags
  - amazon.aws.common.modules
  - amazon.aws.region.modules
  - steadyfleet.aws_patching._requirements
"""

EXAMPLES = r"""
- name: Create a runbook that asks before it restarts the application on an instance
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

- name: Start it once for this release and do not wait
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

- name: Approve it as soon as it asks, and wait until it has ended
  steadyfleet.aws_patching.ssm_automation:
    execution_id: "{{ restart.execution.execution_id }}"
    signal: Approve
    comment: Checked by the team
    wait_timeout: 600
  register: restarted

- name: Show what it printed
  ansible.builtin.debug:
    msg: "{{ restarted.execution.outputs['restart.Output'] }}"

- name: Stop it if it still runs
  steadyfleet.aws_patching.ssm_automation:
    execution_id: "{{ restart.execution.execution_id }}"
    stop: Cancel
"""

RETURN = r"""
code:
  description: The kind of the error. See the list of error codes in the collection's documentation.
  returned: failure
  type: str
  sample: automation_failed
execution:
  description:
    - The execution. The module returns it also when it fails because of its result.
    - In check mode, an execution that would be started has the status V(Pending) and the values of the options.
  returned: when the execution exists or would exist
  type: dict
  contains:
    execution_id:
      description: Its id. It is missing in check mode when the execution would be started.
      type: str
      sample: 97fff367-fc5a-4299-aed8-0123456789ab
    status:
      description: The status as AWS reports it.
      type: str
      sample: Success
    document_name:
      description: The runbook.
      type: str
      sample: shop-restart
    document_version:
      description: The runbook's version. It is empty right after the start with O(wait=false).
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
      description: AWS's reason of the failure.
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
      description: The target for which its parent started it.
      type: str
      sample: null
    target_parameter_name:
      description: The parameter that gets the target.
      type: str
      sample: InstanceId
    resolved_targets:
      description: The targets that AWS found.
      type: list
      elements: str
      sample: [i-0123456789abcdef0]
    parameters:
      description: Its parameters, each a list.
      type: dict
      sample: {"InstanceId": ["i-0123456789abcdef0"]}
    outputs:
      description: The outputs that the runbook declares, each a list.
      type: dict
      sample: {"restart.Output": ["running"]}
    failed_steps:
      description: Names of the steps that failed, timed out or were cancelled. Not all of them need to fail the
        execution.
      type: list
      elements: str
      sample: []
    steps:
      description: All steps in the order in which AWS lists them. With targets, there is one step for each target.
      type: list
      elements: dict
      contains:
        name:
          description: Name of the step. With targets, it is the target.
          type: str
          sample: restart
        action:
          description: The action of the step.
          type: str
          sample: aws:runCommand
        status:
          description: The status as AWS reports it.
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
          description: The code that the step ended with, if its action has one.
          type: str
          sample: "0"
        response:
          description: The response that came with this code.
          type: str
          sample: null
        failure_message:
          description: AWS's reason of the failure.
          type: str
          sample: null
        outputs:
          description: Its outputs, each a list.
          type: dict
          sample: {"Output": ["running"], "Status": ["Success"]}
        is_critical:
          description: Whether its failure fails the runbook.
          type: bool
          sample: true
        on_failure:
          description: What happens after its failure.
          type: str
          sample: Abort
        next_step:
          description: The step that follows its success, if the runbook names one.
          type: str
          sample: null
    children:
      description:
        - The executions that AWS has started for the targets, each as RV(execution). Only those that ended without
          success have steps and names in C(failed_steps).
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

from ansible_collections.steadyfleet.aws_patching.plugins.module_utils._automation.apply import (
    send_signal,
    start_automation,
)
from ansible_collections.steadyfleet.aws_patching.plugins.module_utils._automation.model import AutomationExecution
from ansible_collections.steadyfleet.aws_patching.plugins.module_utils._automation.read import read_tags
from ansible_collections.steadyfleet.aws_patching.plugins.module_utils._automation.report import (
    execution_failure,
    execution_result,
)
from ansible_collections.steadyfleet.aws_patching.plugins.module_utils._automation.rules import (
    existing_problems,
    start_problems,
)
from ansible_collections.steadyfleet.aws_patching.plugins.module_utils._automation.signals import (
    Signal,
    failure_expected,
)
from ansible_collections.steadyfleet.aws_patching.plugins.module_utils._automation.transformations import (
    automation_request,
    run_request,
    start_parameters,
    started_execution,
)
from ansible_collections.steadyfleet.aws_patching.plugins.module_utils._automation.waiters import (
    AutomationContext,
    await_decision,
    await_end,
    await_visible,
    find_execution,
    with_children,
)
from ansible_collections.steadyfleet.aws_patching.plugins.module_utils._aws.tags import option_tag_problems, write_tags
from ansible_collections.steadyfleet.aws_patching.plugins.module_utils._aws.validate import request_problems
from ansible_collections.steadyfleet.aws_patching.plugins.module_utils._common.errors import (
    PatchingError,
    WaitFailed,
    raise_if_any,
)
from ansible_collections.steadyfleet.aws_patching.plugins.module_utils._common.options import (
    ALARM_CONFIGURATION,
    TARGET_LOCATION,
    TARGETS,
)
from ansible_collections.steadyfleet.aws_patching.plugins.module_utils._common.tags import plan_tags, tags_as_text
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
from ansible_collections.steadyfleet.aws_patching.plugins.module_utils._runnable.read import require_runnable

SPEC: dict[str, Any] = {
    "document_name": {"type": "str"},
    "document_version": {"type": "str"},
    "parameters": {"type": "dict"},
    "mode": {"type": "str", "choices": ["Auto", "Interactive"]},
    "targets": TARGETS,
    "target_parameter_name": {"type": "str"},
    "target_maps": {"type": "list", "elements": "dict"},
    "max_concurrency": {"type": "str"},
    "max_errors": {"type": "str"},
    "target_locations": {
        "type": "list",
        "elements": "dict",
        "options": {**TARGET_LOCATION, "target_location_alarm_configuration": ALARM_CONFIGURATION},
    },
    "target_locations_url": {"type": "str"},
    "alarm_configuration": ALARM_CONFIGURATION,
    "client_token": {"type": "str", "no_log": False},
    "execution_id": {"type": "str"},
    "signal": {"type": "str", "choices": ["Approve", "Reject", "StartStep", "StopStep", "Resume", "Revoke"]},
    "step_name": {"type": "str"},
    "comment": {"type": "str"},
    "stop": {"type": "str", "choices": ["Cancel", "Complete"]},
    "cancel_on_timeout": {"type": "bool", "default": False, "aliases": ["stop_on_timeout"]},
    "tags": {"type": "dict", "aliases": ["resource_tags"]},
    "purge_tags": {"type": "bool", "default": True},
    **wait_spec(3600),
}


def start(module: AnsibleAWSModule, context: AutomationContext) -> Result:
    request = automation_request(module.params)
    raise_if_any(
        request_problems(context.client, "StartAutomationExecution", start_parameters(request))
        + option_tag_problems(context.client, request.tags)
        + start_problems(request)
    )
    execution = find_execution(context, request)
    if execution is not None:
        return follow(module, context, execution, None)
    if judged := run_request(request):
        require_runnable(context.client, judged)
    result = report({}, request.as_dict())
    if module.check_mode:
        predicted = execution_result(started_execution(request))
        del predicted["execution_id"]
        return {**result, "execution": predicted}
    return finished(context, start_automation(context, request), None, result)


def follow(
    module: AnsibleAWSModule, context: AutomationContext, execution: AutomationExecution, signal: Signal | None
) -> Result:
    decision = await_decision(context, execution, signal) if signal else None
    sends = decision is not None and decision.act == "send"
    desired = tags_as_text(module.params["tags"])
    before: dict[str, Any] = {"execution_id": execution.execution_id}
    after = dict(before)
    if desired is not None:
        before["tags"] = read_tags(context.client, execution.execution_id)
        tags = plan_tags(before["tags"], desired, module.params["purge_tags"])
        after["tags"] = tags.after
    if signal and sends:
        after["signal"] = signal.as_dict()
    result = report(before, after)
    if module.check_mode and result["changed"]:
        predicted = execution_result(with_children(context, execution))
        return {**result, "execution": {**predicted, **tags_in(after)}}
    if desired is not None:
        write_tags(context.client, "Automation", execution.execution_id, tags)
    if signal and decision and sends:
        send_signal(context, execution.execution_id, signal, decision)
        execution = execution if context.wait else await_visible(context, execution.execution_id)
    return finished(context, execution, signal, result)


def finished(
    context: AutomationContext, execution: AutomationExecution, signal: Signal | None, result: Result
) -> Result:
    tags = tags_in(result["diff"]["after"])
    if not context.wait and not execution.ended:
        return {**result, "execution": {**execution_result(with_children(context, execution)), **tags}}
    try:
        execution = await_end(context, execution, signal)
    except PatchingError as error:
        error.details |= result
        raise
    result = {**result, "execution": {**execution_result(execution), **tags}}
    failure = execution_failure(execution)
    if failure and execution.ended and not failure_expected(execution, signal):
        raise WaitFailed(failure, code="automation_failed", **result)
    return result


def tags_in(after: dict[str, Any]) -> dict[str, Any]:
    return {"tags": after["tags"]} if "tags" in after else {}


def run_module(module: AnsibleAWSModule) -> Result:
    params = module.params
    context = AutomationContext(
        client=connect(module, "ssm"),
        deadline=deadline(module),
        interval=poll_interval(module),
        wait=params["wait"],
        cancel_on_timeout=params["cancel_on_timeout"] and not module.check_mode,
    )
    if not params["execution_id"]:
        return start(module, context)
    request = {"AutomationExecutionId": params["execution_id"]}
    names = {"AutomationExecutionId": "execution_id"}
    raise_if_any(
        existing_problems(params)
        + request_problems(context.client, "GetAutomationExecution", request, names)
        + option_tag_problems(context.client, tags_as_text(params["tags"]))
    )
    kind = params["signal"] or params["stop"]
    signal = Signal(kind=kind, step_name=params["step_name"], comment=params["comment"]) if kind else None
    return follow(module, context, await_visible(context, params["execution_id"]), signal)


def main() -> None:
    run(
        run_module,
        SPEC,
        required_one_of=[("document_name", "execution_id")],
        mutually_exclusive=[("document_name", "execution_id"), ("signal", "stop")],
        required_by={name: ["execution_id"] for name in ("signal", "stop")},
    )


if __name__ == "__main__":
    main()
