"""What the modules return of a window."""

from __future__ import annotations

from dataclasses import replace

import pytest
from ansible_collections.steadyfleet.aws_patching.plugins.module_utils._maintenance_window.model import (
    AppliedWindow,
    DesiredWindow,
    WindowQuery,
)
from ansible_collections.steadyfleet.aws_patching.plugins.module_utils._maintenance_window.plan import plan_window
from ansible_collections.steadyfleet.aws_patching.plugins.module_utils._maintenance_window.report import (
    applied_window,
    diff_after,
    diff_before,
    planned_window,
    queried_window,
    removed_window,
)
from unit.plugins.module_utils._maintenance_window.window_kit import (
    ONE,
    THREE,
    TWO,
    WINDOW,
    WINDOW_ID,
    desired,
    observed,
    planned,
    target,
    task,
)

NEXT = "2030-02-03T02:00+01:00"
WEB = target(ONE)
NEW = {"name": "new", "resource_type": "INSTANCE", "targets": [{"key": "tag:App", "values": ["b"]}]}


def test_nothing_is_different_when_nothing_is_desired() -> None:
    plan = planned((WEB,), (task(TWO, (WEB,)),))
    assert diff_before(plan) == diff_after(plan) != {}


def test_the_diff_of_a_new_window() -> None:
    plan = plan_window(None, DesiredWindow(fields=WINDOW, targets=(NEW,), tags={"a": "b"}))
    assert diff_before(plan) == {}
    assert diff_after(plan) == {**WINDOW, "tags": {"a": "b"}, "targets": {"new": NEW}, "tasks": {}}


def test_tags_are_a_part_of_the_diff_when_they_are_given() -> None:
    window = replace(observed(), tags={"a": "1"})
    plan = plan_window(window, desired(tags={"b": "2"}))
    assert (diff_before(plan)["tags"], diff_after(plan)["tags"]) == ({"a": "1"}, {"b": "2"})
    plan = planned()
    assert "tags" not in diff_before(plan) | diff_after(plan)


def test_items_go_by_name_or_by_id_where_the_name_does_not_tell() -> None:
    plan = planned((WEB, target(TWO), target(THREE, name="db")))
    assert set(diff_before(plan)["targets"]) == {ONE, TWO, "db"}
    assert set(diff_before(planned((target(ONE, name=None),)))["targets"]) == {ONE}


def test_a_target_that_is_replaced_is_a_difference() -> None:
    old, new = target(ONE, key="resource-groups:Name"), target(TWO)
    plan = planned((old, new), (task(THREE, (old, new)),), targets=({"name": "web", "resource_type": "INSTANCE"},))
    assert diff_before(plan) != diff_after(plan)


def test_check_mode_knows_no_id_of_what_is_new() -> None:
    window = replace(observed((WEB,)), next_execution_time=NEXT)
    shown = planned_window(plan_window(window, desired(targets=(NEW,), purge_targets=False)))
    assert (shown["window_id"], shown["next_execution_time"]) == (WINDOW_ID, NEXT)
    assert [(item["name"], item["window_target_id"]) for item in shown["targets"]] == [("new", None), ("web", ONE)]
    created = planned_window(plan_window(None, DesiredWindow(fields=WINDOW)))
    assert ("window_id" in created, created["next_execution_time"]) == (False, None)


@pytest.mark.parametrize(("fields", "time"), [({"duration": 3}, None), ({"duration": 2}, NEXT)])
def test_check_mode_does_not_predict_the_next_execution(fields: dict[str, int], time: str | None) -> None:
    window = replace(observed(), next_execution_time=NEXT)
    assert planned_window(plan_window(window, desired(fields=fields)))["next_execution_time"] == time


def test_a_window_after_a_run() -> None:
    plan = plan_window(None, DesiredWindow(fields=WINDOW, targets=(NEW,), tags={}))
    applied = AppliedWindow(window_id=WINDOW_ID, target_ids=(ONE,), task_ids=(), next_execution_time=NEXT)
    assert applied_window(plan, applied) == {
        "window_id": WINDOW_ID,
        **WINDOW,
        "next_execution_time": NEXT,
        "tags": {},
        "targets": [{"window_target_id": ONE, **NEW}],
        "tasks": [],
    }


def test_a_removed_window() -> None:
    assert removed_window(observed((WEB,))) == {"window_id": WINDOW_ID, **WINDOW}


@pytest.mark.parametrize(
    ("query", "keys"),
    [
        (WindowQuery(), set[str]()),
        (WindowQuery(include_targets=True), {"targets"}),
        (WindowQuery(include_tasks=True), {"tasks"}),
    ],
)
def test_a_queried_window(query: WindowQuery, keys: set[str]) -> None:
    window = replace(observed((WEB,), (task(TWO, (WEB,)),)), next_execution_time=NEXT, created_date="c")
    shown = queried_window(window, query)
    always = {"window_id": WINDOW_ID, **WINDOW, "next_execution_time": NEXT, "created_date": "c", "modified_date": None}
    assert {name: value for name, value in shown.items() if name not in keys} == always
    assert keys <= set(shown)
    for found in shown.get("targets", []):
        assert found == {"window_target_id": ONE, **WEB.fields}
    for found in shown.get("tasks", []):
        assert (found["window_task_id"], found["targets"]) == (TWO, ["web"])


def test_tags_are_shown_when_they_were_read() -> None:
    assert queried_window(replace(observed(), tags={}), WindowQuery(include_tags=True))["tags"] == {}
