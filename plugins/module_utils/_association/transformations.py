# Copyright: steadyfleet contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection: may change without notice.

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

from ansible.module_utils.common.dict_transformations import camel_dict_to_snake_dict, snake_dict_to_camel_dict

from .._command.outcome import Execution, Target
from .._common.parameters import text_lists
from .._common.shapes import drop_none, in_any_order
from .._common.targets import named_instances
from .._common.times import iso
from .._runnable.model import RunRequest

# The fields of an association by their options' names, as {"document_name": ..., "targets": [{"key", "values"}]}.
# A field that is not set is absent. AWS's descriptions, the module's options and requests all become this one form, in
# which they are merged and compared.
Fields = dict[str, Any]

MEMBERS = {
    "association_name": "AssociationName",
    "document_name": "Name",
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
# The options' names where they are not those of the request's members.
OPTION_NAMES = {"Name": "document_name", "OutputLocation.S3Location": "output_location"}
APPLY_ONLY = "apply_only_at_cron_interval"
# Maps whose keys are not AWS's: they keep their names.
_VERBATIM = ("parameters", "target_maps")
# AWS gives these targets to a runbook without targets, and then refuses them in an update.
# https://github.com/hashicorp/terraform-provider-aws/issues/41251
_NO_TARGETS = [{"key": "aws:NoOpAutomationTag", "values": ["AWS-NoOpAutomationTarget-Value"]}]
_S3_LOCATION = ("output_s3_bucket_name", "output_s3_key_prefix", "output_s3_region")
_COUNT = re.compile(r"([A-Za-z][A-Za-z ]*?)\s*=\s*(\d+)")

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


def desired_fields(options: Mapping[str, Any]) -> Fields:
    """The module's options as fields. An empty value stays: it clears the field.

    :raises InvalidInput: for a parameter whose value is no text.
    """
    given = {name: options[name] for name in MEMBERS if options.get(name) is not None}
    fields = {name: value if name in _VERBATIM else drop_none(value) for name, value in given.items()}
    if "output_location" in fields:  # Ansible keeps the aliases of suboptions beside their names
        location = fields["output_location"]
        fields["output_location"] = {name: location[name] for name in _S3_LOCATION if name in location}
    if options.get("instance_ids") is not None:
        ids = list(options["instance_ids"])
        fields["targets"] = [{"key": "InstanceIds", "values": ids}] if ids else []
    if "parameters" in fields:
        fields["parameters"] = text_lists(fields["parameters"])
    if "target_maps" in fields:
        fields["target_maps"] = [text_lists(each, "target map key") for each in fields["target_maps"]]
    return fields


def observed_fields(description: Mapping[str, Any]) -> Fields:
    """The fields of an association that AWS describes."""
    present = {name: description[member] for name, member in MEMBERS.items() if description.get(member)}
    converted: Fields = camel_dict_to_snake_dict(
        {name: value for name, value in present.items() if name not in _VERBATIM}
    )
    fields = converted | {name: present[name] for name in _VERBATIM if name in present}
    if "output_location" in fields:
        fields["output_location"] = drop_empty(fields["output_location"].get("s3_location", {}))
    if fields.get("targets") == _NO_TARGETS and "automation_target_parameter_name" not in fields:
        del fields["targets"]
    return drop_empty(fields)


def drop_empty(fields: Mapping[str, Any]) -> Fields:
    return {name: value for name, value in fields.items() if value}


def association_request(fields: Mapping[str, Any]) -> dict[str, Any]:
    """The fields as CreateAssociation and UpdateAssociation take them."""
    members = {
        name: {"s3_location": value} if name == "output_location" else value
        for name, value in fields.items()
        if name not in _VERBATIM
    }
    nested: dict[str, Any] = snake_dict_to_camel_dict(members, capitalize_first=True)
    if "DocumentName" in nested:
        nested["Name"] = nested.pop("DocumentName")
    return nested | {MEMBERS[name]: fields[name] for name in _VERBATIM if name in fields}


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


def run_request(fields: Fields, needs_nodes: bool) -> RunRequest | None:
    """What is judged of an association before it is written; None when it runs in other accounts or Regions.

    :param needs_nodes: whether the module waits for a result of each named node. Otherwise AWS accepts nodes that are
        not registered yet, and runs the association on them later.
    """
    if fields.get("target_locations"):
        return None
    mapped = {name for each in fields.get("target_maps") or [] for name in each}
    parameter = fields.get("automation_target_parameter_name")
    filled = frozenset(mapped | ({parameter} if parameter else set()))
    return RunRequest(
        document_name=fields["document_name"],
        document_version=fields.get("document_version"),
        # https://docs.aws.amazon.com/systems-manager/latest/userguide/documents.html
        types=("Automation",) if filled else ("Command", "Policy", "Automation"),
        parameters=fields.get("parameters") or {},
        filled=filled,
        instance_ids=() if filled else named_instances(fields.get("targets") or []),
        needs_nodes=needs_nodes,
    )


def execution_from(response: Mapping[str, Any]) -> Execution:
    # AWS writes the counts as text: {Success=3, Failed=1}.
    counts = _COUNT.findall(response.get("ResourceCountByStatus", ""))
    return Execution(
        execution_id=response["ExecutionId"],
        status=response.get("Status", ""),
        detailed_status=response.get("DetailedStatus", ""),
        created_at=iso(response.get("CreatedTime")),
        resource_count_by_status={status: int(count) for status, count in counts},
        association_version=response.get("AssociationVersion"),
        triggered_alarms=tuple(alarm["Name"] for alarm in response.get("TriggeredAlarms", [])),
    )


def target_from(response: Mapping[str, Any]) -> Target:
    source = response.get("OutputSource", {})
    return Target(
        resource_id=response["ResourceId"],
        resource_type=response.get("ResourceType", ""),
        status=response.get("Status", ""),
        detailed_status=response.get("DetailedStatus", ""),
        output_id=source.get("OutputSourceId"),
        output_type=source.get("OutputSourceType", ""),
    )
