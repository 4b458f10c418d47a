#!/usr/bin/python
# Copyright: steadyfleet contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: patch_verdict
short_description: Judge whether an instance is really patched and serving
version_added: 0.1.0
description:
  - Collects everything that can be known after a patch run, and fails with every reason why the instance is not patched
    and serving.
  - It judges the result of each step of the patch run. It judges the patch state, which must be newer than the
    beginning of the run, with nothing missing, failed or waiting for a reboot. It judges the boot id, which must be a
    new one when a reboot was due. It judges the application's own health URL, requested on the instance. When target
    groups are named, it judges the health of the targets.
  - What the on-exit hook of role P(steadyfleet.aws_patching.patch_hooks#role) has reported of boot id and health is not
    probed again.
  - What is not known is a reason against.
options:
  instance_id:
    description: The EC2 instance.
    type: str
    required: true
  operation_after:
    description:
      - When the patch operation before this run ended, by the instance's own clock, in ISO 8601 with its offset. The
        patch state must be newer.
      - C(context.operation_after) of M(steadyfleet.aws_patching.patch_preflight).
    type: str
    required: true
  snapshot_id:
    description: The patch snapshot that the patch state must have.
    type: str
  execution_target:
    description:
      - The result of the patch run on this instance, one of C(execution.targets) of
        M(steadyfleet.aws_patching.ssm_association).
      - When not given, the steps are not judged, and no reboot counts as due.
    type: dict
  patch_state:
    version_added: 0.2.0
    description:
      - What the instance reported of its patches after the run, one of C(patch_states) of
        M(steadyfleet.aws_patching.ssm_association).
      - When not given, or not new enough, it is read.
    type: dict
  boot_id_before:
    description: The boot id before the patch run. Without it, a reboot that was due cannot be proven.
    type: str
  reboot_option:
    description: With V(NoReboot), patches may wait for a reboot.
    type: str
    choices: [RebootIfNeeded, NoReboot]
    default: RebootIfNeeded
  check_kernel:
    version_added: 0.3.0
    description:
      - Whether the running kernel must be the newest installed one of its flavour, where the files of the instance tell
        it. With O(reboot_option=NoReboot) it need not be.
      - V(false) is for instances that boot an older kernel on purpose.
    type: bool
    default: true
  execution_only:
    version_added: 0.3.0
    description:
      - Judge nothing but O(execution_target), and return whether the run left the instance untouched in
        RV(verdict.untouched). Nothing is read or sent, and no module runs.
    type: bool
    default: false
  health_url:
    description:
      - The application's health URL as the instance itself reaches it, such as V(http://localhost:443/health-check).
      - It must answer with a status of 2xx; a redirect is not healthy. When not given, or empty, it is not requested.
    type: str
  health_timeout:
    description: Seconds within which the health URL must answer well. It is requested again every second.
    type: int
    default: 60
  target_group_arns:
    description: Target groups in which the instance must be healthy. When not given, target health is not judged.
    type: list
    elements: str
  healthy_polls:
    description: How many times in a row the instance must be seen healthy in every one of O(target_group_arns).
    type: int
    default: 3
  wait_timeout:
    description:
      - The deadline of the whole call in seconds. Exceeding it is a failure, never a warning.
    type: int
    default: 900
notes:
  - When the patch run has reported everything and there is nothing against it, an action plugin judges on the
    controller. It validates the options as the module does. Then no module runs, and no AWS call is made.
  - In check mode nothing is sent to the instance, so nothing is judged, and RV(verdict.ok) is V(none).
  - Works for Linux instances that have C(curl).
  - Needs the permissions C(ssm:SendCommand), C(ssm:ListCommandInvocations), C(ssm:ListCommands),
    C(ssm:GetCommandInvocation), C(ssm:DescribeInstancePatchStates) and, for O(target_group_arns),
    C(elasticloadbalancing:DescribeTargetHealth) and C(elasticloadbalancing:DescribeTargetGroupAttributes).
seealso:
  - module: steadyfleet.aws_patching.patch_preflight
  - module: steadyfleet.aws_patching.ssm_association
author:
  - steadyfleet contributors (@steadyfleet)
extends_documentation_fragment:
  - amazon.aws.common.modules
  - amazon.aws.region.modules
  - amazon.aws.boto3
  - steadyfleet.aws_patching._attributes
  - steadyfleet.aws_patching._wait
"""

EXAMPLES = r"""
- name: Check the instance before it is patched
  steadyfleet.aws_patching.patch_preflight:
    instance_ids: [i-0123456789abcdef0]
  register: fleet

- name: Patch it
  steadyfleet.aws_patching.ssm_association:
    state: run_once
    association_name: patch-i-0123456789abcdef0
    document: AWS-RunPatchBaselineWithHooks
    document_version: "1"
    instance_ids: [i-0123456789abcdef0]
    parameters:
      Operation: Install
      SnapshotId: "{{ fleet.preflight.snapshot_id }}"
    include_patch_states: true
  register: patched

- name: Verify it after its patch run
  steadyfleet.aws_patching.patch_verdict:
    instance_id: i-0123456789abcdef0
    execution_target: "{{ patched.execution.targets[0] }}"
    patch_state: "{{ patched.patch_states['i-0123456789abcdef0'] }}"
    operation_after: "{{ found.context.operation_after }}"
    snapshot_id: "{{ found.context.snapshot_id }}"
    boot_id_before: "{{ found.context.boot_id }}"
    health_url: http://localhost:443/health-check
  vars:
    found: "{{ fleet.preflight.instances['i-0123456789abcdef0'] }}"
"""

RETURN = r"""
code:
  description: The kind of the error. See the list of error codes in the collection's documentation.
  returned: failure
  type: str
  sample: verdict_not_ok
verdict:
  description: The verdict. It is part of the failure as well.
  returned: always
  type: dict
  contains:
    ok:
      description: Whether the instance is patched and serving; V(none) in check mode.
      type: bool
      returned: always
    reasons:
      description: Every reason against, one line each.
      type: list
      elements: str
      returned: always
      sample: [patches are 1 waiting for a reboot]
    untouched:
      version_added: 0.3.0
      description:
        - Whether the patch run failed before it changed anything on the instance. The steps that install and reboot
          were skipped. The pre hook was skipped, or it reported that it had changed nothing. The hook on exit
          succeeded.
      type: bool
      returned: always
    reboot_due:
      description: Whether the patch run reached its reboot.
      type: bool
      returned: always
    rebooted:
      description: Whether the boot id differs from the one before; V(none) when that is not known.
      type: bool
      returned: always
    boot_id:
      description: The boot id now, or V(none).
      type: str
      returned: always
    patch_state:
      description:
        - As RV(steadyfleet.aws_patching.ssm_patch_state_info#module:instances[].patch_state), or V(none).
      type: dict
      returned: always
"""

from datetime import UTC, datetime

from ansible_collections.steadyfleet.aws_patching.plugins.module_utils._common.errors import PatchingError
from ansible_collections.steadyfleet.aws_patching.plugins.module_utils._common.times import iso
from ansible_collections.steadyfleet.aws_patching.plugins.module_utils._module import (
    AnsibleAWSModule,
    Result,
    connect,
    context,
    run,
)
from ansible_collections.steadyfleet.aws_patching.plugins.module_utils._patching.apply import gather_evidence
from ansible_collections.steadyfleet.aws_patching.plugins.module_utils._patching.options import VERDICT_SPEC
from ansible_collections.steadyfleet.aws_patching.plugins.module_utils._patching.read import patching_context
from ansible_collections.steadyfleet.aws_patching.plugins.module_utils._patching.report import (
    execution_verdict,
    refusal,
    verdict_result,
)
from ansible_collections.steadyfleet.aws_patching.plugins.module_utils._patching.transformations import (
    given_evidence,
)


def run_module(module: AnsibleAWSModule) -> Result:
    params = module.params
    # In check mode patch_preflight does not scan, so it may not know when the last operation of an instance ended.
    unknown = {"operation_after": iso(datetime.now(UTC))} if module.check_mode and not params["operation_after"] else {}
    given = given_evidence({**params, **unknown})
    if module.check_mode:
        return {"changed": False, "verdict": verdict_result(None)}
    if params["execution_only"]:
        return judged(params["instance_id"], execution_verdict(params["execution_target"]))
    instance_id, target_group_arns = params["instance_id"], params["target_group_arns"] or []
    patching = patching_context(
        context(module),
        elb=connect(module, "elbv2") if target_group_arns else None,
        send_once_client=lambda: connect(module, "ssm", send_once=True),
        healthy_polls=params["healthy_polls"],
    )
    evidence = gather_evidence(patching, instance_id, given, params["health_timeout"], target_group_arns)
    return judged(instance_id, verdict_result(evidence))


def judged(instance_id: str, verdict: Result) -> Result:
    if not verdict["ok"]:
        raise PatchingError(refusal(instance_id, verdict), code="verdict_not_ok", verdict=verdict)
    return {"changed": False, "verdict": verdict}


def main() -> None:
    run(run_module, VERDICT_SPEC)


if __name__ == "__main__":
    main()
