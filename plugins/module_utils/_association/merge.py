# Copyright: steadyfleet contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection: may change without notice.

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from .transformations import APPLY_ONLY, Fields

# What AWS does when a field is not set; it may or may not spell that out in its answers.
_DEFAULTS = {
    "document_version": "$DEFAULT",
    "max_concurrency": "100%",
    "max_errors": "100%",
    "compliance_severity": "UNSPECIFIED",
    "sync_compliance": "AUTO",
    APPLY_ONLY: False,
}
_INNER_DEFAULTS: dict[str, dict[str, Any]] = {
    "target_locations": {
        "target_location_max_concurrency": "1",
        "target_location_max_errors": "0",
        "execution_role_name": "AWS-SystemsManager-AutomationExecutionRole",
        "include_child_organization_units": False,
    },
    "alarm_configuration": {"ignore_poll_alarm_failure": False},
}
# Exclusive: asking for the one is asking to be rid of the others.
_INSTEAD = {"targets": ("target_maps",), "target_maps": ("targets", "automation_target_parameter_name")}


def merge(current: Fields, asked: Fields) -> Fields:
    """What shall be: UpdateAssociation forgets every field that is not sent, so what was not asked about is kept."""
    after = {**current, **asked}
    for one, others in _INSTEAD.items():
        for other in others if asked.get(one) else ():
            if not asked.get(other):
                after.pop(other, None)
    if not after.get(APPLY_ONLY) and APPLY_ONLY not in current:
        after.pop(APPLY_ONLY, None)  # sending false makes it run at once, so only where it was true
    return {name: value for name, value in after.items() if value or name == APPLY_ONLY}


def comparable(fields: Fields) -> Fields:
    """The fields so that equal means equal: no defaults, nothing in an order that has no meaning."""
    return {name: _plain(name, value) for name, value in fields.items() if value != _DEFAULTS.get(name)}


def _plain(name: str, value: Any) -> Any:
    if name == "parameters":
        return value  # the order of a StringList (commands, say) has a meaning
    if name == "target_maps":
        return sorted(value, key=lambda each: json.dumps(each, sort_keys=True))
    defaults = _INNER_DEFAULTS.get(name, {})
    if isinstance(value, list):
        value = [_without(defaults, item) for item in value]
    return _sorted(_without(defaults, value))


def _without(defaults: Mapping[str, Any], value: Any) -> Any:
    """Without what AWS would take anyway, and without suboptions that are empty."""
    if not isinstance(value, Mapping):
        return value
    return {name: item for name, item in value.items() if item != defaults.get(name) and item not in ([], {}, "")}


def _sorted(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {name: _sorted(item) for name, item in value.items()}
    if isinstance(value, list):
        return sorted((_sorted(item) for item in value), key=lambda item: json.dumps(item, sort_keys=True))
    return value
