#!/usr/bin/python
# Copyright: steadyfleet contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: patch_settings
short_description: Validate every variable of a patch run before it begins
version_added: 0.3.0
description:
  - Validates the variables of a playbook of this collection and of its roles, for all hosts of the run at once. The
    playbooks run it first.
  - It fails with one line for each problem. A line names the variable as it was set, what it takes and what was given.
  - It refuses wrong types, choices and ranges, templates that are undefined, and keys that a file has twice. It also
    refuses settings of the whole fleet that differ between hosts, and variables that begin like those of this
    collection and do not exist.
  - It templates no variable that is not a setting, and it shows no value of one.
options:
  playbook:
    description: The playbook whose variables are validated, as V(patch_alb).
    type: str
    required: true
  roles:
    description: The roles that the playbook runs.
    type: list
    elements: str
    required: true
requirements:
  - python >= 3.12
notes:
  - Runs on the controller, once for all hosts of the play, and calls nothing.
  - A playbook that runs a part of its steps only, by C(--tags) or C(--skip-tags), is refused.
attributes:
  check_mode:
    support: full
    description: It does the same in check mode.
  diff_mode:
    support: N/A
    description: It changes nothing.
  idempotent:
    support: full
    description: It changes nothing.
seealso:
  - module: steadyfleet.aws_patching.patch_preflight
author:
  - steadyfleet contributors (@steadyfleet)
"""

EXAMPLES = r"""
- name: Validate the variables of the playbook that releases instances
  steadyfleet.aws_patching.patch_settings:
    playbook: release
    roles:
      - restore
"""

RETURN = r"""
code:
  description: The kind of the first problem. See the list of error codes in the collection's documentation.
  returned: failure
  type: str
  sample: setting_unknown
hosts:
  description: The names of the hosts of the run.
  returned: always
  type: list
  elements: str
problems:
  description: Every problem with the settings.
  returned: failure
  type: list
  elements: dict
  contains:
    message:
      description: The problem in one line.
      type: str
      returned: always
    code:
      description: The kind of problem.
      type: str
      returned: always
"""
