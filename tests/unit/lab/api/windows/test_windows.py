"""Maintenance windows, their targets and their tasks: what is stored, which defaults are set, what is refused."""

from __future__ import annotations

import datetime
from collections.abc import Callable
from typing import Any

import pytest
from lab.api.testing.kit import INSTANCE_IDS, Lab
from lab.api.windows import schedule

WINDOW = {
    "Name": "patch-night",
    "Schedule": "cron(0 2 ? * SUN *)",
    "Duration": 4,
    "Cutoff": 1,
    "AllowUnassociatedTargets": False,
}
WEB = {"ResourceType": "INSTANCE", "Targets": [{"Key": "tag:App", "Values": ["shop"]}], "Name": "web"}
NOWHERE = "mw-0123456789abcdef0"
NOBODY = "00000000-0000-0000-0000-000000000000"


IMPOSSIBLE = (
    "every night", "cron()", "cron(0 2)", "cron(a b c d e f)", "cron(99 2 ? * SUN *)", "cron(0 24 ? * SUN *)",
    "cron(0 2 32 * ? *)", "cron(0 2 0 * ? *)", "cron(0 2 ? 13 SUN *)", "cron(0 2 ? * SON *)", "cron(0 2 ? * 8 *)",
    "cron(0 2 ? * SUN#6 *)", "cron(0 2 ? * ? *)", "cron(0 2 1 * SUN *)", "cron(0 2 * * SUN *)", "cron(0 2 31 2 ? *)",
    "cron(0 2 30 FEB ? *)", "cron(0 2 31 4,6 ? *)", "cron(0 2 ? * SUN 1066)", "cron(0/0 2 ? * SUN *)",
    "cron(-1 2 ? * SUN *)", "cron(0-60 2 ? * SUN *)", "cron(60 0 2 ? * SUN *)", "cron(0 2 ? * SUN *) ",
    "rate(0 days)", "rate(1 days)", "rate(2 day)", "rate(-1 days)", "rate(1 week)", "rate(1.5 days)",
    "at(2030-13-01T00:00:00)", "at(2030-02-30T00:00:00)", "at(2030-01-01)", "at(2030-01-01T25:00:00)",
)  # fmt: skip
POSSIBLE = (
    "cron(0 2 ? * THU#3 *)", "cron(15 10 ? * MON-FRI *)", "cron(0 2 L * ? *)", "cron(15 10 ? * 6L *)",
    "cron(24 30 09 ? * * *)", "cron(0/30 * * * ? *)", "cron(0 */4 * * ? *)", "cron(0 2 29 2 ? *)",
    "cron(0 2 31 JAN-APR ? 2030)", "cron(0,30 2 LW 1,7 ? 2030-2032)", "cron(0 2 15W * ? *)", "cron(0 2 ? * FRI-MON *)",
    "rate(1 hour)", "rate(25 days)", "at(2030-07-07T13:15:30)", "at(9999-12-31T23:59:59)", "at(0001-01-01T00:00:00)",
)  # fmt: skip


@pytest.fixture
def window(ssm: Any) -> str:
    return str(ssm.create_maintenance_window(**WINDOW)["WindowId"])


@pytest.fixture
def target(ssm: Any, window: str) -> str:
    return str(ssm.register_target_with_maintenance_window(WindowId=window, **WEB)["WindowTargetId"])


@pytest.fixture
def command(window: str, target: str) -> dict[str, Any]:
    """What a task needs."""
    return {
        "WindowId": window,
        "TaskArn": "AWS-RunPatchBaseline",
        "TaskType": "RUN_COMMAND",
        "Targets": [{"Key": "WindowTargetIds", "Values": [target]}],
        "MaxConcurrency": "1",
        "MaxErrors": "0",
    }


def test_a_window_s_life(ssm: Any, window: str, refusal: Callable[..., str]) -> None:
    got = ssm.get_maintenance_window(WindowId=window)
    assert {name: got[name] for name in WINDOW} == WINDOW
    assert got["Enabled"]
    ssm.update_maintenance_window(WindowId=window, Description="nightly", ScheduleTimezone="Europe/Berlin")
    ssm.update_maintenance_window(WindowId=window, Duration=5)
    got = ssm.get_maintenance_window(WindowId=window)
    assert (got["Duration"], got["Description"], got["ScheduleTimezone"]) == (5, "nightly", "Europe/Berlin")
    ssm.update_maintenance_window(WindowId=window, Replace=True, **WINDOW)
    assert "Description" not in ssm.get_maintenance_window(WindowId=window)
    ssm.delete_maintenance_window(WindowId=window)
    assert refusal(ssm.get_maintenance_window, WindowId=window) == "DoesNotExistException"
    # AWS's model knows no error here.
    ssm.delete_maintenance_window(WindowId=window)


def test_replace_needs_all_that_creating_needs(ssm: Any, window: str, refusal: Callable[..., str]) -> None:
    assert refusal(ssm.update_maintenance_window, WindowId=window, Replace=True, Name="abc") == "ValidationException"


def test_names_are_not_unique_and_can_be_looked_for(ssm: Any, window: str) -> None:
    other = ssm.create_maintenance_window(**WINDOW)["WindowId"]
    ssm.create_maintenance_window(**{**WINDOW, "Name": "another"})
    by_name = [{"Key": "Name", "Values": ["patch-night"]}]
    found = ssm.describe_maintenance_windows(Filters=by_name)["WindowIdentities"]
    assert {item["WindowId"] for item in found} == {window, other}
    assert "AllowUnassociatedTargets" not in found[0]
    ssm.update_maintenance_window(WindowId=other, Enabled=False)
    off = ssm.describe_maintenance_windows(Filters=[{"Key": "Enabled", "Values": ["False"]}])["WindowIdentities"]
    assert [(item["WindowId"], "NextExecutionTime" in item) for item in off] == [(other, False)]


def test_lists_come_in_pages(ssm: Any) -> None:
    for number in range(12):
        ssm.create_maintenance_window(**{**WINDOW, "Name": f"window-{number}"})
    pages = list(ssm.get_paginator("describe_maintenance_windows").paginate(PaginationConfig={"PageSize": 10}))
    assert [len(page["WindowIdentities"]) for page in pages] == [10, 2]


def test_a_client_token_makes_one_of_each(
    ssm: Any, window: str, command: dict[str, Any], refusal: Callable[..., str]
) -> None:
    cases: list[tuple[Any, dict[str, Any], str]] = [
        (ssm.create_maintenance_window, WINDOW, "WindowId"),
        (ssm.register_target_with_maintenance_window, {"WindowId": window, **WEB}, "WindowTargetId"),
        (ssm.register_task_with_maintenance_window, command, "WindowTaskId"),
    ]
    for operation, params, key in cases:
        first, second = (operation(**params, ClientToken="t1")[key] for _ in range(2))
        assert first == second
        assert operation(**params, ClientToken="t2")[key] != first
        assert refusal(operation, **params, Description="x", ClientToken="t1") == "IdempotentParameterMismatch"


@pytest.mark.parametrize(
    "wrong",
    [
        {"Schedule": "cron(0 2 ? * SUN)"},
        *({"Schedule": expression} for expression in IMPOSSIBLE),
        {"Schedule": "rate(7 days)", "ScheduleOffset": 1},
        {"ScheduleOffset": 7},
        {"Cutoff": 4},
        {"Duration": 25},
        {"ScheduleTimezone": "Mars/Olympus"},
        {"StartDate": "tomorrow"},
        {"StartDate": ""},
        {"StartDate": "2030-01-02T00:00:00Z", "EndDate": "2030-01-01T00:00:00Z"},
        {"Name": "a b"},
    ],
)
def test_windows_that_cannot_be(lab_api: Lab, refusal: Callable[..., str], wrong: dict[str, Any]) -> None:
    ssm = lab_api.client("ssm", checked=False)
    assert refusal(ssm.create_maintenance_window, **{**WINDOW, **wrong}) == "ValidationException"
    assert ssm.describe_maintenance_windows()["WindowIdentities"] == []


@pytest.mark.parametrize(
    ("fields", "told"),
    [
        ({"Schedule": "cron(0 2 ? * SUN *)"}, "2026-08-09T02:00Z"),
        ({"Schedule": "cron(30 23 ? * TUE#3 *)"}, "2026-08-18T23:30Z"),
        ({"Schedule": "cron(30 23 ? * TUE#3 *)", "ScheduleOffset": 2}, "2026-08-20T23:30Z"),
        ({"Schedule": "cron(0 4 1 * ? *)", "ScheduleTimezone": "Europe/Berlin"}, "2026-09-01T04:00+02:00"),
        ({"Schedule": "at(2026-08-07T02:00:00)", "ScheduleTimezone": "America/New_York"}, "2026-08-07T02:00-04:00"),
        ({"Schedule": "at(2026-08-01T02:00:00)"}, None),
        ({"Schedule": "cron(0 2 ? * SUN *)", "StartDate": "2026-08-10T00:00:00Z"}, "2026-08-16T02:00Z"),
        ({"Schedule": "cron(0 2 ? * SUN *)", "EndDate": "2026-08-08T00:00:00Z"}, None),
        ({"Schedule": "rate(7 days)"}, None),
    ],
)
def test_the_next_time(fields: dict[str, Any], told: str | None) -> None:
    now = datetime.datetime(2026, 8, 5, 12, 0, tzinfo=datetime.UTC)  # a Wednesday
    assert schedule.next_run(fields, now) == told


def test_targets(ssm: Any, window: str, target: str, refusal: Callable[..., str]) -> None:
    ids = {"WindowId": window, "WindowTargetId": target}
    ssm.update_maintenance_window_target(**ids, OwnerInformation="ops", Description="d")
    [found] = ssm.describe_maintenance_window_targets(WindowId=window)["Targets"]
    assert (found["Name"], found["OwnerInformation"], found["Targets"]) == ("web", "ops", WEB["Targets"])
    ssm.update_maintenance_window_target(**ids, Replace=True, Name="web", Targets=WEB["Targets"])
    [found] = ssm.describe_maintenance_window_targets(WindowId=window)["Targets"]
    assert "OwnerInformation" not in found
    assert refusal(ssm.update_maintenance_window_target, **ids, Replace=True, Name="web") == "ValidationException"
    ssm.deregister_target_from_maintenance_window(**ids, Safe=True)
    assert refusal(ssm.deregister_target_from_maintenance_window, **ids) == "DoesNotExistException"


@pytest.mark.parametrize(
    "wrong",
    [
        {"Targets": []},
        {"Targets": [{"Key": "InstanceIds", "Values": []}]},
        {"Targets": [{"Key": "Colour", "Values": ["red"]}]},
        {"Targets": [{"Key": "resource-groups:Name", "Values": ["shop"]}]},
        {"ResourceType": "RESOURCE_GROUP"},
        {"ResourceType": "NODE"},
    ],
)
def test_targets_that_cannot_be(lab_api: Lab, window: str, refusal: Callable[..., str], wrong: dict[str, Any]) -> None:
    ssm = lab_api.client("ssm", checked=False)
    params = {"WindowId": window, **WEB, **wrong}
    assert refusal(ssm.register_target_with_maintenance_window, **params) == "ValidationException"


def test_a_target_in_use_stays_when_asked_to_be_safe(
    ssm: Any, window: str, target: str, command: dict[str, Any], refusal: Callable[..., str]
) -> None:
    ssm.register_task_with_maintenance_window(**command)
    ids = {"WindowId": window, "WindowTargetId": target}
    assert refusal(ssm.deregister_target_from_maintenance_window, **ids, Safe=True) == "TargetInUseException"
    ssm.deregister_target_from_maintenance_window(**ids)


def test_a_task_and_what_aws_fills_in(ssm: Any, window: str, command: dict[str, Any]) -> None:
    parameters = {"RunCommand": {"Parameters": {"Operation": ["Install"]}, "Comment": "c"}}
    ids = {"WindowId": window}
    ids |= ssm.register_task_with_maintenance_window(**command, Name="patch", TaskInvocationParameters=parameters)
    del ids["ResponseMetadata"]
    [listed] = ssm.describe_maintenance_window_tasks(WindowId=window)["Tasks"]
    assert "TaskInvocationParameters" not in listed
    assert (listed["Type"], listed["Name"]) == ("RUN_COMMAND", "patch")
    role = "arn:aws:iam::123456789012:role/aws-service-role/ssm.amazonaws.com/AWSServiceRoleForAmazonSSM"
    got = ssm.get_maintenance_window_task(**ids)
    assert (got["ServiceRoleArn"], got["TaskInvocationParameters"]) == (role, parameters)
    # A patch, but for what the task is called with, which is replaced as a whole.
    ssm.update_maintenance_window_task(**ids, TaskInvocationParameters={"RunCommand": {"Comment": "d"}})
    got = ssm.get_maintenance_window_task(**ids)
    assert (got["Name"], got["TaskInvocationParameters"]) == ("patch", {"RunCommand": {"Comment": "d"}})
    again = {name: value for name, value in command.items() if name not in ("WindowId", "TaskType")}
    ssm.update_maintenance_window_task(**ids, Replace=True, **again)
    assert not {"Name", "TaskInvocationParameters"} & set(ssm.get_maintenance_window_task(**ids))
    ssm.deregister_task_from_maintenance_window(**ids)
    assert ssm.describe_maintenance_window_tasks(WindowId=window)["Tasks"] == []


def test_a_task_without_targets_gets_placeholders(ssm: Any, window: str) -> None:
    function = {"TaskArn": "SSMTidy", "TaskType": "LAMBDA"}
    called = {"Lambda": {"Payload": b'{"a": 1}'}}
    ids = ssm.register_task_with_maintenance_window(WindowId=window, **function, TaskInvocationParameters=called)
    got = ssm.get_maintenance_window_task(WindowId=window, WindowTaskId=ids["WindowTaskId"])
    assert (got["MaxConcurrency"], got["MaxErrors"]) == ("1", "1")
    assert got["TaskInvocationParameters"]["Lambda"]["Payload"] == b'{"a": 1}'


@pytest.mark.parametrize(
    ("wrong", "code"),
    [
        ({"Targets": None}, "ValidationException"),
        ({"MaxErrors": None}, "ValidationException"),
        ({"MaxConcurrency": "0"}, "ValidationException"),
        ({"Targets": None, "TaskType": "AUTOMATION"}, "ValidationException"),
        ({"TaskInvocationParameters": {"Automation": {"DocumentVersion": "1"}}}, "ValidationException"),
        ({"Targets": [{"Key": "WindowTargetIds", "Values": [NOBODY]}]}, "DoesNotExistException"),
        ({"Targets": [{"Key": "WindowTargetIds", "Values": [NOBODY] * 11}]}, "ValidationException"),
        ({"Targets": [{"Key": "tag:App", "Values": ["shop"]}]}, "ValidationException"),
        ({"Targets": [{"Key": "InstanceIds", "Values": ["i-0123456789abcdef0"]}]}, "ValidationException"),
        ({"WindowId": NOWHERE}, "DoesNotExistException"),
    ],
)
def test_tasks_that_cannot_be(
    ssm: Any, command: dict[str, Any], refusal: Callable[..., str], wrong: dict[str, Any], code: str
) -> None:
    params = {name: value for name, value in {**command, **wrong}.items() if value is not None}
    assert refusal(ssm.register_task_with_maintenance_window, **params) == code


def test_nodes_by_id_are_registered_or_allowed(
    ssm: Any, window: str, command: dict[str, Any], refusal: Callable[..., str]
) -> None:
    one = [{"Key": "InstanceIds", "Values": [INSTANCE_IDS[0]]}]
    other = [{"Key": "InstanceIds", "Values": ["i-0123456789abcdef0"]}]
    ssm.register_task_with_maintenance_window(**{**command, "Targets": one})
    ssm.update_maintenance_window(WindowId=window, AllowUnassociatedTargets=True)
    ssm.register_task_with_maintenance_window(**{**command, "Targets": other})


def test_the_quotas(ssm: Any, window: str, command: dict[str, Any], refusal: Callable[..., str]) -> None:
    for _ in range(20):
        ssm.register_task_with_maintenance_window(**command)
    assert refusal(ssm.register_task_with_maintenance_window, **command) == "ResourceLimitExceededException"
    for _ in range(49):
        ssm.create_maintenance_window(**WINDOW)
    assert refusal(ssm.create_maintenance_window, **WINDOW) == "ResourceLimitExceededException"


def test_tags(ssm: Any, refusal: Callable[..., str]) -> None:
    window = ssm.create_maintenance_window(**WINDOW, Tags=[{"Key": "Team", "Value": "shop"}])["WindowId"]
    resource = {"ResourceType": "MaintenanceWindow", "ResourceId": window}
    ssm.add_tags_to_resource(**resource, Tags=[{"Key": "Cost", "Value": "7"}])
    ssm.remove_tags_from_resource(**resource, TagKeys=["Team"])
    assert ssm.list_tags_for_resource(**resource)["TagList"] == [{"Key": "Cost", "Value": "7"}]
    assert refusal(ssm.list_tags_for_resource, **{**resource, "ResourceId": NOWHERE}) == "InvalidResourceId"


def test_reads_can_be_behind(lab_api: Lab, ssm: Any, window: str, eventually: Callable[..., Any]) -> None:
    lab_api.fault("stale", seconds=0.2)
    ssm.update_maintenance_window(WindowId=window, Duration=7)
    assert ssm.describe_maintenance_windows()["WindowIdentities"] == []
    eventually(lambda: ssm.describe_maintenance_windows()["WindowIdentities"])
    eventually(lambda: ssm.get_maintenance_window(WindowId=window)["Duration"] == 7)


def test_windows_do_not_fire_here(ssm: Any, window: str, refusal: Callable[..., str]) -> None:
    assert refusal(ssm.describe_maintenance_window_executions, WindowId=window) == "NotImplementedInLab"
    assert refusal(ssm.describe_maintenance_window_schedule, WindowId=window) == "NotImplementedInLab"


@pytest.mark.parametrize("expression", IMPOSSIBLE)
def test_an_impossible_schedule_breaks_nothing(
    ssm: Any, window: str, refusal: Callable[..., str], expression: str
) -> None:
    created = {**WINDOW, "Name": "impossible", "Schedule": expression}
    assert refusal(ssm.create_maintenance_window, **created) == "ValidationException"
    updated = {"WindowId": window, "Schedule": expression}
    assert refusal(ssm.update_maintenance_window, **updated) == "ValidationException"
    identities = ssm.describe_maintenance_windows()["WindowIdentities"]
    assert [(found["Name"], found["Schedule"]) for found in identities] == [(WINDOW["Name"], WINDOW["Schedule"])]
    assert ssm.get_maintenance_window(WindowId=window)["Schedule"] == WINDOW["Schedule"]


@pytest.mark.parametrize("expression", POSSIBLE)
@pytest.mark.parametrize("more", [{}, {"StartDate": "9999-12-31T23:59:59Z", "ScheduleTimezone": "Asia/Tokyo"}])
def test_every_possible_schedule_is_shown(ssm: Any, expression: str, more: dict[str, Any]) -> None:
    window_id = ssm.create_maintenance_window(**{**WINDOW, "Schedule": expression, **more})["WindowId"]
    assert ssm.get_maintenance_window(WindowId=window_id)["Schedule"] == expression
    assert len(ssm.describe_maintenance_windows()["WindowIdentities"]) == 1
