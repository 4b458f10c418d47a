# Copyright: steadyfleet contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations


class ModuleDocFragment:
    # Mirrors ROTATION_SPEC in module_utils/_common/options.py.
    DOCUMENTATION = r"""
options:
  target_group_arns:
    description:
      - Use only these target groups. Their targets must be instances, not IP addresses or functions.
      - When not given, every target group of the account and Region with target type C(instance) is read, once.
    type: list
    elements: str
  min_healthy_targets:
    description:
      - The number of healthy targets that must stay in every target group that an instance leaves.
      - A target group's own C(target_group_health) minimums (for routing and for DNS) always apply as well.
      - Targets without a known health do not count. Neither do healthy targets that get no requests because of a zonal
        shift.
    type: int
    default: 1
  ledger_prefix:
    description:
      - The path in Parameter Store under which the ledger has one entry for each instance that is out of rotation.
    type: str
    default: /steadyfleet/aws_patching/ledger
"""
