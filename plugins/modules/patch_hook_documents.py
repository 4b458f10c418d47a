#!/usr/bin/python
# Copyright: steadyfleet contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: patch_hook_documents
short_description: Manage the hook documents of a patch run, and pin their versions
version_added: 0.2.0
description:
  - Manages up to three shell scripts as command documents for C(AWS-RunPatchBaselineWithHooks). Returns their names
    with their versions, so that a document that changes during a rollout does not change the rollout.
  - The module reads everything before it writes anything, and the documents become Active side by side. It creates a
    new version only when a script really differs, and makes it the default version at once.
  - A hook without O(pre.script) is a document that the module does not manage. The module pins its version. It refuses
    a document that does not exist, is not Active, is not of type Command, needs a parameter without a default, or has
    no step that runs on Linux. It does so in check mode too.
options:
  pre:
    description:
      - The hook before the install. When not given, there is none.
    type: dict
    suboptions: &hook
      name:
        description:
          - Name of the document, or the ARN of a document that is shared with this account. C(AWS-Noop) stands for no
            hook.
          - A version may stand behind a colon when there is no O(pre.script). It is a number, C($LATEST), C($DEFAULT)
            or the name of a version. Without one, the default version is pinned.
        type: str
        required: true
      script:
        description:
          - The shell script, for Linux. It gets no parameters and must not reboot.
          - The exit codes 168, 169 and 194 have a meaning for the agent, which then skips steps or reboots.
        type: str
      timeout:
        description:
          - Seconds until the agent ends the script, which does not stop the patching. A script needs its own timeouts.
        type: int
        default: 3600
  post:
    description:
      - The hook after the install and before a reboot. When not given, there is none.
    type: dict
    suboptions: *hook
  on_exit:
    description:
      - The hook at the end, which runs whatever has happened. When not given, there is none.
    type: dict
    suboptions: *hook
  document_version:
    description:
      - Version of C(AWS-RunPatchBaselineWithHooks), which must exist. When not given, or empty, its default version is
        looked up.
    type: str
  settings:
    version_added: 0.3.0
    description:
      - The settings of role P(steadyfleet.aws_patching.patch_hooks#role), which renders the scripts from them. The
        module validates them before it reads or writes anything, and reports all problems at once.
      - Each suboption is the role's variable C(patch_hooks_NAME), whose documentation describes it.
      - With O(settings.kind=custom) the other settings are not validated, because nothing is rendered from them.
    type: dict
    suboptions:
      kind:
        description: How the application runs.
        type: str
        choices: [nodejs_pm2, systemd, custom]
        required: true
      application:
        description: The name of the application in pm2, or its systemd unit. It is one line without control characters.
        type: str
        required: true
      path:
        description: An absolute path, when O(settings.update_command) is not empty.
        type: str
        required: true
      port:
        description: A TCP port, from 1 to 65535.
        type: int
        required: true
      health_url:
        description: An http or https URL.
        type: str
        required: true
      user:
        description: The name of a user on the node.
        type: str
        required: true
      environment:
        description: Environment variables. The keys are names of variables.
        type: dict
        required: true
      name_prefix:
        description:
          - 3 to 118 letters, digits, dots, dashes or underscores. It does not begin with C(aws), C(amazon) or C(amzn).
        type: str
        required: true
      update_command:
        description: A shell command, or empty.
        type: str
        required: true
      block_port:
        description: Whether the port is closed for new connections while patching.
        type: bool
        required: true
      connection_grace:
        description: Seconds. Together with O(settings.stop_timeout) they are at most 3000.
        type: int
        required: true
      on_open_connections:
        description: What happens when there are open connections after O(settings.connection_grace).
        type: str
        choices: [fail, continue]
        required: true
      stop_timeout:
        description: Seconds, at least 1.
        type: int
        required: true
      start_timeout:
        description: Seconds, from 1 to 3000.
        type: int
        required: true
      update_timeout:
        description: Seconds, from 1 to 3000.
        type: int
        required: true
  validate_only:
    version_added: 0.3.0
    description:
      - Validate O(settings), which is required then, and do nothing else. No AWS call is made, and no hook is needed.
      - An action plugin does this on the controller and does not run the module.
    type: bool
    default: false
  wait_timeout:
    description:
      - The deadline of the whole call in seconds. Exceeding it is a failure, never a warning.
    type: int
    default: 300
seealso:
  - module: steadyfleet.aws_patching.ssm_document
  - module: steadyfleet.aws_patching.patch_preflight
author:
  - steadyfleet contributors (@steadyfleet)
extends_documentation_fragment:
  - steadyfleet.aws_patching._attributes
  - amazon.aws.tags
  - steadyfleet.aws_patching._wait
  - amazon.aws.common.modules
  - amazon.aws.region.modules
  - amazon.aws.boto3
"""

EXAMPLES = r"""
- name: Manage the hooks of a service
  steadyfleet.aws_patching.patch_hook_documents:
    pre:
      name: shop-pre
      script: timeout 120 systemctl stop shop || exit 1
      timeout: 180
    on_exit:
      name: shop-on-exit
      script: timeout 120 systemctl start shop || exit 1
      timeout: 180
    tags:
      Team: shop
  register: kept

- name: Patch an instance that is out of rotation
  steadyfleet.aws_patching.ssm_command:
    document_name: AWS-RunPatchBaselineWithHooks
    document_version: "{{ kept.hooks.document_version }}"
    instance_ids:
      - i-0123456789abcdef0
    parameters:
      Operation: Install
      PreInstallHookDocName: "{{ kept.hooks.pre }}"
      PostInstallHookDocName: "{{ kept.hooks.post }}"
      OnExitHookDocName: "{{ kept.hooks.on_exit }}"

- name: Validate the settings of a service, and change nothing
  steadyfleet.aws_patching.patch_hook_documents:
    validate_only: true
    settings:
      kind: systemd
      application: shop.service
      path: ""
      port: 443
      health_url: http://localhost:443/health-check
      user: root
      environment: {}
      name_prefix: shop
      update_command: ""
      block_port: true
      connection_grace: 30
      on_open_connections: fail
      stop_timeout: 60
      start_timeout: 300
      update_timeout: 900

- name: Pin documents that somebody else manages
  steadyfleet.aws_patching.patch_hook_documents:
    pre:
      name: shop-pre
    on_exit:
      name: shop-on-exit:1
"""

RETURN = r"""
code:
  description: The kind of the error. See the list of error codes in the collection's documentation.
  returned: failure
  type: str
  sample: patch_hooks_port_invalid
hooks:
  description: The parameters of C(AWS-RunPatchBaselineWithHooks).
  returned: success, unless O(validate_only=true)
  type: dict
  contains:
    pre:
      description: Name and version of the pre hook, or C(AWS-Noop).
      type: str
      sample: shop-pre:3
    post:
      description: Name and version of the post hook, or C(AWS-Noop).
      type: str
      sample: AWS-Noop
    on_exit:
      description: Name and version of the on-exit hook, or C(AWS-Noop).
      type: str
      sample: shop-on-exit:1
    document_version:
      description: The version of C(AWS-RunPatchBaselineWithHooks) itself.
      type: str
      sample: "12"
documents:
  description:
    - The documents that the module manages. Each is as
      RV(steadyfleet.aws_patching.ssm_document#module:document), without tags.
  returned: success, unless O(validate_only=true)
  type: list
  elements: dict
  sample:
    - name: shop-pre
      default_version: "3"
      status: Active
"""

from typing import Any

from ansible_collections.steadyfleet.aws_patching.plugins.module_utils._aws.tags import option_tag_problems
from ansible_collections.steadyfleet.aws_patching.plugins.module_utils._aws.validate import request_problems
from ansible_collections.steadyfleet.aws_patching.plugins.module_utils._common.errors import Problem, raise_if_any
from ansible_collections.steadyfleet.aws_patching.plugins.module_utils._common.tags import tags_as_text
from ansible_collections.steadyfleet.aws_patching.plugins.module_utils._document.model import DesiredDocument
from ansible_collections.steadyfleet.aws_patching.plugins.module_utils._document.transformations import (
    content_from,
    create_request,
)
from ansible_collections.steadyfleet.aws_patching.plugins.module_utils._module import (
    AnsibleAWSModule,
    Result,
    context,
    report,
    run,
)
from ansible_collections.steadyfleet.aws_patching.plugins.module_utils._patching.apply import apply_hook_documents
from ansible_collections.steadyfleet.aws_patching.plugins.module_utils._patching.hook_document import (
    NOOP,
    split_version,
)
from ansible_collections.steadyfleet.aws_patching.plugins.module_utils._patching.hooks import (
    HOOKS,
    PATCH_DOCUMENT,
    hook_content,
    hook_problems,
    setting_problems,
)
from ansible_collections.steadyfleet.aws_patching.plugins.module_utils._patching.options import HOOK_DOCUMENTS_SPEC
from ansible_collections.steadyfleet.aws_patching.plugins.module_utils._patching.waiters import await_hook_documents


def desired_hook_document(step: str, hook: dict[str, Any], params: dict[str, Any]) -> DesiredDocument:
    return DesiredDocument(
        name=hook["name"],
        content=content_from(hook_content(step, hook["name"], hook["script"], hook["timeout"])),
        document_type="Command",
        target_type="/AWS::EC2::Instance",
        default_version="latest",
        tags=tags_as_text(params["tags"]),
        purge_tags=params["purge_tags"],
    )


def limit_problems(
    client: Any, params: dict[str, Any], hooks: dict[str, dict[str, Any]], managed: dict[str, DesiredDocument]
) -> list[Problem]:
    """What exceeds AWS's own limits in the requests for the documents."""
    problems = option_tag_problems(client, tags_as_text(params["tags"]))
    for step, hook in hooks.items():
        if step in managed:
            found = request_problems(client, "CreateDocument", create_request(managed[step]))
        else:
            found = request_problems(client, "DescribeDocument", {"Name": split_version(hook["name"])[0]})
        problems += [Problem(f"{step}: {problem.message}", problem.code) for problem in found]
    return problems


def run_module(module: AnsibleAWSModule) -> Result:
    params = module.params
    hooks = {step: params[step] for step in HOOKS if params[step]}
    setting = setting_problems(params["settings"]) if params["settings"] else []
    if params["validate_only"]:
        raise_if_any(setting)
        return {"changed": False}
    ctx = context(module)
    managed = {step: desired_hook_document(step, hook, params) for step, hook in hooks.items() if hook["script"]}
    names = {step: hook["name"] for step, hook in hooks.items()}
    raise_if_any([*setting, *hook_problems(hooks), *limit_problems(ctx.client, params, hooks, managed)])
    managed_names = {desired.name for desired in managed.values()}
    unmanaged = {step: name for step, name in names.items() if name != NOOP and name not in managed_names}
    versions = await_hook_documents(ctx, unmanaged, params["document_version"])
    applied = apply_hook_documents(ctx, list(managed.values()), module.check_mode)
    versions |= {each.document.name: each.document.default_version for each in applied}
    pinned = {
        step: f"{split_version(name)[0]}:{versions[name]}" if name in versions else name for step, name in names.items()
    }
    return report(
        {each.document.name: each.before for each in applied},
        {each.document.name: each.after for each in applied},
        hooks={
            **dict.fromkeys(HOOKS, NOOP),
            **pinned,
            "document_version": versions[PATCH_DOCUMENT],
        },
        documents=[each.document.as_dict() for each in applied],
    )


def main() -> None:
    run(run_module, HOOK_DOCUMENTS_SPEC, required_if=[("validate_only", True, ["settings"])])


if __name__ == "__main__":
    main()
