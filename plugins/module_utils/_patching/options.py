# Copyright: steadyfleet contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection: may change without notice.

from __future__ import annotations

from typing import Any

from .._common.options import wait_spec

# The argument specs of the modules that have an action plugin. They stand here and not in the modules, because the
# action plugins validate with them too: importing a module imports boto3, which takes a worker 0.3 s for each host.
_HOOK = {
    "name": {"type": "str", "required": True},
    "script": {"type": "str"},
    "timeout": {"type": "int", "default": 3600},
}
_SETTINGS = {
    "kind": {"type": "str", "choices": ["nodejs_pm2", "systemd", "custom"], "required": True},
    "application": {"type": "str", "required": True},
    "path": {"type": "str", "required": True},
    "port": {"type": "int", "required": True},
    "health_url": {"type": "str", "required": True},
    "user": {"type": "str", "required": True},
    "environment": {"type": "dict", "required": True},
    "name_prefix": {"type": "str", "required": True},
    "update_command": {"type": "str", "required": True},
    "block_port": {"type": "bool", "required": True},
    "connection_grace": {"type": "int", "required": True},
    "on_open_connections": {"type": "str", "choices": ["fail", "continue"], "required": True},
    "stop_timeout": {"type": "int", "required": True},
    "start_timeout": {"type": "int", "required": True},
    "update_timeout": {"type": "int", "required": True},
}
HOOK_DOCUMENTS_SPEC: dict[str, Any] = {
    "pre": {"type": "dict", "options": _HOOK},
    "post": {"type": "dict", "options": _HOOK},
    "on_exit": {"type": "dict", "options": _HOOK},
    "document_version": {"type": "str"},
    "settings": {"type": "dict", "options": _SETTINGS},
    "validate_only": {"type": "bool", "default": False},
    "tags": {"type": "dict", "aliases": ["resource_tags"]},
    "purge_tags": {"type": "bool", "default": True},
    **wait_spec(300),
}
VERDICT_SPEC: dict[str, Any] = {
    "instance_id": {"type": "str", "required": True},
    "operation_after": {"type": "str", "required": True},
    "snapshot_id": {"type": "str"},
    "execution_target": {"type": "dict"},
    "patch_state": {"type": "dict"},
    "boot_id_before": {"type": "str"},
    "reboot_option": {"type": "str", "choices": ["RebootIfNeeded", "NoReboot"], "default": "RebootIfNeeded"},
    "health_url": {"type": "str"},
    "health_timeout": {"type": "int", "default": 60},
    "target_group_arns": {"type": "list", "elements": "str"},
    "healthy_polls": {"type": "int", "default": 3},
    **wait_spec(900),
}
