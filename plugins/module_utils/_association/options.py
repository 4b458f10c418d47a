# Copyright: steadyfleet contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection: may change without notice.

from __future__ import annotations

from typing import Any

from .._common.options import LOCATION, TARGETS

# The options that stand for AWS's own fields, apart from what the module does with them because they are many.
_TEXT = {"type": "str"}
_FLAG = {"type": "bool"}
_TEXTS = {"type": "list", "elements": "str"}
_ALARMS = {"type": "list", "elements": "dict", "options": {"name": {"type": "str", "required": True}}}
ASSOCIATION_SPEC: dict[str, Any] = {
    "state": {"type": "str", "choices": ["present", "absent", "run_once"], "default": "present"},
    "association_id": _TEXT,
    "association_name": _TEXT,
    "document": _TEXT,
    "document_version": _TEXT,
    "parameters": {"type": "dict"},
    "targets": TARGETS,
    "instance_ids": _TEXTS,
    "target_maps": {"type": "list", "elements": "dict"},
    "target_locations": {"type": "list", "elements": "dict", "options": LOCATION},
    "automation_target_parameter_name": _TEXT,
    "schedule_expression": _TEXT,
    "schedule_offset": {"type": "int"},
    "apply_only_at_cron_interval": _FLAG,
    "max_concurrency": _TEXT,
    "max_errors": _TEXT,
    "compliance_severity": {"type": "str", "choices": ["CRITICAL", "HIGH", "MEDIUM", "LOW", "UNSPECIFIED"]},
    "sync_compliance": {"type": "str", "choices": ["AUTO", "MANUAL"]},
    "output_location": {
        "type": "dict",
        "options": {"s3_bucket": _TEXT, "s3_key_prefix": {"type": "str", "no_log": False}, "s3_region": _TEXT},
    },
    "calendar_names": _TEXTS,
    "duration": {"type": "int"},
    # An association's alarm can be taken away again.
    "alarm_configuration": {"type": "dict", "options": {"ignore_poll_alarm_failure": _FLAG, "alarms": _ALARMS}},
    "association_dispatch_assume_role": _TEXT,
    "run_now": {"type": "bool", "default": False},
    "tags": {"type": "dict"},
    "purge_tags": {"type": "bool", "default": True},
}
