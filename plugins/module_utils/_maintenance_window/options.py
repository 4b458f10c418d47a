# Copyright: steadyfleet contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection: may change without notice.

from __future__ import annotations

from typing import Any

from .tasks import CALLED

# The options of ssm_maintenance_window. Its documentation stands in the module, as Ansible wants it; only the argument
# spec is here, because they are many.
_TEXT = {"type": "str"}
_NUMBER = {"type": "int"}
_FLAG = {"type": "bool"}
_TEXTS = {"type": "list", "elements": "str"}
_PURGE = {"type": "bool", "default": True}
_NAME = {"type": "str", "required": True}
_NODES = {
    "type": "list",
    "elements": "dict",
    "options": {"key": {"type": "str", "required": True, "no_log": False}, "values": {**_TEXTS, "required": True}},
}
_TARGET = {
    "name": _NAME,
    "resource_type": {"type": "str", "choices": ["INSTANCE", "RESOURCE_GROUP"]},
    "targets": _NODES,
    "instance_ids": _TEXTS,
    "owner_information": _TEXT,
    "description": _TEXT,
}
_CALLED = {
    "run_command": {
        "comment": _TEXT,
        "cloud_watch_output_config": {
            "type": "dict",
            "options": {"cloud_watch_log_group_name": _TEXT, "cloud_watch_output_enabled": _FLAG},
        },
        "document_hash": _TEXT,
        "document_hash_type": {"type": "str", "choices": ["Sha256", "Sha1"]},
        "document_version": _TEXT,
        "notification_config": {
            "type": "dict",
            "options": {
                "notification_arn": _TEXT,
                "notification_events": {
                    **_TEXTS,
                    "choices": ["All", "InProgress", "Success", "TimedOut", "Cancelled", "Failed"],
                },
                "notification_type": {"type": "str", "choices": ["Command", "Invocation"]},
            },
        },
        "output_s3_bucket_name": _TEXT,
        "output_s3_key_prefix": {"type": "str", "no_log": False},
        "parameters": {"type": "dict"},
        "service_role_arn": _TEXT,
        "timeout_seconds": _NUMBER,
    },
    "automation": {"document_version": _TEXT, "parameters": {"type": "dict"}},
    "lambda": {"client_context": _TEXT, "payload": {"type": "raw"}, "qualifier": _TEXT},
    "step_functions": {"input": {"type": "raw"}, "name": _TEXT},
}
_ALARMS = {"type": "list", "elements": "dict", "options": {"name": _NAME}}
_TASK = {
    "name": _NAME,
    "task_type": {"type": "str", "choices": list(CALLED)},
    "task_arn": _TEXT,
    "targets": _TEXTS,
    "instance_ids": _TEXTS,
    "service_role_arn": _TEXT,
    "priority": _NUMBER,
    "max_concurrency": _TEXT,
    "max_errors": _TEXT,
    "cutoff_behavior": {"type": "str", "choices": ["CONTINUE_TASK", "CANCEL_TASK"]},
    "alarm_configuration": {"type": "dict", "options": {"ignore_poll_alarm_failure": _FLAG, "alarms": _ALARMS}},
    "description": _TEXT,
    "task_invocation_parameters": {
        "type": "dict",
        "options": {how: {"type": "dict", "options": options} for how, options in _CALLED.items()},
    },
}
_EITHER = [("targets", "instance_ids")]
MAINTENANCE_WINDOW_SPEC: dict[str, Any] = {
    "state": {"type": "str", "choices": ["present", "absent"], "default": "present"},
    "window_id": _TEXT,
    "name": _TEXT,
    "description": _TEXT,
    "schedule": _TEXT,
    "schedule_timezone": _TEXT,
    "schedule_offset": _NUMBER,
    "start_date": _TEXT,
    "end_date": _TEXT,
    "duration": _NUMBER,
    "cutoff": _NUMBER,
    "allow_unassociated_targets": _FLAG,
    "enabled": _FLAG,
    "targets": {"type": "list", "elements": "dict", "options": _TARGET, "mutually_exclusive": _EITHER},
    "purge_targets": _PURGE,
    "tasks": {"type": "list", "elements": "dict", "options": _TASK, "mutually_exclusive": _EITHER},
    "purge_tasks": _PURGE,
    "tags": {"type": "dict"},
    "purge_tags": _PURGE,
}
