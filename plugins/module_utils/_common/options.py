# Copyright: steadyfleet contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection: may change without notice.

from __future__ import annotations

from typing import Any

_TEXT = {"type": "str"}
_FLAG = {"type": "bool"}
_TEXTS = {"type": "list", "elements": "str"}
TARGETS = {
    "type": "list",
    "elements": "dict",
    "options": {"key": {"type": "str", "required": True, "no_log": False}, "values": {**_TEXTS, "required": True}},
}
TARGET_LOCATION = {
    "accounts": _TEXTS,
    "regions": _TEXTS,
    "target_location_max_concurrency": _TEXT,
    "target_location_max_errors": _TEXT,
    "execution_role_name": _TEXT,
    "include_child_organization_units": _FLAG,
    "exclude_accounts": _TEXTS,
    "targets": TARGETS,
    "targets_max_concurrency": _TEXT,
    "targets_max_errors": _TEXT,
}
_ALARMS = {"type": "list", "elements": "dict", "options": {"name": {"type": "str", "required": True}}}
ALARM_CONFIGURATION = {
    "type": "dict",
    "options": {"ignore_poll_alarm_failure": _FLAG, "alarms": {**_ALARMS, "required": True}},
}
# For an alarm that an empty dict removes.
CLEARABLE_ALARM_CONFIGURATION = {
    "type": "dict",
    "options": {"ignore_poll_alarm_failure": _FLAG, "alarms": _ALARMS},
}
NOTIFICATION_CONFIG = {
    "type": "dict",
    "options": {
        "notification_arn": {"type": "str", "required": True},
        "notification_events": {
            **_TEXTS,
            "choices": ["All", "InProgress", "Success", "TimedOut", "Cancelled", "Failed"],
        },
        "notification_type": {"type": "str", "choices": ["Command", "Invocation"]},
    },
}
# The fleet as elb_rotation, elb_rotation_info and patch_preflight see it.
ROTATION_SPEC = {
    "ledger_prefix": {"type": "str", "default": "/steadyfleet/aws_patching/ledger"},
    "min_healthy_targets": {"type": "int", "default": 1},
    "target_group_arns": _TEXTS,
}


def wait_spec(timeout: int) -> dict[str, Any]:
    """The options ``wait``, ``wait_timeout`` and ``poll_interval``.

    :param timeout: default of ``wait_timeout`` in seconds, by what the module waits for.
    """
    return {
        "wait": {"type": "bool", "default": True},
        "wait_timeout": {"type": "int", "default": timeout},
        "poll_interval": {"type": "float", "default": 5.0},
    }
