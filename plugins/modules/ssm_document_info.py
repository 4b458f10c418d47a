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
  - Describes documents of AWS Systems Manager, by name or by filter, and reads their content if wanted.
  - A name that does not exist is no error; it is missing from the result.
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
      - The version to describe, a number, V($DEFAULT) or V($LATEST).
    type: str
    default: $LATEST
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
extends_documentation_fragment:
  - steadyfleet.aws_patching._attributes.info
  - amazon.aws.common.modules
  - amazon.aws.region.modules
  - amazon.aws.boto3
"""

EXAMPLES = r"""
- name: See what a hook says
  steadyfleet.aws_patching.ssm_document_info:
    names: [shop-pre-install]
    include_content: true
    document_format: YAML
  register: hook

- name: List my own command documents
  steadyfleet.aws_patching.ssm_document_info:
    filters:
      Owner: [Self]
      DocumentType: [Command]
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
    content:
      description: What it says, as text.
      returned: O(include_content=true)
      type: str
      sample: "{\"schemaVersion\": \"2.2\"}"
"""

from typing import Any

from ansible_collections.steadyfleet.aws_patching.plugins.module_utils import _document_info
from ansible_collections.steadyfleet.aws_patching.plugins.module_utils._core.patterns import (
    mismatch,
    mismatches,
    refuse,
)
from ansible_collections.steadyfleet.aws_patching.plugins.module_utils._document_options import INFO_SPEC
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
