#!/usr/bin/python

# Copyright: steadyfleet contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: ssm_association
short_description: Manage a State Manager association, or run one once
version_added: 0.1.0
description:
  - Creates, updates and deletes State Manager associations of AWS Systems Manager.
  - With O(state=run_once) it creates an association, follows its run on every target to the end, collects the steps and
    their output, and deletes the association again, whatever happens in between.
  - AWS forgets every field that an update does not name. This module reads the association first, changes only the
    fields that were given, and sends all of them; and it sends nothing when nothing differs, because every update makes
    AWS run the association again.
author:
  - steadyfleet contributors (@steadyfleet)
notes:
  - A field that is not given keeps the value it has. An empty value (V(""), V([]), V({}), V(0)) clears it.
  - AWS runs an association as soon as it is created or updated, unless O(apply_only_at_cron_interval=true); the result
    says so in RV(runs_at_once), in check mode too. Bind an association that installs something to a numeric
    O(document_version); otherwise a new version of the document runs it too.
  - Every node that is started and matches O(targets) runs the association by itself, outside any order; for a rollout,
    name instances, and use O(state=run_once).
  - O(state=run_once) and O(run_now=true) act every time, so they always report a change.
  - AWS does not tell which run a request has started. The module takes the first one that AWS shows of this version of
    the association and that was not there before; when somebody else starts it at the same moment, that can be theirs.
options:
  state:
    description:
      - V(present) and V(absent) make sure that the association exists as described, or does not exist.
      - V(run_once) creates it, waits for its run, and always deletes it, also after a failure, a timeout, SIGINT,
        SIGTERM or SIGHUP. Needs O(association_name), by which it finds an association that a killed run left behind.
        When its run is still under way, that run is followed and no second one started; when it is over, the
        association is replaced.
    type: str
    choices: [present, absent, run_once]
    default: present
  association_id:
    description:
      - The association to change or delete. Without it, O(association_name) tells which.
    type: str
  association_name:
    description:
      - The name. It is not a key in AWS; when several associations have it, the module fails and lists their ids.
      - Together with O(association_id) it is the new name.
    type: str
  document:
    description:
      - Name or ARN of the Command document or Automation runbook to run. Needed to create one.
    type: str
  document_version:
    description:
      - A number, V($DEFAULT) or V($LATEST). AWS takes V($DEFAULT) when it is not set.
    type: str
  parameters:
    description:
      - The document's parameters, each a text or a list of texts. Replaces all of them.
      - AWS keeps them in plain text. Do not put secrets here.
    type: dict
  targets:
    description:
      - Where to run, up to five conditions that must all hold. Their order has no meaning.
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
          - The values, one of which must match. V(*) with the key V(InstanceIds) means all managed nodes.
        type: list
        elements: str
        required: true
  instance_ids:
    description:
      - Short for O(targets) with the key V(InstanceIds). V([*]) means all managed nodes.
    type: list
    elements: str
  target_maps:
    description:
      - Targets of a runbook as maps from parameter names to lists of values. Excludes O(targets) and
        O(automation_target_parameter_name).
    type: list
    elements: dict
  automation_target_parameter_name:
    description:
      - The runbook's parameter that each target is put in. AWS takes it together with O(targets) or takes neither.
    type: str
  schedule_expression:
    description:
      - When to run, as C(cron(0 2 ? * SUN *\)), C(rate(7 days\)) or C(at(2026-08-01T02:00:00\)), in UTC.
    type: str
  schedule_offset:
    description:
      - Days (1 to 6) to wait after the day that a cron schedule gives. Needs O(apply_only_at_cron_interval=true).
    type: int
  apply_only_at_cron_interval:
    description:
      - Whether to run on schedule only, and not when it is created or changed. Not for C(rate(\)) schedules.
      - Turning it off makes AWS run the association at once.
    type: bool
  max_concurrency:
    description:
      - On how many targets to run at once, a number or a percentage. AWS takes V(100%) when it is not set.
    type: str
  max_errors:
    description:
      - After how many failed targets to stop starting others, a number or a percentage. AWS never stops if not set.
    type: str
  compliance_severity:
    description:
      - How severe it is when the association fails.
    type: str
    choices: [CRITICAL, HIGH, MEDIUM, LOW, UNSPECIFIED]
  sync_compliance:
    description:
      - Whether AWS derives compliance from the run (V(AUTO)) or somebody reports it (V(MANUAL)).
    type: str
    choices: [AUTO, MANUAL]
  output_location:
    description:
      - An S3 bucket for the whole output.
    type: dict
    suboptions:
      s3_bucket:
        description: Name of the bucket.
        type: str
      s3_key_prefix:
        description: What its keys start with.
        type: str
      s3_region:
        description: The bucket's Region.
        type: str
  calendar_names:
    description:
      - Names or ARNs of Change Calendars; it runs only while all of them are open.
    type: list
    elements: str
  duration:
    description:
      - Hours (1 to 24) after which a run is cancelled. AWS heeds it only with O(apply_only_at_cron_interval=true).
    type: int
  association_dispatch_assume_role:
    description:
      - ARN of the role with which State Manager acts. AWS recommends one of your own.
    type: str
  run_now:
    description:
      - Run it now on all its targets, unless it is just being created or updated in a way that makes it run anyway.
    type: bool
    default: false
  include_patch_states:
    version_added: 0.2.0
    description:
      - With O(state=run_once), whether to read what the targets have reported of their patches once the run has
        ended, which saves a M(steadyfleet.aws_patching.ssm_patch_state_info).
    type: bool
    default: false
  wait:
    description:
      - Whether to wait until AWS's reads show what was written or deleted. Without it, a task that follows at once may
        still read what was there before.
      - With O(state=present), also whether to wait for the run that this call started, if it started one, and to fail
        if that did not succeed on every target. A run that a closed Change Calendar holds back is waited for too.
      - O(state=run_once) always waits.
extends_documentation_fragment:
  - steadyfleet.aws_patching._attributes
  - steadyfleet.aws_patching._alarm.clearable
  - steadyfleet.aws_patching._tags
  - steadyfleet.aws_patching._target_locations
  - steadyfleet.aws_patching._wait
  - amazon.aws.common.modules
  - amazon.aws.region.modules
  - amazon.aws.boto3
"""

EXAMPLES = r"""
- name: Install patches on one drained instance, and see every step's result
  steadyfleet.aws_patching.ssm_association:
    state: run_once
    association_name: patch-shop-1
    document: AWS-RunPatchBaselineWithHooks
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

- name: Scan all instances of an application every night, and not before
  steadyfleet.aws_patching.ssm_association:
    association_name: scan-shop
    document: AWS-RunPatchBaseline
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
      s3_bucket: my-patch-logs
      s3_key_prefix: scans
    tags:
      Team: shop

- name: Run it now and wait for the result
  steadyfleet.aws_patching.ssm_association:
    association_name: scan-shop
    run_now: true

- name: Change one field; all others stay as they are
  steadyfleet.aws_patching.ssm_association:
    association_name: scan-shop
    max_errors: "1"

- name: Install two days after the second Tuesday of a month, within four hours, while the shop is well
  steadyfleet.aws_patching.ssm_association:
    association_name: install-shop
    document: AWS-RunPatchBaseline
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

- name: A runbook
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
    document: shop-pause
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
association:
  description:
    - The association's fields under the names of the options; fields that are not set are missing.
    - In check mode, as they would be.
  returned: when it exists or existed, or would
  type: dict
  contains:
    association_id:
      description: Its id. Missing in check mode when it would be created.
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
    tags:
      description: Its tags, when O(tags) was given.
      type: dict
      sample: {"Team": "shop"}
runs_at_once:
  description:
    - Whether this call made AWS run the association without waiting for its schedule. In check mode, whether it would.
  returned: O(state=present)
  type: bool
  sample: true
runs_at_once_because:
  description: Why it did, or would.
  returned: when RV(runs_at_once) is true
  type: str
  sample: AWS runs an association as soon as it is updated, unless apply_only_at_cron_interval is true
attached:
  description: Whether the run of an association that was already there was followed, instead of starting another.
  returned: O(state=run_once)
  type: bool
  sample: false
patch_states:
  description:
    - What the targets last reported of their patches, by their ids, each as RV(ignore:instances[].patch_state) of
      M(steadyfleet.aws_patching.ssm_patch_state_info). One that never did is left out.
  returned: O(state=run_once) and O(include_patch_states=true)
  type: dict
  sample: {"i-0123456789abcdef0": {"operation": "Install", "missing_count": 0}}
execution:
  description: The run that was followed, also when the module fails because of it.
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

from ansible_collections.steadyfleet.aws_patching.plugins.module_utils._association.apply import (
    carry_out,
    find,
    planned,
    remove,
)
from ansible_collections.steadyfleet.aws_patching.plugins.module_utils._association.options import ASSOCIATION_SPEC
from ansible_collections.steadyfleet.aws_patching.plugins.module_utils._association.plan import Wish
from ansible_collections.steadyfleet.aws_patching.plugins.module_utils._association.report import expected, shown
from ansible_collections.steadyfleet.aws_patching.plugins.module_utils._association.rules import check_given, check_once
from ansible_collections.steadyfleet.aws_patching.plugins.module_utils._association.run_once import (
    left_behind,
    run_once,
)
from ansible_collections.steadyfleet.aws_patching.plugins.module_utils._association.transformations import (
    observed,
    wanted,
)
from ansible_collections.steadyfleet.aws_patching.plugins.module_utils._association.waiters import (
    Tools,
    require_success,
)
from ansible_collections.steadyfleet.aws_patching.plugins.module_utils._common.patterns import refuse
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


def tools(module: AnsibleAWSModule) -> Tools:
    label = f"association {module.params['association_name'] or module.params['association_id']}"
    if module.params["instance_ids"]:
        label += f" on {one_line(module.params['instance_ids'])}"
    return Tools(
        client=connect(module, "ssm"),
        once=lambda: connect(module, "ssm", send_once=True),
        deadline=deadline(module),
        interval=poll_interval(module),
        label=label,
    )


def present(module: AnsibleAWSModule, ours: Tools, wish: Wish) -> Result:
    current, todo = planned(ours.client, module.params["association_id"], wish)
    result = report(todo.shown_before(), todo.shown_after(), runs_at_once=todo.runs)
    result["changed"] = result["changed"] or todo.start
    if todo.runs_because:
        result["runs_at_once_because"] = todo.runs_because
    tags = todo.tags.after if todo.tags else None
    if module.check_mode:
        return {**result, "association": expected(current or {}, todo.after, tags)}
    description, outcome = carry_out(ours, todo, current, waits=module.params["wait"])
    result["association"] = shown(description, tags)
    return require_success(outcome, todo.after, result) if outcome else result


def absent(module: AnsibleAWSModule, ours: Tools, _wish: Wish) -> Result:
    current = find(ours.client, module.params["association_id"], module.params["association_name"])
    if current is None:
        return report({}, {})
    if not module.check_mode:
        remove(ours, current, waits=module.params["wait"])
    return report(observed(current), {}, association=shown(current, None))


def once(module: AnsibleAWSModule, ours: Tools, wish: Wish) -> Result:
    fields = check_once(wish.fields)
    result = {"changed": True, "attached": False, "diff": {"before": {}, "after": {}}}
    if module.check_mode:
        result["attached"] = left_behind(ours.client, fields) is not None
        return {**result, "association": expected({}, fields, wish.tags)}
    ran = run_once(ours, fields, wish.tags or {})
    result |= {"attached": ran.attached, "association": shown(ran.description, wish.tags)}
    if module.params["include_patch_states"]:
        reporting = [target.resource_id for target in ran.outcome.targets if target.is_node]
        result["patch_states"] = patch_state_results(ours.client, reporting)
    return require_success(ran.outcome, fields, result)


def body(module: AnsibleAWSModule) -> Result:
    params = module.params
    if not (params["association_id"] or params["association_name"]):
        refuse(["association_name and association_id are both empty"])
    wish = Wish(
        fields=wanted(params),
        run_now=params["run_now"],
        tags=tags_as_text(params["tags"]),
        purge_tags=params["purge_tags"],
    )
    check_given(wish.fields, params["association_id"], wish.tags)
    return {"present": present, "absent": absent, "run_once": once}[params["state"]](module, tools(module), wish)


def main() -> None:
    run(
        body,
        {**ASSOCIATION_SPEC, **wait_spec(3600), "include_patch_states": {"type": "bool", "default": False}},
        required_one_of=[("association_id", "association_name")],
        required_if=[("state", "run_once", ("association_name", "document"))],
        mutually_exclusive=[("targets", "instance_ids", "target_maps")],
    )


if __name__ == "__main__":
    main()
