#!/usr/bin/python

# Copyright: steadyfleet contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: ssm_document
short_description: Manage a document of AWS Systems Manager
version_added: 0.1.0
description:
  - Creates, updates and deletes documents of AWS Systems Manager, such as command documents and runbooks.
  - Contents are compared as structures, so layout, the order of keys, and JSON against YAML are no change. A new
    version is made only when the content really differs.
  - Waits until the new version is Active; when AWS finds fault with it, the module fails with AWS's own reason.
author:
  - steadyfleet contributors (@steadyfleet)
notes:
  - A new version is not used by anybody who asks for the default one until O(default_version) moves it.
  - Moving the default version makes AWS run all associations that are bound to C($DEFAULT).
options:
  name:
    description:
      - Name of the document. Names that start with aws, amazon or amzn belong to AWS.
    type: str
    required: true
  state:
    description:
      - Whether the document exists. V(absent) deletes all its versions; AWS refuses while it is shared or associated.
    type: str
    choices: [present, absent]
    default: present
  content:
    description:
      - What the document says, as text (a template's result, say) or as a structure.
      - Without O(content) and O(src), an existing document keeps its content.
    type: raw
  src:
    description:
      - File to take the content from, where the module runs.
    type: path
  document_type:
    description:
      - Type of the document. It can't be changed. AWS takes V(Command) when it is not set.
    type: str
    choices:
      - Command
      - Policy
      - Automation
      - Session
      - Package
      - ApplicationConfiguration
      - ApplicationConfigurationSchema
      - DeploymentStrategy
      - ChangeCalendar
      - Automation.ChangeTemplate
      - ProblemAnalysis
      - ProblemAnalysisTemplate
      - CloudFormation
      - ConformancePackTemplate
      - QuickSetup
      - ManualApprovalPolicy
      - AutoApprovalPolicy
  document_format:
    description:
      - Format of the content. Found out when it is not set; a structure becomes V(JSON).
    type: str
    choices: [JSON, YAML, TEXT]
  target_type:
    description:
      - Type of resource that the document can run on, as V(/AWS::EC2::Instance), or V(/) for any.
    type: str
  display_name:
    description:
      - Another name to show.
    type: str
  version_name:
    description:
      - Name for the version that this call makes, if it makes one. It must be new, and can't be changed.
    type: str
  default_version:
    description:
      - The version to be the default one, a number or V(latest). Without it, the default version stays as it is.
    type: str
  tags:
    description:
      - Tags of the document.
    type: dict
  purge_tags:
    description:
      - Whether tags that O(tags) does not name are removed. Only when O(tags) is given.
    type: bool
    default: true
extends_documentation_fragment:
  - steadyfleet.aws_patching._attributes
  - steadyfleet.aws_patching._wait
  - amazon.aws.common.modules
  - amazon.aws.region.modules
  - amazon.aws.boto3
"""

EXAMPLES = r"""
- name: A hook from a template, at once the version that everybody gets
  steadyfleet.aws_patching.ssm_document:
    name: shop-pre-install
    content: "{{ lookup('ansible.builtin.template', 'pre_install.yml.j2') }}"
    target_type: /AWS::EC2::Instance
    default_version: latest
    tags:
      Team: shop

- name: A document written down right here
  steadyfleet.aws_patching.ssm_document:
    name: shop-say-hello
    content:
      schemaVersion: "2.2"
      description: Says hello
      mainSteps:
        - name: hello
          action: aws:runShellScript
          inputs:
            runCommand: [echo hello]

- name: A runbook from a file, not used by default yet
  steadyfleet.aws_patching.ssm_document:
    name: shop-runbook
    document_type: Automation
    src: files/runbook.yml
    version_name: v2.0

- name: Remove it
  steadyfleet.aws_patching.ssm_document:
    name: shop-say-hello
    state: absent
"""

RETURN = r"""
document:
  description:
    - The document with its latest version. In check mode, what can be told of it beforehand.
  returned: when it exists, or would
  type: dict
  contains:
    name:
      description: Its name.
      type: str
      sample: shop-pre-install
    document_version:
      description: The version that is described here, which is the latest.
      type: str
      sample: "3"
    latest_version:
      description: The latest version.
      type: str
      sample: "3"
    default_version:
      description: The default version.
      type: str
      sample: "3"
    status:
      description: Status of this version.
      type: str
      sample: Active
    status_information:
      description: What AWS says about the status.
      type: str
      sample: null
    document_type:
      description: Type of the document.
      type: str
      sample: Command
    document_format:
      description: Format in which this version was given.
      type: str
      sample: YAML
    schema_version:
      description: The document's schema.
      type: str
      sample: "2.2"
    target_type:
      description: Type of resource that it can run on.
      type: str
      sample: /AWS::EC2::Instance
    display_name:
      description: Another name to show.
      type: str
      sample: null
    version_name:
      description: Name of this version.
      type: str
      sample: null
    hash:
      description: Checksum of this version's content.
      type: str
      sample: 0b1c0e6a2b6a8e1f4d1d6e3c2a3c7c3d1f7e0f0a9f0c1c2d3e4f5a6b7c8d9e0f
    hash_type:
      description: Kind of checksum.
      type: str
      sample: Sha256
    owner:
      description: The account that owns it.
      type: str
      sample: "123456789012"
    created_at:
      description: When this version was made.
      type: str
      sample: "2026-08-01T09:30:00.000Z"
    platform_types:
      description: Platforms that it can run on.
      type: list
      elements: str
      sample: [Linux]
    tags:
      description: Its tags, when O(tags) was given.
      type: dict
      sample: {"Team": "shop"}
"""

from typing import Any

from ansible_collections.steadyfleet.aws_patching.plugins.module_utils import (
    _document,
    _document_options,
    _document_removal,
    _document_steps,
)
from ansible_collections.steadyfleet.aws_patching.plugins.module_utils._core.document_check import check
from ansible_collections.steadyfleet.aws_patching.plugins.module_utils._core.document_model import Plan
from ansible_collections.steadyfleet.aws_patching.plugins.module_utils._core.document_plan import foreseen
from ansible_collections.steadyfleet.aws_patching.plugins.module_utils._core.errors import InvalidInput
from ansible_collections.steadyfleet.aws_patching.plugins.module_utils._module import (
    WAIT_SPEC,
    AnsibleAWSModule,
    Result,
    connect,
    deadline,
    pace,
    report,
    run,
)


def present(module: AnsibleAWSModule, tools: _document_steps.Tools) -> Result:
    wish = _document_options.wished(module.params)
    seen, todo = _document.settle(tools, wish)
    if module.check_mode:
        return result(foreseen(seen, wish, todo, tools.waits).as_dict(), todo)
    document, done = _document.carry_out(tools, wish, seen, todo)
    return result(document.as_dict(), done)


def result(document: dict[str, Any], done: Plan) -> Result:
    shown = {name: done.after[name] for name in ("tags", "shared_with") if name in done.after}
    deleted = {"deleted_versions": sorted(done.pruned)} if "versions" in done.after else {}
    return report(done.before, done.after, document={**document, **shown}, **deleted)


def absent(module: AnsibleAWSModule, tools: _document_steps.Tools) -> Result:
    params, real = module.params, not module.check_mode
    name, version, version_name = (params[option] for option in ("name", "document_version", "version_name"))
    if version or version_name:
        return report(_document_removal.remove_version(tools, name, version, version_name, real), {})
    return report(_document_removal.remove(tools, name, params["unshare"], params["force"], real), {})


def body(module: AnsibleAWSModule) -> Result:
    params = module.params
    check(params["name"], params)
    if params["state"] == "present" and params["document_version"]:
        raise InvalidInput("document_version says which version shall be absent: default_version chooses the default")
    tools = _document_steps.Tools(
        client=connect(module, "ssm"), deadline=deadline(module), pace=pace(module), waits=params["wait"]
    )
    return (present if params["state"] == "present" else absent)(module, tools)


def main() -> None:
    exclusive = [("content", "src"), ("document_version", "version_name")]
    run(body, {**_document_options.DOCUMENT_SPEC, **WAIT_SPEC}, mutually_exclusive=exclusive)


if __name__ == "__main__":
    main()
