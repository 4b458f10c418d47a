# Copyright: steadyfleet contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations


class ModuleDocFragment:
    DOCUMENTATION = r"""
options:
  target_locations:
    description:
      - Accounts and Regions in which to run.
    type: list
    elements: dict
    suboptions:
      accounts:
        description: Account ids or organizational units.
        type: list
        elements: str
      regions:
        description: Regions.
        type: list
        elements: str
      target_location_max_concurrency:
        description: How many locations at once. AWS takes V(1) when it is not set.
        type: str
      target_location_max_errors:
        description: How many locations may fail. AWS takes V(0) when it is not set.
        type: str
      execution_role_name:
        description: The role to use in each account.
        type: str
      include_child_organization_units:
        description: Whether organizational units below the named ones count too.
        type: bool
      exclude_accounts:
        description: Accounts or organizational units to leave out.
        type: list
        elements: str
      targets:
        description: What to run it on in this location.
        type: list
        elements: dict
        suboptions:
          key:
            description: As in O(targets).
            type: str
            required: true
          values:
            description: As in O(targets).
            type: list
            elements: str
            required: true
      targets_max_concurrency:
        description: How many targets at once in this location.
        type: str
      targets_max_errors:
        description: How many targets may fail in this location.
        type: str
"""
    # Automation takes an alarm for each location too. Written out: Ansible's own tests read nothing but literals.
    ALARMED = r"""
options:
  target_locations:
    description:
      - Accounts and Regions in which to run.
    type: list
    elements: dict
    suboptions:
      accounts:
        description: Account ids or organizational units.
        type: list
        elements: str
      regions:
        description: Regions.
        type: list
        elements: str
      target_location_max_concurrency:
        description: How many locations at once. AWS takes V(1) when it is not set.
        type: str
      target_location_max_errors:
        description: How many locations may fail. AWS takes V(0) when it is not set.
        type: str
      execution_role_name:
        description: The role to use in each account.
        type: str
      include_child_organization_units:
        description: Whether organizational units below the named ones count too.
        type: bool
      exclude_accounts:
        description: Accounts or organizational units to leave out.
        type: list
        elements: str
      targets:
        description: What to run it on in this location.
        type: list
        elements: dict
        suboptions:
          key:
            description: As in O(targets).
            type: str
            required: true
          values:
            description: As in O(targets).
            type: list
            elements: str
            required: true
      targets_max_concurrency:
        description: How many targets at once in this location.
        type: str
      targets_max_errors:
        description: How many targets may fail in this location.
        type: str
      target_location_alarm_configuration:
        description: An alarm that stops it in this location.
        type: dict
        suboptions:
          ignore_poll_alarm_failure:
            description: As in O(alarm_configuration).
            type: bool
          alarms:
            description: As in O(alarm_configuration).
            type: list
            elements: dict
            required: true
            suboptions:
              name:
                description: Name of the alarm.
                type: str
                required: true
"""
