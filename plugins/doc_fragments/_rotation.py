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
      - The ARNs of the only target groups to use. Their target type must be C(instance).
      - Without this option, the module reads every target group of the account and Region with target type C(instance),
        once.
    type: list
    elements: str
  min_healthy_targets:
    description:
      - The number of healthy targets that must remain in every target group that an instance leaves.
      - The C(target_group_health) minimums of a target group, for routing and for DNS, always apply as well.
      - Targets without a known health do not count. Healthy targets that get no requests because of a zonal shift do
        not count either.
    type: int
    default: 1
  ledger_prefix:
    description:
      - The path in Parameter Store that contains the ledger. The ledger has one entry for each instance that is out of
        rotation.
    type: str
    default: /steadyfleet/aws_patching/ledger
"""
