# Copyright: steadyfleet contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection: may change without notice.

from __future__ import annotations

from typing import Any

# The options that stand for AWS's own fields, apart from what the module does with them because they are many.
_TEXT = {"type": "str"}
_TEXTS = {"type": "list", "elements": "str"}
_TARGETS = {
    "type": "list",
    "elements": "dict",
    "options": {"key": {"type": "str", "required": True, "no_log": False}, "values": {**_TEXTS, "required": True}},
}
_ALARMS = {"type": "list", "elements": "dict", "required": True, "options": {"name": {"type": "str", "required": True}}}
_ALARM = {
    "type": "dict",
    "options": {"ignore_poll_alarm_failure": {"type": "bool"}, "alarms": _ALARMS},
}
_LOCATION = {
    "accounts": _TEXTS,
    "regions": _TEXTS,
    "target_location_max_concurrency": _TEXT,
    "target_location_max_errors": _TEXT,
    "execution_role_name": _TEXT,
    "target_location_alarm_configuration": _ALARM,
    "include_child_organization_units": {"type": "bool"},
    "exclude_accounts": _TEXTS,
    "targets": _TARGETS,
    "targets_max_concurrency": _TEXT,
    "targets_max_errors": _TEXT,
}
AUTOMATION_SPEC: dict[str, Any] = {
    "document_name": _TEXT,
    "document_version": _TEXT,
    "parameters": {"type": "dict"},
    "mode": {"type": "str", "choices": ["Auto", "Interactive"]},
    "targets": _TARGETS,
    "target_parameter_name": _TEXT,
    "target_maps": {"type": "list", "elements": "dict"},
    "max_concurrency": _TEXT,
    "max_errors": _TEXT,
    "target_locations": {"type": "list", "elements": "dict", "options": _LOCATION},
    "target_locations_url": _TEXT,
    "alarm_configuration": _ALARM,
    "client_token": {"type": "str", "no_log": False},
    "execution_id": _TEXT,
    "signal": {"type": "str", "choices": ["Approve", "Reject", "StartStep", "StopStep", "Resume", "Revoke"]},
    "step_name": _TEXT,
    "comment": _TEXT,
    "stop": {"type": "str", "choices": ["Cancel", "Complete"]},
    "stop_on_timeout": {"type": "bool", "default": False},
    "tags": {"type": "dict"},
    "purge_tags": {"type": "bool", "default": True},
}
