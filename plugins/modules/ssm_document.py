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
  - Contents are compared as structures, so layout, the order of keys, and JSON against YAML are no change. A new
    version is made only when the content (or O(target_type)) really differs; all versions are kept until
    O(keep_versions) says otherwise.
  - Waits until the new version is Active; when AWS finds fault with it, the module fails with AWS's own reason.
author:
  - steadyfleet contributors (@steadyfleet)
notes:
  - A new version is not used by anybody who asks for the default one until O(default_version) moves it.
  - Moving the default version makes AWS run all associations that are bound to C($DEFAULT), and a new version those
    that are bound to C($LATEST), unless they run at their scheduled times only.
  - AWS puts C({{ parameter }}) into a script as text. The module warns of a parameter that takes any text and becomes
    part of a script, and of an C(allowedPattern) that AWS takes but the agent does not understand.
options:
  name:
    description:
      - Name of the document. Names that start with aws, amazon or amzn belong to AWS.
    type: str
    required: true
  state:
    description:
      - Whether the document exists.
      - V(absent) deletes the version that O(document_version) or O(version_name) names, or without them the whole
        document. AWS deletes neither the default version nor what an association uses, and no document that is
        shared; see O(unshare).
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
      - Without it, a new version has that of the version before.
    type: str
  display_name:
    description:
      - Another name to show. AWS changes it only together with the content.
    type: str
  version_name:
    description:
      - Name for the version that this call makes, if it makes one. It must be new, and can't be changed.
      - With O(state=absent), the name of the version to delete.
    type: str
  document_version:
    version_added: 0.2.0
    description:
      - The version to delete, a number or V($LATEST). Only with O(state=absent).
    type: str
  default_version:
    description:
      - The version to be the default one. A number, V(latest), or the name of a version; digits are always a number.
      - Without it, the default version stays as it is. A version that is not Active never becomes the default one.
    type: str
  keep_versions:
    version_added: 0.2.0
    description:
      - How many versions to keep, 1 to 1000. Older ones are deleted at the end; one of them first when the document has
        the 1,000 versions that AWS takes.
      - The default version, the latest one, and those that an association is bound to by number always stay, and count.
    type: int
  attachments:
    version_added: 0.2.0
    description:
      - Files that belong to the content. Each new version must name its own, or has none; so they have to be set when
        the content of a document with attachments changes.
      - AWS tells their names only, so other names are a change (and AWS takes it only together with the content), and
        other files of the same names are none. Name a file's checksum in the content, as C(files) has it, and a new
        file changes the content too.
    type: list
    elements: dict
    suboptions:
      key:
        description:
          - Where it is. V(S3FileUrl) is a file in a bucket, V(SourceUrl) a folder there whose files the content names,
            V(AttachmentReference) a file of another document's version.
        type: str
        required: true
        choices: [SourceUrl, S3FileUrl, AttachmentReference]
      values:
        description:
          - One value, as V(s3://amzn-s3-demo-bucket/my-prefix/my-file.py), V(s3://amzn-s3-demo-bucket/my-prefix) or
            V(MyOtherDocument/3/my-other-file.py).
        type: list
        elements: str
        required: true
      name:
        description:
          - Name of the file.
        type: str
  requires:
    version_added: 0.2.0
    description:
      - Documents that this one requires, for AWS AppConfig. They can't be changed. What is left out of one of them is
        AWS's to fill in.
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
      - Ids of the accounts that may use the document, quoted, or V(all) for everybody. An empty list ends all sharing
        when O(purge_shares=true).
      - Without it, sharing stays as it is.
    type: list
    elements: str
  purge_shares:
    version_added: 0.2.0
    description:
      - Whether sharing with accounts that O(share_with) does not name ends. Only when O(share_with) is given.
    type: bool
    default: true
  shared_document_version:
    version_added: 0.2.0
    description:
      - Which version those in O(share_with) may use. Without it, AWS shares the default version with new ones, and the
        others keep what they have.
    type: str
    choices: [$LATEST, $DEFAULT, $ALL]
  unshare:
    version_added: 0.2.0
    description:
      - With O(state=absent), end all sharing before the document is deleted. Without it, a shared document is not
        deleted.
    type: bool
    default: false
  force:
    version_added: 0.2.0
    description:
      - With O(state=absent), delete documents too for which AWS wants a flag, such as those of type
        V(ApplicationConfigurationSchema).
    type: bool
    default: false
extends_documentation_fragment:
  - steadyfleet.aws_patching._attributes
  - steadyfleet.aws_patching._tags
  - steadyfleet.aws_patching._wait
  - amazon.aws.common.modules
  - amazon.aws.region.modules
  - amazon.aws.boto3
"""

EXAMPLES = r"""
- name: A document written down right here, at once the version that everybody gets
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

- name: A new version from a file, not used by default yet, of which the last ten are kept
  steadyfleet.aws_patching.ssm_document:
    name: shop-say-hello
    src: files/say_hello.yml
    version_name: v2.0
    keep_versions: 10

- name: Make it the default one
  steadyfleet.aws_patching.ssm_document:
    name: shop-say-hello
    default_version: v2.0

- name: Back to the version before
  steadyfleet.aws_patching.ssm_document:
    name: shop-say-hello
    default_version: v1.0

- name: Share every version with two accounts, and with nobody else
  steadyfleet.aws_patching.ssm_document:
    name: shop-say-hello
    share_with: ["111122223333", "444455556666"]
    shared_document_version: $ALL

- name: A runbook from text
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

- name: Delete the document, which is shared
  steadyfleet.aws_patching.ssm_document:
    name: shop-say-hello
    state: absent
    unshare: true
"""

RETURN = r"""
document:
  description:
    - The document with its latest version. All of RV(steadyfleet.aws_patching.ssm_document_info#module:documents) that
      is not read on request only, and what follows.
    - In check mode, as a real run would leave it; V(null) is what only AWS can tell.
  returned: when it exists, or would
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

from ansible_collections.steadyfleet.aws_patching.plugins.module_utils._common.errors import InvalidInput
from ansible_collections.steadyfleet.aws_patching.plugins.module_utils._document import apply as _document
from ansible_collections.steadyfleet.aws_patching.plugins.module_utils._document import options as _document_options
from ansible_collections.steadyfleet.aws_patching.plugins.module_utils._document import removal as _document_removal
from ansible_collections.steadyfleet.aws_patching.plugins.module_utils._document import steps as _document_steps
from ansible_collections.steadyfleet.aws_patching.plugins.module_utils._document.model import Plan
from ansible_collections.steadyfleet.aws_patching.plugins.module_utils._document.plan import foreseen
from ansible_collections.steadyfleet.aws_patching.plugins.module_utils._document.risks import risks
from ansible_collections.steadyfleet.aws_patching.plugins.module_utils._document.rules import check
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


def present(module: AnsibleAWSModule, tools: _document_steps.Tools) -> Result:
    wish = _document_options.wished(module.params)
    for risk in risks(wish.content.parsed) if wish.content else ():
        module.warn(f"document {wish.name}: {risk}")
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
        client=connect(module, "ssm"), deadline=deadline(module), interval=poll_interval(module), waits=params["wait"]
    )
    return (present if params["state"] == "present" else absent)(module, tools)


def main() -> None:
    exclusive = [("content", "src"), ("document_version", "version_name")]
    run(body, {**_document_options.DOCUMENT_SPEC, **wait_spec(3600)}, mutually_exclusive=exclusive)


if __name__ == "__main__":
    main()
