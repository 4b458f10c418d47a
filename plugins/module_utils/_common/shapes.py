# Copyright: steadyfleet contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection: may change without notice.

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any


def drop_none(value: Any) -> Any:
    """Without the options and suboptions that were not given, at every depth."""
    if isinstance(value, Mapping):
        return {name: drop_none(item) for name, item in value.items() if item is not None}
    return [drop_none(item) for item in value] if isinstance(value, list) else value


def in_any_order(value: Any) -> Any:
    """Lists sorted at every depth, so that two of them compare as sets."""
    if isinstance(value, Mapping):
        return {name: in_any_order(item) for name, item in value.items()}
    if isinstance(value, list):
        return sorted((in_any_order(item) for item in value), key=lambda item: json.dumps(item, sort_keys=True))
    return value


def same_json(one: Any, other: Any) -> bool:
    """Whether two values are the same as JSON: ``True`` is not 1, and 1.0 is the same number as 1."""
    if isinstance(one, Mapping) and isinstance(other, Mapping):
        return one.keys() == other.keys() and all(same_json(one[name], other[name]) for name in one)
    if isinstance(one, list) and isinstance(other, list):
        return len(one) == len(other) and all(map(same_json, one, other))
    return isinstance(one, bool) == isinstance(other, bool) and bool(one == other)
