# Copyright: steadyfleet contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations


class ModuleDocFragment:
    # Mirrors wait_spec() in module_utils/_module.py.
    DOCUMENTATION = r"""
options:
  wait:
    description:
      - Whether to wait until the requested state is really reached.
    type: bool
    default: true
  wait_timeout:
    description:
      - Seconds that the whole call may take; the one deadline of everything in it.
      - Running past it is a failure, never a warning.
    type: int
    default: 3600
  poll_interval:
    description:
      - Seconds between the first two looks. Later pauses grow by a tenth each, up to three times as long, and are
        shortened at random, so that many callers do not look at once.
    type: float
    default: 5.0
"""
