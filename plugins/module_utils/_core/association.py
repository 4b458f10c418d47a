# Copyright: steadyfleet contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection: may change without notice.

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from .errors import InvalidInput
from .patterns import mismatches, refuse, target_problems
from .schedule import is_rate, schedule_problem

# An association here is its fields under their option names, as {"document": ..., "targets": [{"key", "values"}]};
# a field that is not set is absent. DescribeAssociation, the module's options and what is sent are all turned into this
# one form, so that they can be merged and compared.
Fields = dict[str, Any]

API_NAMES = {
    "association_name": "AssociationName",
    "document": "Name",
    "document_version": "DocumentVersion",
    "parameters": "Parameters",
    "targets": "Targets",
    "target_maps": "TargetMaps",
    "target_locations": "TargetLocations",
    "automation_target_parameter_name": "AutomationTargetParameterName",
    "schedule_expression": "ScheduleExpression",
    "schedule_offset": "ScheduleOffset",
    "apply_only_at_cron_interval": "ApplyOnlyAtCronInterval",
    "max_concurrency": "MaxConcurrency",
    "max_errors": "MaxErrors",
    "compliance_severity": "ComplianceSeverity",
    "sync_compliance": "SyncCompliance",
    "output_location": "OutputLocation",
    "calendar_names": "CalendarNames",
    "duration": "Duration",
    "alarm_configuration": "AlarmConfiguration",
    "association_dispatch_assume_role": "AssociationDispatchAssumeRole",
}
# What AWS does when a field is not set; it may or may not spell that out in its answers.
_DEFAULTS = {
    "document_version": "$DEFAULT",
    "max_concurrency": "100%",
    "max_errors": "100%",
    "compliance_severity": "UNSPECIFIED",
    "sync_compliance": "AUTO",
    "apply_only_at_cron_interval": False,
}
_LOCATION_DEFAULTS = {
    "target_location_max_concurrency": "1",
    "target_location_max_errors": "0",
    "include_child_organization_units": False,
}
_S3_NAMES = {"s3_bucket": "OutputS3BucketName", "s3_key_prefix": "OutputS3KeyPrefix", "s3_region": "OutputS3Region"}
_STAYING = ("schedule_expression", "schedule_offset", "apply_only_at_cron_interval", "calendar_names", "duration")
_APPLY_ONLY = "apply_only_at_cron_interval"


def wanted(options: Mapping[str, Any]) -> Fields:
    """The module's options as fields. An empty value stays: it asks for the field to be cleared."""
    given = {name: options[name] for name in API_NAMES if options.get(name) is not None}
    fields = {name: value if name == "parameters" else _bare(value) for name, value in given.items()}
    if options.get("instance_ids") is not None:
        ids = list(options["instance_ids"])
        fields["targets"] = [{"key": "InstanceIds", "values": ids}] if ids else []
    if "parameters" in fields:
        fields["parameters"] = text_lists(fields["parameters"])
    return fields


def observed(description: Mapping[str, Any]) -> Fields:
    """What DescribeAssociation (Create, Update) answers, as fields."""
    fields = {name: description[api] for name, api in API_NAMES.items() if description.get(api)}
    for name in ("targets", "target_locations", "alarm_configuration"):
        if name in fields:
            fields[name] = _snake(fields[name])
    if "output_location" in fields:
        s3 = fields["output_location"].get("S3Location", {})
        fields["output_location"] = {name: s3[api] for name, api in _S3_NAMES.items() if s3.get(api)}
    return {name: value for name, value in fields.items() if value}


def merge(current: Fields, asked: Fields) -> Fields:
    """What shall be: UpdateAssociation forgets every field that is not sent, so what was not asked about is kept."""
    after = {**current, **asked}
    for one, other in (("targets", "target_maps"), ("target_maps", "targets")):
        if asked.get(one) and not asked.get(other):
            after.pop(other, None)  # exclusive: asking for one is asking to be rid of the other
    if not after.get(_APPLY_ONLY) and _APPLY_ONLY not in current:
        after.pop(_APPLY_ONLY, None)  # sending false makes it run at once, so only where it was true
    return {name: value for name, value in after.items() if value or name == _APPLY_ONLY}


def comparable(fields: Fields) -> Fields:
    """The fields so that equal means equal: no defaults, nothing in an order that has no meaning."""
    return {name: _plain(name, value) for name, value in fields.items() if value != _DEFAULTS.get(name)}


def request(fields: Fields) -> dict[str, Any]:
    """The fields as CreateAssociation and UpdateAssociation want them."""
    asked = {API_NAMES[name]: value for name, value in fields.items()}
    for api in ("Targets", "TargetLocations", "AlarmConfiguration"):
        if api in asked:
            asked[api] = _camel(asked[api])
    if "OutputLocation" in asked:
        location = {_S3_NAMES[name]: value for name, value in asked["OutputLocation"].items()}
        asked["OutputLocation"] = {"S3Location": location}
    return asked


def check(fields: Fields) -> None:
    """:raises InvalidInput: naming everything that AWS would refuse and that can be told without it."""
    problems = mismatches(fields) + mismatches(fields.get("output_location") or {})
    problems += target_problems(fields.get("targets") or [])
    if schedule := fields.get("schedule_expression"):
        problems += [found] if (found := schedule_problem(schedule)) else []
    for name, longest in (("schedule_offset", 6), ("duration", 24)):
        if fields.get(name) is not None and not 1 <= fields[name] <= longest:
            problems.append(f"{name} must be from 1 to {longest}, not {fields[name]}")
    if len(fields.get("target_locations") or []) > 100:
        problems.append("at most 100 target_locations are possible")
    if fields.get("alarm_configuration") and len(fields["alarm_configuration"].get("alarms") or []) != 1:
        problems.append("alarm_configuration needs exactly one alarm")
    refuse(problems + _conflicts(fields))


def check_once(asked: Fields) -> Fields:
    """The fields of an association that is to run once and be gone.

    :raises InvalidInput: as check(), and for fields that only make sense in one that stays.
    """
    fields = merge({}, asked)
    problems = [f"state=run_once needs {name}" for name in ("association_name", "document") if not fields.get(name)]
    problems += [f"{name} does not go with state=run_once, which runs at once" for name in _STAYING if fields.get(name)]
    refuse(problems)
    check(fields)
    return fields


def _conflicts(fields: Fields) -> list[str]:
    problems = []
    if fields.get("targets") and fields.get("target_maps"):
        problems.append("targets and target_maps exclude each other")
    if fields.get(_APPLY_ONLY) and is_rate(fields.get("schedule_expression")):
        problems.append(f"{_APPLY_ONLY} does not go with a rate(...) schedule")
    if fields.get("schedule_offset") and not fields.get(_APPLY_ONLY):
        problems.append(f"schedule_offset needs {_APPLY_ONLY}")
    return problems


def starts_at_once(fields: Fields) -> bool:
    """Whether creating or updating it makes AWS run it without waiting for its schedule."""
    return not fields.get(_APPLY_ONLY) or is_rate(fields.get("schedule_expression"))


def named_instances(fields: Fields) -> frozenset[str]:
    """The nodes named one by one, each of which owes a result; none when they are found by tag or group."""
    named = [target["values"] for target in fields.get("targets") or [] if target["key"] == "InstanceIds"]
    return frozenset(value for values in named for value in values if value != "*")


def text_lists(parameters: Mapping[str, Any]) -> dict[str, list[str]]:
    """Document parameters as AWS wants them: every value a list of texts.

    :raises InvalidInput: for a value of which it can't be told which text is meant.
    """
    return {
        name: [_text(name, item) for item in (value if isinstance(value, list) else [value])]
        for name, value in parameters.items()
    }


def _text(name: str, value: Any) -> str:
    if isinstance(value, bool) or value is None or not isinstance(value, (str, int, float)):
        raise InvalidInput(f"parameter {name} must be text or a list of texts, not {value!r}: put it in quotes")
    return str(value)


def _plain(name: str, value: Any) -> Any:
    if name == "parameters":
        return value  # the order of a StringList (commands, say) has a meaning
    if name == "target_locations":
        value = [_without(_LOCATION_DEFAULTS, location) for location in value]
    return _sorted(value)


def _without(defaults: Mapping[str, Any], values: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in values.items() if value != defaults.get(name)}


def _sorted(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {name: _sorted(item) for name, item in value.items()}
    if isinstance(value, list):
        return sorted((_sorted(item) for item in value), key=lambda item: json.dumps(item, sort_keys=True))
    return value


def _bare(value: Any) -> Any:
    """Without the suboptions that were not given."""
    if isinstance(value, Mapping):
        return {name: _bare(item) for name, item in value.items() if item is not None}
    return [_bare(item) for item in value] if isinstance(value, list) else value


def _camel(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {"".join(part.capitalize() for part in name.split("_")): _camel(item) for name, item in value.items()}
    return [_camel(item) for item in value] if isinstance(value, list) else value


def _snake(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {_snake_name(name): _snake(item) for name, item in value.items()}
    return [_snake(item) for item in value] if isinstance(value, list) else value


def _snake_name(name: str) -> str:
    return "".join(f"_{letter.lower()}" if letter.isupper() else letter for letter in name).lstrip("_")
