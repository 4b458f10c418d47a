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
  - Describes documents of AWS Systems Manager, by name or by filter, and reads their content, versions, sharing and
    attachments if wanted.
  - A name or a version that does not exist is no error; it is missing from the result.
author:
  - steadyfleet contributors (@steadyfleet)
options:
  names:
    description:
      - Names or ARNs of the documents.
    type: list
    elements: str
    aliases: [name]
  filters:
    description:
      - Which documents to list, as C(ListDocuments) takes it; keys are V(Owner) (V(Self), V(Amazon), V(Private),
        V(Public), V(All)), V(Name) (the start of a name), V(DocumentType), V(PlatformTypes), V(TargetType) or
        V(tag:NAME).
      - Without O(names) and O(filters), all documents of the account are listed.
    type: dict
  document_version:
    description:
      - The version to describe, a number, V($DEFAULT) or V($LATEST). Without it and O(version_name), the latest one.
    type: str
  version_name:
    version_added: 0.2.0
    description:
      - The name of the version to describe.
    type: str
  include_content:
    description:
      - Whether to read the content too. Costs one more call for each document.
    type: bool
    default: false
  document_format:
    description:
      - The format in which AWS shall render the content.
    type: str
    choices: [JSON, YAML, TEXT]
    default: JSON
  include_versions:
    version_added: 0.2.0
    description:
      - Whether to list the versions too. Costs one more call for each fifty versions of each document.
    type: bool
    default: false
  include_shares:
    version_added: 0.2.0
    description:
      - Whether to read with whom a document is shared. Costs one more call for each two hundred accounts of each
        document, and none for a document of somebody else, whose owner alone is told.
    type: bool
    default: false
  include_attachments:
    version_added: 0.2.0
    description:
      - Whether to read sizes, checksums and places of the attachments. Costs the same call as O(include_content).
    type: bool
    default: false
extends_documentation_fragment:
  - steadyfleet.aws_patching._attributes.info
  - amazon.aws.common.modules
  - amazon.aws.region.modules
  - amazon.aws.boto3
"""

EXAMPLES = r"""
- name: See what AWS's own document says
  steadyfleet.aws_patching.ssm_document_info:
    names: [AWS-RunPatchBaselineWithHooks]
    include_content: true
    document_format: YAML
  register: hooks

- name: List my own command documents, their versions, and with whom they are shared
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
    - The documents that exist, in the order of O(names), or of AWS's list.
  returned: always
  type: list
  elements: dict
  contains:
    name:
      description: Its name.
      type: str
      sample: shop-pre-install
    document_version:
      description: The version that is described here.
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
    content:
      description: What it says, as text.
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
        - The accounts it is shared with (V(all) for everybody), and which version each of them may use, V($LATEST),
          V($DEFAULT) or V($ALL). V(null) for a document of somebody else.
      returned: when O(include_shares=true)
      type: dict
      sample: {"111122223333": "$DEFAULT"}
    attachments_content:
      description: What AWS tells of each attachment. The URL, if there is one, is valid for a short time only.
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

from ansible_collections.steadyfleet.aws_patching.plugins.module_utils._common.patterns import (
    mismatch,
    mismatches,
    refuse,
)
from ansible_collections.steadyfleet.aws_patching.plugins.module_utils._document import read as _document_info
from ansible_collections.steadyfleet.aws_patching.plugins.module_utils._document.options import INFO_SPEC
from ansible_collections.steadyfleet.aws_patching.plugins.module_utils._module import (
    AnsibleAWSModule,
    Result,
    connect,
    run,
)


def body(module: AnsibleAWSModule) -> Result:
    params: dict[str, Any] = module.params
    wrong = [found for name in params["names"] or [] if (found := mismatch("document", name, "name"))]
    refuse(wrong + mismatches(params))
    return {"changed": False, "documents": _document_info.read_all(connect(module, "ssm"), params)}


def main() -> None:
    run(body, INFO_SPEC, mutually_exclusive=[("names", "filters"), ("document_version", "version_name")])


if __name__ == "__main__":
    main()
