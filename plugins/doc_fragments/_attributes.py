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
    description: Predicts what a real run would do, without one write call.
  diff_mode:
    support: full
    description: Shows what is (or would be) different afterwards.
  idempotent:
    support: full
    description: A second run with the same arguments changes nothing.
  action_group:
    support: full
    membership:
      - steadyfleet.aws_patching.aws
    description:
      - Use C(group/steadyfleet.aws_patching.aws) in C(module_defaults) to set defaults for this module and all of
        amazon.aws.
"""

    # For modules that only read.
    INFO = r"""
attributes:
  check_mode:
    support: full
    description: Only reads, so it does the same in check mode.
  diff_mode:
    support: N/A
    description: Changes nothing.
  idempotent:
    support: full
    description: Changes nothing.
  action_group:
    support: full
    membership:
      - steadyfleet.aws_patching.aws
    description:
      - Use C(group/steadyfleet.aws_patching.aws) in C(module_defaults) to set defaults for this module and all of
        amazon.aws.
"""
