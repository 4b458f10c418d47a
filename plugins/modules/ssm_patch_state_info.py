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
  - Reads, for each instance, the last ping of its SSM Agent and what its last patch operation reported. On request it
    reads every single patch as well.
  - An instance that SSM does not know is a failure, so that no instance is skipped unnoticed.
options:
  instance_ids:
    description: The managed instances, any number.
    type: list
    elements: str
    required: true
  include_patches:
    version_added: 0.2.0
    description:
      - Whether to read every single patch as well. This takes at least one call for each instance. Everything else is
        read of 50 instances at once.
    type: bool
    default: false
  patch_filters:
    version_added: 0.2.0
    description: Which patches to read. A patch must pass all of these filters. Requires O(include_patches=true).
    type: dict
    suboptions:
      states:
        description: States, such as V(Missing), V(Failed), V(Installed) or V(InstalledPendingReboot).
        type: list
        elements: str
      severities:
        description: Severities, such as V(Important). The operating system determines which exist.
        type: list
        elements: str
      classifications:
        description: Classifications, such as V(Security). The operating system determines which exist.
        type: list
        elements: str
      kb_ids:
        description: The operating system's names of the patches.
        type: list
        elements: str
notes:
  - RV(instances[].ping_status) lags behind by up to five minutes. After a reboot it stays C(Online) from before.
  - Needs the permissions C(ssm:DescribeInstanceInformation) and C(ssm:DescribeInstancePatchStates), and for
    O(include_patches) C(ssm:DescribeInstancePatches).
seealso:
  - module: steadyfleet.aws_patching.patch_preflight
author:
  - steadyfleet contributors (@steadyfleet)
extends_documentation_fragment:
  - amazon.aws.common.modules
  - amazon.aws.region.modules
  - steadyfleet.aws_patching._requirements
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

- name: Read which important patches one of them misses
  steadyfleet.aws_patching.ssm_patch_state_info:
    instance_ids: [i-0123456789abcdef0]
    include_patches: true
    patch_filters:
      states: [Missing, Failed]
      severities: [Critical, Important]
"""

RETURN = r"""
code:
  description: The kind of the error. See the list of error codes in the collection's documentation.
  returned: failure
  type: str
  sample: instance_unknown
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
      description: The time of the agent's last ping.
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
          description: The patch snapshot that the operation used.
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
          description: Patches that the baseline approves and that are not installed.
          type: int
          returned: always
        failed_count:
          description: Patches whose installation failed.
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
        unreported_not_applicable_count:
          description: Patches that do not apply and are not reported one by one, because there are too many.
          type: int
          returned: always
        available_security_update_count:
          description: Security updates that are available and that the baseline does not approve (Windows).
          type: int
          returned: always
        install_override_list:
          description: The list of patches that was installed instead of the baseline's.
          type: str
          returned: always
        last_no_reboot_install_operation_time:
          description: When patches were last installed without a reboot, or V(none).
          type: str
          returned: always
    patches:
      description: The patches that pass O(patch_filters). Empty for an instance that was never scanned.
      type: list
      elements: dict
      returned: with O(include_patches=true)
      contains:
        title:
          description: Name and version, or the title.
          type: str
          returned: always
          sample: openssl.x86_64:1:3.0.8-1
        kb_id:
          description: The operating system's name of the patch.
          type: str
          returned: always
          sample: openssl.x86_64
        classification:
          description: The patch's classification.
          type: str
          returned: always
          sample: Security
        severity:
          description: The patch's severity.
          type: str
          returned: always
          sample: Important
        state:
          description: The patch's state, as in O(patch_filters.states).
          type: str
          returned: always
          sample: Missing
        installed_at:
          description: When it was installed, or V(none) when it is not installed or AWS does not know.
          type: str
          returned: always
          sample: "2026-08-01T09:30:00.000Z"
        cve_ids:
          description: The vulnerabilities that it fixes. AWS returns them for missing and failed patches.
          type: list
          elements: str
          returned: always
          sample: [CVE-2026-0001]
"""

from collections.abc import Iterator
from typing import Any

from ansible_collections.steadyfleet.aws_patching.plugins.module_utils._aws.validate import request_problems
from ansible_collections.steadyfleet.aws_patching.plugins.module_utils._common.errors import (
    NotFound,
    Problem,
    raise_if_any,
)
from ansible_collections.steadyfleet.aws_patching.plugins.module_utils._module import (
    AnsibleAWSModule,
    Result,
    connect,
    run,
)
from ansible_collections.steadyfleet.aws_patching.plugins.module_utils._patching.api import nodes, patch_states, patches
from ansible_collections.steadyfleet.aws_patching.plugins.module_utils._patching.patch_state import unknown_instances
from ansible_collections.steadyfleet.aws_patching.plugins.module_utils._patching.report import node_result
from ansible_collections.steadyfleet.aws_patching.plugins.module_utils._patching.transformations import (
    PATCH_FILTERS,
    patch_filters,
)

_TEXTS = {"type": "list", "elements": "str"}
SPEC: dict[str, Any] = {
    "instance_ids": {**_TEXTS, "required": True},
    "include_patches": {"type": "bool", "default": False},
    "patch_filters": {"type": "dict", "options": dict.fromkeys(PATCH_FILTERS, _TEXTS)},
}


Filters = dict[str, dict[str, Any]]


def run_module(module: AnsibleAWSModule) -> Result:
    params = module.params
    instance_ids, include_patches = list(dict.fromkeys(params["instance_ids"])), params["include_patches"]
    filters = patch_filters(params["patch_filters"])
    ssm = connect(module, "ssm")
    raise_if_any([*filter_problems(filters, include_patches), *request_limits(ssm, instance_ids, filters)])
    known = nodes(ssm, instance_ids)
    raise_if_any(unknown_instances(instance_ids, known), NotFound)
    states = patch_states(ssm, instance_ids)
    # An instance without a patch state has no patches to ask for.
    wanted = instance_ids if include_patches else []
    single = {each: patches(ssm, each, list(filters.values())) if each in states else () for each in wanted}
    return {
        "changed": False,
        "instances": [node_result(known[each], states.get(each), single.get(each)) for each in instance_ids],
    }


def filter_problems(filters: Filters, include_patches: bool) -> Iterator[Problem]:
    if filters and not include_patches:
        yield Problem("patch_filters requires include_patches=true", "patch_filters_without_include_patches")
    for name, each in filters.items():
        # AWS takes a filter without values, and no patch passes it.
        if not each["Values"]:
            yield Problem(f"patch_filters.{name} is empty: leave it out", "patch_filter_empty")


def request_limits(ssm: Any, instance_ids: list[str], filters: Filters) -> Iterator[Problem]:
    """What DescribeInstancePatches would refuse."""
    operation = "DescribeInstancePatches"
    for each in instance_ids:
        yield from request_problems(ssm, operation, {"InstanceId": each}, {"InstanceId": "instance_ids"})
    for name, filter_ in filters.items():
        # Any instance id: they are judged above.
        request = {"InstanceId": "i-01234567", "Filters": [filter_]}
        yield from request_problems(ssm, operation, request, {"Filters.Values": f"patch_filters.{name}"})


def main() -> None:
    run(run_module, SPEC)


if __name__ == "__main__":
    main()
