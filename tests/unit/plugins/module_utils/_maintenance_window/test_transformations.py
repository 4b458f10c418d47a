"""Options and AWS's responses become the same fields, and fields become requests."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.steadyfleet.aws_patching.plugins.module_utils._common.errors import InvalidInput
from ansible_collections.steadyfleet.aws_patching.plugins.module_utils._maintenance_window.transformations import (
    as_request,
    comparable,
    desired_target,
    desired_task,
    desired_window,
    filter_requests,
    member_of,
    observed_fields,
    observed_target,
    parse_time,
    requests_to_check,
    task_request,
    without_cleared,
)
from unit.plugins.module_utils._maintenance_window.window_kit import ONE, TWO, target, task

ROLE = "arn:aws:iam::123456789012:role/aws-service-role/ssm.amazonaws.com/AWSServiceRoleForAmazonSSM"
OPTIONS = {"window_id": None, "targets": None, "tasks": None, "tags": None}
PURGES = {"purge_targets": True, "purge_tasks": False, "purge_tags": True}


def parameters(kind: str, **values: Any) -> dict[str, Any]:
    return {"name": "tidy", "task_invocation_parameters": {kind: values}}


@pytest.mark.parametrize(
    ("option", "member"),
    [
        ("schedule_timezone", "ScheduleTimezone"),
        ("instance_ids", "Targets"),
        ("output_s3_bucket_name", "OutputS3BucketName"),
        ("lambda", "Lambda"),
        ("step_functions", "StepFunctions"),
    ],
)
def test_members(option: str, member: str) -> None:
    assert member_of(option) == member


def test_only_what_was_given_is_desired() -> None:
    window = desired_window({**OPTIONS, **PURGES, "name": "night", "duration": None, "end_date": "", "cutoff": 0})
    assert window.fields == {"name": "night", "end_date": "", "cutoff": 0}
    assert (window.targets, window.tasks, window.tags) == (None, None, None)
    assert (window.purge_targets, window.purge_tasks) == (True, False)


def test_tags_are_text() -> None:
    assert desired_window({**OPTIONS, **PURGES, "tags": {1: 2}}).tags == {"1": "2"}


@pytest.mark.parametrize(
    ("options", "fields"),
    [
        ({"name": "a", "targets": None, "instance_ids": None}, {"name": "a"}),
        (
            {"name": "a", "instance_ids": ["i-1"]},
            {"name": "a", "targets": [{"key": "InstanceIds", "values": ["i-1"]}], "resource_type": "INSTANCE"},
        ),
        (
            {"name": "a", "targets": [{"key": "resource-groups:Name", "values": ["g"]}]},
            {
                "name": "a",
                "targets": [{"key": "resource-groups:Name", "values": ["g"]}],
                "resource_type": "RESOURCE_GROUP",
            },
        ),
        (
            {"name": "a", "resource_type": "INSTANCE", "targets": [{"key": "resource-groups:Name", "values": ["g"]}]},
            {"name": "a", "targets": [{"key": "resource-groups:Name", "values": ["g"]}], "resource_type": "INSTANCE"},
        ),
    ],
)
def test_desired_targets(options: dict[str, Any], fields: dict[str, Any]) -> None:
    assert desired_target(options) == fields


@pytest.mark.parametrize(
    ("alarm", "field"),
    [
        ({"ignore_poll_alarm_failure": None, "alarms": None}, {}),
        ({"ignore_poll_alarm_failure": None, "alarms": []}, {}),
        (
            {"ignore_poll_alarm_failure": None, "alarms": [{"name": "a"}]},
            {"ignore_poll_alarm_failure": False, "alarms": [{"name": "a"}]},
        ),
        ({"ignore_poll_alarm_failure": True, "alarms": None}, {"ignore_poll_alarm_failure": True}),
    ],
)
def test_desired_alarms(alarm: dict[str, Any], field: dict[str, Any]) -> None:
    assert desired_task({"name": "a", "alarm_configuration": alarm})["alarm_configuration"] == field


@pytest.mark.parametrize(
    ("kind", "given", "field"),
    [
        ("lambda", {"payload": {"b": "ü", "a": None}, "qualifier": None}, {"payload": '{"a": null, "b": "\\u00fc"}'}),
        ("lambda", {"payload": [1, None]}, {"payload": "[1, null]"}),
        ("lambda", {"payload": "as it is"}, {"payload": "as it is"}),
        ("step_functions", {"input": {"a": 1}}, {"input": '{"a": 1}'}),
        ("run_command", {"parameters": {"N": 1, "Many": ["x", 2]}}, {"parameters": {"N": ["1"], "Many": ["x", "2"]}}),
    ],
)
def test_desired_parameters(kind: str, given: dict[str, Any], field: dict[str, Any]) -> None:
    assert desired_task(parameters(kind, **given))["task_invocation_parameters"] == {kind: field}


def test_a_parameter_that_is_null_is_refused() -> None:
    with pytest.raises(InvalidInput, match="parameter N must be text"):
        desired_task(parameters("run_command", parameters={"N": None}))


@pytest.mark.parametrize(
    ("fields", "kept"),
    [
        ({"a": "", "b": [], "c": {}, "d": "x"}, {"d": "x"}),
        ({"enabled": False, "priority": 0, "cutoff": 0}, {"enabled": False, "priority": 0, "cutoff": 0}),
        ({"schedule_offset": 0, "timeout_seconds": 0}, {}),
        ({"a": {"b": {"c": ""}}}, {}),
        ({"parameters": {"a": [""], "b": []}}, {"parameters": {"a": [""], "b": []}}),
        ({"parameters": {}}, {}),
    ],
)
def test_without_cleared(fields: dict[str, Any], kept: dict[str, Any]) -> None:
    assert without_cleared(fields) == kept


def test_a_window_as_aws_shows_it() -> None:
    response = {"WindowId": "mw-1", "Name": "night", "ScheduleOffset": 2, "Enabled": False, "Cutoff": 0, "EndDate": ""}
    fields = observed_fields(response, ("name", "schedule_offset", "enabled", "cutoff", "end_date"))
    assert fields == {"name": "night", "schedule_offset": 2, "enabled": False, "cutoff": 0}


def test_a_target_as_aws_shows_it() -> None:
    response = {
        "WindowId": "mw-1",
        "WindowTargetId": ONE,
        "ResourceType": "INSTANCE",
        "Targets": [{"Key": "tag:App", "Values": ["Shop"]}],
        "OwnerInformation": "Ops",
    }
    item = observed_target(response)
    assert (item.item_id, item.name, item.label) == (ONE, None, ONE)
    assert item.fields == {
        "resource_type": "INSTANCE",
        "targets": [{"key": "tag:App", "values": ["Shop"]}],
        "owner_information": "Ops",
    }
    assert as_request(item.fields) == {name: response[name] for name in ("ResourceType", "Targets", "OwnerInformation")}


def test_what_aws_fills_in_is_not_the_caller_s() -> None:
    shown = {"RunCommand": {"Parameters": {"CamelCase": ["x"]}, "OutputS3BucketName": "logs"}}
    fields = task(ONE, ServiceRoleArn=ROLE, MaxErrors="1", MaxConcurrency="1", TaskInvocationParameters=shown).fields
    assert fields == {
        "name": "patch",
        "task_type": "RUN_COMMAND",
        "task_arn": "AWS-Noop",
        "priority": 1,
        "cutoff_behavior": "CONTINUE_TASK",
        "task_invocation_parameters": {
            "run_command": {"parameters": {"CamelCase": ["x"]}, "output_s3_bucket_name": "logs"}
        },
    }
    assert task_request(fields, {})["TaskInvocationParameters"] == shown


def test_a_task_as_aws_shows_it() -> None:
    web, nameless = target(ONE), target(TWO, name=None)
    alarm = {"Alarms": [{"Name": "a"}]}
    logging = {"S3BucketName": "logs", "S3Region": "eu-central-1"}
    shown = {"Lambda": {"Payload": b'{"a": 1}'}, "Automation": {}}
    item = task(
        "id", (web, nameless), AlarmConfiguration=alarm, LoggingInfo=logging, TaskInvocationParameters=shown, Priority=0
    )
    assert item.target_ids == (ONE, TWO)
    assert item.deprecated == {"LoggingInfo": logging}
    assert item.fields["targets"] == ["web", TWO]
    assert item.fields["alarm_configuration"] == {"ignore_poll_alarm_failure": False, "alarms": [{"name": "a"}]}
    assert item.fields["task_invocation_parameters"] == {"lambda": {"payload": '{"a": 1}'}}
    assert (item.fields["priority"], item.fields["max_errors"]) == (0, "0")


def test_nodes_by_id_in_any_spelling_of_the_key() -> None:
    found = task(ONE, Targets=[{"Key": "instanceids", "Values": ["i-1"]}])
    assert found.fields["instance_ids"] == ["i-1"]
    assert task_request(found.fields, {})["Targets"] == [{"Key": "InstanceIds", "Values": ["i-1"]}]


def test_a_task_request() -> None:
    fields = desired_task(
        {
            "name": "tidy",
            "targets": ["web", "two", "web"],
            "alarm_configuration": {"alarms": [{"name": "a"}]},
            "task_invocation_parameters": {"lambda": {"payload": {"a": 1}}},
        }
    )
    assert task_request(fields, {"web": ONE, "two": TWO}) == {
        "Name": "tidy",
        "Targets": [{"Key": "WindowTargetIds", "Values": [ONE, TWO]}],
        "AlarmConfiguration": {"IgnorePollAlarmFailure": False, "Alarms": [{"Name": "a"}]},
        "TaskInvocationParameters": {"Lambda": {"Payload": b'{"a": 1}'}},
    }


def checked(**options: Any) -> list[tuple[str, str, dict[str, Any], dict[str, str]]]:
    return list(requests_to_check(desired_window({**OPTIONS, **PURGES, **options})))


def test_the_given_fields_of_a_window_are_checked() -> None:
    options = {"name": "", "schedule": "", "description": "", "schedule_offset": 0, "duration": 0, "cutoff": None}
    [(prefix, operation, request, _names)] = checked(window_id="mw-1", **options)
    assert (prefix, operation) == ("", "UpdateMaintenanceWindow")
    # A name and a schedule can't be cleared.
    assert request == {"WindowId": "mw-1", "Name": "", "Schedule": "", "Duration": 0}
    assert checked(name="night")[0][2] == {"Name": "night"}


@pytest.mark.parametrize(
    ("target_options", "targets", "names"),
    [
        (
            {"instance_ids": ["i-1"]},
            [{"Key": "InstanceIds", "Values": ["i-1"]}],
            {"Targets.Values": "instance_ids"},
        ),
        ({"targets": [{"key": "tag:App", "values": ["a"]}]}, [{"Key": "tag:App", "Values": ["a"]}], {}),
    ],
)
def test_the_given_fields_of_a_target_are_checked(
    target_options: dict[str, Any], targets: list[dict[str, Any]], names: dict[str, str]
) -> None:
    found = checked(targets=[{"name": "web", "description": "", **target_options}])
    request = {"Name": "web", "Targets": targets, "ResourceType": "INSTANCE"}
    assert found[1:] == [("target web: ", "UpdateMaintenanceWindowTarget", request, names)]


def test_the_given_fields_of_a_task_are_checked() -> None:
    """The targets are not: their ids are not known yet."""
    options = {"name": "patch", "priority": -1, "targets": ["web"], "description": "", "max_errors": "101%"}
    [_window, (prefix, operation, request, _names)] = checked(tasks=[options])
    assert (prefix, operation) == ("task patch: ", "UpdateMaintenanceWindowTask")
    assert request == {"Name": "patch", "Priority": -1, "MaxErrors": "101%"}
    [_window, (_prefix, _operation, request, names)] = checked(tasks=[{"name": "patch", "instance_ids": ["i-1"]}])
    assert (request["Targets"], names["Targets.Values"]) == (
        [{"Key": "InstanceIds", "Values": ["i-1"]}],
        "instance_ids",
    )


@pytest.mark.parametrize(
    ("filters", "requests"),
    [
        ({}, None),
        ({"Name": "a"}, [{"Key": "Name", "Values": ["a"]}]),
        ({"Name": ["a", 1]}, [{"Key": "Name", "Values": ["a", "1"]}]),
        ({"Enabled": True}, [{"Key": "Enabled", "Values": ["true"]}]),
    ],
)
def test_filters(filters: dict[str, Any], requests: list[dict[str, Any]] | None) -> None:
    assert filter_requests(filters) == requests


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ({"start_date": "2030-01-01T00:00:00Z"}, {"start_date": "2030-01-01T01:00+01:00"}),
        ({"start_date": "2030-01-01T00:00"}, {"start_date": "2030-01-01T00:00:00.000Z"}),
        ({"targets": [{"key": "a", "values": ["1", "2"]}]}, {"targets": [{"key": "a", "values": ["2", "1"]}]}),
        (
            {"task_invocation_parameters": {"step_functions": {"input": '{"a": 1, "b": 2}'}}},
            {"task_invocation_parameters": {"step_functions": {"input": '{"b":2,"a":1}'}}},
        ),
    ],
)
def test_the_same_in_other_words(one: dict[str, Any], other: dict[str, Any]) -> None:
    assert comparable(one) == comparable(other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ({"start_date": "2030-01-01T00:00:00Z"}, {"start_date": "2030-01-01T00:00:00+01:00"}),
        ({"name": "2030-01-01T00:00:00Z"}, {"name": "2030-01-01T01:00:00+01:00"}),
        (
            {"task_invocation_parameters": {"lambda": {"payload": "1"}}},
            {"task_invocation_parameters": {"lambda": {"payload": "01"}}},
        ),
        (
            {"task_invocation_parameters": {"run_command": {"parameters": {"commands": ["a", "b"]}}}},
            {"task_invocation_parameters": {"run_command": {"parameters": {"commands": ["b", "a"]}}}},
        ),
    ],
)
def test_what_differs(one: dict[str, Any], other: dict[str, Any]) -> None:
    assert comparable(one) != comparable(other)


@pytest.mark.parametrize(
    ("text", "iso"),
    [
        ("2030-01-31T02:00:00+01:00", "2030-01-31T02:00:00+01:00"),
        ("2030-01-31T02:00", "2030-01-31T02:00:00+00:00"),
        ("2030-02-30T02:00", None),
        ("today", None),
        ("", None),
    ],
)
def test_times(text: str, iso: str | None) -> None:
    time = parse_time(text)
    assert (time.isoformat() if time else None) == iso
