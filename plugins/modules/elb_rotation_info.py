#!/usr/bin/python
# Copyright: steadyfleet contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: elb_rotation_info
short_description: Read where EC2 instances are registered, and what the rotation ledger holds
version_added: 0.1.0
description:
  - Reads the whole fleet with one call for the list of target groups and one call for the targets of each group.
  - Shows what M(steadyfleet.aws_patching.elb_rotation) took out of rotation and has not put back.
options:
  instance_ids:
    description:
      - Return only these instances. When not given, every target and every instance with a ledger entry is returned.
    type: list
    elements: str
notes:
  - Needs the permissions C(elasticloadbalancing:DescribeTargetGroups), C(elasticloadbalancing:DescribeTargetHealth),
    C(elasticloadbalancing:DescribeTargetGroupAttributes) and C(ssm:GetParametersByPath).
seealso:
  - module: steadyfleet.aws_patching.elb_rotation
author:
  - steadyfleet contributors (@steadyfleet)
extends_documentation_fragment:
  - amazon.aws.common.modules
  - amazon.aws.region.modules
  - steadyfleet.aws_patching._requirements
  - steadyfleet.aws_patching._attributes.info
  - steadyfleet.aws_patching._rotation
"""

EXAMPLES = r"""
- name: See which instances are out of rotation
  steadyfleet.aws_patching.elb_rotation_info:
  register: fleet

- name: List those in quarantine, and why
  ansible.builtin.debug:
    msg: "{{ item.instance_id }}: {{ item.ledger.reason }}"
  loop: "{{ fleet.rotations | selectattr('ledger') | selectattr('ledger.phase', 'eq', 'quarantined') }}"
"""

RETURN = r"""
rotations:
  description: The instances.
  returned: success
  type: list
  elements: dict
  contains:
    instance_id:
      description: The EC2 instance.
      type: str
      returned: always
    registrations:
      description:
        - The targets that the instance is, or that are still draining.
        - Each is as in RV(steadyfleet.aws_patching.elb_rotation#module:rotation.registrations), with its health.
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
        state:
          description: The target's health.
          type: str
          returned: always
          sample: healthy
        reason:
          description: Why the target is not healthy.
          type: str
          returned: always
          sample: Target.ResponseCodeMismatch
    ledger:
      description: The ledger entry, or V(none).
      type: dict
      returned: always
      contains:
        phase:
          description: C(drained) or C(quarantined).
          type: str
          returned: always
        reason:
          description: Why the instance is in quarantine.
          type: str
          returned: always
        run_id:
          description: Identifies the rollout that drained the instance.
          type: str
          returned: always
        at:
          description: When the entry got its phase.
          type: str
          returned: always
        context:
          description: The context that was given to the drain.
          type: dict
          returned: always
        registrations:
          description: What a restore puts back. Each is as in RV(rotations[].registrations), without its health.
          type: list
          elements: dict
          returned: always
target_groups:
  description: The target groups that were read.
  returned: success
  type: list
  elements: dict
  contains:
    arn:
      description: ARN of the target group.
      type: str
      returned: always
    name:
      description: Name of the target group.
      type: str
      returned: always
    healthy:
      description: Number of targets that are healthy and get requests.
      type: int
      returned: always
    total:
      description: Number of targets that are registered.
      type: int
      returned: always
    minimum:
      description: Number of healthy targets that must stay, by O(min_healthy_targets) and by the group's own settings.
      type: int
      returned: always
"""

from typing import Any

from ansible_collections.steadyfleet.aws_patching.plugins.module_utils._common.options import ROTATION_SPEC
from ansible_collections.steadyfleet.aws_patching.plugins.module_utils._module import (
    AnsibleAWSModule,
    Result,
    connect,
    run,
)
from ansible_collections.steadyfleet.aws_patching.plugins.module_utils._rotation.read import (
    groups_to_read,
    read_groups,
    read_ledger,
)
from ansible_collections.steadyfleet.aws_patching.plugins.module_utils._rotation.report import (
    group_result,
    rotation_results,
)
from ansible_collections.steadyfleet.aws_patching.plugins.module_utils._rotation.rules import checked_instance_ids

SPEC: dict[str, Any] = {
    "instance_ids": {"type": "list", "elements": "str"},
    **ROTATION_SPEC,
}


def run_module(module: AnsibleAWSModule) -> Result:
    params = module.params
    wanted = params["instance_ids"]
    instance_ids = None if wanted is None else checked_instance_ids(wanted)
    elb = connect(module, "elbv2")
    ledger = read_ledger(connect(module, "ssm"), params["ledger_prefix"])
    groups = read_groups(elb, groups_to_read(elb, params["target_group_arns"]))
    return {
        "changed": False,
        "rotations": rotation_results(groups, ledger, instance_ids),
        "target_groups": [group_result(group, params["min_healthy_targets"]) for group in groups],
    }


def main() -> None:
    run(run_module, SPEC)


if __name__ == "__main__":
    main()
