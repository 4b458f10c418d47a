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
  - Creates, updates, shares and deletes documents of AWS Systems Manager, such as command documents and runbooks.
  - The module compares contents as JSON values. The layout, the order of keys, and JSON instead of YAML are no
    difference, and C(1.0) is the same number as C(1). C(true) and C(1) differ.
  - It creates a new version only when the content, O(target_type) or O(cloud_providers) differs. It keeps all versions
    unless O(keep_versions) is set.
  - The module waits until the new version is Active. When AWS rejects the version, the module fails with AWS's reason.
author:
  - steadyfleet contributors (@steadyfleet)
notes:
  - A new version is not the default version until O(default_version) says so.
  - When the default version moves, AWS runs all associations that use C($DEFAULT). When a version is added, AWS runs
    those that use C($LATEST). Associations that run at their scheduled times only are excepted.
  - AWS replaces C({{ parameter }}) in a script as text. The module warns about a parameter that accepts any text and
    becomes part of a script, and about an C(allowedPattern) that AWS accepts but the agent does not support. It does so
    for documents that the agent reads, which runbooks are not.
  - YAML 1.1 and YAML 1.2 read some scalars without quotes differently, such as C(yes), C(on), C(0644), C(1:30) and
    dates. Which of them AWS uses is not known, so that the module warns about each of these in a YAML text.
seealso:
  - module: steadyfleet.aws_patching.ssm_document_info
options:
  name:
    description:
      - The name of the document. Names that start with aws, amazon or amzn belong to AWS.
    type: str
    required: true
  state:
    description:
      - Whether the document exists.
      - V(absent) deletes the version that O(document_version) or O(version_name) names. Without them it deletes the
        whole document. AWS does not delete the default version, a version or document that an association uses, or a
        shared document. See O(unshare_on_delete).
    type: str
    choices: [present, absent]
    default: present
  content:
    description:
      - The content of the document, as text or as a structure.
      - AWS takes at most 64 KB. A larger structure or JSON text is sent without indentation and line breaks.
      - Without O(content) and O(src), an existing document keeps its content.
    type: raw
  src:
    description:
      - A file with the content in UTF-8, on the host where the module runs. The module sends it byte for byte, except a
        byte order mark, which it drops.
    type: path
  document_type:
    description:
      - The type of the document. It cannot be changed. The default of AWS is V(Command).
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
      - The format of the content. By default the module detects it, and sends a structure as V(JSON). A
        V(ChangeCalendar) is an iCalendar file, whose format is V(TEXT).
    type: str
    choices: [JSON, YAML, TEXT]
  target_type:
    description:
      - The type of resource that the document can run on, for example V(/AWS::EC2::Instance), or V(/) for any type.
      - Without it, a new version keeps the type of the version before.
    type: str
  display_name:
    description:
      - A display name. AWS changes it only together with the content.
    type: str
  cloud_providers:
    version_added: 0.3.0
    description:
      - The cloud providers that the document can run against. The default of AWS is V(AWS) for a new document. Without
        the option, a new version keeps the providers of the version before.
      - The option needs botocore 1.44.8 or later.
    type: list
    elements: str
    choices: [AWS, Azure, GCP]
  version_name:
    description:
      - The name of the version that the module creates, if it creates one. No other version may have it, and it cannot
        be changed.
      - With O(state=absent), the name of the version to delete.
    type: str
  document_version:
    version_added: 0.2.0
    description:
      - The version to delete, a number or V($LATEST). Only with O(state=absent).
    type: str
  default_version:
    description:
      - The default version. It is a number, V(latest), or the name of a version. Digits are always a number.
      - Without it, the default version does not change. A version that is not Active never becomes the default version.
    type: str
  keep_versions:
    version_added: 0.2.0
    description:
      - The number of versions to keep, from 1 to 1000. The module deletes older versions at the end. It deletes one of
        them first when the document has the maximum of 1,000 versions.
      - The module never deletes the default version, the latest version, and versions that an association uses by
        number. They count.
    type: int
  attachments:
    version_added: 0.2.0
    description:
      - Files that belong to the content. A new version has only the attachments that it gets. Set them whenever the
        content of a document with attachments changes.
      - The module compares attachments by name only. It does not detect another file with the same name. Put the
        checksum of a file into the content, as the key C(files) does, so that a new file changes the content. AWS
        accepts other attachments only together with other content.
    type: list
    elements: dict
    suboptions:
      key:
        description:
          - The kind of source. V(S3FileUrl) is a file in a bucket. V(SourceUrl) is a folder in a bucket, whose files
            the content names. V(AttachmentReference) is a file of another document's version.
        type: str
        required: true
        choices: [SourceUrl, S3FileUrl, AttachmentReference]
      values:
        description:
          - One value, for example V(s3://amzn-s3-demo-bucket/my-prefix/my-file.py),
            V(s3://amzn-s3-demo-bucket/my-prefix) or V(MyOtherDocument/3/my-other-file.py).
        type: list
        elements: str
        required: true
      name:
        description:
          - The name of the file.
        type: str
  requires:
    version_added: 0.2.0
    description:
      - Documents that this document requires, for AWS AppConfig. They cannot be changed. AWS fills in what is omitted.
    type: list
    elements: dict
    suboptions:
      name:
        description: Name or ARN of the required document.
        type: str
        required: true
      version:
        description: Its version.
        type: str
      require_type:
        description: Its type.
        type: str
      version_name:
        description: The name of its version.
        type: str
  share_with:
    version_added: 0.2.0
    description:
      - The ids of the accounts that may use the document, in quotes, or V(all) for all accounts. An empty list with
        O(purge_shares=true) ends all sharing.
      - Without it, sharing does not change.
    type: list
    elements: str
  purge_shares:
    version_added: 0.2.0
    description:
      - Whether to stop sharing with accounts that are not in O(share_with). It has an effect only with O(share_with).
    type: bool
    default: true
  shared_document_version:
    version_added: 0.2.0
    description:
      - The version that the accounts in O(share_with) may use. Without it, AWS shares the default version with new
        accounts, and the others keep their version.
    type: str
    choices: [$LATEST, $DEFAULT, $ALL]
  unshare_on_delete:
    version_added: 0.2.0
    description:
      - With O(state=absent), whether to end all sharing before the module deletes the document. AWS does not delete a
        shared document.
    type: bool
    default: false
    aliases: [unshare]
  force_delete:
    version_added: 0.2.0
    description:
      - With O(state=absent), whether to set the flag that AWS requires to delete documents of some types, for example
        V(ApplicationConfigurationSchema).
    type: bool
    default: false
    aliases: [force]
  wait_timeout:
    description:
      - The time limit of the whole module run in seconds.
      - The module fails when it reaches the limit.
    type: int
    default: 300
extends_documentation_fragment:
  - steadyfleet.aws_patching._attributes
  - steadyfleet.aws_patching._wait
  - amazon.aws.tags
  - amazon.aws.common.modules
  - amazon.aws.region.modules
  - steadyfleet.aws_patching._requirements
"""

EXAMPLES = r"""
- name: Create a document from a structure and make its version the default version
  steadyfleet.aws_patching.ssm_document:
    name: shop-say-hello
    content:
      schemaVersion: "2.2"
      description: Says hello to somebody
      parameters:
        Whom:
          type: String
          default: world
          interpolationType: ENV_VAR
          allowedPattern: "^[A-Za-z ]{1,40}$"
      mainSteps:
        - name: hello
          action: aws:runShellScript
          inputs:
            runCommand: ['echo "hello $SSM_Whom"']
    target_type: /AWS::EC2::Instance
    version_name: v1.0
    default_version: latest
    tags:
      Team: shop

- name: Add a version from a file and keep the last ten versions
  steadyfleet.aws_patching.ssm_document:
    name: shop-say-hello
    src: files/say_hello.yml
    version_name: v2.0
    keep_versions: 10

- name: Make it the default version
  steadyfleet.aws_patching.ssm_document:
    name: shop-say-hello
    default_version: v2.0

- name: Go back to the version before
  steadyfleet.aws_patching.ssm_document:
    name: shop-say-hello
    default_version: v1.0

- name: Share every version with two accounts and with no other
  steadyfleet.aws_patching.ssm_document:
    name: shop-say-hello
    share_with: ["111122223333", "444455556666"]
    shared_document_version: $ALL

- name: Create a runbook from text
  steadyfleet.aws_patching.ssm_document:
    name: shop-runbook
    document_type: Automation
    content: |
      schemaVersion: "0.3"
      description: Waits a minute
      mainSteps:
        - name: wait
          action: aws:sleep
          inputs:
            Duration: PT1M

- name: Delete one version
  steadyfleet.aws_patching.ssm_document:
    name: shop-say-hello
    state: absent
    version_name: v2.0

- name: Delete the shared document
  steadyfleet.aws_patching.ssm_document:
    name: shop-say-hello
    state: absent
    unshare_on_delete: true
"""

RETURN = r"""
code:
  description: The kind of the error. See the list of error codes in the collection's documentation.
  returned: failure
  type: str
  sample: document_failed
document:
  description:
    - The document with its latest version. It has the fields of
      RV(steadyfleet.aws_patching.ssm_document_info#module:documents) that are always returned, and the following ones.
    - In check mode it is the predicted document. Values that only AWS knows are V(null).
  returned: when the document exists or would exist
  type: dict
  sample:
    name: shop-say-hello
    document_version: "2"
    latest_version: "2"
    default_version: "1"
    status: Active
    status_information: null
    document_type: Command
    document_format: YAML
    schema_version: "2.2"
    target_type: /AWS::EC2::Instance
    display_name: null
    version_name: v2.0
    hash: 0b1c0e6a2b6a8e1f4d1d6e3c2a3c7c3d1f7e0f0a9f0c1c2d3e4f5a6b7c8d9e0f
    hash_type: Sha256
    owner: "123456789012"
    created_at: "2026-08-01T09:30:00.000Z"
    platform_types: [Linux]
    attachments: []
    requires: []
    cloud_providers: null
  contains:
    tags:
      description: Its tags.
      returned: when O(tags) is given
      type: dict
      sample: {"Team": "shop"}
    shared_with:
      description: The accounts it is shared with (V(all) for everybody), and which version each of them may use.
      returned: when O(share_with) is given
      type: dict
      sample: {"111122223333": "$ALL"}
deleted_versions:
  description: The old versions that this call deleted.
  returned: when O(keep_versions) is given
  type: list
  elements: int
  sample: [1, 2]
"""

from typing import Any

from ansible_collections.steadyfleet.aws_patching.plugins.module_utils._aws.context import Context
from ansible_collections.steadyfleet.aws_patching.plugins.module_utils._common.errors import (
    Problem,
    Refused,
    raise_if_any,
)
from ansible_collections.steadyfleet.aws_patching.plugins.module_utils._common.warnings import warn
from ansible_collections.steadyfleet.aws_patching.plugins.module_utils._document.api import (
    desired_limit_problems,
    removal_limit_problems,
)
from ansible_collections.steadyfleet.aws_patching.plugins.module_utils._document.apply import (
    apply_document,
    remove_document,
)
from ansible_collections.steadyfleet.aws_patching.plugins.module_utils._document.plan import plan_document
from ansible_collections.steadyfleet.aws_patching.plugins.module_utils._document.read import (
    read_document,
    read_for_removal,
    read_source,
)
from ansible_collections.steadyfleet.aws_patching.plugins.module_utils._document.report import (
    predicted_document,
    removed_state,
    written_result,
)
from ansible_collections.steadyfleet.aws_patching.plugins.module_utils._document.risks import risks
from ansible_collections.steadyfleet.aws_patching.plugins.module_utils._document.rules import (
    desired_problems,
    document_type_of,
    name_problems,
    removal_problems,
)
from ansible_collections.steadyfleet.aws_patching.plugins.module_utils._document.transformations import (
    desired_document,
    document_removal,
)
from ansible_collections.steadyfleet.aws_patching.plugins.module_utils._module import (
    AnsibleAWSModule,
    Result,
    context,
    report,
    run,
    wait_spec,
)

SPEC: dict[str, Any] = {
    "name": {"type": "str", "required": True},
    "state": {"type": "str", "choices": ["present", "absent"], "default": "present"},
    "content": {"type": "raw"},
    "src": {"type": "path"},
    "document_type": {
        "type": "str",
        "choices": [
            "Command",
            "Policy",
            "Automation",
            "Session",
            "Package",
            "ApplicationConfiguration",
            "ApplicationConfigurationSchema",
            "DeploymentStrategy",
            "ChangeCalendar",
            "Automation.ChangeTemplate",
            "ProblemAnalysis",
            "ProblemAnalysisTemplate",
            "CloudFormation",
            "ConformancePackTemplate",
            "QuickSetup",
            "ManualApprovalPolicy",
            "AutoApprovalPolicy",
        ],
    },
    "document_format": {"type": "str", "choices": ["JSON", "YAML", "TEXT"]},
    "target_type": {"type": "str"},
    "display_name": {"type": "str"},
    "cloud_providers": {"type": "list", "elements": "str", "choices": ["AWS", "Azure", "GCP"]},
    "version_name": {"type": "str"},
    "document_version": {"type": "str"},
    "default_version": {"type": "str"},
    "keep_versions": {"type": "int"},
    "attachments": {
        "type": "list",
        "elements": "dict",
        "options": {
            "key": {
                "type": "str",
                "required": True,
                "choices": ["SourceUrl", "S3FileUrl", "AttachmentReference"],
                "no_log": False,
            },
            "values": {"type": "list", "elements": "str", "required": True},
            "name": {"type": "str"},
        },
    },
    "requires": {
        "type": "list",
        "elements": "dict",
        "options": {
            "name": {"type": "str", "required": True},
            "version": {"type": "str"},
            "require_type": {"type": "str"},
            "version_name": {"type": "str"},
        },
    },
    "tags": {"type": "dict", "aliases": ["resource_tags"]},
    "purge_tags": {"type": "bool", "default": True},
    "share_with": {"type": "list", "elements": "str"},
    "purge_shares": {"type": "bool", "default": True},
    "shared_document_version": {"type": "str", "choices": ["$LATEST", "$DEFAULT", "$ALL"]},
    "unshare_on_delete": {"type": "bool", "default": False, "aliases": ["unshare"]},
    "force_delete": {"type": "bool", "default": False, "aliases": ["force"]},
    **wait_spec(300),
}


def present(module: AnsibleAWSModule, ctx: Context) -> Result:
    params = module.params
    if params["document_version"] is not None:
        message = "document_version is the version to delete and requires state=absent: see default_version"
        raise_if_any([Problem(message)])
    desired = desired_document(params, read_source(params["src"]) if params["src"] else params["content"])
    raise_if_any(desired_limit_problems(ctx.client, desired) + desired_problems(desired))
    observed = read_document(ctx, desired)
    document_type = document_type_of(observed.document if observed else None, desired)
    for risk in risks(desired.content, document_type) if desired.content else ():
        warn(f"document {desired.name}: {risk}")
    plan = plan_document(observed, desired)
    if module.check_mode:
        document = predicted_document(observed, desired, plan, ctx.wait)
    else:
        document, plan = apply_document(ctx, desired, observed, plan)
    return report(plan.before, plan.after, **written_result(document, plan))


def absent(module: AnsibleAWSModule, ctx: Context) -> Result:
    removal = document_removal(module.params)
    raise_if_any(removal_limit_problems(ctx.client, removal) + name_problems(removal.name))
    observed = read_for_removal(ctx, removal)
    if observed is None:
        return report({}, {})
    raise_if_any(removal_problems(observed, removal), Refused)
    if not module.check_mode:
        remove_document(ctx, observed, removal)
    return report(removed_state(observed), {})


def run_module(module: AnsibleAWSModule) -> Result:
    return (present if module.params["state"] == "present" else absent)(module, context(module))


def main() -> None:
    run(run_module, SPEC, mutually_exclusive=[("content", "src"), ("document_version", "version_name")])


if __name__ == "__main__":
    main()
