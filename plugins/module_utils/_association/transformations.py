# Copyright: steadyfleet contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection: may change without notice.

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from .._common.parameters import text_lists

# An association here is its fields under their option names, as {"document": ..., "targets": [{"key", "values"}]};
# a field that is not set is absent. DescribeAssociation, the module's options and what is sent are all turned into this
# one form, so that they can be merged (association_merge.py), judged (association_rules.py) and compared.
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
S3_NAMES = {"s3_bucket": "OutputS3BucketName", "s3_key_prefix": "OutputS3KeyPrefix", "s3_region": "OutputS3Region"}
APPLY_ONLY = "apply_only_at_cron_interval"
# A runbook without targets gets these from AWS, which then refuses them in an update.
# https://github.com/hashicorp/terraform-provider-aws/issues/41251
_NO_TARGETS = [{"key": "aws:NoOpAutomationTag", "values": ["AWS-NoOpAutomationTarget-Value"]}]


def wanted(options: Mapping[str, Any]) -> Fields:
    """The module's options as fields. An empty value stays: it asks for the field to be cleared."""
    given = {name: options[name] for name in API_NAMES if options.get(name) is not None}
    fields = {name: value if name in ("parameters", "target_maps") else _bare(value) for name, value in given.items()}
    if options.get("instance_ids") is not None:
        ids = list(options["instance_ids"])
        fields["targets"] = [{"key": "InstanceIds", "values": ids}] if ids else []
    if "parameters" in fields:
        fields["parameters"] = text_lists(fields["parameters"])
    if "target_maps" in fields:
        fields["target_maps"] = [text_lists(each, "target map key") for each in fields["target_maps"]]
    return fields


def observed(description: Mapping[str, Any]) -> Fields:
    """What DescribeAssociation (Create, Update) answers, as fields."""
    fields = {name: description[api] for name, api in API_NAMES.items() if description.get(api)}
    for name in ("targets", "target_locations", "alarm_configuration"):
        if name in fields:
            fields[name] = _snake(fields[name])
    if "output_location" in fields:
        s3 = fields["output_location"].get("S3Location", {})
        fields["output_location"] = {name: s3[api] for name, api in S3_NAMES.items() if s3.get(api)}
    if fields.get("targets") == _NO_TARGETS and "automation_target_parameter_name" not in fields:
        del fields["targets"]
    return {name: value for name, value in fields.items() if value}


def request(fields: Fields) -> dict[str, Any]:
    """The fields as CreateAssociation and UpdateAssociation want them."""
    asked = {API_NAMES[name]: value for name, value in fields.items()}
    for api in ("Targets", "TargetLocations", "AlarmConfiguration"):
        if api in asked:
            asked[api] = _camel(asked[api])
    if "OutputLocation" in asked:
        location = {S3_NAMES[name]: value for name, value in asked["OutputLocation"].items()}
        asked["OutputLocation"] = {"S3Location": location}
    return asked


def named_instances(fields: Fields) -> frozenset[str]:
    """The nodes named one by one, each of which owes a result; none when they are found by tag or group."""
    named = [target["values"] for target in fields.get("targets") or [] if target["key"] == "InstanceIds"]
    return frozenset(value for values in named for value in values if value != "*")


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
