from __future__ import annotations

from typing import Any

import botocore.session
import pytest
from ansible_collections.steadyfleet.aws_patching.plugins.module_utils._association import transformations
from ansible_collections.steadyfleet.aws_patching.plugins.module_utils._common.errors import InvalidInput
from ansible_collections.steadyfleet.aws_patching.plugins.modules.ssm_association import SPEC

# Every field that CreateAssociation has, as AWS says it and as an operator does.
DESCRIBED: dict[str, Any] = {
    "Name": "doc",
    "AssociationName": "name",
    "DocumentVersion": "3",
    "Parameters": {"Operation": ["Install"]},
    "Targets": [{"Key": "tag:App", "Values": ["shop"]}],
    "TargetLocations": [
        {"Accounts": ["1"], "Regions": ["r"], "TargetLocationMaxConcurrency": "1", "ExecutionRoleName": "role"}
    ],
    "AutomationTargetParameterName": "InstanceId",
    "ScheduleExpression": "cron(0 2 ? * SUN *)",
    "ScheduleOffset": 2,
    "ApplyOnlyAtCronInterval": True,
    "MaxConcurrency": "1",
    "MaxErrors": "0",
    "ComplianceSeverity": "HIGH",
    "SyncCompliance": "MANUAL",
    "OutputLocation": {
        "S3Location": {"OutputS3BucketName": "logs", "OutputS3KeyPrefix": "p", "OutputS3Region": "eu-central-1"}
    },
    "CalendarNames": ["open"],
    "Duration": 4,
    "AlarmConfiguration": {"IgnorePollAlarmFailure": True, "Alarms": [{"Name": "down"}]},
    "AssociationDispatchAssumeRole": "arn:aws:iam::123456789012:role/r",
}
FIELDS: dict[str, Any] = {
    "document_name": "doc",
    "association_name": "name",
    "document_version": "3",
    "parameters": {"Operation": ["Install"]},
    "targets": [{"key": "tag:App", "values": ["shop"]}],
    "target_locations": [
        {
            "accounts": ["1"],
            "regions": ["r"],
            "target_location_max_concurrency": "1",
            "execution_role_name": "role",
        }
    ],
    "automation_target_parameter_name": "InstanceId",
    "schedule_expression": "cron(0 2 ? * SUN *)",
    "schedule_offset": 2,
    "apply_only_at_cron_interval": True,
    "max_concurrency": "1",
    "max_errors": "0",
    "compliance_severity": "HIGH",
    "sync_compliance": "MANUAL",
    "output_location": {
        "output_s3_bucket_name": "logs",
        "output_s3_key_prefix": "p",
        "output_s3_region": "eu-central-1",
    },
    "calendar_names": ["open"],
    "duration": 4,
    "alarm_configuration": {"ignore_poll_alarm_failure": True, "alarms": [{"name": "down"}]},
    "association_dispatch_assume_role": "arn:aws:iam::123456789012:role/r",
}


def test_every_field_there_and_back() -> None:
    assert transformations.observed_fields(DESCRIBED) == FIELDS
    assert transformations.association_request(FIELDS) == DESCRIBED
    assert transformations.desired_fields(FIELDS) == FIELDS


def test_target_maps_keep_their_own_names() -> None:
    maps = [{"InstanceId": ["i-1"]}]
    assert transformations.observed_fields({"TargetMaps": maps}) == {"target_maps": maps}
    assert transformations.association_request({"target_maps": maps}) == {"TargetMaps": maps}


SSM = botocore.session.get_session().get_service_model("ssm")
# State Manager does not support it, its own description in the model says; it is no option.
UNSUPPORTED = {"TargetLocationAlarmConfiguration"}


def nested(shape: Any) -> Any:
    """The members of a shape as options: {name: its own members, or None}."""
    while shape.type_name == "list":
        shape = shape.member
    if shape.type_name != "structure":
        return None
    return {name: nested(member) for name, member in shape.members.items() if name not in UNSUPPORTED}


def options_of(spec: dict[str, Any]) -> Any:
    return {name: options_of(option["options"]) if "options" in option else None for name, option in spec.items()}


def camel(options: Any) -> Any:
    if options is None:
        return None
    return {"".join(part.capitalize() for part in name.split("_")): camel(inner) for name, inner in options.items()}


def operation_fields(operation: str) -> Any:
    """The fields of an operation as the module offers them, under AWS's names."""
    members = nested(SSM.operation_model(operation).input_shape)
    members["OutputLocation"] = members["OutputLocation"]["S3Location"]
    return members


@pytest.mark.parametrize(
    ("operation", "others"),
    [
        # Deprecated, and refused with every document of today's schemas.
        ("CreateAssociation", {"InstanceId"}),
        # Who is meant, and the lock that the module keeps itself.
        ("UpdateAssociation", {"AssociationId", "AssociationVersion"}),
    ],
)
def test_no_field_of_the_service_model_is_missing(operation: str, others: set[str]) -> None:
    offered = options_of(SPEC)
    mapped = {member: camel(offered[name]) for name, member in transformations.MEMBERS.items()}
    given = {name: member for name, member in operation_fields(operation).items() if name not in others | {"Tags"}}
    assert mapped == given
    assert "tags" in offered


def test_what_a_choice_can_be_is_what_the_service_model_says() -> None:
    members = SSM.operation_model("CreateAssociation").input_shape.members
    for name in ("compliance_severity", "sync_compliance"):
        assert SPEC[name]["choices"] == members[transformations.MEMBERS[name]].enum


@pytest.mark.parametrize(
    ("more", "kept"),
    [({}, False), ({"AutomationTargetParameterName": "InstanceId"}, True)],
    ids=["simple", "rate control"],
)
def test_what_aws_shows_for_no_targets_is_none(more: dict[str, str], kept: bool) -> None:
    shown = [{"Key": "aws:NoOpAutomationTag", "Values": ["AWS-NoOpAutomationTarget-Value"]}]
    assert ("targets" in transformations.observed_fields({"Name": "runbook", "Targets": shown, **more})) is kept


@pytest.mark.parametrize(
    ("options", "fields"),
    [
        ({"instance_ids": ["i-1", "i-2"]}, {"targets": [{"key": "InstanceIds", "values": ["i-1", "i-2"]}]}),
        ({"instance_ids": []}, {"targets": []}),
        ({"parameters": {"a": "x", "b": ["y", 1], "c": 2}}, {"parameters": {"a": ["x"], "b": ["y", "1"], "c": ["2"]}}),
        (
            {"output_location": {"output_s3_bucket_name": "b", "output_s3_region": None}},
            {"output_location": {"output_s3_bucket_name": "b"}},
        ),
        ({"schedule_expression": "", "duration": None}, {"schedule_expression": ""}),
        ({"target_maps": [{"Id": "i-1", "Port": [1]}]}, {"target_maps": [{"Id": ["i-1"], "Port": ["1"]}]}),
    ],
)
def test_desired_fields(options: dict[str, Any], fields: dict[str, Any]) -> None:
    assert transformations.desired_fields(options) == fields


@pytest.mark.parametrize("value", [True, None, {"a": 1}, ["x", False]])
def test_a_parameter_that_could_mean_two_texts_is_refused(value: Any) -> None:
    with pytest.raises(InvalidInput, match="parameter Reboot"):
        transformations.desired_fields({"parameters": {"Reboot": value}})


@pytest.mark.parametrize(
    ("fields", "types", "filled", "nodes"),
    [
        ({}, ("Command", "Policy", "Automation"), set(), ()),
        (
            {"targets": [{"key": "InstanceIds", "values": ["i-1", "*"]}]},
            ("Command", "Policy", "Automation"),
            set(),
            ("i-1",),
        ),
        (
            {"targets": [{"key": "InstanceIds", "values": ["i-1"]}], "automation_target_parameter_name": "Id"},
            ("Automation",),
            {"Id"},
            (),
        ),
        ({"target_maps": [{"Id": ["1"]}, {"Zone": ["a"]}]}, ("Automation",), {"Id", "Zone"}, ()),
    ],
)
def test_what_is_judged(
    fields: dict[str, Any], types: tuple[str, ...], filled: set[str], nodes: tuple[str, ...]
) -> None:
    request = transformations.run_request({"document_name": "shop", **fields}, needs_nodes=True)
    assert request is not None
    assert (request.types, request.filled, request.instance_ids) == (types, frozenset(filled), nodes)


def test_what_runs_elsewhere_is_not_judged() -> None:
    fields = {"document_name": "shop", "target_locations": [{"regions": ["eu-west-1"]}]}
    assert transformations.run_request(fields, needs_nodes=False) is None


def test_counts_are_read() -> None:
    response = {"ExecutionId": "e-1", "ResourceCountByStatus": "{Success=3, Timed out=1,Failed=10}"}
    counts = transformations.execution_from(response).resource_count_by_status
    assert counts == {"Success": 3, "Timed out": 1, "Failed": 10}
    assert transformations.execution_from({"ExecutionId": "e-1"}).resource_count_by_status == {}


@pytest.mark.parametrize(
    ("current", "given", "after"),
    [
        pytest.param({"max_errors": "1"}, {}, {"max_errors": "1"}, id="kept"),
        pytest.param({"max_errors": "1"}, {"max_errors": "0"}, {"max_errors": "0"}, id="changed"),
        pytest.param({"max_errors": "1"}, {"max_errors": ""}, {}, id="cleared"),
        pytest.param(
            {"parameters": {"a": ["1"], "b": ["2"]}},
            {"parameters": {"a": ["1"]}},
            {"parameters": {"a": ["1"]}},
            id="a given field is given as a whole",
        ),
        pytest.param(
            {"targets": [{"key": "k", "values": ["v"]}]},
            {"target_maps": [{"InstanceId": ["i-1"]}]},
            {"target_maps": [{"InstanceId": ["i-1"]}]},
            id="target maps take the place of targets",
        ),
        pytest.param(
            {"targets": [{"key": "k", "values": ["v"]}], "automation_target_parameter_name": "Id"},
            {"target_maps": [{"Id": ["i-1"]}]},
            {"target_maps": [{"Id": ["i-1"]}]},
            id="and of what goes with them",
        ),
        pytest.param({}, {"apply_only_at_cron_interval": False}, {}, id="false is not sent for nothing"),
        pytest.param(
            {"apply_only_at_cron_interval": True},
            {"apply_only_at_cron_interval": False},
            {"apply_only_at_cron_interval": False},
            id="false is sent to take true back",
        ),
    ],
)
def test_merge(current: dict[str, Any], given: dict[str, Any], after: dict[str, Any]) -> None:
    assert transformations.merge(current, given) == after


TARGETS = [{"key": "tag:A", "values": ["1", "2"]}, {"key": "tag:B", "values": ["3"]}]


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ({"targets": TARGETS}, {"targets": [TARGETS[1], {"key": "tag:A", "values": ["2", "1"]}]}, True),
        ({"targets": TARGETS}, {"targets": [TARGETS[0]]}, False),
        ({"document_version": "$DEFAULT"}, {}, True),
        ({"document_version": "$LATEST"}, {}, False),
        ({"max_concurrency": "100%", "max_errors": "100%"}, {}, True),
        ({"max_concurrency": "50"}, {}, False),
        ({"compliance_severity": "UNSPECIFIED", "sync_compliance": "AUTO"}, {}, True),
        ({"parameters": {"c": ["1", "2"]}}, {"parameters": {"c": ["2", "1"]}}, False),
        ({"calendar_names": ["a", "b"]}, {"calendar_names": ["b", "a"]}, True),
        (
            {"target_locations": [{"regions": ["b", "a"], "target_location_max_errors": "0"}]},
            {"target_locations": [{"regions": ["a", "b"]}]},
            True,
        ),
        ({"target_locations": [{"regions": ["a"]}]}, {"target_locations": [{"regions": ["b"]}]}, False),
        ({"target_locations": [{"regions": ["a"]}]}, {"target_locations": [{"regions": ["a"], "targets": []}]}, True),
        (
            {"alarm_configuration": {"alarms": [{"name": "a"}], "ignore_poll_alarm_failure": False}},
            {"alarm_configuration": {"alarms": [{"name": "a"}]}},
            True,
        ),
        ({"target_maps": [{"Id": ["1"]}, {"Id": ["2"]}]}, {"target_maps": [{"Id": ["2"]}, {"Id": ["1"]}]}, True),
        ({"target_maps": [{"commands": ["a", "b"]}]}, {"target_maps": [{"commands": ["b", "a"]}]}, False),
    ],
)
def test_comparable(one: dict[str, Any], other: dict[str, Any], same: bool) -> None:
    assert (transformations.comparable(one) == transformations.comparable(other)) is same
