# Copyright: steadyfleet contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations


class ModuleDocFragment:
    # Mirrors wait_spec() in module_utils/_common/options.py. Each module documents its own wait_timeout.
    DOCUMENTATION = r"""
options:
  wait:
    description:
      - Whether to wait until AWS shows the requested state.
    type: bool
    default: true
  poll_interval:
    description:
      - Initial polling interval in seconds. It grows by 10 % per poll up to three times this value, with jitter.
    type: float
    default: 5.0
"""
