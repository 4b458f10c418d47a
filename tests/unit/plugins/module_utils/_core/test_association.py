from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.steadyfleet.aws_patching.plugins.module_utils._core import association as core
from ansible_collections.steadyfleet.aws_patching.plugins.module_utils._core.association_plan import Wish, plan
from ansible_collections.steadyfleet.aws_patching.plugins.module_utils._core.errors import InvalidInput

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
    "document": "doc",
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
    "output_location": {"s3_bucket": "logs", "s3_key_prefix": "p", "s3_region": "eu-central-1"},
    "calendar_names": ["open"],
    "duration": 4,
    "alarm_configuration": {"ignore_poll_alarm_failure": True, "alarms": [{"name": "down"}]},
    "association_dispatch_assume_role": "arn:aws:iam::123456789012:role/r",
}


def test_every_field_there_and_back() -> None:
    assert core.observed(DESCRIBED) == FIELDS
    assert core.request(FIELDS) == DESCRIBED
    assert core.wanted(FIELDS) == FIELDS


def test_target_maps_keep_their_own_names() -> None:
    maps = [{"InstanceId": ["i-1"]}]
    assert core.observed({"TargetMaps": maps}) == {"target_maps": maps}
    assert core.request({"target_maps": maps}) == {"TargetMaps": maps}


def test_no_field_of_the_service_model_is_missing() -> None:
    import botocore.session

    model = botocore.session.get_session().get_service_model("ssm")
    members = set(model.operation_model("CreateAssociation").input_shape.members)
    assert set(core.API_NAMES.values()) == members - {"InstanceId", "Tags"}  # deprecated; create only


@pytest.mark.parametrize(
    ("options", "fields"),
    [
        ({"instance_ids": ["i-1", "i-2"]}, {"targets": [{"key": "InstanceIds", "values": ["i-1", "i-2"]}]}),
        ({"instance_ids": []}, {"targets": []}),
        ({"parameters": {"a": "x", "b": ["y", 1], "c": 2}}, {"parameters": {"a": ["x"], "b": ["y", "1"], "c": ["2"]}}),
        ({"output_location": {"s3_bucket": "b", "s3_region": None}}, {"output_location": {"s3_bucket": "b"}}),
        ({"schedule_expression": "", "duration": None}, {"schedule_expression": ""}),
    ],
)
def test_wanted(options: dict[str, Any], fields: dict[str, Any]) -> None:
    assert core.wanted(options) == fields


@pytest.mark.parametrize("value", [True, None, {"a": 1}, ["x", False]])
def test_a_parameter_that_could_mean_two_texts_is_refused(value: Any) -> None:
    with pytest.raises(InvalidInput, match="parameter Reboot must be text"):
        core.wanted({"parameters": {"Reboot": value}})


@pytest.mark.parametrize(
    ("current", "asked", "after"),
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
        pytest.param({}, {"apply_only_at_cron_interval": False}, {}, id="false is not sent for nothing"),
        pytest.param(
            {"apply_only_at_cron_interval": True},
            {"apply_only_at_cron_interval": False},
            {"apply_only_at_cron_interval": False},
            id="false is sent to take true back",
        ),
    ],
)
def test_merge(current: core.Fields, asked: core.Fields, after: core.Fields) -> None:
    assert core.merge(current, asked) == after


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
    ],
)
def test_comparable(one: core.Fields, other: core.Fields, same: bool) -> None:
    assert (core.comparable(one) == core.comparable(other)) is same


@pytest.mark.parametrize(
    ("fields", "at_once"),
    [
        ({}, True),
        ({"schedule_expression": "cron(0 2 * * ? *)"}, True),
        ({"schedule_expression": "cron(0 2 * * ? *)", "apply_only_at_cron_interval": True}, False),
        ({"schedule_expression": "rate(1 day)", "apply_only_at_cron_interval": True}, True),
    ],
)
def test_starts_at_once(fields: core.Fields, at_once: bool) -> None:
    assert core.starts_at_once(fields) is at_once


def test_all_nodes_are_no_named_instances() -> None:
    both = [{"key": "InstanceIds", "values": ["i-1", "i-2"]}, {"key": "tag:App", "values": ["x"]}]
    assert core.named_instances({"targets": both}) == {"i-1", "i-2"}
    assert core.named_instances({"targets": [{"key": "InstanceIds", "values": ["*"]}]}) == frozenset()
    assert core.named_instances({}) == frozenset()


HERE = {"association_name": "name", "document": "doc", "targets": TARGETS}
CRON = {"schedule_expression": "cron(0 2 * * ? *)", "apply_only_at_cron_interval": True}


@pytest.mark.parametrize(
    ("current", "wish", "write", "start", "runs"),
    [
        (None, Wish(fields=HERE), "create", False, True),
        (None, Wish(fields=HERE, run_now=True), "create", False, True),
        (None, Wish(fields={**HERE, **CRON}), "create", False, False),
        (None, Wish(fields={**HERE, **CRON}, run_now=True), "create", True, True),
        (HERE, Wish(fields=HERE), None, False, False),
        (HERE, Wish(fields=HERE, run_now=True), None, True, True),
        (HERE, Wish(fields={"max_errors": "0"}), "update", False, True),
        (HERE, Wish(fields={"max_errors": "0"}, run_now=True), "update", False, True),
        ({**HERE, **CRON}, Wish(fields={"max_errors": "0"}), "update", False, False),
        ({**HERE, **CRON}, Wish(fields={"apply_only_at_cron_interval": False}), "update", False, True),
    ],
)
def test_plan(current: core.Fields | None, wish: Wish, write: str | None, start: bool, runs: bool) -> None:
    found = plan(current, None, wish)
    assert (found.write, found.start, found.runs) == (write, start, runs)
    assert (found.shown_before() != found.shown_after()) is (write is not None)


def test_plan_refuses_what_only_together_is_wrong() -> None:
    current = {**HERE, "schedule_expression": "rate(1 day)"}
    with pytest.raises(InvalidInput, match="does not go with a rate"):
        plan(current, None, Wish(fields={"apply_only_at_cron_interval": True}))
