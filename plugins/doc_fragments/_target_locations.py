# Copyright: steadyfleet contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations


class ModuleDocFragment:
    DOCUMENTATION = r"""
options:
  target_locations:
    description:
      - The accounts and Regions in which to run.
    type: list
    elements: dict
    suboptions:
      accounts:
        description: IDs of accounts or organizational units.
        type: list
        elements: str
      regions:
        description: The Regions.
        type: list
        elements: str
      target_location_max_concurrency:
        description: The number of locations that run at the same time. AWS's default is V(1).
        type: str
      target_location_max_errors:
        description: The number of locations that may fail. AWS's default is V(0).
        type: str
      execution_role_name:
        description: The name of the role to use in each account.
        type: str
      include_child_organization_units:
        description: Whether to include the organizational units below those in O(target_locations[].accounts).
        type: bool
      exclude_accounts:
        description: IDs of accounts or organizational units to exclude.
        type: list
        elements: str
      targets:
        description: The targets in this location.
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
        description: The number of targets that run at the same time in this location.
        type: str
      targets_max_errors:
        description: The number of targets that may fail in this location.
        type: str
"""
    # Automation also takes an alarm for each location. The text is written out because Ansible's sanity tests read only
    # literals.
    ALARMED = r"""
options:
  target_locations:
    description:
      - The accounts and Regions in which to run.
    type: list
    elements: dict
    suboptions:
      accounts:
        description: IDs of accounts or organizational units.
        type: list
        elements: str
      regions:
        description: The Regions.
        type: list
        elements: str
      target_location_max_concurrency:
        description: The number of locations that run at the same time. AWS's default is V(1).
        type: str
      target_location_max_errors:
        description: The number of locations that may fail. AWS's default is V(0).
        type: str
      execution_role_name:
        description: The name of the role to use in each account.
        type: str
      include_child_organization_units:
        description: Whether to include the organizational units below those in O(target_locations[].accounts).
        type: bool
      exclude_accounts:
        description: IDs of accounts or organizational units to exclude.
        type: list
        elements: str
      targets:
        description: The targets in this location.
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
        description: The number of targets that run at the same time in this location.
        type: str
      targets_max_errors:
        description: The number of targets that may fail in this location.
        type: str
      target_location_alarm_configuration:
        description: The CloudWatch alarm that stops the run in this location.
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
                description: The name of the alarm.
                type: str
                required: true
"""
