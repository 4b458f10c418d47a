#!/usr/bin/python
# Copyright: steadyfleet contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: elb_rotation
short_description: Take an EC2 instance out of all its target groups, and put it back
version_added: 0.1.0
description:
  - Drains an instance from every target group and port that it is registered with. Later registers exactly the same
    again.
  - The registrations are recorded in a ledger in Parameter Store. The module writes the entry before the first
    deregistration, and deletes it only after it has seen the instance healthy again. When the module is killed at any
    moment, simply run it again.
  - The module refuses to drain when too few healthy targets would remain in any of the groups. It checks capacity again
    while the instance drains. When capacity breaks then, it undoes the drain.
  - An instance that is in no target group, or gets no requests in any, is left alone, so that it is not put into
    rotation later.
  - A target that is registered but unhealthy is in rotation, because a load balancer may fail open to it. The module
    records it and puts it back.
options:
  instance_id:
    description: The EC2 instance.
    type: str
    required: true
  state:
    description:
      - V(drained) takes the instance out of every target group, with no request in flight. An interrupted drain is
        resumed.
      - V(restored) registers the instance as before. It must be seen healthy in every group O(healthy_polls) times in a
        row, as far as O(require_healthy) says. When that is not reached in time, the instance is taken out again, its
        ledger entry says C(quarantined), and the module fails.
      - V(quarantined) keeps a drained instance out, and records the reason in the ledger. An instance without a ledger
        entry was never taken out, so nothing is done.
    type: str
    choices: [drained, restored, quarantined]
    required: true
  reason:
    description: Why the instance is put in quarantine. It is one line, which the ledger keeps.
    type: str
  require_healthy:
    version_added: 0.3.0
    description:
      - With V(as_before), O(state=restored) demands that every registration is healthy that was healthy when the
        instance was drained. The others only have to be registered again.
      - With V(all), every registration has to be healthy. With V(none), all of them only have to be registered. That is
        the way out for an instance that the load balancer does not find healthy, and that is wanted back in any case.
    type: str
    choices: [as_before, all, none]
    default: as_before
  await_patch_runs:
    version_added: 0.3.0
    description:
      - Whether O(state=restored) waits until no command patches the instance, before it changes anything. These are
        commands of C(AWS-RunPatchBaseline), C(AWS-RunPatchBaselineWithHooks) and
        C(AWS-RunPatchBaselineAssociation).
      - A command may still run on a node after its cancellation, and may reboot the node. Use V(false) only if you have
        seen that the patch run has ended.
      - With O(wait=false) the module refuses to restore the instance while it is being patched.
    type: bool
    default: true
  release_quarantine:
    description: Lift the quarantine. Without it, an instance in quarantine is neither drained nor restored.
    type: bool
    default: false
    aliases: [release]
  run_id:
    description: Identifies the rollout in the ledger. A resumed drain keeps its first one.
    type: str
    default: ''
  context:
    description:
      - Texts that whoever resumes an interrupted run must know. The ledger keeps them, and the module returns them.
      - A resumed drain keeps its first context.
    type: dict
    default: {}
  healthy_polls:
    description: How many times in a row the instance must be seen healthy in every group before it counts as restored.
    type: int
    default: 3
  wait_timeout:
    description:
      - The deadline of the whole call in seconds. Exceeding it is a failure, never a warning.
      - The longest deregistration delay that a target group can have is 3600 seconds.
    type: int
    default: 3900
notes:
  - Needs the permissions C(elasticloadbalancing:DescribeTargetGroups), C(elasticloadbalancing:DescribeTargetHealth),
    C(elasticloadbalancing:DescribeTargetGroupAttributes), C(elasticloadbalancing:DeregisterTargets),
    C(elasticloadbalancing:RegisterTargets), C(ssm:GetParameter), C(ssm:PutParameter), C(ssm:DeleteParameter), and for
    O(await_patch_runs) C(ssm:ListCommandInvocations).
  - An instance that is also a target by IP address, or a member of a Classic Load Balancer, still gets requests from
    there.
  - With O(wait=false) nothing is proven, so the ledger entry stays until the module runs again with O(wait=true).
  - Do not use it for instances of an Auto Scaling group, which may replace an instance that leaves its target group.
seealso:
  - module: steadyfleet.aws_patching.elb_rotation_info
author:
  - steadyfleet contributors (@steadyfleet)
extends_documentation_fragment:
  - amazon.aws.common.modules
  - amazon.aws.region.modules
  - amazon.aws.boto3
  - steadyfleet.aws_patching._attributes
  - steadyfleet.aws_patching._rotation
  - steadyfleet.aws_patching._wait
"""

EXAMPLES = r"""
- name: Take an instance out of every target group
  steadyfleet.aws_patching.elb_rotation:
    instance_id: i-0123456789abcdef0
    state: drained
    min_healthy_targets: 2

- name: Put it back where it was, and wait until it is proven healthy
  steadyfleet.aws_patching.elb_rotation:
    instance_id: i-0123456789abcdef0
    state: restored
    healthy_polls: 5
    wait_timeout: 900

- name: Take another one out, and do not wait until its last request has ended
  steadyfleet.aws_patching.elb_rotation:
    instance_id: i-0123456789abcdef1
    state: drained
    wait: false

- name: Keep it out, and record why
  steadyfleet.aws_patching.elb_rotation:
    instance_id: i-0123456789abcdef1
    state: quarantined
    reason: the application did not start after patching

- name: Put it back after it was repaired by hand
  steadyfleet.aws_patching.elb_rotation:
    instance_id: i-0123456789abcdef1
    state: restored
    release_quarantine: true
"""

RETURN = r"""
code:
  description: The kind of the error. See the list of error codes in the collection's documentation.
  returned: failure
  type: str
  sample: capacity_too_low
rotation:
  description: The instance's rotation after this call. In check mode, its rotation after a real run.
  returned: success
  type: dict
  contains:
    instance_id:
      description: The EC2 instance.
      type: str
      returned: always
    phase:
      description:
        - C(drained), C(quarantined), or C(in_rotation) after a proven restore.
        - With O(wait=false), C(draining) when the instance was not seen to be out, and C(restoring) after it was
          registered again.
        - C(untracked) when there is no ledger entry and nothing was done.
      type: str
      returned: always
      sample: drained
    reason:
      description: Why it is in quarantine.
      type: str
      returned: always
    run_id:
      description: O(run_id) of the rollout that drained it.
      type: str
      returned: always
    context:
      description: O(context) of the drain.
      type: dict
      returned: always
    ledger_name:
      description: The name of the ledger entry's parameter.
      type: str
      returned: always
      sample: /steadyfleet/aws_patching/ledger/i-0123456789abcdef0
    registrations:
      description: What was taken out, or put back. Empty when the instance was not in rotation before.
      type: list
      elements: dict
      returned: always
      contains:
        target_group_arn:
          description: ARN of the target group.
          type: str
          returned: always
        target_group_name:
          description: Name of the target group.
          type: str
          returned: always
        id:
          description: The target's id.
          type: str
          returned: always
        port:
          description: The target's port.
          type: int
          returned: always
        availability_zone:
          description: The target's Availability Zone, where AWS has one.
          type: str
          returned: always
        state_before:
          version_added: 0.3.0
          description: The target's health when it was recorded in the ledger.
          type: str
          returned: always
          sample: healthy
    healthy_targets:
      description:
        - For each target group, by name, the number of healthy targets C(before) this call and C(after) it without the
          instance, and the C(minimum).
      type: dict
      returned: always
      sample: {shop-web: {before: 4, after: 3, minimum: 1}}
steps:
  description: What was done, in order. In check mode, what would be done.
  returned: success
  type: list
  elements: dict
  sample:
    - {step: write_ledger, phase: drained, registrations: ["shop-web:443"]}
    - {step: deregister, registrations: ["shop-web:443"]}
    - {step: await_drained, registrations: ["shop-web:443"]}
"""

from datetime import UTC, datetime
from typing import Any

from ansible_collections.steadyfleet.aws_patching.plugins.module_utils._common.options import ROTATION_SPEC
from ansible_collections.steadyfleet.aws_patching.plugins.module_utils._common.times import iso
from ansible_collections.steadyfleet.aws_patching.plugins.module_utils._module import (
    AnsibleAWSModule,
    Result,
    connect,
    context,
    report,
    run,
    wait_spec,
)
from ansible_collections.steadyfleet.aws_patching.plugins.module_utils._rotation.apply import apply_plan
from ansible_collections.steadyfleet.aws_patching.plugins.module_utils._rotation.ledger import name_for
from ansible_collections.steadyfleet.aws_patching.plugins.module_utils._rotation.model import DesiredRotation
from ansible_collections.steadyfleet.aws_patching.plugins.module_utils._rotation.plan import plan_rotation
from ansible_collections.steadyfleet.aws_patching.plugins.module_utils._rotation.read import (
    RotationContext,
    read_situation,
)
from ansible_collections.steadyfleet.aws_patching.plugins.module_utils._rotation.report import (
    predicted_state,
    rotation_result,
    rotation_state,
    steps_result,
)
from ansible_collections.steadyfleet.aws_patching.plugins.module_utils._rotation.rules import checked_instance_ids

SPEC: dict[str, Any] = {
    "instance_id": {"type": "str", "required": True},
    "state": {"type": "str", "required": True, "choices": ["drained", "restored", "quarantined"]},
    "reason": {"type": "str"},
    "require_healthy": {"type": "str", "choices": ["as_before", "all", "none"], "default": "as_before"},
    "await_patch_runs": {"type": "bool", "default": True},
    "release_quarantine": {"type": "bool", "default": False, "aliases": ["release"]},
    "run_id": {"type": "str", "default": ""},
    "context": {"type": "dict", "default": {}},
    "healthy_polls": {"type": "int", "default": 3},
    **ROTATION_SPEC,
    **wait_spec(3900),
}


def run_module(module: AnsibleAWSModule) -> Result:
    params = module.params
    [instance_id] = checked_instance_ids([params["instance_id"]])
    ledger_name = name_for(params["ledger_prefix"], instance_id)
    rotation_context = RotationContext(
        **vars(context(module, "elbv2")),
        ssm=connect(module, "ssm"),
        ledger_prefix=params["ledger_prefix"],
        healthy_polls=params["healthy_polls"],
    )
    desired = DesiredRotation(
        state=params["state"],
        min_healthy_targets=params["min_healthy_targets"],
        run_id=params["run_id"],
        reason=params["reason"] or "",
        at=iso(datetime.now(UTC)) or "",
        context={str(key): str(value) for key, value in params["context"].items()},
        release_quarantine=params["release_quarantine"],
        require_healthy=params["require_healthy"],
        wait_seconds=params["wait_timeout"] if params["wait"] else None,
    )
    now = read_situation(
        rotation_context,
        instance_id,
        params["target_group_arns"],
        drain=params["state"] == "drained",
        patch_runs=params["state"] == "restored" and params["await_patch_runs"],
    )
    plan = plan_rotation(now, desired)
    if not module.check_mode:
        apply_plan(rotation_context, plan, now, desired)
    return report(
        rotation_state(now),
        predicted_state(plan, now),
        rotation={**rotation_result(now, plan, desired), "ledger_name": ledger_name},
        steps=steps_result(plan),
    )


def main() -> None:
    run(run_module, SPEC, required_if=[("state", "quarantined", ["reason"])])


if __name__ == "__main__":
    main()
