# Copyright: steadyfleet contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations


class ModuleDocFragment:
    # For modules that change something.
    DOCUMENTATION = r"""
attributes:
  check_mode:
    support: full
    description: Makes no call that writes, and reports what a real run would change.
  diff_mode:
    support: full
    description: Shows the difference between the state before and after the run, or in check mode its prediction.
  idempotent:
    support: full
    description: A second run with the same options changes nothing.
  action_group:
    support: full
    membership:
      - steadyfleet.aws_patching.aws
    description:
      - Use C(group/steadyfleet.aws_patching.aws) in C(module_defaults) to set defaults for all modules of this
        collection and of amazon.aws.
"""

    # For modules that only read.
    INFO = r"""
attributes:
  check_mode:
    support: full
    description: The module only reads, so it does the same in check mode.
  diff_mode:
    support: N/A
    description: The module changes nothing.
  idempotent:
    support: full
    description: The module changes nothing.
  action_group:
    support: full
    membership:
      - steadyfleet.aws_patching.aws
    description:
      - Use C(group/steadyfleet.aws_patching.aws) in C(module_defaults) to set defaults for all modules of this
        collection and of amazon.aws.
"""
