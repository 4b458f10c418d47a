#!/usr/bin/python
# Copyright: steadyfleet contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: ssm_patch_state_info
short_description: Read agent liveness and patch state of managed instances
version_added: 0.1.0
description:
  - For each instance, when its SSM Agent was last heard of, and what its last patch operation reported.
  - An instance that SSM does not know is a failure, so that no instance is passed over unseen.
options:
  instance_ids:
    description: The managed instances, any number.
    type: list
    elements: str
    required: true
notes:
  - RV(instances[].ping_status) lags behind by up to five minutes; after a reboot it stays C(Online) from before.
  - Needs the permissions C(ssm:DescribeInstanceInformation) and C(ssm:DescribeInstancePatchStates).
seealso:
  - module: steadyfleet.aws_patching.patch_preflight
author:
  - steadyfleet contributors (@steadyfleet)
extends_documentation_fragment:
  - amazon.aws.common.modules
  - amazon.aws.region.modules
  - amazon.aws.boto3
  - steadyfleet.aws_patching._attributes.info
"""

EXAMPLES = r"""
- name: Read the patch state of two instances
  steadyfleet.aws_patching.ssm_patch_state_info:
    instance_ids:
      - i-0123456789abcdef0
      - i-0fedcba9876543210
  register: fleet

- name: Stop when one of them was never scanned, or misses patches
  ansible.builtin.assert:
    that:
      - fleet.instances | rejectattr('patch_state') | length == 0
      - fleet.instances | map(attribute='patch_state.missing_count') | sum == 0
"""

RETURN = r"""
instances:
  description: The instances, in the order they were named.
  returned: success
  type: list
  elements: dict
  contains:
    instance_id:
      description: The managed instance.
      type: str
      returned: always
    ping_status:
      description: C(Online), C(ConnectionLost) or C(Inactive).
      type: str
      returned: always
    last_ping_at:
      description: When the agent was last heard of.
      type: str
      returned: always
      sample: "2026-08-01T09:30:00.000Z"
    agent_version:
      description: The SSM Agent's version.
      type: str
      returned: always
      sample: 3.3.2746.0
    platform_type:
      description: C(Linux), C(Windows) or C(MacOS).
      type: str
      returned: always
    patch_state:
      description: What the last patch operation reported, or V(none) when there never was one.
      type: dict
      returned: always
      contains:
        operation:
          description: C(Scan) or C(Install).
          type: str
          returned: always
        operation_start_time:
          description: When it began, by the instance's clock.
          type: str
          returned: always
        operation_end_time:
          description: When it ended, by the instance's clock.
          type: str
          returned: always
        snapshot_id:
          description: The patch snapshot it was made with.
          type: str
          returned: always
        baseline_id:
          description: The patch baseline.
          type: str
          returned: always
        patch_group:
          description: The patch group.
          type: str
          returned: always
        reboot_option:
          description: C(RebootIfNeeded) or C(NoReboot).
          type: str
          returned: always
        missing_count:
          description: Patches that the baseline wants and that are not installed.
          type: int
          returned: always
        failed_count:
          description: Patches of which the installation failed.
          type: int
          returned: always
        installed_count:
          description: Patches of the baseline that are installed.
          type: int
          returned: always
        installed_other_count:
          description: Installed patches that the baseline does not name.
          type: int
          returned: always
        installed_pending_reboot_count:
          description: Patches that wait for a reboot.
          type: int
          returned: always
        installed_rejected_count:
          description: Installed patches that the baseline rejects.
          type: int
          returned: always
        not_applicable_count:
          description: Patches of the baseline that do not apply.
          type: int
          returned: always
        critical_non_compliant_count:
          description: Non-compliant patches with compliance level critical.
          type: int
          returned: always
        security_non_compliant_count:
          description: Missing security patches.
          type: int
          returned: always
        other_non_compliant_count:
          description: Other non-compliant patches.
          type: int
          returned: always
"""

from typing import Any

from ansible_collections.steadyfleet.aws_patching.plugins.module_utils._aws.ssm_nodes import nodes, patch_states
from ansible_collections.steadyfleet.aws_patching.plugins.module_utils._core.errors import NotFound
from ansible_collections.steadyfleet.aws_patching.plugins.module_utils._core.execution import one_line
from ansible_collections.steadyfleet.aws_patching.plugins.module_utils._core.patch_state import info, unknown
from ansible_collections.steadyfleet.aws_patching.plugins.module_utils._module import AnsibleAWSModule, connect, run

SPEC: dict[str, Any] = {"instance_ids": {"type": "list", "elements": "str", "required": True}}


def body(module: AnsibleAWSModule) -> dict[str, Any]:
    instance_ids = list(dict.fromkeys(module.params["instance_ids"]))
    ssm = connect(module, "ssm")
    known = nodes(ssm, instance_ids)
    if missing := unknown(instance_ids, known):
        raise NotFound(one_line(missing))
    states = patch_states(ssm, instance_ids)
    return {"changed": False, "instances": [info(known[each], states.get(each)) for each in instance_ids]}


def main() -> None:
    run(body, SPEC)


if __name__ == "__main__":
    main()
