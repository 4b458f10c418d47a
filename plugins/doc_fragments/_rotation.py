# Copyright: steadyfleet contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations


class ModuleDocFragment:
    # Mirrors ROTATION_SPEC in module_utils/_rotation/read.py.
    DOCUMENTATION = r"""
options:
  target_group_arns:
    description:
      - Only these target groups are looked at. They must hold instances, not IP addresses or functions.
      - When not given, every target group of the account and Region with target type C(instance) is read, once.
    type: list
    elements: str
  min_healthy_targets:
    description:
      - How many healthy targets must stay in every target group that an instance leaves.
      - A target group's own C(target_group_health) minimums (for routing and for DNS) always hold as well.
      - Targets without a known health, and healthy targets that a zonal shift takes the requests from, do not count.
    type: int
    default: 1
  ledger_prefix:
    description:
      - Path in Parameter Store under which the ledger has one entry for each instance that is out of rotation.
    type: str
    default: /steadyfleet/aws_patching/ledger
"""
