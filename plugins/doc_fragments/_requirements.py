# Copyright: steadyfleet contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations


class ModuleDocFragment:
    # In place of amazon.aws.boto3, which asks for an older Python.
    DOCUMENTATION = r"""
options: {}
requirements:
  - python >= 3.12
  - boto3 >= 1.35.0
  - botocore >= 1.35.0
"""
