"""What is refused although AWS's service model allows each value."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.steadyfleet.aws_patching.plugins.module_utils._maintenance_window.model import (
    DesiredWindow,
    WindowQuery,
)
from ansible_collections.steadyfleet.aws_patching.plugins.module_utils._maintenance_window.plan import plan_window
from ansible_collections.steadyfleet.aws_patching.plugins.module_utils._maintenance_window.rules import (
    desired_problems,
    is_time_zone,
    plan_problems,
    query_problems,
)
from ansible_collections.steadyfleet.aws_patching.plugins.module_utils._maintenance_window.transformations import (
    observed_target,
)
from unit.plugins.module_utils._maintenance_window.window_kit import (
    ONE,
    THREE,
    TWO,
    WINDOW,
    desired,
    planned,
    target,
    task,
)

WEB = {"name": "web", "resource_type": "INSTANCE", "targets": [{"key": "tag:App", "values": ["a"]}]}
NODES = {
    "name": "nodes",
    "resource_type": "INSTANCE",
    "targets": [{"key": "InstanceIds", "values": ["i-0123456789abcdef0"]}],
}
RATE = {"max_errors": "0", "max_concurrency": "1"}
PATCH = {"name": "patch", "task_type": "RUN_COMMAND", "task_arn": "AWS-Noop"}
TIDY = {"name": "tidy", "task_type": "LAMBDA", "task_arn": "tidy"}


def desired_codes(**options: Any) -> list[str]:
    return [problem.code for problem in desired_problems(desired(**options))]


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
    ],
)
def test_schedules(schedule: str, fine: bool) -> None:
    assert desired_codes(fields={"schedule": schedule}) == ([] if fine else ["schedule_invalid"])


@pytest.mark.parametrize(
    ("zone", "fine"), [("Europe/Berlin", True), ("UTC", True), ("Mars/Olympus", False), ("../etc/passwd", False)]
)
def test_time_zones(zone: str, fine: bool) -> None:
    assert is_time_zone(zone) == fine
    assert desired_codes(fields={"schedule_timezone": zone}) == ([] if fine else ["time_zone_unknown"])


@pytest.mark.parametrize(
    ("date", "fine"),
    [
        ("2030-01-31T02:00:00+01:00", True),
        ("2030-01-31T02:00Z", True),
        ("2030-01-31T02:00:00.5-0730", True),
        ("", True),
        ("2030-01-31", False),
        ("2030-02-30T02:00:00Z", False),
        ("20300131T020000Z", False),
    ],
)
@pytest.mark.parametrize("option", ["start_date", "end_date"])
def test_dates(option: str, date: str, fine: bool) -> None:
    assert desired_codes(fields={option: date}) == ([] if fine else ["time_invalid"])


@pytest.mark.parametrize(
    ("targets", "resource_type", "codes"),
    [
        ([{"key": "tag:App", "values": ["a"]}], "INSTANCE", []),
        ([{"key": "tag-key", "values": ["a"]}, {"key": "tag:Env", "values": ["a"]}], "INSTANCE", []),
        ([{"key": "resource-groups:Name", "values": ["a"]}], "RESOURCE_GROUP", []),
        ([{"key": "resource-groups:Name", "values": ["a"]}], "INSTANCE", ["resource_type_mismatch"]),
        ([{"key": "tag:", "values": ["a"]}], "INSTANCE", ["target_key_invalid"]),
        ([{"key": "App", "values": ["a"]}], "INSTANCE", ["target_key_invalid"]),
        ([{"key": "tag:App", "values": []}], "INSTANCE", ["target_value_empty"]),
        ([{"key": "InstanceIds", "values": ["i-0123456789abcdef0", "web-1"]}], "INSTANCE", ["instance_id_invalid"]),
        ([], None, ["target_empty"]),
        (None, None, []),
    ],
)
def test_targets(targets: list[dict[str, Any]] | None, resource_type: str | None, codes: list[str]) -> None:
    given = {"resource_type": resource_type, "targets": targets}
    fields = {"name": "web", **{name: value for name, value in given.items() if value is not None}}
    assert desired_codes(targets=(fields,)) == codes


def test_nodes_of_a_task_by_their_ids() -> None:
    assert desired_codes(tasks=({"name": "patch", "instance_ids": ["i-0123456789abcdef0"]},)) == []
    assert desired_codes(tasks=({"name": "patch", "instance_ids": ["web-1"]},)) == ["instance_id_invalid"]


def test_a_problem_names_the_target_or_the_task() -> None:
    problems = desired_problems(
        desired(
            targets=({**WEB, "targets": [{"key": "App", "values": ["a"]}]},),
            tasks=({"name": "patch", "targets": [str(number) for number in range(11)]},),
        )
    )
    assert [(problem.code, problem.message.split(": ")[0]) for problem in problems] == [
        ("target_key_invalid", "target web"),
        ("too_many_targets", "task patch"),
    ]


def test_names_are_given_once() -> None:
    assert desired_codes(targets=(WEB, NODES, WEB)) == ["target_name_repeated"]
    assert desired_codes(tasks=(PATCH, TIDY, TIDY)) == ["task_name_repeated"]
    assert desired_codes(targets=({**WEB, "name": "patch"},), tasks=(PATCH,)) == []


def test_a_task_has_at_most_ten_targets() -> None:
    names = [f"t{number}" for number in range(11)]
    assert desired_codes(tasks=({"name": "patch", "targets": names[:10]},)) == []
    assert desired_codes(tasks=({"name": "patch", "targets": names},)) == ["too_many_targets"]


@pytest.mark.parametrize(
    ("fields", "codes"),
    [
        (WINDOW, []),
        ({**WINDOW, "cutoff": 2}, ["cutoff_not_smaller_than_duration"]),
        ({"name": "night"}, ["window_fields_required"]),
        ({**WINDOW, "schedule_offset": 1}, ["schedule_offset_without_cron"]),
        ({**WINDOW, "schedule_offset": 1, "schedule": "cron(0 2 ? * SUN *)"}, []),
        ({**WINDOW, "start_date": "2030-01-01T00:00Z", "end_date": "2030-01-01T01:00Z"}, []),
        (
            {**WINDOW, "start_date": "2030-01-01T00:00Z", "end_date": "2030-01-01T01:00+01:00"},
            ["end_date_not_after_start_date"],
        ),
    ],
)
def test_whole_windows(fields: dict[str, Any], codes: list[str]) -> None:
    plan = plan_window(None, DesiredWindow(fields=fields))
    assert [problem.code for problem in plan_problems(plan)] == codes


def test_a_missing_field_is_named() -> None:
    (problem,) = plan_problems(plan_window(None, DesiredWindow(fields={"name": "night", "cutoff": 1})))
    assert "schedule and duration must" in problem.message


@pytest.mark.parametrize(
    ("task_fields", "codes"),
    [
        ({**PATCH, **RATE, "targets": ["web"]}, []),
        ({"name": "patch", "task_type": "LAMBDA"}, ["task_fields_required"]),
        (PATCH, ["task_targets_required"]),
        ({**PATCH, "targets": ["web"], "max_errors": "0"}, ["task_rate_controls_required"]),
        (TIDY, []),
        ({**TIDY, **RATE}, ["task_rate_controls_without_targets"]),
        ({**TIDY, "task_invocation_parameters": {"lambda": {"payload": "x"}}}, []),
        (
            {**TIDY, "task_invocation_parameters": {"automation": {"document_version": "1"}}},
            ["task_invocation_parameters_mismatch"],
        ),
        ({**PATCH, **RATE, "targets": ["db"]}, ["task_target_unknown"]),
        ({**PATCH, **RATE, "targets": [ONE]}, []),
    ],
)
def test_whole_tasks(task_fields: dict[str, Any], codes: list[str]) -> None:
    assert [problem.code for problem in plan_problems(planned((target(ONE),), tasks=(task_fields,)))] == codes


@pytest.mark.parametrize(
    ("targets", "allowed", "codes"),
    [
        ((NODES,), False, []),
        ((), False, ["instances_unassociated"]),
        (({**NODES, "targets": [{"key": "InstanceIds", "values": ["i-2"]}]},), False, ["instances_unassociated"]),
        ((), True, []),
        # A target by tag may hold any node.
        ((WEB,), False, []),
    ],
)
def test_nodes_of_a_task(targets: tuple[dict[str, Any], ...], allowed: bool, codes: list[str]) -> None:
    task_fields = {**PATCH, **RATE, "instance_ids": ["i-0123456789abcdef0"]}
    plan = planned(fields={"allow_unassociated_targets": allowed}, targets=targets, tasks=(task_fields,))
    assert [problem.code for problem in plan_problems(plan)] == codes


def test_what_the_caller_did_not_name_is_not_judged() -> None:
    """A task without targets and one that names a lost target may be there already."""
    lost = task(TWO, (target(ONE, name="lost"),))
    by_id = task(THREE, Targets=[{"Key": "InstanceIds", "Values": ["i-0123456789abcdef0"]}])
    empty = observed_target({"WindowTargetId": ONE, "Name": "empty"})
    assert plan_problems(planned((empty,), (task(ONE), lost, by_id), fields={"duration": 3})) == []


def test_a_target_that_a_task_names_is_not_removed() -> None:
    web = target(ONE)
    (problem,) = plan_problems(planned((web,), (task(TWO, (web,)),), targets=()))
    assert problem.code == "target_in_use"
    assert {"web", "patch"} <= set(problem.message.replace(":", "").split())


def test_a_target_that_another_one_replaces_is_removed() -> None:
    web = target(ONE)
    group = {**WEB, "resource_type": "RESOURCE_GROUP", "targets": [{"key": "resource-groups:Name", "values": ["a"]}]}
    plan = planned((web,), (task(TWO, (web,)),), targets=(group,))
    assert (plan.targets.to_remove, plan_problems(plan)) == ((web,), [])


def test_a_target_without_a_name_goes_by_its_id() -> None:
    nameless = target(ONE, name=None)
    plan = planned((nameless,), tasks=({**PATCH, **RATE, "targets": [ONE]},))
    assert plan.tasks.writes
    assert plan_problems(plan) == []
    (problem,) = plan_problems(planned((nameless,), (task(TWO, (nameless,)),), targets=()))
    assert problem.code == "target_in_use"
    assert ONE in problem.message


def test_a_target_name_that_two_have_is_no_reference() -> None:
    web, again = target(ONE), target(TWO)
    plan = planned((web, again), tasks=({**PATCH, **RATE, "targets": ["web"]},))
    assert [problem.code for problem in plan_problems(plan)] == ["target_name_ambiguous"]


@pytest.mark.parametrize(
    ("filters", "codes"),
    [
        ({}, []),
        ({"Name": "night", "Enabled": True}, []),
        ({"Name": ["night", "day"]}, []),
        ({"Enabled": False}, []),
        ({"name": "night"}, ["filter_unknown"]),
        ({"Name": ""}, ["filter_invalid"]),
        ({"Name": []}, ["filter_invalid"]),
        ({"Name": None}, ["filter_invalid"]),
        ({"Name": {"a": "b"}}, ["filter_invalid"]),
    ],
)
def test_filters(filters: dict[str, Any], codes: list[str]) -> None:
    assert [problem.code for problem in query_problems(WindowQuery(filters=filters))] == codes
