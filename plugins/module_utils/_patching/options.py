# Copyright: steadyfleet contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection: may change without notice.

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ansible.module_utils.common.arg_spec import ArgumentSpecValidator

from .._common.errors import InvalidInput
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
    "check_kernel": {"type": "bool", "default": True},
    "execution_only": {"type": "bool", "default": False},
    "health_url": {"type": "str"},
    "health_timeout": {"type": "int", "default": 60},
    "target_group_arns": {"type": "list", "elements": "str"},
    "healthy_polls": {"type": "int", "default": 3},
    **wait_spec(900),
}
# Of patch_preflight: what the nodes are looked at for.
NODE_CHECK_SPEC: dict[str, Any] = {
    "hook_settings": {"type": "dict"},
    "min_free_space": {"type": "dict", "default": {"/": 1024, "/boot": 128, "/var": 1024}},
}


def free_space(given: Mapping[str, Any]) -> dict[str, int]:
    """How many MiB must be free, by path.

    :raises InvalidInput: for a path that is not absolute, or a number that is none.
    """
    wrong = [f"{path}: {need}" for path, need in given.items() if not _is_need(str(path), need)]
    if wrong:
        message = f"min_free_space takes a number of MiB for each absolute path, not {', '.join(wrong)}"
        raise InvalidInput(message, code="min_free_space_invalid")
    return {str(path): int(need) for path, need in given.items()}


def _is_need(path: str, need: Any) -> bool:
    return path.startswith("/") and "\n" not in path and not isinstance(need, bool) and str(need).isdecimal()


def valid_hook_settings(given: Mapping[str, Any]) -> dict[str, Any]:
    """The settings of role patch_hooks, each with its type.

    :raises InvalidInput: for a setting that is missing, unknown, or of another type.
    """
    result = ArgumentSpecValidator(_SETTINGS).validate(dict(given))
    if result.error_messages:
        raise InvalidInput(f"hook_settings: {'; '.join(result.error_messages)}", code="hook_settings_invalid")
    return dict(result.validated_parameters)
