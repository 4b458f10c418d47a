# Copyright: steadyfleet contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection: may change without notice.

from __future__ import annotations

from typing import Any

# The only file that reads and writes YAML: Ansible's own way, with the C library where there is one.
from ansible.module_utils.common.yaml import HAS_YAML, yaml_dump, yaml_load

from .errors import InvalidInput


def load(text: str) -> Any:
    """:raises ValueError: when it is not YAML."""
    _need_library()
    try:
        return yaml_load(text)
    except Exception as error:  # PyYAML's own errors can't be named without importing it, which may fail
        raise ValueError(str(error)) from error


def dump(value: Any) -> str:
    _need_library()
    text: str = yaml_dump(value, sort_keys=False)
    return text


def _need_library() -> None:
    if not HAS_YAML:
        raise InvalidInput("YAML needs the Python library PyYAML where this module runs", code="library_missing")
