# Copyright: steadyfleet contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection: may change without notice.

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

# Between AWS's way to write a structure and Ansible's.


def camel(value: Any) -> Any:
    """``notification_arn`` becomes ``NotificationArn``, at every depth."""
    if isinstance(value, Mapping):
        return {camel_name(name): camel(item) for name, item in value.items()}
    return [camel(item) for item in value] if isinstance(value, list) else value


def camel_name(name: str) -> str:
    return "".join(part.capitalize() for part in name.split("_"))


def snake(value: Any) -> Any:
    """``NotificationArn`` becomes ``notification_arn``, at every depth."""
    if isinstance(value, Mapping):
        return {snake_name(name): snake(item) for name, item in value.items()}
    return [snake(item) for item in value] if isinstance(value, list) else value


def snake_name(name: str) -> str:
    return "".join(f"_{letter.lower()}" if letter.isupper() else letter for letter in name).lstrip("_")


def drop_none(value: Any) -> Any:
    """Without the options and suboptions that were not given, at every depth."""
    if isinstance(value, Mapping):
        return {name: drop_none(item) for name, item in value.items() if item is not None}
    return [drop_none(item) for item in value] if isinstance(value, list) else value


bare = drop_none


def in_any_order(value: Any) -> Any:
    """Lists sorted at every depth, so that two of them compare as sets."""
    if isinstance(value, Mapping):
        return {name: in_any_order(item) for name, item in value.items()}
    if isinstance(value, list):
        return sorted((in_any_order(item) for item in value), key=lambda item: json.dumps(item, sort_keys=True))
    return value
