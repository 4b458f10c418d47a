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
  - Creates, changes and deletes a maintenance window of AWS Systems Manager, together with the targets and the tasks
    that are registered with it, as one description.
  - Targets and tasks are known by their names within the window. Tasks name targets by these names; the ids are the
    module's business.
  - Only what differs is sent. What is not given keeps the value it has, also where AWS would forget it. An empty value
    (V(""), V([]), V({}), and V(0) for O(schedule_offset) and timeouts) unsets a field.
  - Everything is written in an order in which no task ever names a target that is not there. A target is removed only
    when no task names it any more.
author:
  - steadyfleet contributors (@steadyfleet)
notes:
  - Tasks of the same priority run at the same time, and a task of a later priority runs whatever became of the earlier
    ones. Put steps that depend on each other, such as draining, patching and registering, into one runbook or document.
  - A task or target whose type changes is replaced, because AWS can't change it. The old task goes before the new one
    comes, so that the window never runs both.
  - A task with a service role needs C(iam:PassRole) for that role.
options:
  state:
    description:
      - Whether the window exists. V(absent) deletes it with all its targets and tasks.
    type: str
    choices: [present, absent]
    default: present
  window_id:
    description:
      - The window to change or delete. Without it, O(name) tells which. With it, O(name) renames the window.
    type: str
  name:
    description:
      - The name. It is not a key in AWS; when several windows have it, the module fails and lists their ids.
    type: str
  description:
    description:
      - What the window is for.
    type: str
  schedule:
    description:
      - When the window opens, as V(cron(0 2 ? * SUN *\)), V(rate(7 days\)) or V(at(2030-01-31T02:00:00\)). The fields
        of cron are minutes, hours, day of month, month, day of week and year; seconds may come first.
      - Needed to create a window.
    type: str
  schedule_timezone:
    description:
      - The time zone of O(schedule), by its IANA name, as V(Europe/Berlin). AWS takes UTC when it is not set.
    type: str
  schedule_offset:
    description:
      - Days to wait after the time that a cron schedule names, 1 to 6. V(0) unsets it.
    type: int
  start_date:
    description:
      - The window does not open before this time, as V(2030-01-31T00:00:00+01:00).
    type: str
  end_date:
    description:
      - The window does not open after this time.
    type: str
  duration:
    description:
      - Hours that the window stays open, 1 to 24. Needed to create a window.
    type: int
  cutoff:
    description:
      - Hours before the end from which no task is started any more, less than O(duration). Needed to create a window.
    type: int
  allow_unassociated_targets:
    description:
      - Whether tasks can name nodes, by O(tasks[].instance_ids), that are in none of the window's targets. A new window
        does not allow it when this is not set.
    type: bool
  enabled:
    description:
      - Whether the window opens at all. A new one does when this is not set. A window that was off is switched on last,
        when its targets and tasks are in place.
    type: bool
  targets:
    description:
      - What the tasks work on. Without it, the targets stay as they are.
    type: list
    elements: dict
    suboptions:
      name:
        description: Its name within the window.
        type: str
        required: true
      resource_type:
        description:
          - What the target consists of. Told by the keys of O(targets[].targets) when it is not set.
        type: str
        choices: [INSTANCE, RESOURCE_GROUP]
      targets:
        description:
          - Nodes by tag, or a resource group, at most 5 entries. Needed for a new target, unless
            O(targets[].instance_ids) is given.
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
        description: A text that AWS puts into the events of tasks on this target.
        type: str
      description:
        description: What the target is.
        type: str
  purge_targets:
    description:
      - Whether targets that O(targets) does not name are removed, those without a name included. Only when O(targets)
        is given. The default is that of amazon.aws for parts of a thing, such as rules and routes.
    type: bool
    default: true
  tasks:
    description:
      - What the window runs. Without it, the tasks stay as they are.
    type: list
    elements: dict
    suboptions:
      name:
        description: Its name within the window.
        type: str
        required: true
      task_type:
        description: Kind of task. Needed for a new one.
        type: str
        choices: [RUN_COMMAND, AUTOMATION, LAMBDA, STEP_FUNCTIONS]
      task_arn:
        description:
          - What to run. Name or ARN of a document (V(RUN_COMMAND), V(AUTOMATION)) or of a function (V(LAMBDA)), or the
            ARN of a state machine (V(STEP_FUNCTIONS)). Needed for a new task; AWS does not check that it exists.
        type: str
      targets:
        description:
          - Names of targets of this window, at most 10; a target without a name by its id. Several run one after the
            other.
          - A V(RUN_COMMAND) task needs these or O(tasks[].instance_ids); others can do without.
        type: list
        elements: str
      instance_ids:
        description: Nodes by id, instead of O(tasks[].targets). See O(allow_unassociated_targets).
        type: list
        elements: str
      service_role_arn:
        description:
          - The role that AWS assumes to run the task. Without one it takes its own service-linked role, which it
            advises against.
        type: str
      priority:
        description: The lower the number, the earlier. V(1) for a new task when it is not set.
        type: int
      max_concurrency:
        description:
          - On how many nodes it runs at the same time, as a number or as V(10%). Needed for a task with targets, and
            refused for one without.
        type: str
      max_errors:
        description:
          - After how many failed nodes it is not started on more, as a number or as V(10%). Needed for a task with
            targets, and refused for one without.
        type: str
      cutoff_behavior:
        description:
          - What becomes of a running task when the cutoff is reached. V(CANCEL_TASK) cancels commands; of other tasks
            it only prevents new invocations. V(CONTINUE_TASK) for a new task when it is not set.
        type: str
        choices: [CONTINUE_TASK, CANCEL_TASK]
      alarm_configuration:
        description: The CloudWatch alarm that stops the task. V({}) unsets it.
        type: dict
        suboptions:
          ignore_poll_alarm_failure:
            description: Whether the task goes on when the alarm's state can't be read. V(false) when it is not set.
            type: bool
          alarms:
            description: Exactly one alarm.
            type: list
            elements: dict
            suboptions:
              name:
                description: The alarm's name.
                type: str
                required: true
      description:
        description: What the task does.
        type: str
      task_invocation_parameters:
        description:
          - What the task is called with, under the key that belongs to its type.
          - AWS replaces all of this with every update. The module reads it first and sends again what was not given.
            O(tasks[].task_invocation_parameters.run_command.parameters) and
            O(tasks[].task_invocation_parameters.automation.parameters) are replaced as a whole when given.
          - AWS keeps it in plain text. Do not put secrets here.
        type: dict
        suboptions:
          run_command:
            description: For a V(RUN_COMMAND) task.
            type: dict
            suboptions:
              comment:
                description: A text shown with the command, at most 100 characters.
                type: str
              cloud_watch_output_config:
                description: Output to CloudWatch Logs.
                type: dict
                suboptions:
                  cloud_watch_log_group_name:
                    description: The log group.
                    type: str
                  cloud_watch_output_enabled:
                    description: Whether output is sent.
                    type: bool
              document_hash:
                description: The checksum that the document must have.
                type: str
              document_hash_type:
                description: The kind of checksum.
                type: str
                choices: [Sha256, Sha1]
              document_version:
                description: A number, V($DEFAULT) or V($LATEST).
                type: str
              notification_config:
                description: Notifications by SNS.
                type: dict
                suboptions:
                  notification_arn:
                    description: The ARN of the topic.
                    type: str
                  notification_events:
                    description: What to notify of.
                    type: list
                    elements: str
                    choices: [All, InProgress, Success, TimedOut, Cancelled, Failed]
                  notification_type:
                    description: Per command, or per node.
                    type: str
                    choices: [Command, Invocation]
              output_s3_bucket_name:
                description: The S3 bucket for output.
                type: str
              output_s3_key_prefix:
                description: The folder in the bucket.
                type: str
              parameters:
                description: The document's parameters, each a text or a list of texts.
                type: dict
              service_role_arn:
                description: The role for notifications.
                type: str
              timeout_seconds:
                description: A node that has not started within so many seconds does not run it, 30 to 2592000.
                type: int
          automation:
            description: For an V(AUTOMATION) task.
            type: dict
            suboptions:
              document_version:
                description: A number, V($DEFAULT) or V($LATEST).
                type: str
              parameters:
                description:
                  - The runbook's parameters, each a text or a list of texts.
                  - For C({{RESOURCE_ID}}), AWS puts in the id of each target. Write it as
                    V({% raw %}{{RESOURCE_ID}}{% endraw %}), so that Ansible leaves it alone.
                type: dict
          lambda:
            description: For a V(LAMBDA) task.
            type: dict
            suboptions:
              client_context:
                description: The client context, as Base64.
                type: str
              payload:
                description: The event, as a structure or as JSON in a text, at most 4096 bytes.
                type: raw
              qualifier:
                description: Version or alias of the function.
                type: str
          step_functions:
            description: For a V(STEP_FUNCTIONS) task.
            type: dict
            suboptions:
              input:
                description: The input, as a structure or as JSON in a text, at most 4096 bytes.
                type: raw
              name:
                description: Name of the execution, at most 80 characters.
                type: str
  purge_tasks:
    description:
      - Whether tasks that O(tasks) does not name are removed, those without a name included. Only when O(tasks) is
        given. The default is that of amazon.aws for parts of a thing, such as rules and routes.
    type: bool
    default: true
extends_documentation_fragment:
  - steadyfleet.aws_patching._attributes
  - steadyfleet.aws_patching._tags
  - steadyfleet.aws_patching._wait
  - amazon.aws.common.modules
  - amazon.aws.region.modules
  - amazon.aws.boto3
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

- name: Another task beside it, on no target
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

- name: Take the offset and the end date away again
  steadyfleet.aws_patching.ssm_maintenance_window:
    name: shop-sunday
    schedule_offset: 0
    end_date: ""

- name: Keep the window shut over Christmas
  steadyfleet.aws_patching.ssm_maintenance_window:
    name: shop-sunday
    enabled: false

- name: Remove it with all that belongs to it
  steadyfleet.aws_patching.ssm_maintenance_window:
    name: shop-sunday
    state: absent
"""

RETURN = r"""
window:
  description:
    - The window with its targets and tasks as they are then. In check mode, what can be told of it beforehand. With
      O(state=absent), the window that was there, without targets and tasks. Fields that are not set are left out.
  returned: when it exists, or would, or did
  type: dict
  contains:
    window_id:
      description: Its id.
      returned: when it has one yet
      type: str
      sample: mw-0c50858d01example
    name:
      description: Its name.
      type: str
      sample: shop-sunday
    description:
      description: What it is for.
      returned: when it is set
      type: str
      sample: Patches of the shop
    schedule:
      description: When it opens.
      type: str
      sample: cron(0 2 ? * SUN *)
    schedule_timezone:
      description: The time zone of the schedule.
      returned: when it is set
      type: str
      sample: Europe/Berlin
    schedule_offset:
      description: Days to wait after the time that the schedule names.
      returned: when it is set
      type: int
      sample: 3
    start_date:
      description: It does not open before.
      returned: when it is set
      type: str
      sample: "2030-01-31T00:00:00+01:00"
    end_date:
      description: It does not open after.
      returned: when it is set
      type: str
      sample: "2031-01-01T00:00:00+01:00"
    duration:
      description: Hours that it stays open.
      type: int
      sample: 4
    cutoff:
      description: Hours before the end from which no task is started any more.
      type: int
      sample: 1
    allow_unassociated_targets:
      description: Whether tasks can name nodes that are in none of its targets.
      type: bool
      sample: false
    enabled:
      description: Whether it opens at all.
      type: bool
      sample: true
    next_execution_time:
      description: When it opens next, as AWS tells it. Null when it never will, or when it can't be told in check mode.
      type: str
      sample: "2030-02-03T02:00+01:00"
    tags:
      description: Its tags, when O(tags) was given.
      returned: when tags was given
      type: dict
      sample: {"Team": "shop"}
    targets:
      description: Its targets.
      returned: O(state=present)
      type: list
      elements: dict
      contains:
        window_target_id:
          description: Its id. Null in check mode for one that would be new.
          type: str
          sample: 23639a0b-ddbc-4bca-9e72-78d96EXAMPLE
        name:
          description: Its name.
          returned: when it is set
          type: str
          sample: web
        resource_type:
          description: What it consists of.
          type: str
          sample: INSTANCE
        targets:
          description: The nodes or the resource group, as keys and values.
          type: list
          elements: dict
          sample: [{"key": "tag:App", "values": ["shop"]}]
        owner_information:
          description: The text in events.
          returned: when it is set
          type: str
          sample: ops
        description:
          description: What it is.
          returned: when it is set
          type: str
          sample: Everything that serves the shop
    tasks:
      description: Its tasks.
      returned: O(state=present)
      type: list
      elements: dict
      contains:
        window_task_id:
          description: Its id. Null in check mode for one that would be new.
          type: str
          sample: 4f7ca192-7e9a-40fe-9192-5cb15EXAMPLE
        name:
          description: Its name.
          returned: when it is set
          type: str
          sample: patch
        task_type:
          description: Kind of task.
          type: str
          sample: RUN_COMMAND
        task_arn:
          description: What it runs.
          type: str
          sample: AWS-RunPatchBaseline
        targets:
          description: Names of its targets; the id of one that has no name.
          returned: when there are any
          type: list
          elements: str
          sample: [web]
        instance_ids:
          description: Its nodes by id.
          returned: when there are any
          type: list
          elements: str
          sample: [i-0123456789abcdef0]
        service_role_arn:
          description: The role that AWS assumes. Not there when it is AWS's service-linked role.
          returned: when it is set
          type: str
          sample: arn:aws:iam::123456789012:role/shop-window
        priority:
          description: The lower the number, the earlier.
          type: int
          sample: 1
        max_concurrency:
          description: On how many nodes it runs at the same time.
          returned: when it has targets
          type: str
          sample: "1"
        max_errors:
          description: After how many failed nodes it is not started on more.
          returned: when it has targets
          type: str
          sample: "0"
        cutoff_behavior:
          description: What becomes of it at the cutoff.
          type: str
          sample: CANCEL_TASK
        alarm_configuration:
          description: The alarm that stops it.
          returned: when it is set
          type: dict
          sample: {"ignore_poll_alarm_failure": false, "alarms": [{"name": "shop-errors"}]}
        description:
          description: What it does.
          returned: when it is set
          type: str
          sample: Installs what is missing
        task_invocation_parameters:
          description: What it is called with, when the arguments made it necessary to read that.
          returned: when it was given for this task, or had to be sent again
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
    result = report(diff_before(plan), diff_after(plan))
    if check_mode or not result["changed"]:
        return {**result, "window": planned_window(plan)}
    return {**result, "window": applied_window(plan, apply_plan(context, plan))}


def absent(context: Context, desired: DesiredWindow, check_mode: bool) -> Result:
    observed = find_window(context.client, desired.window_id, desired.name)
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
