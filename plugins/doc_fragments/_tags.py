# Copyright: steadyfleet contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations


class ModuleDocFragment:
    DOCUMENTATION = r"""
options:
  tags:
    description:
      - Tags, by their keys. When not given, tags stay as they are.
    type: dict
  purge_tags:
    description:
      - Whether tags that O(tags) does not name are removed. Only when O(tags) is given.
    type: bool
    default: true
"""
