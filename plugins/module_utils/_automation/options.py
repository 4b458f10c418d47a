# Copyright: steadyfleet contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection: may change without notice.

from __future__ import annotations

from typing import Any

from .._common.options import ALARM_CONFIGURATION, LOCATION, TARGETS

# The options that stand for AWS's own fields, apart from what the module does with them because they are many.
_TEXT = {"type": "str"}
_LOCATION = {**LOCATION, "target_location_alarm_configuration": ALARM_CONFIGURATION}
AUTOMATION_SPEC: dict[str, Any] = {
    "document_name": _TEXT,
    "document_version": _TEXT,
    "parameters": {"type": "dict"},
    "mode": {"type": "str", "choices": ["Auto", "Interactive"]},
    "targets": TARGETS,
    "target_parameter_name": _TEXT,
    "target_maps": {"type": "list", "elements": "dict"},
    "max_concurrency": _TEXT,
    "max_errors": _TEXT,
    "target_locations": {"type": "list", "elements": "dict", "options": _LOCATION},
    "target_locations_url": _TEXT,
    "alarm_configuration": ALARM_CONFIGURATION,
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
