"""Maintenance windows: what is wanted, what AWS shows, and how to get from the one to the other."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.steadyfleet.aws_patching.plugins.module_utils._common.errors import InvalidInput
from ansible_collections.steadyfleet.aws_patching.plugins.module_utils._maintenance_window.plan import (
    Plan,
    Wish,
    lacking,
    plan,
)
from ansible_collections.steadyfleet.aws_patching.plugins.module_utils._maintenance_window.rules import check
from ansible_collections.steadyfleet.aws_patching.plugins.module_utils._maintenance_window.tasks import (
    observed_task,
    request_task,
    wanted_task,
)
from ansible_collections.steadyfleet.aws_patching.plugins.module_utils._maintenance_window.transformations import (
    Item,
    Seen,
    comparable,
    merge,
    observed_target,
)

WINDOW = {
    "name": "night",
    "schedule": "rate(1 day)",
    "duration": 2,
    "cutoff": 1,
    "allow_unassociated_targets": False,
    "enabled": True,
}
ONE, TWO, THREE = (f"{number * 8}-0000-0000-0000-000000000000" for number in "123")
ROLE = "arn:aws:iam::123456789012:role/aws-service-role/ssm.amazonaws.com/AWSServiceRoleForAmazonSSM"


def target(item_id: str, name: str | None = "web", key: str = "tag:App") -> Item:
    kind = "RESOURCE_GROUP" if key.startswith("resource") else "INSTANCE"
    got = {"WindowTargetId": item_id, "ResourceType": kind, "Targets": [{"Key": key, "Values": ["a"]}], "Name": name}
    return observed_target(got)


def task(item_id: str, targets: tuple[Item, ...] = (), **fields: Any) -> Item:
    got = {"WindowTaskId": item_id, "Name": "patch", "Type": "RUN_COMMAND", "TaskArn": "AWS-Noop", "Priority": 1}
    if targets:
        named = {"Key": "WindowTargetIds", "Values": [item.item_id for item in targets]}
        got |= {"Targets": [named], "MaxErrors": "0", "MaxConcurrency": "1"}
    return observed_task({**got, **fields}, targets, whole=False)


def planned(targets: tuple[Item, ...] = (), tasks: tuple[Item, ...] = (), /, **wish: Any) -> Plan:
    seen = Seen(window_id="mw-0123456789abcdef0", fields=WINDOW, targets=targets, tasks=tasks)
    return plan(seen, Wish(**{"fields": {"name": "night"}, **wish}))


@pytest.mark.parametrize(
    ("schedule", "fine"),
    [
        ("cron(0 2 ? * SUN *)", True),
        ("cron(30 23 ? * TUE#3 *)", True),
        ("cron(0 0 2 ? 1/1 THU#3 *)", True),
        ("cron(0 2 L * ? 2030-2031)", True),
        ("cron(0 2 * * SUN)", False),
        ("cron(0 0 2 ? * SUN * *)", False),
        ("cron(0 2 ? * $ *)", False),
        ("cron()", False),
        ("rate(7 days)", True),
        ("rate(1 hour)", True),
        ("rate(1 hours)", False),
        ("rate(0 days)", False),
        ("rate(2 weeks)", False),
        ("at(2030-01-31T02:00:00)", True),
        ("at(2030-01-32T02:00:00)", False),
        ("2030-01-31T02:00:00", False),
        ("", False),
    ],
)
def test_schedules(schedule: str, fine: bool) -> None:
    def judge() -> None:
        check(None, {"schedule": schedule}, [], [], lambda _zone: True)

    if fine:
        judge()
    else:
        with pytest.raises(InvalidInput, match="schedule must be as"):
            judge()


@pytest.mark.parametrize(
    ("zone", "known", "fine"), [("Europe/Berlin", True, True), ("Mars/Olympus", False, False), ("", False, True)]
)
def test_time_zones_are_looked_up_by_whoever_can(zone: str, known: bool, fine: bool) -> None:
    problems = ""
    try:
        check(None, {"schedule_timezone": zone}, [], [], lambda _zone: known)
    except InvalidInput as error:
        problems = str(error)
    assert (not problems) == fine


@pytest.mark.parametrize(
    ("current", "asked", "after"),
    [
        ({"a": "x"}, {}, {"a": "x"}),
        ({"a": "x"}, {"a": ""}, {}),
        ({"priority": 1}, {"priority": 0}, {"priority": 0}),
        ({"schedule_offset": 1}, {"schedule_offset": 0}, {}),
        ({"enabled": True}, {"enabled": False}, {"enabled": False}),
        ({"targets": ["a"]}, {"instance_ids": ["i-1"]}, {"instance_ids": ["i-1"]}),
        ({"instance_ids": ["i-1"]}, {"targets": ["a"]}, {"targets": ["a"]}),
    ],
)
def test_merge(current: dict[str, Any], asked: dict[str, Any], after: dict[str, Any]) -> None:
    assert merge(current, asked) == after


@pytest.mark.parametrize(
    ("current", "asked", "after"),
    [
        ({"comment": "c", "timeout_seconds": 60}, {"comment": "d"}, {"comment": "d", "timeout_seconds": 60}),
        ({"comment": "c", "timeout_seconds": 60}, {"timeout_seconds": 0}, {"comment": "c"}),
        ({"parameters": {"a": ["1"], "b": ["2"]}}, {"parameters": {"a": ["3"]}}, {"parameters": {"a": ["3"]}}),
        ({"parameters": {"a": ["1"]}}, {"parameters": {"a": [""]}}, {"parameters": {"a": [""]}}),
        ({"parameters": {"a": ["1"]}}, {"comment": "c", "parameters": {}}, {"comment": "c"}),
        (
            {"notification_config": {"notification_arn": "a", "notification_type": "Command"}},
            {"notification_config": {"notification_type": ""}},
            {"notification_config": {"notification_arn": "a"}},
        ),
    ],
)
def test_what_a_task_is_called_with_is_merged(
    current: dict[str, Any], asked: dict[str, Any], after: dict[str, Any]
) -> None:
    name = "task_invocation_parameters"
    merged = merge({name: {"run_command": current}}, {name: {"run_command": asked}})
    assert merged == {name: {"run_command": after}}


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


def test_the_order_of_a_parameter_s_values_has_a_meaning() -> None:
    one, other = (
        {"task_invocation_parameters": {"run_command": {"parameters": {"commands": lines}}}}
        for lines in (["a", "b"], ["b", "a"])
    )
    assert comparable(one) != comparable(other)


def test_what_aws_fills_in_is_not_the_caller_s() -> None:
    called = {"RunCommand": {"Parameters": {"CamelCase": ["x"]}, "OutputS3BucketName": "logs"}}
    fields = task(ONE, ServiceRoleArn=ROLE, MaxErrors="1", MaxConcurrency="1", TaskInvocationParameters=called).fields
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


def test_nodes_by_id_in_any_spelling_of_the_key() -> None:
    found = task(ONE, Targets=[{"Key": "instanceids", "Values": ["i-1"]}])
    assert found.fields["instance_ids"] == ["i-1"]
    assert request_task(found.fields, {})["Targets"] == [{"Key": "InstanceIds", "Values": ["i-1"]}]


def test_a_payload_is_bytes_for_aws() -> None:
    fields = wanted_task({"name": "tidy", "task_invocation_parameters": {"lambda": {"payload": {"b": "ü", "a": 1}}}})
    sent = request_task(fields, {})["TaskInvocationParameters"]["Lambda"]["Payload"]
    assert sent == b'{"a": 1, "b": "\\u00fc"}'


def test_only_what_differs_is_sent() -> None:
    web = target(ONE)
    wished = {"name": "patch", "priority": 4, "max_errors": "0"}
    (step,) = planned((web,), (task(TWO, (web,)),), tasks=(wished,)).tasks.writes
    assert (step.changed(), step.forgets) == ({"priority": 4}, False)


def test_only_unsetting_replaces_and_needs_the_whole_task() -> None:
    web = target(ONE)
    tasks = (task(TWO, (web,), Description="d"), task(THREE, (web,), Description="d", Name="other"))
    wish = Wish(fields={"name": "night"}, tasks=({"name": "patch", "description": ""}, {"name": "other"}))
    todo = plan(Seen(window_id="mw-1", fields=WINDOW, targets=(web,), tasks=tasks), wish)
    assert lacking(todo, wish) == [TWO]
    (step,) = todo.tasks.writes
    assert step.forgets
    assert step.changed() == step.after


def test_what_a_run_that_was_cut_off_left_behind_is_tidied() -> None:
    """The new target was registered, the old one of the same name and another type is still there, and named."""
    old, new = target(ONE, key="resource-groups:Name"), target(TWO)
    stays = task(THREE, (old, new))
    wished = {"name": "web", "resource_type": "INSTANCE", "targets": new.fields["targets"]}
    todo = planned((old, new), (stays,), targets=(wished,))
    assert [item.item_id for item in todo.targets.leaving] == [ONE]
    assert todo.targets.writes == ()
    (step,) = todo.tasks.writes
    assert (step.repointed, step.changed()) == (True, {"targets": ["web", "web"]})
    assert request_task(step.changed(), {"web": TWO})["Targets"] == [{"Key": "WindowTargetIds", "Values": [TWO]}]
    assert todo.shown_before() != todo.shown_after()


def test_a_target_without_a_name_goes_by_its_id() -> None:
    nameless = target(ONE, name=None)
    wished = {"name": "patch", "task_type": "RUN_COMMAND", "task_arn": "AWS-Noop", "targets": [ONE]}
    rate = {"max_errors": "0", "max_concurrency": "1"}
    assert planned((nameless,), tasks=({**wished, **rate},)).tasks.writes
    with pytest.raises(InvalidInput, match=f"target {ONE} can't be removed: task patch still names it"):
        planned((nameless,), (task(TWO, (nameless,)),), targets=())
