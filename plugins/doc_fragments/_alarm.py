# Copyright: steadyfleet contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations


class ModuleDocFragment:
    DOCUMENTATION = r"""
options:
  alarm_configuration:
    description:
      - An alarm that stops the run.
    type: dict
    suboptions:
      ignore_poll_alarm_failure:
        description: Whether to carry on when the alarm's state can't be read.
        type: bool
      alarms:
        description: Exactly one CloudWatch alarm.
        type: list
        elements: dict
        required: true
        suboptions:
          name:
            description: Name of the alarm.
            type: str
            required: true
"""
    # For an alarm that an empty dict takes away again: the suboption with the alarms is not required.
    CLEARABLE = r"""
options:
  alarm_configuration:
    description:
      - An alarm that stops the run.
    type: dict
    suboptions:
      ignore_poll_alarm_failure:
        description: Whether to carry on when the alarm's state can't be read.
        type: bool
      alarms:
        description: Exactly one CloudWatch alarm.
        type: list
        elements: dict
        suboptions:
          name:
            description: Name of the alarm.
            type: str
            required: true
"""
