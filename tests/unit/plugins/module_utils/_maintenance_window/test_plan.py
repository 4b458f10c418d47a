"""From the window that is there to the one that is desired."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from ansible_collections.steadyfleet.aws_patching.plugins.module_utils._common.errors import InvalidInput
from ansible_collections.steadyfleet.aws_patching.plugins.module_utils._maintenance_window.plan import (
    merge_fields,
    plan_window,
    tasks_to_read,
)
from ansible_collections.steadyfleet.aws_patching.plugins.module_utils._maintenance_window.transformations import (
    task_request,
)
from unit.plugins.module_utils._maintenance_window.window_kit import (
    ONE,
    THREE,
    TWO,
    WINDOW,
    desired,
    observed,
    planned,
    target,
    task,
)


@pytest.mark.parametrize(
    ("current", "given", "after"),
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
def test_merge(current: dict[str, Any], given: dict[str, Any], after: dict[str, Any]) -> None:
    assert merge_fields(current, given) == after


@pytest.mark.parametrize(
    ("current", "given", "after"),
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
        (
            {"comment": "c", "notification_config": {"notification_arn": "a"}},
            {"notification_config": {}},
            {"comment": "c"},
        ),
    ],
)
def test_task_invocation_parameters_are_merged(
    current: dict[str, Any], given: dict[str, Any], after: dict[str, Any]
) -> None:
    name = "task_invocation_parameters"
    merged = merge_fields({name: {"run_command": current}}, {name: {"run_command": given}})
    assert merged == {name: {"run_command": after}}


def test_only_what_differs_is_sent() -> None:
    web = target(ONE)
    given = {"name": "patch", "priority": 4, "max_errors": "0"}
    (item,) = planned((web,), (task(TWO, (web,)),), tasks=(given,)).tasks.writes
    assert (item.differences(), item.needs_replace) == ({"priority": 4}, False)


def test_only_clearing_replaces() -> None:
    web = target(ONE)
    tasks = (task(TWO, (web,), Description="d"), task(THREE, (web,), Description="d", Name="other"))
    plan = planned((web,), tasks, tasks=({"name": "patch", "description": ""}, {"name": "other"}))
    (item,) = plan.tasks.writes
    assert item.observed == tasks[0]
    assert item.needs_replace
    assert item.differences() == item.after


@pytest.mark.parametrize(
    ("given", "read"),
    [
        (None, False),
        ({"name": "patch"}, False),
        ({"name": "other", "description": ""}, False),
        ({"name": "patch", "priority": 3}, False),
        ({"name": "patch", "description": ""}, True),
        # There is no role to clear.
        ({"name": "patch", "service_role_arn": ""}, False),
        ({"name": "patch", "targets": []}, True),
        # One kind of targets takes the place of the other: nothing is cleared.
        ({"name": "patch", "instance_ids": ["i-1"]}, False),
        ({"name": "patch", "task_invocation_parameters": {"run_command": {"comment": "c"}}}, True),
        # It gives way to a task of another type.
        ({"name": "patch", "task_type": "LAMBDA", "task_invocation_parameters": {"lambda": {}}}, False),
    ],
)
def test_which_tasks_must_be_read(given: dict[str, Any] | None, read: bool) -> None:
    web = target(ONE)
    tasks = (task(TWO, (web,), Description="d"),)
    wanted = desired(tasks=None if given is None else (given,), purge_tasks=False)
    assert tasks_to_read(tasks, wanted) == (tasks if read else ())
    if given and given["name"] == "patch":
        # ... because only these tasks are compared with, or replaced by, what AWS's listing leaves out.
        (item,) = [item for item in plan_window(observed((web,), tasks), wanted).tasks.items if item.desired]
        assert read == bool(item.observed and (item.needs_replace or "task_invocation_parameters" in given))


def test_a_new_task_has_the_defaults() -> None:
    (item,) = planned(tasks=({"name": "tidy", "task_type": "LAMBDA", "task_arn": "tidy"},)).tasks.writes
    assert (item.after["priority"], item.after["cutoff_behavior"]) == (1, "CONTINUE_TASK")


def test_a_task_of_another_type_takes_over_what_the_type_does_not_change() -> None:
    web = target(ONE)
    old = task(TWO, (web,), Description="d")
    plan = planned((web,), (old,), tasks=({"name": "patch", "task_type": "AUTOMATION", "task_arn": "AWS-StopEC2"},))
    (item,) = plan.tasks.items
    assert (plan.tasks.to_remove, item.observed) == ((old,), None)
    assert (item.after["description"], item.after["targets"], item.after["max_errors"]) == ("d", ["web"], "0")
    assert item.after["task_arn"] == "AWS-StopEC2"


@pytest.mark.parametrize(("purge", "removed"), [(True, ("db",)), (False, ())])
def test_what_is_not_named_is_purged(purge: bool, removed: tuple[str, ...]) -> None:
    web, db = target(ONE), target(TWO, name="db")
    plan = planned((web, db), targets=({"name": "web"},), purge_targets=purge)
    assert tuple(item.name for item in plan.targets.to_remove) == removed
    assert plan.targets.writes == ()
    assert planned((web, db), targets=None, purge_targets=purge).targets.to_remove == ()


def test_a_name_that_two_have_is_refused() -> None:
    with pytest.raises(InvalidInput, match=f"{ONE}, {TWO}") as error:
        planned((target(TWO), target(ONE)), targets=({"name": "web"},))
    assert error.value.code == "target_name_ambiguous"


def test_what_an_interrupted_run_left_behind_is_removed() -> None:
    """The new target was registered. The old one of the same name and another type is still there, and is named."""
    old, new = target(ONE, key="resource-groups:Name"), target(TWO)
    stays = task(THREE, (old, new))
    given = {"name": "web", "resource_type": "INSTANCE", "targets": new.fields["targets"]}
    plan = planned((old, new), (stays,), targets=(given,))
    assert [item.item_id for item in plan.targets.to_remove] == [ONE]
    assert plan.targets.writes == ()
    (item,) = plan.tasks.writes
    assert (item.retargeted, item.differences()) == (True, {"targets": ["web", "web"]})
    assert task_request(item.differences(), {"web": TWO})["Targets"] == [{"Key": "WindowTargetIds", "Values": [TWO]}]


@pytest.mark.parametrize(
    ("shown", "behind"),
    [
        ({"priority": 1}, True),
        ({"priority": 4}, False),
        # Somebody else changed it meanwhile.
        ({"priority": 5}, False),
    ],
)
def test_reads_that_are_behind(shown: dict[str, Any], behind: bool) -> None:
    web = target(ONE)
    (item,) = planned((web,), (task(TWO, (web,)),), tasks=({"name": "patch", "priority": 4},)).tasks.writes
    assert item.is_behind({**item.before, **shown}) == behind


def test_what_is_new_is_never_behind() -> None:
    """AWS's list of windows leaves out some fields."""
    plan = plan_window(None, desired(fields=WINDOW))
    assert not plan.window.is_behind({"name": "night"})


@pytest.mark.parametrize(
    ("before", "given", "last"),
    [(False, True, True), (True, True, False), (False, False, False), (False, None, False), (True, False, False)],
)
def test_a_disabled_window_is_enabled_last(before: bool, given: bool | None, last: bool) -> None:
    window = replace(observed(), fields={**WINDOW, "enabled": before})
    fields = {"name": "night"} if given is None else {"name": "night", "enabled": given}
    plan = plan_window(window, desired(fields=fields))
    assert plan.enables_last == last


@pytest.mark.parametrize(
    ("given", "purge", "after"),
    [
        ({"a": "2"}, True, {"a": "2"}),
        ({"a": "2"}, False, {"a": "2", "b": "1"}),
        (None, True, None),
    ],
)
def test_tags(given: dict[str, str] | None, purge: bool, after: dict[str, str] | None) -> None:
    window = replace(observed(), tags={"a": "1", "b": "1"})
    plan = plan_window(window, desired(tags=given, purge_tags=purge))
    assert (plan.tags.after if plan.tags else None) == after
