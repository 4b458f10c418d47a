#!/usr/bin/python

# Copyright: steadyfleet contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: ssm_maintenance_window_info
short_description: Read maintenance windows of AWS Systems Manager
version_added: 0.3.0
description:
  - Reads maintenance windows by id, by name or by filter, each with all its fields and the time of its next execution.
    Only one of the three is possible.
  - When asked, it also reads their targets, tasks and tags.
  - A window that does not exist is missing from the result. This is no error.
author:
  - steadyfleet contributors (@steadyfleet)
notes:
  - The module makes one call for each window, and one for each name or for each page of a list. For each window, the
    targets take one more call, the tasks two and one for each task, and the tags one.
seealso:
  - module: steadyfleet.aws_patching.ssm_maintenance_window
options:
  window_ids:
    description:
      - The ids of the windows.
    type: list
    elements: str
    aliases: [window_id]
  names:
    description:
      - The names of the windows. Several windows can have the same name.
    type: list
    elements: str
    aliases: [name]
  filters:
    description:
      - The windows to list, as filters of C(DescribeMaintenanceWindows). The keys are V(Name) and V(Enabled). Each key
        takes one value or a list of values, and all keys must match.
      - Without O(window_ids), O(names) and O(filters), the module reads all windows of the account and Region.
    type: dict
  include_targets:
    description:
      - Whether to read the targets.
    type: bool
    default: false
  include_tasks:
    description:
      - Whether to read the tasks, each with its C(task_invocation_parameters).
    type: bool
    default: false
  include_tags:
    description:
      - Whether to read the tags.
    type: bool
    default: false
extends_documentation_fragment:
  - steadyfleet.aws_patching._attributes.info
  - amazon.aws.common.modules
  - amazon.aws.region.modules
  - steadyfleet.aws_patching._requirements
"""

EXAMPLES = r"""
- name: Read a window with everything in it
  steadyfleet.aws_patching.ssm_maintenance_window_info:
    names: [shop-sunday]
    include_targets: true
    include_tasks: true
    include_tags: true
  register: sunday

- name: Show when it opens next
  ansible.builtin.debug:
    msg: "{{ sunday.windows[0].next_execution_time }}"

- name: Read the same window by its id
  steadyfleet.aws_patching.ssm_maintenance_window_info:
    window_ids: ["{{ sunday.windows[0].window_id }}"]

- name: List all disabled windows
  steadyfleet.aws_patching.ssm_maintenance_window_info:
    filters:
      Enabled: false
"""

RETURN = r"""
windows:
  description:
    - The windows that exist, in the order of O(window_ids), O(names) or AWS's list.
    - Each has the fields of RV(steadyfleet.aws_patching.ssm_maintenance_window#module:window), and the following ones.
      Fields that are not set are missing.
  returned: always
  type: list
  elements: dict
  contains:
    window_id:
      description: The id of the window.
      type: str
      sample: mw-0c50858d01example
    next_execution_time:
      description: When the window opens next, in AWS's own format. V(null) when it does not open again.
      type: str
      sample: "2030-02-03T02:00+01:00"
    created_date:
      description: When the window was created.
      type: str
      sample: "2026-08-01T09:30:00.000Z"
    modified_date:
      description: When the window was last modified.
      type: str
      sample: "2026-08-01T09:30:00.000Z"
    tags:
      description: The tags of the window.
      returned: O(include_tags=true)
      type: dict
      sample: {"Team": "shop"}
    targets:
      description:
        - The targets, as RV(steadyfleet.aws_patching.ssm_maintenance_window#module:window.targets).
      returned: O(include_targets=true)
      type: list
      elements: dict
    tasks:
      description:
        - The tasks, as RV(steadyfleet.aws_patching.ssm_maintenance_window#module:window.tasks), each with its
          C(task_invocation_parameters) when it has any.
      returned: O(include_tasks=true)
      type: list
      elements: dict
"""

from typing import Any

from ansible_collections.steadyfleet.aws_patching.plugins.module_utils._common.errors import raise_if_any
from ansible_collections.steadyfleet.aws_patching.plugins.module_utils._maintenance_window.api import (
    query_limit_problems,
)
from ansible_collections.steadyfleet.aws_patching.plugins.module_utils._maintenance_window.model import WindowQuery
from ansible_collections.steadyfleet.aws_patching.plugins.module_utils._maintenance_window.read import query_windows
from ansible_collections.steadyfleet.aws_patching.plugins.module_utils._maintenance_window.report import (
    queried_window,
)
from ansible_collections.steadyfleet.aws_patching.plugins.module_utils._maintenance_window.rules import query_problems
from ansible_collections.steadyfleet.aws_patching.plugins.module_utils._module import (
    AnsibleAWSModule,
    Result,
    connect,
    run,
)

SPEC: dict[str, Any] = {
    "window_ids": {"type": "list", "elements": "str", "aliases": ["window_id"]},
    "names": {"type": "list", "elements": "str", "aliases": ["name"]},
    "filters": {"type": "dict"},
    "include_targets": {"type": "bool", "default": False},
    "include_tasks": {"type": "bool", "default": False},
    "include_tags": {"type": "bool", "default": False},
}


def run_module(module: AnsibleAWSModule) -> Result:
    query, client = WindowQuery(**{name: module.params[name] for name in SPEC}), connect(module, "ssm")
    raise_if_any([*query_problems(query), *query_limit_problems(client, query)])
    return {"changed": False, "windows": [queried_window(window, query) for window in query_windows(client, query)]}


def main() -> None:
    run(run_module, SPEC, mutually_exclusive=[("window_ids", "names", "filters")])


if __name__ == "__main__":
    main()
