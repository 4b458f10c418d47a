# Copyright: steadyfleet contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection: may change without notice.

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from .._common.shapes import in_any_order
from .transformations import APPLY_ONLY, Fields

# AWS's defaults. Its responses may contain them or not.
_DEFAULTS = {
    "document_version": "$DEFAULT",
    "max_concurrency": "100%",
    "max_errors": "100%",
    "compliance_severity": "UNSPECIFIED",
    "sync_compliance": "AUTO",
    APPLY_ONLY: False,
}
_SUBOPTION_DEFAULTS: dict[str, dict[str, Any]] = {
    "target_locations": {
        "target_location_max_concurrency": "1",
        "target_location_max_errors": "0",
        "execution_role_name": "AWS-SystemsManager-AutomationExecutionRole",
        "include_child_organization_units": False,
    },
    "alarm_configuration": {"ignore_poll_alarm_failure": False},
}
# Fields that exclude each other: one that is given replaces the others.
_REPLACES = {"targets": ("target_maps",), "target_maps": ("targets", "automation_target_parameter_name")}


def merge(observed: Fields, desired: Fields) -> Fields:
    """All fields of the desired association. UpdateAssociation resets every field that it does not get, so the fields
    that were not given are kept."""
    after = {**observed, **desired}
    for given, replaced in _REPLACES.items():
        for name in replaced if desired.get(given) else ():
            if not desired.get(name):
                after.pop(name, None)
    if not after.get(APPLY_ONLY) and APPLY_ONLY not in observed:
        after.pop(APPLY_ONLY, None)  # sending false makes AWS run it at once, so it is sent only where it was true
    return {name: value for name, value in after.items() if value or name == APPLY_ONLY}


def comparable(fields: Fields) -> Fields:
    """The fields in a form in which equal means equal: without defaults, and sorted where the order has no meaning."""
    return {name: _comparable(name, value) for name, value in fields.items() if value != _DEFAULTS.get(name)}


def _comparable(name: str, value: Any) -> Any:
    if name == "parameters":
        return value  # the order of a StringList such as commands has a meaning
    if name == "target_maps":
        return sorted(value, key=lambda each: json.dumps(each, sort_keys=True))
    defaults = _SUBOPTION_DEFAULTS.get(name, {})
    if isinstance(value, list):
        value = [_without(defaults, item) for item in value]
    return in_any_order(_without(defaults, value))


def _without(defaults: Mapping[str, Any], value: Any) -> Any:
    """The value without suboptions that are empty or have AWS's default."""
    if not isinstance(value, Mapping):
        return value
    return {name: item for name, item in value.items() if item != defaults.get(name) and item not in ([], {}, "")}
