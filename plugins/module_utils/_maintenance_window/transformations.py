# Copyright: steadyfleet contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection: may change without notice.

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from .._common.shapes import bare, camel, in_any_order, snake

# A window, a target or a task is here its fields under their option names; a field that is not set is absent, and what
# AWS takes when nothing is said is spelled out. What AWS answers, the module's options and what is sent are all turned
# into this one form, so that they can be merged and compared.
Fields = dict[str, Any]

WINDOW = {
    "name": "Name",
    "description": "Description",
    "schedule": "Schedule",
    "schedule_timezone": "ScheduleTimezone",
    "schedule_offset": "ScheduleOffset",
    "start_date": "StartDate",
    "end_date": "EndDate",
    "duration": "Duration",
    "cutoff": "Cutoff",
    "allow_unassociated_targets": "AllowUnassociatedTargets",
    "enabled": "Enabled",
}
TARGET = {
    "name": "Name",
    "resource_type": "ResourceType",
    "targets": "Targets",
    "owner_information": "OwnerInformation",
    "description": "Description",
}
NEW_WINDOW: Fields = {"allow_unassociated_targets": False, "enabled": True}
# Zero is how these are unset: AWS takes no zero for them.
_NO_ZERO = ("schedule_offset", "timeout_seconds")
_GROUPS = "resource-groups:"


@dataclass(frozen=True, kw_only=True)
class Item:
    """A target or a task that is registered with a window."""

    item_id: str
    fields: Fields
    # Of a task: the ids of the targets that it names; its deprecated fields, in AWS's own form; and whether it is known
    # what it is called with, which the listing does not tell.
    target_ids: tuple[str, ...] = ()
    deprecated: Fields = field(default_factory=dict)
    whole: bool = True


@dataclass(frozen=True, kw_only=True)
class Seen:
    """A window as it is."""

    window_id: str
    fields: Fields
    targets: tuple[Item, ...] = ()
    tasks: tuple[Item, ...] = ()
    tags: dict[str, str] | None = None
    next_execution_time: str | None = None


def wanted(options: Mapping[str, Any]) -> Fields:
    """The options of the window itself. An empty value stays: it asks for the field to be cleared."""
    return {name: options[name] for name in WINDOW if options.get(name) is not None}


def wanted_target(options: Mapping[str, Any]) -> Fields:
    fields = {name: bare(options[name]) for name in TARGET if options.get(name) is not None}
    if options.get("instance_ids") is not None:
        fields["targets"] = [{"key": "InstanceIds", "values": list(options["instance_ids"])}]
    if fields.get("targets"):
        fields.setdefault("resource_type", type_of(fields["targets"]))
    return fields


def request_target(fields: Fields) -> dict[str, Any]:
    """The fields as AWS wants them."""
    return {TARGET[name]: camel(value) for name, value in fields.items()}


def type_of(targets: list[Fields]) -> str:
    groups = any(str(target.get("key")).startswith(_GROUPS) for target in targets)
    return "RESOURCE_GROUP" if groups else "INSTANCE"


def observed(got: Mapping[str, Any]) -> Fields:
    """What GetMaintenanceWindow answers."""
    return {name: got[api] for name, api in WINDOW.items() if got.get(api) is not None}


def observed_target(got: Mapping[str, Any]) -> Item:
    fields = {name: snake(got[api]) for name, api in TARGET.items() if got.get(api)}
    return Item(item_id=got["WindowTargetId"], fields=fields)


def merge(current: Fields, asked: Fields) -> Fields:
    """What was not asked about is kept, what was asked to be empty goes."""
    after = {**current, **asked}
    for one, other in (("targets", "instance_ids"), ("instance_ids", "targets")):
        if asked.get(one) and not asked.get(other):
            after.pop(other, None)  # of a task: asking for one is asking to be rid of the other
    called = asked.get("task_invocation_parameters")
    if called and "task_invocation_parameters" in current:
        after["task_invocation_parameters"] = _merged_call(current["task_invocation_parameters"], called)
    return _filled(after)


def _merged_call(current: Fields, asked: Fields) -> Fields:
    """AWS replaces what a task is called with as a whole: so what was not asked about is sent again."""
    merged = dict(current)
    for how, values in asked.items():
        before = current.get(how, {})
        deep = {
            name: {**before[name], **value}
            for name, value in values.items()
            if name.endswith("_config") and value and name in before
        }
        merged[how] = {**before, **values, **deep}
    return merged


def _filled(fields: Fields) -> Fields:
    """Without what is empty; at any depth but in parameters, where an empty text or list is a value."""
    kept = {}
    for name, value in fields.items():
        inner = _filled(value) if isinstance(value, dict) and name != "parameters" else value
        if inner not in ("", [], {}) and not (name in _NO_ZERO and inner == 0):
            kept[name] = inner
    return kept


def comparable(fields: Fields) -> Fields:
    """The fields so that equal means equal."""
    return {name: _plain(name, value) for name, value in fields.items()}


def _plain(name: str, value: Any) -> Any:
    if name in ("start_date", "end_date") and (found := moment(value)):
        return found.astimezone(UTC).isoformat()
    if name == "task_invocation_parameters":
        return {how: {key: _plain_call(key, item) for key, item in values.items()} for how, values in value.items()}
    return in_any_order(value)


def _plain_call(name: str, value: Any) -> Any:
    if name in ("payload", "input"):
        try:
            return json.loads(value)
        except ValueError:
            return value
    return value if name == "parameters" else in_any_order(value)


def moment(text: str) -> datetime | None:
    """A time with a zone; UTC when none is named, as in AWS. None when it is no time."""
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        return None
    return found if found.tzinfo else found.replace(tzinfo=UTC)
