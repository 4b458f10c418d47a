#!/usr/bin/python
# Copyright: steadyfleet contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: patch_preflight
short_description: Check whether a fleet may be patched, and which of its instances need it
version_added: 0.1.0
description:
  - Run this module once for a whole rollout, before anything is changed. It reads agents, target groups and the
    rotation ledger. Then it sends one scan for missing patches, and one small script that reports the boot id, to all
    instances at once.
  - The module fails, with a line for each reason, when an instance is unknown to SSM, offline, in no target group,
    in quarantine, or being patched, when its agent is too old, when too few healthy targets would remain without its
    batch, or when any of this is not known.
  - It also fails for instances that this collection cannot patch yet. These are members of an Auto Scaling group,
    nodes of a Kubernetes cluster, instances that an AWS service manages, platforms other than Linux, targets of a
    Classic Load Balancer, and instances that are also targets by their IP address.
  - An instance that an interrupted run has drained and not put back is not scanned, because its patch run may still be
    in progress. It counts as an instance that needs patching, and the context of that run is returned.
options:
  hosts:
    version_added: 0.3.0
    description:
      - The fleet. Each key is the name of an inventory host, and its value is the id of the EC2 instance. Where the
        value is empty, the name of the host is the id.
      - Exactly one of O(hosts) and O(instance_ids) is required.
    type: dict
  instance_ids:
    description:
      - The EC2 instances of the fleet, by id alone.
      - Exactly one of O(hosts) and O(instance_ids) is required.
    type: list
    elements: str
  snapshot_id:
    description: The patch snapshot that the whole rollout shares, a GUID. When not given, or empty, a new one is made.
    type: str
  scan:
    description:
      - Whether to scan. Without a scan the last known patch state decides, however old it is.
      - In check mode nothing is sent, so the last known patch state decides there as well.
    type: bool
    default: true
  reboot_option:
    description: With V(NoReboot), a pending reboot is no reason to patch an instance.
    type: str
    choices: [RebootIfNeeded, NoReboot]
    default: RebootIfNeeded
  min_agent_version:
    description: The oldest SSM Agent that is accepted. C(AWS-RunPatchBaselineWithHooks) needs the default.
    type: str
    default: 3.0.502.0
  allow_no_target_group:
    description: Whether an instance may be in no target group at all.
    type: bool
    default: false
  ignore_quarantined:
    description: Skip instances in quarantine instead of failing. They do not count as instances that need patching.
    type: bool
    default: false
  serial:
    version_added: 0.3.0
    description:
      - The batches in which the hosts are patched, as in the C(serial) of a play. It is a number of hosts, a percentage
        of the hosts to patch such as V(30%), or a list of these. The last entry of a list holds for all batches that
        follow.
      - The instances of a batch are out of rotation together. The module fails when too few healthy targets would
        remain without one of the batches.
    type: raw
    default: 1
  allow_unhealthy:
    version_added: 0.3.0
    description: Whether an instance may be unhealthy in one of its target groups before the run.
    type: bool
    default: false
  allow_other_target_groups:
    version_added: 0.3.0
    description:
      - Whether an instance may stay registered in target groups that O(target_group_arns) does not name, by its id or
        by its address. It gets requests from there while it reboots.
      - With V(true) those groups are not read. Without O(target_group_arns) this option has no effect.
    type: bool
    default: false
  require_all_targets:
    version_added: 0.3.0
    description:
      - Whether the run must cover all instances in the target groups of the fleet. Otherwise those that are not in the
        run are only warned about.
    type: bool
    default: false
  hook_settings:
    version_added: 0.3.0
    description:
      - The settings of role P(steadyfleet.aws_patching.patch_hooks#role), the same as
        O(steadyfleet.aws_patching.patch_hook_documents#module:settings).
      - With them, every instance that is to be patched is looked at for what the hooks need. These are the user, the
        application in pm2 or systemd, the tools, the folder and the first word of the update command, the port, and an
        answer of the health URL with a status of 2xx. With C(kind=custom) only the health URL, and the port when the
        URL names it, are looked at.
      - The check only reads on the instance. It is sent together with the scan, so not in check mode. An instance that
        an interrupted run has drained is not looked at.
    type: dict
  min_free_space:
    version_added: 0.3.0
    description:
      - How many MiB must be free for the install, by path. A path that an instance does not have is not looked at.
    type: dict
    default:
      /: 1024
      /boot: 128
      /var: 1024
  wait_timeout:
    description:
      - The deadline of the whole call in seconds, including the scan. Exceeding it is a failure, never a warning.
    type: int
    default: 1800
notes:
  - A scan changes nothing on an instance, so this module never reports a change.
  - The module refuses an instance that does not run Linux, that is a member of an Auto Scaling group, that an AWS
    service manages, that is a node of a Kubernetes cluster, that is registered with a Classic Load Balancer or as a
    target by IP address, or that is in a target group without cross-zone load balancing.
  - Needs the permissions C(ssm:DescribeInstanceInformation), C(ssm:DescribeInstancePatchStates), C(ssm:SendCommand),
    C(ssm:ListCommandInvocations), C(ssm:ListCommands), C(ssm:GetCommandInvocation), C(ssm:GetParametersByPath),
    C(ssm:DescribeDocument), C(elasticloadbalancing:DescribeTargetGroups),
    C(elasticloadbalancing:DescribeTargetHealth), C(elasticloadbalancing:DescribeTargetGroupAttributes),
    C(elasticloadbalancing:DescribeLoadBalancers), C(autoscaling:DescribeAutoScalingInstances) and
    C(ec2:DescribeInstances).
seealso:
  - module: steadyfleet.aws_patching.elb_rotation
  - module: steadyfleet.aws_patching.patch_verdict
author:
  - steadyfleet contributors (@steadyfleet)
extends_documentation_fragment:
  - amazon.aws.common.modules
  - amazon.aws.region.modules
  - steadyfleet.aws_patching._requirements
  - steadyfleet.aws_patching._attributes
  - steadyfleet.aws_patching._rotation
  - steadyfleet.aws_patching._wait
"""

EXAMPLES = r"""
- name: Check which instances need patching
  steadyfleet.aws_patching.patch_preflight:
    instance_ids:
      - i-0123456789abcdef0
      - i-0fedcba9876543210
    min_healthy_targets: 1
    wait_timeout: 900
  register: fleet

- name: Show them in the order in which to patch them
  ansible.builtin.debug:
    var: fleet.preflight.queue

- name: Check a fleet by the names of its hosts
  steadyfleet.aws_patching.patch_preflight:
    hosts:
      web1.example.com: i-0123456789abcdef0
      i-0fedcba9876543210: ""
"""

RETURN = r"""
code:
  description: The kind of the error. See the list of error codes in the collection's documentation.
  returned: failure
  type: str
  sample: capacity_too_low
preflight:
  description: What was found. Nothing prevents the rollout.
  returned: success
  type: dict
  contains:
    snapshot_id:
      description: The patch snapshot of the rollout.
      type: str
      returned: always
      sample: 7f1f9a4c-2d1b-4a0f-9a33-0d3f6c0c4d11
    started_at:
      description: When this module began, by the controller's clock.
      type: str
      returned: always
    patch_document_version:
      description: The default version of C(AWS-RunPatchBaselineWithHooks), so that the whole rollout runs the same one.
      type: str
      returned: always
      sample: "12"
    scanned:
      description: Whether this module scanned the instances.
      type: bool
      returned: always
    queue:
      version_added: 0.3.0
      description:
        - The hosts to patch, in the order in which to patch them. Those that an interrupted run has drained come first,
          then the others. Each of the two groups is sorted by name.
        - With O(instance_ids), the ids are the names.
      type: list
      elements: str
      returned: always
      sample: [web1.example.com, web2.example.com]
    batches:
      version_added: 0.3.0
      description: The hosts of RV(preflight.queue) in the batches of O(serial).
      type: list
      elements: list
      returned: always
      sample: [[web1.example.com], [web2.example.com]]
    not_in_run:
      version_added: 0.3.0
      description: The instances that are in a target group of the fleet, or were taken out of one, and not in this run.
      type: list
      elements: dict
      returned: always
      contains:
        instance_id:
          description: The id of the instance.
          type: str
          returned: always
        name:
          description: Its tag C(Name), or an empty text.
          type: str
          returned: always
        target_group_arns:
          description: The target groups of the fleet that it is in.
          type: list
          elements: str
          returned: always
    instances:
      description: What was found for each instance, by its id.
      type: dict
      returned: always
      contains:
        host:
          version_added: 0.3.0
          description: The name of its host in O(hosts). With O(instance_ids), its id.
          type: str
          returned: always
        needs_patching:
          description:
            - Whether the instance is to be patched. In check mode also V(true) for one that was never scanned.
          type: bool
          returned: always
        reason:
          description: Why it needs patching, or why it is in quarantine.
          type: str
          returned: always
          sample: 2 missing, 1 waiting for a reboot
        phase:
          description: C(drained) or C(quarantined) when the ledger has an entry, else empty.
          type: str
          returned: always
        in_rotation:
          description: Whether it gets requests in any target group.
          type: bool
          returned: always
        target_group_arns:
          description: The target groups it is in, and those it was taken out of.
          type: list
          elements: str
          returned: always
        registrations:
          description: The same as RV(steadyfleet.aws_patching.elb_rotation#module:rotation.registrations).
          type: list
          elements: dict
          returned: always
        agent_version:
          description: The version of its SSM Agent.
          type: str
          returned: always
        missing_count:
          description: Number of missing patches.
          type: int
          returned: always
        failed_count:
          description: Number of patches that failed to install.
          type: int
          returned: always
        pending_reboot_count:
          description: Number of patches that wait for a reboot.
          type: int
          returned: always
        boot_id:
          description: Changes with every boot. Empty in check mode.
          type: str
          returned: always
        context:
          description:
            - The texts C(boot_id), C(snapshot_id) and C(operation_after), which
              M(steadyfleet.aws_patching.patch_verdict) needs.
            - Give it to O(steadyfleet.aws_patching.elb_rotation#module:context), so that a run that resumes this one
              gets it back here.
          type: dict
          returned: always
problems:
  description: Every reason against the rollout.
  returned: failure
  type: list
  elements: dict
  contains:
    message:
      description: The reason in one line.
      type: str
      returned: always
    code:
      description: The kind of reason, as C(agent_offline) or C(capacity_too_low).
      type: str
      returned: always
"""

import functools
import uuid
from datetime import UTC, datetime
from typing import Any

from ansible_collections.steadyfleet.aws_patching.plugins.module_utils._common.errors import (
    InvalidInput,
    Refused,
    raise_if_any,
)
from ansible_collections.steadyfleet.aws_patching.plugins.module_utils._common.options import ROTATION_SPEC
from ansible_collections.steadyfleet.aws_patching.plugins.module_utils._common.text import one_line
from ansible_collections.steadyfleet.aws_patching.plugins.module_utils._common.times import iso
from ansible_collections.steadyfleet.aws_patching.plugins.module_utils._common.warnings import warn
from ansible_collections.steadyfleet.aws_patching.plugins.module_utils._module import (
    AnsibleAWSModule,
    Result,
    connect,
    context,
    run,
    wait_spec,
)
from ansible_collections.steadyfleet.aws_patching.plugins.module_utils._patching.apply import scan_fleet
from ansible_collections.steadyfleet.aws_patching.plugins.module_utils._patching.batches import (
    batch_problems,
    batch_sizes,
    batches_of,
)
from ansible_collections.steadyfleet.aws_patching.plugins.module_utils._patching.fleet import FleetMember, Outsider
from ansible_collections.steadyfleet.aws_patching.plugins.module_utils._patching.hooks import setting_problems
from ansible_collections.steadyfleet.aws_patching.plugins.module_utils._patching.node_check import NodeCheck
from ansible_collections.steadyfleet.aws_patching.plugins.module_utils._patching.options import (
    NODE_CHECK_SPEC,
    free_space,
    valid_hook_settings,
)
from ansible_collections.steadyfleet.aws_patching.plugins.module_utils._patching.preflight import (
    PreflightRules,
    Scan,
    instances_to_scan,
    outsider_lines,
    outsider_problems,
    problems_after_scan,
    problems_before_scan,
    reports_of_due_nodes,
)
from ansible_collections.steadyfleet.aws_patching.plugins.module_utils._patching.read import (
    PatchingContext,
    last_patch_states,
    patching_context,
    read_fleet,
    read_patch_document_version,
)
from ansible_collections.steadyfleet.aws_patching.plugins.module_utils._patching.report import (
    member_result,
    outsider_result,
    queue,
)
from ansible_collections.steadyfleet.aws_patching.plugins.module_utils._patching.transformations import (
    hosts_by_instance,
)

SPEC: dict[str, Any] = {
    "hosts": {"type": "dict"},
    "instance_ids": {"type": "list", "elements": "str"},
    "snapshot_id": {"type": "str"},
    "scan": {"type": "bool", "default": True},
    "reboot_option": {"type": "str", "choices": ["RebootIfNeeded", "NoReboot"], "default": "RebootIfNeeded"},
    "min_agent_version": {"type": "str", "default": "3.0.502.0"},
    "allow_no_target_group": {"type": "bool", "default": False},
    "ignore_quarantined": {"type": "bool", "default": False},
    "serial": {"type": "raw", "default": 1},
    "allow_unhealthy": {"type": "bool", "default": False},
    "allow_other_target_groups": {"type": "bool", "default": False},
    "require_all_targets": {"type": "bool", "default": False},
    **NODE_CHECK_SPEC,
    **ROTATION_SPEC,
    **wait_spec(1800),
}


def run_module(module: AnsibleAWSModule) -> Result:
    params = module.params
    hosts = hosts_by_instance(params)
    sizes = batch_sizes(params["serial"])
    snapshot_id = snapshot(params["snapshot_id"])
    rules = PreflightRules(**{name: params[name] for name in PreflightRules.__slots__})
    check = node_check(params)
    started_at = iso(datetime.now(UTC))
    patching = connected(module)
    fleet, outsiders = checked_fleet(module, patching, list(hosts), rules)
    version = read_patch_document_version(patching)
    before = last_patch_states(patching.client, instances_to_scan(fleet.values()))
    if module.check_mode:
        scans = {each: Scan(snapshot_id=snapshot_id, state=state, predicted=True) for each, state in before.items()}
    else:
        scans = scan_fleet(patching, before, snapshot_id, params["scan"], check)
    scans = {each: scans.get(each, Scan(snapshot_id=snapshot_id)) for each in hosts}
    raise_if_any(problems_after_scan(fleet, scans), Refused)
    reports = reports_of_due_nodes(fleet, scans, rules)
    found = [problem for report in reports for problem in report.problems]
    instances = {each: member_result(host, fleet[each], scans[each], rules) for each, host in hosts.items()}
    batches = batches_of(queue(instances), sizes)
    members = {host: fleet[each] for each, host in hosts.items()}
    raise_if_any([*found, *batch_problems(batches, members, rules.min_healthy_targets)], Refused)
    for warning in [warning for report in reports for warning in report.warnings]:
        warn(warning)
    return {
        "changed": False,
        "preflight": {
            "snapshot_id": snapshot_id,
            "started_at": started_at,
            "patch_document_version": version,
            "scanned": params["scan"] and not module.check_mode,
            "queue": queue(instances),
            "batches": batches,
            "not_in_run": list(map(outsider_result, outsiders)),
            "instances": instances,
        },
    }


def connected(module: AnsibleAWSModule) -> PatchingContext:
    return patching_context(
        context(module),
        elb=connect(module, "elbv2"),
        send_once_client=lambda: connect(module, "ssm", send_once=True),
        ledger_prefix=module.params["ledger_prefix"],
    )


def checked_fleet(
    module: AnsibleAWSModule, patching: PatchingContext, instance_ids: list[str], rules: PreflightRules
) -> tuple[dict[str, FleetMember], tuple[Outsider, ...]]:
    """The instances, of which none may be what this collection cannot patch, and who is not in the run."""
    params = module.params
    fleet = read_fleet(
        patching,
        functools.partial(connect, module),
        instance_ids,
        params["target_group_arns"],
        elsewhere=not params["allow_other_target_groups"],
    )
    missing = outsider_problems(fleet.outsiders) if params["require_all_targets"] else []
    raise_if_any([*problems_before_scan(fleet.members.values(), rules), *missing], Refused)
    if fleet.outsiders:
        warn(f"These targets are not in this run: {one_line(outsider_lines(fleet.outsiders), shown=10)}")
    return fleet.members, fleet.outsiders


def node_check(params: dict[str, Any]) -> NodeCheck:
    given = params["hook_settings"]
    settings = valid_hook_settings(given) if given else None
    raise_if_any(setting_problems(settings) if settings else [])
    return NodeCheck(settings=settings, min_free_space=free_space(params["min_free_space"]))


def snapshot(given: str | None) -> str:
    if not given:
        return str(uuid.uuid4())
    try:
        return str(uuid.UUID(given))
    except ValueError:
        message = f"snapshot_id must be a GUID, not {given!r}; leave it out to have one made"
        raise InvalidInput(message, code="snapshot_id_invalid") from None


def main() -> None:
    run(
        run_module,
        SPEC,
        mutually_exclusive=[("hosts", "instance_ids")],
        required_one_of=[("hosts", "instance_ids")],
    )


if __name__ == "__main__":
    main()
