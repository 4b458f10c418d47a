# Copyright: steadyfleet contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection: may change without notice.

from __future__ import annotations

from typing import Any

_TEXT = {"type": "str"}
_NEEDED = {"type": "str", "required": True}
_TEXTS = {"type": "list", "elements": "str"}
_EVENTS = ["All", "InProgress", "Success", "TimedOut", "Cancelled", "Failed"]
_TARGET = {"key": {**_NEEDED, "no_log": False}, "values": {**_TEXTS, "required": True}}
_ALARM = {
    "ignore_poll_alarm_failure": {"type": "bool"},
    "alarms": {"type": "list", "elements": "dict", "required": True, "options": {"name": _NEEDED}},
}
_NOTIFICATION = {
    "notification_arn": _NEEDED,
    "notification_events": {**_TEXTS, "choices": _EVENTS},
    "notification_type": {"type": "str", "choices": ["Command", "Invocation"]},
}
COMMAND_SPEC: dict[str, Any] = {
    "document_name": _NEEDED,
    "document_version": _TEXT,
    "document_hash": _TEXT,
    "document_hash_type": {"type": "str", "choices": ["Sha256", "Sha1"]},
    "instance_ids": _TEXTS,
    "targets": {"type": "list", "elements": "dict", "options": _TARGET},
    "expected_target_count": {"type": "int"},
    "parameters": {"type": "dict"},
    "comment": _TEXT,
    "token": {"type": "str", "no_log": False},
    "token_max_age": {"type": "int", "no_log": False, "default": 86_400},
    "timeout_seconds": {"type": "int"},
    "max_concurrency": _TEXT,
    "max_errors": _TEXT,
    "output_s3_bucket": _TEXT,
    "output_s3_key_prefix": {"type": "str", "no_log": False},
    "cloudwatch_log_group": _TEXT,
    "cloudwatch_output_enabled": {"type": "bool"},
    "service_role_arn": _TEXT,
    "notification_config": {"type": "dict", "options": _NOTIFICATION},
    "alarm_configuration": {"type": "dict", "options": _ALARM},
    "include_patch_states": {"type": "bool", "default": False},
    "cancel_on_timeout": {"type": "bool", "default": False},
}
