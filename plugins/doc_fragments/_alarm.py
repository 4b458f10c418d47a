# Copyright: steadyfleet contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations


class ModuleDocFragment:
    DOCUMENTATION = r"""
options:
  alarm_configuration:
    description:
      - The CloudWatch alarm that stops the run when it goes off.
    type: dict
    suboptions:
      ignore_poll_alarm_failure:
        description: Whether the run continues when AWS cannot read the state of the alarm.
        type: bool
      alarms:
        description: The alarm. AWS takes exactly one.
        type: list
        elements: dict
        required: true
        suboptions:
          name:
            description: The name of the alarm.
            type: str
            required: true
"""
    # For an alarm that an empty dict removes. The suboption with the alarms is not required there.
    CLEARABLE = r"""
options:
  alarm_configuration:
    description:
      - The CloudWatch alarm that stops the run when it goes off.
    type: dict
    suboptions:
      ignore_poll_alarm_failure:
        description: Whether the run continues when AWS cannot read the state of the alarm.
        type: bool
      alarms:
        description: The alarm. AWS takes exactly one.
        type: list
        elements: dict
        suboptions:
          name:
            description: The name of the alarm.
            type: str
            required: true
"""
