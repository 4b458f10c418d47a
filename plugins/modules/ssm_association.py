#!/usr/bin/python

# Copyright: steadyfleet contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: ssm_association
short_description: Manage a State Manager association, or run one once and delete it
version_added: 0.1.0
description:
  - Creates, updates and deletes State Manager associations of AWS Systems Manager.
  - With O(run=once) it creates an association, follows its run on every target to the end, and collects the steps with
    their output. Then it deletes the association, whatever happens in between.
  - AWS resets every field that an update omits. The module reads the association first and sends all fields. It sends
    no update when nothing differs, because AWS runs the association again after every update.
author:
  - steadyfleet contributors (@steadyfleet)
notes:
  - A field that is not given keeps its value. An empty value (V(""), V([]), V({}), V(0)) clears the field.
  - AWS runs an association as soon as it is created or updated, unless O(apply_only_at_cron_interval=true).
    RV(runs_at_once) tells you, in check mode too. Give an association that installs something a numeric
    O(document_version). Otherwise AWS also runs it when the document gets a new version.
  - AWS runs the association on every node that starts later and matches O(targets), outside any order. For a rollout,
    name the instances and use O(run=once).
  - O(run=once) and O(run=now) run the association each time, so they always report a change.
  - AWS does not return which execution a request has started. The module takes the first execution of this version of
    the association that AWS did not show before. When somebody else starts the association at the same moment, this can
    be the other execution.
seealso:
  - module: steadyfleet.aws_patching.ssm_association_info
  - module: steadyfleet.aws_patching.ssm_document
options:
  state:
    description:
      - Whether the association exists as described.
      - V(run_once) is the earlier name of O(run=once).
    type: str
    choices: [present, absent, run_once]
    default: present
  run:
    version_added: 0.3.0
    description:
      - V(now) runs the association on all its targets, unless creating or updating it makes AWS run it anyway.
      - V(once) creates the association, waits for its run, and always deletes it, also after a failure, a timeout,
        SIGINT, SIGTERM or SIGHUP. It requires O(association_name) and O(document_name). By the name the module finds an
        association that an interrupted run has left. When the run of that association is still in progress, the module
        follows it and starts no second one. When it has ended, the module replaces the association.
      - It requires O(state=present).
    type: str
    choices: [now, once]
  run_now:
    description:
      - The earlier name of O(run=now).
    type: bool
    default: false
  association_id:
    description:
      - The id of the association to change or delete. Without it, the module finds the association by
        O(association_name).
    type: str
  association_name:
    description:
      - The name. It is not unique in AWS. When several associations have it, the module fails and lists their ids.
      - With O(association_id) it is the new name.
    type: str
  document_name:
    description:
      - Name or ARN of the Command document or Automation runbook to run. It is required to create an association.
    type: str
    aliases: [document]
  document_version:
    description:
      - A number, V($DEFAULT) or V($LATEST). The default of AWS is V($DEFAULT).
    type: str
  parameters:
    description:
      - The document's parameters. Each value is a text or a list of texts. They replace all parameters.
      - AWS stores them in plain text. Do not put secrets here.
    type: dict
  targets:
    description:
      - Conditions that select the targets, at most five. All of them must match. Their order has no meaning.
    type: list
    elements: dict
    suboptions:
      key:
        description:
          - V(InstanceIds), V(tag:NAME), V(tag-key), V(resource-groups:Name) (one group), or for a runbook
            V(ParameterValues).
        type: str
        required: true
      values:
        description:
          - The values. One of them must match. V(*) with the key V(InstanceIds) means all managed nodes.
        type: list
        elements: str
        required: true
  instance_ids:
    description:
      - A short form of O(targets) with the key V(InstanceIds). V([*]) means all managed nodes.
    type: list
    elements: str
  target_maps:
    description:
      - Targets of a runbook as maps from parameter names to lists of values. It excludes O(targets) and
        O(automation_target_parameter_name).
    type: list
    elements: dict
  automation_target_parameter_name:
    description:
      - The runbook's parameter that gets the target. AWS takes it and O(targets) together or neither of them.
    type: str
  schedule_expression:
    description:
      - The schedule in UTC. V(cron(0 2 ? * SUN *\)), V(rate(7 days\)) and V(at(2026-08-01T02:00:00\)) are examples.
    type: str
  schedule_offset:
    description:
      - The number of days to wait after the day of a cron schedule. It requires O(apply_only_at_cron_interval=true).
    type: int
  apply_only_at_cron_interval:
    description:
      - Whether AWS runs the association on schedule only, and not when it is created or changed. It is not possible
        with a rate schedule.
      - When you turn it off, AWS runs the association at once.
    type: bool
  max_concurrency:
    description:
      - The number or percentage of targets to run on at the same time. The default of AWS is V(100%).
    type: str
  max_errors:
    description:
      - The number or percentage of failed targets after which AWS starts no other. By default AWS never stops.
    type: str
  compliance_severity:
    description:
      - The severity that a failure of the association has in compliance reports.
    type: str
    choices: [CRITICAL, HIGH, MEDIUM, LOW, UNSPECIFIED]
  sync_compliance:
    description:
      - Whether AWS derives the compliance from the run (V(AUTO)) or you report it (V(MANUAL)).
    type: str
    choices: [AUTO, MANUAL]
  output_location:
    description:
      - An S3 bucket for the complete output.
    type: dict
    suboptions:
      output_s3_bucket_name:
        description: Name of the bucket.
        type: str
        aliases: [s3_bucket]
      output_s3_key_prefix:
        description: The prefix of the keys in the bucket.
        type: str
        aliases: [s3_key_prefix]
      output_s3_region:
        description: The bucket's Region.
        type: str
        aliases: [s3_region]
  calendar_names:
    description:
      - Names or ARNs of Change Calendars. AWS runs the association only while all of them are open.
    type: list
    elements: str
  duration:
    description:
      - The number of hours after which AWS cancels a run. It has an effect only with
        O(apply_only_at_cron_interval=true).
    type: int
  association_dispatch_assume_role:
    description:
      - ARN of the role that State Manager assumes. AWS recommends a role of your own.
    type: str
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
      - Whether to read the patch states of the targets after a run that the module followed. This saves a run of
        M(steadyfleet.aws_patching.ssm_patch_state_info).
    type: bool
    default: false
  wait:
    description:
      - Whether to wait until AWS's reads show what was written or deleted. Otherwise a task that follows at once may
        still read the earlier state.
      - It also says whether to wait for the run that this task has started, if any. The module fails when that run does
        not succeed on every target. It also waits for a run that a closed Change Calendar holds back.
      - O(run=once) always waits.
    type: bool
    default: true
  wait_timeout:
    description:
      - The time limit of the whole module run in seconds. It includes the run of the association.
      - The module fails when it reaches the limit.
    type: int
    default: 3600
extends_documentation_fragment:
  - steadyfleet.aws_patching._attributes
  - steadyfleet.aws_patching._alarm.clearable
  - steadyfleet.aws_patching._target_locations
  - steadyfleet.aws_patching._wait
  - amazon.aws.tags
  - amazon.aws.common.modules
  - amazon.aws.region.modules
  - steadyfleet.aws_patching._requirements
"""

EXAMPLES = r"""
- name: Install patches on one drained instance and return the result of every step
  steadyfleet.aws_patching.ssm_association:
    association_name: patch-shop-1
    run: once
    document_name: AWS-RunPatchBaselineWithHooks
    document_version: "1"
    targets:
      - key: tag:Name
        values: [shop-1]
    parameters:
      Operation: Install
      RebootOption: RebootIfNeeded
      OnExitHookDocName: AWS-Noop
    max_concurrency: "1"
    max_errors: "0"
    wait_timeout: 7200

- name: Scan all instances of an application every night
  steadyfleet.aws_patching.ssm_association:
    association_name: scan-shop
    document_name: AWS-RunPatchBaseline
    document_version: "1"
    targets:
      - key: tag:App
        values: [shop]
    parameters:
      Operation: Scan
    schedule_expression: cron(0 2 * * ? *)
    apply_only_at_cron_interval: true
    max_concurrency: 50%
    max_errors: "0"
    output_location:
      output_s3_bucket_name: my-patch-logs
      output_s3_key_prefix: scans
    tags:
      Team: shop

- name: Run it now and wait for the result
  steadyfleet.aws_patching.ssm_association:
    association_name: scan-shop
    run: now

- name: Change one field and keep all others
  steadyfleet.aws_patching.ssm_association:
    association_name: scan-shop
    max_errors: "1"

- name: Install two days after the second Tuesday of a month, for at most four hours, and stop on an alarm
  steadyfleet.aws_patching.ssm_association:
    association_name: install-shop
    document_name: AWS-RunPatchBaseline
    document_version: "1"
    targets:
      - key: resource-groups:Name
        values: [shop]
    parameters:
      Operation: Install
    schedule_expression: cron(0 2 ? * TUE#2 *)
    schedule_offset: 2
    apply_only_at_cron_interval: true
    duration: 4
    calendar_names: [business-days]
    alarm_configuration:
      alarms:
        - name: shop-errors
    max_concurrency: "1"
    max_errors: "0"

- name: Create a runbook
  steadyfleet.aws_patching.ssm_document:
    name: shop-pause
    document_type: Automation
    content:
      schemaVersion: "0.3"
      parameters:
        InstanceId:
          type: String
      mainSteps:
        - name: pause
          action: aws:sleep
          inputs:
            Duration: PT1S

- name: Run the runbook once a week for each instance of the application
  steadyfleet.aws_patching.ssm_association:
    association_name: pause-shop
    document_name: shop-pause
    automation_target_parameter_name: InstanceId
    targets:
      - key: tag:App
        values: [shop]
    schedule_expression: cron(0 4 ? * SUN *)
    apply_only_at_cron_interval: true

- name: Remove it
  steadyfleet.aws_patching.ssm_association:
    association_name: scan-shop
    state: absent
"""

RETURN = r"""
code:
  description: The kind of the error. See the list of error codes in the collection's documentation.
  returned: failure
  type: str
  sample: association_failed
association:
  description:
    - The association's fields by the names of the options. Fields that are not set are missing.
    - In check mode it is the predicted association.
  returned: when the association exists, existed or would exist
  type: dict
  contains:
    association_id:
      description: Its id. It is missing in check mode when the association would be created.
      type: str
      sample: 2f4c1c9e-0c5e-4d53-8a1c-5b1f0a7b9d11
    association_version:
      description: Its version, which counts the updates.
      type: str
      sample: "1"
    association_name:
      description: Its name.
      type: str
      sample: scan-shop
    document_name:
      description: The document that it runs.
      type: str
      sample: AWS-RunPatchBaseline
    document_version:
      description: The version of the document.
      type: str
      sample: "1"
    parameters:
      description: The document's parameters, each a list.
      type: dict
      sample: {"Operation": ["Scan"]}
    targets:
      description: The targets.
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
      description: The runbook's parameter that gets the target.
      type: str
      sample: InstanceId
    schedule_expression:
      description: The schedule.
      type: str
      sample: cron(0 2 ? * TUE#2 *)
    schedule_offset:
      description: The number of days that it waits after the scheduled day.
      type: int
      sample: 2
    apply_only_at_cron_interval:
      description: Whether it runs on schedule only. It is missing when it does not.
      type: bool
      sample: true
    max_concurrency:
      description: The number or percentage of targets that it runs on at the same time.
      type: str
      sample: 10%
    max_errors:
      description: The number or percentage of failed targets after which AWS starts no other.
      type: str
      sample: "0"
    compliance_severity:
      description: The severity of a failure.
      type: str
      sample: HIGH
    sync_compliance:
      description: Whether AWS derives the compliance.
      type: str
      sample: AUTO
    output_location:
      description: The S3 bucket for the complete output.
      type: dict
      sample: {"output_s3_bucket_name": "my-patch-logs", "output_s3_key_prefix": "scans"}
    calendar_names:
      description: The Change Calendars that must be open.
      type: list
      elements: str
      sample: [business-days]
    duration:
      description: The number of hours after which AWS cancels a run.
      type: int
      sample: 4
    alarm_configuration:
      description: The alarm that stops a run.
      type: dict
      sample: {"alarms": [{"name": "shop-errors"}]}
    association_dispatch_assume_role:
      description: The role that State Manager assumes.
      type: str
      sample: arn:aws:iam::123456789012:role/state-manager
    tags:
      description: Its tags, when O(tags) was given.
      type: dict
      sample: {"Team": "shop"}
runs_at_once:
  description:
    - Whether this task made AWS run the association without waiting for its schedule. In check mode, whether it would.
  returned: when the association exists as described, or would
  type: bool
  sample: true
runs_at_once_because:
  description: Why AWS runs, or would run, the association at once.
  returned: when RV(runs_at_once) is true
  type: str
  sample: AWS runs an association as soon as it is updated, unless apply_only_at_cron_interval is true
attached:
  description: Whether the module followed the run of an association that an interrupted run had left.
  returned: when the association exists as described, or would
  type: bool
  sample: false
patch_states:
  description:
    - The last patch state of each node by the node's id, each as RV(ignore:instances[].patch_state) of
      M(steadyfleet.aws_patching.ssm_patch_state_info). A node that never reported one is not included.
  returned: O(include_patch_states=true) and a run was followed
  type: dict
  sample: {"i-0123456789abcdef0": {"operation": "Install", "missing_count": 0}}
execution:
  description: The execution that the module followed. It is returned also when the module fails because of it.
  returned: when a run was followed
  type: dict
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
      description: The status of the whole run as AWS reports it.
      type: str
      sample: Success
    detailed_status:
      description: The detailed status.
      type: str
      sample: Success
    created_at:
      description: When it started.
      type: str
      sample: "2026-08-01T09:30:00.250Z"
    resource_count_by_status:
      description: The number of targets by status.
      type: dict
      sample: {"Success": 1}
    triggered_alarms:
      description: Names of the CloudWatch alarms that stopped it.
      type: list
      elements: str
      sample: []
    targets:
      description: The result on each target.
      type: list
      elements: dict
      contains:
        resource_id:
          description: The managed node or other resource.
          type: str
          sample: i-0123456789abcdef0
        resource_type:
          description: Its type.
          type: str
          sample: ManagedInstance
        status:
          description: The status on this target.
          type: str
          sample: Success
        detailed_status:
          description: The detailed status.
          type: str
          sample: Success
        command_id:
          description: The command that ran there; V(null) for a runbook.
          type: str
          sample: 7d8c3f1a-2c7e-4d0f-8d53-1c7f7e2f9b10
        automation_execution_id:
          description: The execution of the runbook that ran there; V(null) for a command.
          type: str
          sample: null
        steps:
          description:
            - The steps of a Command document in the order in which AWS lists them. Empty for a runbook; look at
              RV(execution.targets[].automation_execution_id) with M(steadyfleet.aws_patching.ssm_automation).
          type: list
          elements: dict
          contains:
            name:
              description: Name of the step.
              type: str
              sample: InstallNoReboot
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
            output:
              description: The output, at most 2,500 characters, or 32,000 for a step that failed.
              type: str
              sample: "2 packages upgraded"
            started_at:
              description: When it started.
              type: str
              sample: "2026-08-01T09:30:02.000Z"
            ended_at:
              description: When it ended.
              type: str
              sample: "2026-08-01T09:30:44.000Z"
"""

from typing import Any

from ansible_collections.steadyfleet.aws_patching.plugins.module_utils._association.apply import (
    apply_association,
    delete_association,
    run_association_once,
)
from ansible_collections.steadyfleet.aws_patching.plugins.module_utils._association.model import DesiredAssociation
from ansible_collections.steadyfleet.aws_patching.plugins.module_utils._association.plan import plan_association
from ansible_collections.steadyfleet.aws_patching.plugins.module_utils._association.read import (
    read_association,
    read_interrupted_run,
    require_runnable,
)
from ansible_collections.steadyfleet.aws_patching.plugins.module_utils._association.report import (
    association_result,
    predicted_result,
    with_execution,
)
from ansible_collections.steadyfleet.aws_patching.plugins.module_utils._association.rules import (
    fields_of_one_run,
    option_problems,
    require_existing,
    run_problems,
)
from ansible_collections.steadyfleet.aws_patching.plugins.module_utils._association.transformations import (
    OPTION_NAMES,
    Fields,
    association_request,
    desired_fields,
    drop_empty,
)
from ansible_collections.steadyfleet.aws_patching.plugins.module_utils._association.waiters import AssociationContext
from ansible_collections.steadyfleet.aws_patching.plugins.module_utils._aws.tags import option_tag_problems
from ansible_collections.steadyfleet.aws_patching.plugins.module_utils._aws.validate import request_problems
from ansible_collections.steadyfleet.aws_patching.plugins.module_utils._command.outcome import Outcome
from ansible_collections.steadyfleet.aws_patching.plugins.module_utils._common.errors import raise_if_any
from ansible_collections.steadyfleet.aws_patching.plugins.module_utils._common.options import (
    CLEARABLE_ALARM_CONFIGURATION,
    TARGET_LOCATION,
    TARGETS,
)
from ansible_collections.steadyfleet.aws_patching.plugins.module_utils._common.tags import tags_as_text
from ansible_collections.steadyfleet.aws_patching.plugins.module_utils._common.text import one_line
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
from ansible_collections.steadyfleet.aws_patching.plugins.module_utils._patching.read import patch_state_results

SPEC: dict[str, Any] = {
    "state": {"type": "str", "choices": ["present", "absent", "run_once"], "default": "present"},
    "run": {"type": "str", "choices": ["now", "once"]},
    "run_now": {"type": "bool", "default": False},
    "association_id": {"type": "str"},
    "association_name": {"type": "str"},
    "document_name": {"type": "str", "aliases": ["document"]},
    "document_version": {"type": "str"},
    "parameters": {"type": "dict"},
    "targets": TARGETS,
    "instance_ids": {"type": "list", "elements": "str"},
    "target_maps": {"type": "list", "elements": "dict"},
    "target_locations": {"type": "list", "elements": "dict", "options": TARGET_LOCATION},
    "automation_target_parameter_name": {"type": "str"},
    "schedule_expression": {"type": "str"},
    "schedule_offset": {"type": "int"},
    "apply_only_at_cron_interval": {"type": "bool"},
    "max_concurrency": {"type": "str"},
    "max_errors": {"type": "str"},
    "compliance_severity": {"type": "str", "choices": ["CRITICAL", "HIGH", "MEDIUM", "LOW", "UNSPECIFIED"]},
    "sync_compliance": {"type": "str", "choices": ["AUTO", "MANUAL"]},
    "output_location": {
        "type": "dict",
        "options": {
            "output_s3_bucket_name": {"type": "str", "aliases": ["s3_bucket"]},
            "output_s3_key_prefix": {"type": "str", "no_log": False, "aliases": ["s3_key_prefix"]},
            "output_s3_region": {"type": "str", "aliases": ["s3_region"]},
        },
    },
    "calendar_names": {"type": "list", "elements": "str"},
    "duration": {"type": "int"},
    "alarm_configuration": CLEARABLE_ALARM_CONFIGURATION,
    "association_dispatch_assume_role": {"type": "str"},
    "validate_request": {"type": "bool", "default": True},
    "include_patch_states": {"type": "bool", "default": False},
    "tags": {"type": "dict", "aliases": ["resource_tags"]},
    "purge_tags": {"type": "bool", "default": True},
    **wait_spec(3600),
}


def association_context(module: AnsibleAWSModule) -> AssociationContext:
    label = f"association {module.params['association_name'] or module.params['association_id']}"
    if module.params["instance_ids"]:
        label += f" on {one_line(module.params['instance_ids'])}"
    return AssociationContext(
        client=connect(module, "ssm"),
        send_once_client=lambda: connect(module, "ssm", send_once=True),
        deadline=deadline(module),
        interval=poll_interval(module),
        wait=module.params["wait"],
        label=label,
    )


def present(module: AnsibleAWSModule, context: AssociationContext, desired: DesiredAssociation) -> Result:
    association_id, name = module.params["association_id"], desired.fields.get("association_name")
    observed = read_association(context.client, association_id, name, with_tags=desired.tags is not None)
    require_existing(observed.fields if observed else None, association_id)
    plan = plan_association(observed, desired)
    result = report(plan.state_before(), plan.state_after(), attached=False, runs_at_once=plan.runs)
    result["changed"] = result["changed"] or plan.start
    if plan.runs_because:
        result["runs_at_once_because"] = plan.runs_because
    tags = plan.tags.after if plan.tags else None
    if plan.write and module.params["validate_request"]:
        require_runnable(context.client, plan.after, needs_nodes=plan.runs and context.wait)
    if module.check_mode:
        there = observed.description if observed else None
        return {**result, "association": predicted_result(there, plan.after, tags)}
    description, outcome = apply_association(context, plan, observed)
    result["association"] = association_result(description, tags)
    return with_outcome(module, context, result, plan.after, outcome)


def absent(module: AnsibleAWSModule, context: AssociationContext, _desired: DesiredAssociation) -> Result:
    params = module.params
    observed = read_association(context.client, params["association_id"], params["association_name"])
    if observed is None:
        return report({}, {})
    if not module.check_mode:
        delete_association(context, observed)
    return report(observed.fields, {}, association=association_result(observed.description, None))


def once(module: AnsibleAWSModule, context: AssociationContext, desired: DesiredAssociation) -> Result:
    fields = fields_of_one_run(desired.fields)
    interrupted = read_interrupted_run(context.client, fields)
    attached = interrupted is not None and interrupted.in_progress
    if module.params["validate_request"] and not attached:
        require_runnable(context.client, fields, needs_nodes=True)
    result = {"changed": True, "attached": attached, "diff": {"before": {}, "after": {}}}
    result |= {"runs_at_once": True, "runs_at_once_because": "run=once asks for it"}
    if module.check_mode:
        if interrupted and attached:
            return {**result, "association": association_result(interrupted.association.description, desired.tags)}
        return {**result, "association": predicted_result(None, fields, desired.tags)}
    description, outcome = run_association_once(context, fields, desired.tags or {}, interrupted)
    result |= {"association": association_result(description, desired.tags)}
    return with_outcome(module, context, result, fields, outcome)


def with_outcome(
    module: AnsibleAWSModule, context: AssociationContext, result: Result, fields: Fields, outcome: Outcome | None
) -> Result:
    if outcome and module.params["include_patch_states"]:
        nodes = [target.resource_id for target in outcome.targets if target.is_node]
        result["patch_states"] = patch_state_results(context.client, nodes)
    return with_execution(outcome, fields, result) if outcome else result


def run_module(module: AnsibleAWSModule) -> Result:
    params = module.params
    context, runs_once = association_context(module), "once" in (params["run"], params["state"].removeprefix("run_"))
    desired = DesiredAssociation(
        fields=desired_fields(params),
        run_now=params["run_now"] or params["run"] == "now",
        tags=tags_as_text(params["tags"]),
        purge_tags=params["purge_tags"],
    )
    request = association_request(drop_empty(desired.fields))
    raise_if_any(
        run_problems(params)
        + request_problems(context.client, "CreateAssociation", {"Name": "any", **request}, OPTION_NAMES)
        + request_problems(context.client, "DeleteAssociation", {"AssociationId": params["association_id"]})
        + option_problems(desired.fields)
        + option_tag_problems(context.client, desired.tags)
    )
    state = once if runs_once else {"present": present, "absent": absent}[params["state"]]
    return state(module, context, desired)


def main() -> None:
    run(
        run_module,
        SPEC,
        required_one_of=[("association_id", "association_name")],
        required_if=[
            ("state", "run_once", ("association_name", "document_name")),
            ("run", "once", ("association_name", "document_name")),
        ],
        mutually_exclusive=[("targets", "instance_ids", "target_maps"), ("run", "run_now")],
    )


if __name__ == "__main__":
    main()
