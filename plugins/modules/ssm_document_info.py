#!/usr/bin/python

# Copyright: steadyfleet contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: ssm_document_info
short_description: Read documents of AWS Systems Manager
version_added: 0.1.0
description:
  - Reads documents of AWS Systems Manager by name or by filter. When asked, it also reads their content, versions,
    shares and attachments.
  - A document or a version that does not exist is missing from the result. This is no error.
author:
  - steadyfleet contributors (@steadyfleet)
seealso:
  - module: steadyfleet.aws_patching.ssm_document
options:
  names:
    description:
      - The names or ARNs of the documents.
    type: list
    elements: str
    aliases: [name]
  filters:
    description:
      - The documents to list, as filters of C(ListDocuments). The keys are V(Owner) (V(Self), V(Amazon), V(Private),
        V(Public), V(All)), V(Name) (the start of a name), V(DocumentType), V(PlatformTypes), V(TargetType) or
        V(tag:NAME).
      - Without O(names) and O(filters), the module lists all documents of the account.
    type: dict
  document_version:
    description:
      - The version to read. It is a number, V($DEFAULT) or V($LATEST). The default is the latest version, unless
        O(version_name) is set.
    type: str
  version_name:
    version_added: 0.2.0
    description:
      - The name of the version to read.
    type: str
  include_content:
    description:
      - Whether to read the content, with one more call per document.
    type: bool
    default: false
  document_format:
    description:
      - The format in which AWS renders the content.
    type: str
    choices: [JSON, YAML, TEXT]
    default: JSON
  include_versions:
    version_added: 0.2.0
    description:
      - Whether to read the versions, with one more call per document and 50 versions.
    type: bool
    default: false
  include_shares:
    version_added: 0.2.0
    description:
      - Whether to read the accounts that a document is shared with, with one more call per document and 200 accounts.
        AWS tells them only to the owner of the document.
    type: bool
    default: false
  include_attachments:
    version_added: 0.2.0
    description:
      - Whether to read the sizes, checksums and URLs of the attachments, with the same call as O(include_content).
    type: bool
    default: false
extends_documentation_fragment:
  - steadyfleet.aws_patching._attributes.info
  - amazon.aws.common.modules
  - amazon.aws.region.modules
  - steadyfleet.aws_patching._requirements
"""

EXAMPLES = r"""
- name: Read the content of AWS's own document
  steadyfleet.aws_patching.ssm_document_info:
    names: [AWS-RunPatchBaselineWithHooks]
    include_content: true
    document_format: YAML
  register: hooks

- name: List the account's command documents with their versions and shares
  steadyfleet.aws_patching.ssm_document_info:
    filters:
      Owner: [Self]
      DocumentType: [Command]
    include_versions: true
    include_shares: true
"""

RETURN = r"""
documents:
  description:
    - The documents that exist, in the order of O(names) or of AWS's list.
  returned: always
  type: list
  elements: dict
  contains:
    name:
      description: Its name.
      type: str
      sample: shop-pre-install
    document_version:
      description: The version that this entry describes.
      type: str
      sample: "3"
    latest_version:
      description: The latest version.
      type: str
      sample: "3"
    default_version:
      description: The default version.
      type: str
      sample: "2"
    status:
      description: Status of this version.
      type: str
      sample: Active
    status_information:
      description: AWS's explanation of the status.
      type: str
      sample: null
    document_type:
      description: Type of the document.
      type: str
      sample: Command
    document_format:
      description: The format in which this version was created.
      type: str
      sample: YAML
    schema_version:
      description: The document's schema version.
      type: str
      sample: "2.2"
    target_type:
      description: Type of resource that it can run on.
      type: str
      sample: /AWS::EC2::Instance
    display_name:
      description: Its display name.
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
      description: Type of the checksum.
      type: str
      sample: Sha256
    owner:
      description: The account that owns it.
      type: str
      sample: "123456789012"
    created_at:
      description: When this version was created.
      type: str
      sample: "2026-08-01T09:30:00.000Z"
    platform_types:
      description: Platforms that it can run on.
      type: list
      elements: str
      sample: [Linux]
    attachments:
      description: The names of its attachments.
      type: list
      elements: str
      sample: [say_hello.py]
    requires:
      description: The documents that it requires, each as a dictionary of name, version, require_type and version_name.
      type: list
      elements: dict
      sample: []
    cloud_providers:
      description:
        - The cloud providers that it can run against. It is V(null) when botocore is older than 1.44.8 or AWS does not
          return it.
      type: list
      elements: str
      sample: null
    content:
      description: The content as text.
      returned: when O(include_content=true)
      type: str
      sample: "{\"schemaVersion\": \"2.2\"}"
    versions:
      description: All its versions, the newest first.
      returned: when O(include_versions=true)
      type: list
      elements: dict
      sample:
        - document_version: "3"
          version_name: v2.0
          display_name: null
          is_default_version: false
          document_format: YAML
          status: Active
          status_information: null
          created_at: "2026-08-01T09:30:00.000Z"
    shared_with:
      description:
        - The accounts that it is shared with (V(all) for all accounts), and the version that each may use, which is
          V($LATEST), V($DEFAULT) or V($ALL). It is V(null) for a document of another account.
      returned: when O(include_shares=true)
      type: dict
      sample: {"111122223333": "$DEFAULT"}
    attachments_content:
      description: The attachments. A URL is valid for a short time only.
      returned: when O(include_attachments=true)
      type: list
      elements: dict
      sample:
        - name: say_hello.py
          size: 1024
          hash: 9b74c9897bac770ffc029102a200c5de2e5b2a5a1a1f5d0f8d0f5a3c2b1e0d9f
          hash_type: Sha256
          url: null
"""

from typing import Any

from ansible_collections.steadyfleet.aws_patching.plugins.module_utils._aws.validate import request_problems
from ansible_collections.steadyfleet.aws_patching.plugins.module_utils._common.errors import raise_if_any
from ansible_collections.steadyfleet.aws_patching.plugins.module_utils._document.read import (
    document_filters,
    read_documents,
)
from ansible_collections.steadyfleet.aws_patching.plugins.module_utils._module import (
    AnsibleAWSModule,
    Result,
    connect,
    run,
)

SPEC: dict[str, Any] = {
    "names": {"type": "list", "elements": "str", "aliases": ["name"]},
    "filters": {"type": "dict"},
    "document_version": {"type": "str"},
    "version_name": {"type": "str"},
    "include_content": {"type": "bool", "default": False},
    "document_format": {"type": "str", "choices": ["JSON", "YAML", "TEXT"], "default": "JSON"},
    "include_versions": {"type": "bool", "default": False},
    "include_shares": {"type": "bool", "default": False},
    "include_attachments": {"type": "bool", "default": False},
}


def run_module(module: AnsibleAWSModule) -> Result:
    params, client = module.params, connect(module, "ssm")
    version = {"DocumentVersion": params["document_version"], "VersionName": params["version_name"]}
    problems = request_problems(client, "ListDocuments", {"Filters": document_filters(params)})
    for name in params["names"] or ["any"]:
        problems += request_problems(client, "DescribeDocument", {"Name": name, **version})
    raise_if_any(problems)
    return {"changed": False, "documents": read_documents(client, params)}


def main() -> None:
    run(run_module, SPEC, mutually_exclusive=[("names", "filters"), ("document_version", "version_name")])


if __name__ == "__main__":
    main()
