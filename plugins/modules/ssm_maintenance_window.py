#!/usr/bin/python

# Copyright: steadyfleet contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: ssm_maintenance_window
short_description: Manage a maintenance window with its targets and tasks
version_added: 0.2.0
description:
  - Creates, changes and deletes a maintenance window of AWS Systems Manager. One task describes the window together
    with the targets and the tasks that are registered with it.
  - The module identifies targets and tasks by their names within the window. Tasks refer to targets by these names, and
    the module finds the ids.
  - The module sends only what differs. An option that is not given keeps its value, also where AWS would reset it. An
    empty value (V(""), V([]), V({}), and V(0) for O(schedule_offset) and timeouts) clears a field.
  - The module writes in an order in which no task ever names a target that does not exist. It removes a target only
    when no task names it any more.
  - The module checks all options against AWS's limits before it makes a call, and reports every problem at once.
author:
  - steadyfleet contributors (@steadyfleet)
notes:
  - Tasks of the same priority run at the same time. A task of a later priority runs even when the earlier tasks failed.
    Put steps that depend on each other, such as draining, patching and registering, into one runbook or document.
  - AWS cannot change the type of a task or a target, so the module replaces it. It removes the old task before it
    registers the new one, so that the window never runs both.
  - A task with a service role requires the permission C(iam:PassRole) for that role.
seealso:
  - module: steadyfleet.aws_patching.ssm_maintenance_window_info
options:
  state:
    description:
      - Whether the window exists. V(absent) deletes it with all its targets and tasks.
    type: str
    choices: [present, absent]
    default: present
  window_id:
    description:
      - The id of the window to change or delete. Without it, O(name) identifies the window. With it, O(name) renames
        the window.
    type: str
  name:
    description:
      - The name of the window, 3 to 128 letters, digits, dots, dashes and underscores.
      - Names are not unique in AWS. When several windows have the name, the module fails and lists their ids.
    type: str
  description:
    description:
      - The purpose of the window, at most 128 characters.
    type: str
  schedule:
    description:
      - When the window opens, for example V(cron(0 2 ? * SUN *\)), V(rate(7 days\)) or V(at(2030-01-31T02:00:00\)). The
        fields of a cron expression are minutes, hours, day of month, month, day of week and year. It may start with
        seconds.
      - Required to create a window.
    type: str
  schedule_timezone:
    description:
      - The time zone of O(schedule) by its IANA name, for example V(Europe/Berlin). AWS uses UTC when it is not set.
    type: str
  schedule_offset:
    description:
      - The number of days to wait after the time of a cron schedule, 1 to 6. V(0) clears it.
    type: int
  start_date:
    description:
      - The window does not open before this time, for example V(2030-01-31T00:00:00+01:00).
    type: str
  end_date:
    description:
      - The window does not open after this time.
    type: str
  duration:
    description:
      - The number of hours that the window stays open, 1 to 24. Required to create a window.
    type: int
  cutoff:
    description:
      - AWS starts no task in this number of hours before the window closes. It must be smaller than O(duration).
      - Required to create a window.
    type: int
  allow_unassociated_targets:
    description:
      - Whether O(tasks[].instance_ids) may name nodes that are in none of the window's targets. The default for a new
        window is V(false).
    type: bool
  enabled:
    description:
      - Whether the window opens. The default for a new window is V(true).
      - When the module enables a disabled window, it does so last, when the targets and tasks are in place.
    type: bool
  targets:
    description:
      - The targets of the tasks. Without this option, the targets stay as they are.
    type: list
    elements: dict
    suboptions:
      name:
        description: The name of the target within the window.
        type: str
        required: true
      resource_type:
        description:
          - The type of the target's resources. By default, the keys of O(targets[].targets) determine it.
        type: str
        choices: [INSTANCE, RESOURCE_GROUP]
      targets:
        description:
          - Nodes by tag, or a resource group, at most 5 items. A new target requires it or O(targets[].instance_ids).
        type: list
        elements: dict
        suboptions:
          key:
            description:
              - V(tag:NAME), V(tag-key), V(InstanceIds), V(resource-groups:Name) or
                V(resource-groups:ResourceTypeFilters).
            type: str
            required: true
          values:
            description: 1 to 50 values.
            type: list
            elements: str
            required: true
      instance_ids:
        description: Nodes by id, instead of O(targets[].targets).
        type: list
        elements: str
      owner_information:
        description: A text that AWS includes in the events of tasks on this target.
        type: str
      description:
        description: The purpose of the target.
        type: str
  purge_targets:
    description:
      - Whether to remove the targets that O(targets) does not name, including those without a name. This has an effect
        only when O(targets) is given.
      - The default is the one that amazon.aws has for parts of a resource, such as rules and routes.
    type: bool
    default: true
  tasks:
    description:
      - The tasks that the window runs. Without this option, the tasks stay as they are.
    type: list
    elements: dict
    suboptions:
      name:
        description: The name of the task within the window.
        type: str
        required: true
      task_type:
        description: The type of the task. Required for a new task.
        type: str
        choices: [RUN_COMMAND, AUTOMATION, LAMBDA, STEP_FUNCTIONS]
      task_arn:
        description:
          - What the task runs. This is the name or the ARN of a document (V(RUN_COMMAND), V(AUTOMATION)) or of a
            function (V(LAMBDA)), or the ARN of a state machine (V(STEP_FUNCTIONS)).
          - Required for a new task. AWS does not check that it exists.
        type: str
      targets:
        description:
          - Names of targets of this window, at most 10. A target without a name has its id here. AWS runs the task on
            one target after the other.
          - A V(RUN_COMMAND) task requires this option or O(tasks[].instance_ids). For other tasks it is optional.
        type: list
        elements: str
      instance_ids:
        description: Nodes by id, instead of O(tasks[].targets). See O(allow_unassociated_targets).
        type: list
        elements: str
      service_role_arn:
        description:
          - The role that AWS assumes to run the task. Without one, AWS uses its own service-linked role, which it
            advises against.
        type: str
      priority:
        description: AWS runs tasks with lower numbers first. The default for a new task is V(1).
        type: int
      max_concurrency:
        description:
          - The number of nodes on which the task runs at the same time, as a number or for example as V(10%).
          - Required for a task with targets. A task without targets must not have it.
        type: str
      max_errors:
        description:
          - The number of failed nodes after which AWS starts the task on no other node, as a number or for example as
            V(10%).
          - Required for a task with targets. A task without targets must not have it.
        type: str
      cutoff_behavior:
        description:
          - What happens to a running task at the cutoff. V(CANCEL_TASK) cancels commands. Of other tasks, it only
            prevents new invocations. The default for a new task is V(CONTINUE_TASK).
        type: str
        choices: [CONTINUE_TASK, CANCEL_TASK]
      alarm_configuration:
        description: The CloudWatch alarm that stops the task. V({}) clears it.
        type: dict
        suboptions:
          ignore_poll_alarm_failure:
            description:
              - Whether the task continues when AWS cannot read the state of the alarm. The default is V(false).
            type: bool
          alarms:
            description: Exactly one alarm.
            type: list
            elements: dict
            suboptions:
              name:
                description: The name of the alarm.
                type: str
                required: true
      description:
        description: The purpose of the task.
        type: str
      task_invocation_parameters:
        description:
          - The parameters of the task, under the key that goes with its type.
          - AWS replaces all of this with every update, so the module reads it first and sends again what was not given.
            O(tasks[].task_invocation_parameters.run_command.parameters) and
            O(tasks[].task_invocation_parameters.automation.parameters) are replaced as a whole when they are given.
          - AWS stores it in plain text. Do not put secrets here.
        type: dict
        suboptions:
          run_command:
            description: The parameters of a V(RUN_COMMAND) task.
            type: dict
            suboptions:
              comment:
                description: A text that AWS shows with the command, at most 100 characters.
                type: str
              cloud_watch_output_config:
                description: The output to CloudWatch Logs.
                type: dict
                suboptions:
                  cloud_watch_log_group_name:
                    description: The name of the log group.
                    type: str
                  cloud_watch_output_enabled:
                    description: Whether AWS sends the output there.
                    type: bool
              document_hash:
                description: The hash that the document must have.
                type: str
              document_hash_type:
                description: The type of the hash.
                type: str
                choices: [Sha256, Sha1]
              document_version:
                description: A number, V($DEFAULT) or V($LATEST).
                type: str
              notification_config:
                description: Notifications through Amazon SNS.
                type: dict
                suboptions:
                  notification_arn:
                    description: The ARN of the topic.
                    type: str
                  notification_events:
                    description: The events to notify of.
                    type: list
                    elements: str
                    choices: [All, InProgress, Success, TimedOut, Cancelled, Failed]
                  notification_type:
                    description: Whether to notify per command or per node.
                    type: str
                    choices: [Command, Invocation]
              output_s3_bucket_name:
                description: The S3 bucket for the output.
                type: str
              output_s3_key_prefix:
                description: The key prefix in the bucket.
                type: str
              parameters:
                description: The parameters of the document. Each value is a text or a list of texts.
                type: dict
              service_role_arn:
                description: The role for notifications.
                type: str
              timeout_seconds:
                description:
                  - A node that has not started the command within this number of seconds does not run it, 30 to
                    2592000. V(0) clears it.
                type: int
          automation:
            description: The parameters of an V(AUTOMATION) task.
            type: dict
            suboptions:
              document_version:
                description: A number, V($DEFAULT) or V($LATEST).
                type: str
              parameters:
                description:
                  - The parameters of the runbook. Each value is a text or a list of texts.
                  - AWS replaces C({{RESOURCE_ID}}) with the id of each target. Write it as
                    V({% raw %}{{RESOURCE_ID}}{% endraw %}), so that Ansible does not replace it.
                type: dict
          lambda:
            description: The parameters of a V(LAMBDA) task.
            type: dict
            suboptions:
              client_context:
                description: The client context, as Base64.
                type: str
              payload:
                description: The event, as a structure or as JSON in a text, at most 4096 bytes.
                type: raw
              qualifier:
                description: The version or the alias of the function.
                type: str
          step_functions:
            description: The parameters of a V(STEP_FUNCTIONS) task.
            type: dict
            suboptions:
              input:
                description: The input, as a structure or as JSON in a text, at most 4096 characters.
                type: raw
              name:
                description: The name of the execution, at most 80 characters.
                type: str
  purge_tasks:
    description:
      - Whether to remove the tasks that O(tasks) does not name, including those without a name. This has an effect only
        when O(tasks) is given.
      - The default is the one that amazon.aws has for parts of a resource, such as rules and routes.
    type: bool
    default: true
  wait_timeout:
    description:
      - The time limit of the whole module run in seconds. The module waits until AWS shows what it has written.
      - The module fails when it reaches the limit.
    type: int
    default: 300
extends_documentation_fragment:
  - steadyfleet.aws_patching._attributes
  - steadyfleet.aws_patching._wait
  - amazon.aws.tags
  - amazon.aws.common.modules
  - amazon.aws.region.modules
  - steadyfleet.aws_patching._requirements
"""

EXAMPLES = r"""
- name: Patch the web servers on Sunday nights, one at a time
  steadyfleet.aws_patching.ssm_maintenance_window:
    name: shop-sunday
    schedule: cron(0 2 ? * SUN *)
    schedule_timezone: Europe/Berlin
    duration: 4
    cutoff: 1
    targets:
      - name: web
        targets:
          - key: tag:App
            values: [shop]
    tasks:
      - name: patch
        task_type: RUN_COMMAND
        task_arn: AWS-RunPatchBaseline
        targets: [web]
        max_concurrency: 1
        max_errors: 0
        cutoff_behavior: CANCEL_TASK
        task_invocation_parameters:
          run_command:
            comment: Sunday's patches
            timeout_seconds: 600
            parameters:
              Operation: Install
              RebootOption: RebootIfNeeded
    tags:
      Team: shop
  register: sunday

- name: Only scan, three days after the first of each month, until 2031; nothing else changes
  steadyfleet.aws_patching.ssm_maintenance_window:
    window_id: "{{ sunday.window.window_id }}"
    schedule: cron(0 2 1 * ? *)
    schedule_offset: 3
    end_date: "2031-01-01T00:00:00+01:00"
    tasks:
      - name: patch
        task_invocation_parameters:
          run_command:
            parameters:
              Operation: Scan

- name: Add a task without a target
  steadyfleet.aws_patching.ssm_maintenance_window:
    name: shop-sunday
    tasks:
      - name: report
        task_type: LAMBDA
        task_arn: SSMPatchReport
        priority: 5
        service_role_arn: arn:aws:iam::123456789012:role/shop-window
        task_invocation_parameters:
          lambda:
            payload:
              fleet: shop
    purge_tasks: false

- name: Clear the offset and the end date
  steadyfleet.aws_patching.ssm_maintenance_window:
    name: shop-sunday
    schedule_offset: 0
    end_date: ""

- name: Keep the window closed over Christmas
  steadyfleet.aws_patching.ssm_maintenance_window:
    name: shop-sunday
    enabled: false

- name: Delete the window with its targets and tasks
  steadyfleet.aws_patching.ssm_maintenance_window:
    name: shop-sunday
    state: absent
"""

RETURN = r"""
window:
  description:
    - The window with its targets and tasks. Fields that are not set are missing.
    - In check mode, this is the predicted window, as far as it is known. With O(state=absent), this is the window that
      was deleted, without targets and tasks.
  returned: when the window exists, would exist, or existed
  type: dict
  contains:
    window_id:
      description: The id of the window.
      returned: when the window exists
      type: str
      sample: mw-0c50858d01example
    name:
      description: The name of the window.
      type: str
      sample: shop-sunday
    description:
      description: The purpose of the window.
      returned: when it is set
      type: str
      sample: Patches of the shop
    schedule:
      description: When the window opens.
      type: str
      sample: cron(0 2 ? * SUN *)
    schedule_timezone:
      description: The time zone of the schedule.
      returned: when it is set
      type: str
      sample: Europe/Berlin
    schedule_offset:
      description: The number of days to wait after the time of the schedule.
      returned: when it is set
      type: int
      sample: 3
    start_date:
      description: The window does not open before this time.
      returned: when it is set
      type: str
      sample: "2030-01-31T00:00:00+01:00"
    end_date:
      description: The window does not open after this time.
      returned: when it is set
      type: str
      sample: "2031-01-01T00:00:00+01:00"
    duration:
      description: The number of hours that the window stays open.
      type: int
      sample: 4
    cutoff:
      description: AWS starts no task in this number of hours before the window closes.
      type: int
      sample: 1
    allow_unassociated_targets:
      description: Whether tasks may name nodes that are in none of the window's targets.
      type: bool
      sample: false
    enabled:
      description: Whether the window opens.
      type: bool
      sample: true
    next_execution_time:
      description:
        - When the window opens next, in AWS's own format. V(null) when it does not open again, or when check mode
          cannot predict it.
      returned: O(state=present)
      type: str
      sample: "2030-02-03T02:00+01:00"
    tags:
      description: The tags of the window.
      returned: when O(tags) is given
      type: dict
      sample: {"Team": "shop"}
    targets:
      description: The targets of the window.
      returned: O(state=present)
      type: list
      elements: dict
      contains:
        window_target_id:
          description: The id of the target. V(null) in check mode for a new target.
          type: str
          sample: 23639a0b-ddbc-4bca-9e72-78d96EXAMPLE
        name:
          description: The name of the target.
          returned: when it is set
          type: str
          sample: web
        resource_type:
          description: The type of the target's resources.
          type: str
          sample: INSTANCE
        targets:
          description: The nodes or the resource group, as keys and values.
          type: list
          elements: dict
          sample: [{"key": "tag:App", "values": ["shop"]}]
        owner_information:
          description: The text that AWS includes in events.
          returned: when it is set
          type: str
          sample: ops
        description:
          description: The purpose of the target.
          returned: when it is set
          type: str
          sample: All web servers of the shop
    tasks:
      description: The tasks of the window.
      returned: O(state=present)
      type: list
      elements: dict
      contains:
        window_task_id:
          description: The id of the task. V(null) in check mode for a new task.
          type: str
          sample: 4f7ca192-7e9a-40fe-9192-5cb15EXAMPLE
        name:
          description: The name of the task.
          returned: when it is set
          type: str
          sample: patch
        task_type:
          description: The type of the task.
          type: str
          sample: RUN_COMMAND
        task_arn:
          description: What the task runs.
          type: str
          sample: AWS-RunPatchBaseline
        targets:
          description: The names of its targets. A target without a name has its id here.
          returned: when it has targets
          type: list
          elements: str
          sample: [web]
        instance_ids:
          description: The ids of its nodes.
          returned: when it has nodes by id
          type: list
          elements: str
          sample: [i-0123456789abcdef0]
        service_role_arn:
          description: The role that AWS assumes. AWS's service-linked role is left out.
          returned: when it is set
          type: str
          sample: arn:aws:iam::123456789012:role/shop-window
        priority:
          description: AWS runs tasks with lower numbers first.
          type: int
          sample: 1
        max_concurrency:
          description: The number of nodes on which the task runs at the same time.
          returned: when it has targets or nodes
          type: str
          sample: "1"
        max_errors:
          description: The number of failed nodes after which AWS starts the task on no other node.
          returned: when it has targets or nodes
          type: str
          sample: "0"
        cutoff_behavior:
          description: What happens to a running task at the cutoff.
          type: str
          sample: CANCEL_TASK
        alarm_configuration:
          description: The alarm that stops the task.
          returned: when it is set
          type: dict
          sample: {"ignore_poll_alarm_failure": false, "alarms": [{"name": "shop-errors"}]}
        description:
          description: The purpose of the task.
          returned: when it is set
          type: str
          sample: Installs missing patches
        task_invocation_parameters:
          description: The parameters of the task.
          returned: when they were given for this task, or the module had to read them
          type: dict
          sample: {"run_command": {"comment": "Sunday's patches", "parameters": {"Operation": ["Install"]}}}
"""

from typing import Any

from ansible_collections.steadyfleet.aws_patching.plugins.module_utils._aws.context import Context
from ansible_collections.steadyfleet.aws_patching.plugins.module_utils._common.errors import raise_if_any
from ansible_collections.steadyfleet.aws_patching.plugins.module_utils._common.options import (
    CLEARABLE_ALARM_CONFIGURATION,
    TARGETS,
)
from ansible_collections.steadyfleet.aws_patching.plugins.module_utils._maintenance_window.api import limit_problems
from ansible_collections.steadyfleet.aws_patching.plugins.module_utils._maintenance_window.apply import (
    apply_plan,
    remove_window,
)
from ansible_collections.steadyfleet.aws_patching.plugins.module_utils._maintenance_window.model import DesiredWindow
from ansible_collections.steadyfleet.aws_patching.plugins.module_utils._maintenance_window.plan import plan_window
from ansible_collections.steadyfleet.aws_patching.plugins.module_utils._maintenance_window.read import (
    document_problems,
    find_window,
    observe_window,
)
from ansible_collections.steadyfleet.aws_patching.plugins.module_utils._maintenance_window.report import (
    applied_window,
    diff_after,
    diff_before,
    planned_window,
    removed_window,
)
from ansible_collections.steadyfleet.aws_patching.plugins.module_utils._maintenance_window.rules import (
    desired_problems,
    plan_problems,
)
from ansible_collections.steadyfleet.aws_patching.plugins.module_utils._maintenance_window.transformations import (
    desired_window,
)
from ansible_collections.steadyfleet.aws_patching.plugins.module_utils._module import (
    AnsibleAWSModule,
    Result,
    context,
    report,
    run,
    wait_spec,
)

TARGET = {
    "name": {"type": "str", "required": True},
    "resource_type": {"type": "str", "choices": ["INSTANCE", "RESOURCE_GROUP"]},
    "targets": TARGETS,
    "instance_ids": {"type": "list", "elements": "str"},
    "owner_information": {"type": "str"},
    "description": {"type": "str"},
}
RUN_COMMAND = {
    "comment": {"type": "str"},
    "cloud_watch_output_config": {
        "type": "dict",
        "options": {"cloud_watch_log_group_name": {"type": "str"}, "cloud_watch_output_enabled": {"type": "bool"}},
    },
    "document_hash": {"type": "str"},
    "document_hash_type": {"type": "str", "choices": ["Sha256", "Sha1"]},
    "document_version": {"type": "str"},
    "notification_config": {
        "type": "dict",
        "options": {
            "notification_arn": {"type": "str"},
            "notification_events": {
                "type": "list",
                "elements": "str",
                "choices": ["All", "InProgress", "Success", "TimedOut", "Cancelled", "Failed"],
            },
            "notification_type": {"type": "str", "choices": ["Command", "Invocation"]},
        },
    },
    "output_s3_bucket_name": {"type": "str"},
    "output_s3_key_prefix": {"type": "str", "no_log": False},
    "parameters": {"type": "dict"},
    "service_role_arn": {"type": "str"},
    "timeout_seconds": {"type": "int"},
}
INVOCATION_PARAMETERS = {
    "run_command": {"type": "dict", "options": RUN_COMMAND},
    "automation": {
        "type": "dict",
        "options": {"document_version": {"type": "str"}, "parameters": {"type": "dict"}},
    },
    "lambda": {
        "type": "dict",
        "options": {"client_context": {"type": "str"}, "payload": {"type": "raw"}, "qualifier": {"type": "str"}},
    },
    "step_functions": {"type": "dict", "options": {"input": {"type": "raw"}, "name": {"type": "str"}}},
}
TASK = {
    "name": {"type": "str", "required": True},
    "task_type": {"type": "str", "choices": ["RUN_COMMAND", "AUTOMATION", "LAMBDA", "STEP_FUNCTIONS"]},
    "task_arn": {"type": "str"},
    "targets": {"type": "list", "elements": "str"},
    "instance_ids": {"type": "list", "elements": "str"},
    "service_role_arn": {"type": "str"},
    "priority": {"type": "int"},
    "max_concurrency": {"type": "str"},
    "max_errors": {"type": "str"},
    "cutoff_behavior": {"type": "str", "choices": ["CONTINUE_TASK", "CANCEL_TASK"]},
    "alarm_configuration": CLEARABLE_ALARM_CONFIGURATION,
    "description": {"type": "str"},
    "task_invocation_parameters": {"type": "dict", "options": INVOCATION_PARAMETERS},
}
SPEC: dict[str, Any] = {
    "state": {"type": "str", "choices": ["present", "absent"], "default": "present"},
    "window_id": {"type": "str"},
    "name": {"type": "str"},
    "description": {"type": "str"},
    "schedule": {"type": "str"},
    "schedule_timezone": {"type": "str"},
    "schedule_offset": {"type": "int"},
    "start_date": {"type": "str"},
    "end_date": {"type": "str"},
    "duration": {"type": "int"},
    "cutoff": {"type": "int"},
    "allow_unassociated_targets": {"type": "bool"},
    "enabled": {"type": "bool"},
    "targets": {
        "type": "list",
        "elements": "dict",
        "options": TARGET,
        "mutually_exclusive": [("targets", "instance_ids")],
    },
    "purge_targets": {"type": "bool", "default": True},
    "tasks": {
        "type": "list",
        "elements": "dict",
        "options": TASK,
        "mutually_exclusive": [("targets", "instance_ids")],
    },
    "purge_tasks": {"type": "bool", "default": True},
    "tags": {"type": "dict", "aliases": ["resource_tags"]},
    "purge_tags": {"type": "bool", "default": True},
    **wait_spec(300),
}


def present(context: Context, desired: DesiredWindow, check_mode: bool) -> Result:
    plan = plan_window(observe_window(context.client, desired), desired)
    raise_if_any(plan_problems(plan))
    raise_if_any(document_problems(context.client, plan))
    result = report(diff_before(plan), diff_after(plan))
    if check_mode or not result["changed"]:
        return {**result, "window": planned_window(plan)}
    return {**result, "window": applied_window(plan, apply_plan(context, plan))}


def absent(context: Context, desired: DesiredWindow, check_mode: bool) -> Result:
    observed = find_window(context.client, desired)
    if observed is None:
        return report({}, {})
    if not check_mode:
        remove_window(context, observed.window_id)
    return report(observed.fields, {}, window=removed_window(observed))


def run_module(module: AnsibleAWSModule) -> Result:
    desired, operation = desired_window(module.params), context(module)
    raise_if_any([*limit_problems(operation.client, desired), *desired_problems(desired)])
    state = present if module.params["state"] == "present" else absent
    return state(operation, desired, module.check_mode)


def main() -> None:
    run(run_module, SPEC, required_one_of=[("window_id", "name")])


if __name__ == "__main__":
    main()
