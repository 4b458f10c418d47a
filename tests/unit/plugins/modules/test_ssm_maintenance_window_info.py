"""ssm_maintenance_window_info against the lab's API, run as Ansible runs it."""

from __future__ import annotations

from typing import Any

import pytest
import yaml
from ansible_collections.steadyfleet.aws_patching.plugins.modules import (
    ssm_maintenance_window,
    ssm_maintenance_window_info,
)
from lab.api.testing.kit import INSTANCE_IDS, Lab, RunModule
from unit.plugins.modules.association_kit import undocumented

QUICK = {"poll_interval": 0.02, "wait_timeout": 10}
SCHEDULE = {"schedule": "cron(0 2 ? * SUN *)", "duration": 4, "cutoff": 1}
WHOLE = {
    **SCHEDULE,
    "name": "shop-sunday",
    "description": "Patches of the shop",
    "schedule_timezone": "Europe/Berlin",
    "targets": [{"name": "web", "instance_ids": [INSTANCE_IDS[0]], "owner_information": "ops"}],
    "tasks": [
        {
            "name": "patch",
            "task_type": "RUN_COMMAND",
            "task_arn": "AWS-RunPatchBaseline",
            "targets": ["web"],
            "max_concurrency": 1,
            "max_errors": 0,
            "task_invocation_parameters": {"run_command": {"parameters": {"Operation": "Install"}}},
        },
        {
            "name": "report",
            "task_type": "LAMBDA",
            "task_arn": "SSMPatchReport",
            "task_invocation_parameters": {"lambda": {"payload": {"fleet": "shop"}}},
        },
    ],
    "tags": {"Team": "shop"},
}
ALL = {"include_targets": True, "include_tasks": True, "include_tags": True}


@pytest.fixture
def info(run_module: RunModule) -> Any:
    def run(**options: Any) -> list[dict[str, Any]]:
        result = run_module("ssm_maintenance_window_info", options)
        assert (result["failed"], result["changed"]) == (False, False), result
        windows: list[dict[str, Any]] = result["windows"]
        return windows

    return run


@pytest.fixture
def windows(run_module: RunModule, aws: Lab) -> dict[str, dict[str, Any]]:
    """Windows by name, as ssm_maintenance_window returned them: a whole one, and a disabled one without anything."""
    whole = run_module("ssm_maintenance_window", {**QUICK, **WHOLE})["window"]
    off = run_module("ssm_maintenance_window", {**QUICK, **SCHEDULE, "name": "shop-off", "enabled": False})["window"]
    aws.forget_calls()
    return {"shop-sunday": whole, "shop-off": off}


def actions(aws: Lab) -> list[str]:
    return [call.action for call in aws.calls()]


def test_a_whole_window(info: Any, aws: Lab, windows: dict[str, dict[str, Any]]) -> None:
    [window] = info(names=["shop-sunday"], **ALL)
    assert actions(aws) == [
        "DescribeMaintenanceWindows",
        "GetMaintenanceWindow",
        "DescribeMaintenanceWindowTargets",
        "DescribeMaintenanceWindowTasks",
        "GetMaintenanceWindowTask",
        "GetMaintenanceWindowTask",
        "ListTagsForResource",
    ]
    times = {name: window.pop(name) for name in ("created_date", "modified_date")}
    assert times["created_date"] <= times["modified_date"]
    assert times["created_date"].endswith("Z")
    assert window == windows["shop-sunday"]
    assert window["tasks"][0]["task_invocation_parameters"] == {
        "run_command": {"parameters": {"Operation": ["Install"]}}
    }
    assert window["next_execution_time"].startswith("20")


def test_what_is_read_can_be_written_again(
    info: Any, run_module: RunModule, windows: dict[str, dict[str, Any]]
) -> None:
    """What ssm_maintenance_window returns of a window, it takes as options."""
    [window] = info(names=["shop-sunday"], **ALL)
    for name in ("next_execution_time", "created_date", "modified_date"):
        del window[name]
    for key, name in (("targets", "window_target_id"), ("tasks", "window_task_id")):
        window[key] = [{option: value for option, value in item.items() if option != name} for item in window[key]]
    result = run_module("ssm_maintenance_window", {**QUICK, **window})
    assert (result["failed"], result["changed"]) == (False, False), result


def test_every_returned_field_is_documented(info: Any, windows: dict[str, dict[str, Any]]) -> None:
    found = info(**ALL)
    mine = yaml.safe_load(ssm_maintenance_window_info.RETURN)["windows"]["contains"]
    theirs = yaml.safe_load(ssm_maintenance_window.RETURN)["window"]["contains"]
    assert not undocumented(found, {**theirs, **{name: value for name, value in mine.items() if name not in theirs}})
    assert set(mine) <= {name for window in found for name in window}


def test_only_what_is_included_is_read(info: Any, aws: Lab, windows: dict[str, dict[str, Any]]) -> None:
    window_id = windows["shop-sunday"]["window_id"]
    [window] = info(window_id=window_id)
    assert actions(aws) == ["GetMaintenanceWindow"]
    assert {"targets", "tasks", "tags"} & set(window) == set()
    aws.forget_calls()
    [window] = info(window_ids=[window_id], include_targets=True)
    assert actions(aws) == ["GetMaintenanceWindow", "DescribeMaintenanceWindowTargets"]
    assert {"targets", "tasks", "tags"} & set(window) == {"targets"}
    [window] = info(window_ids=[window_id], include_tasks=True)
    # Tasks refer to targets by name.
    assert ("targets" in window, window["tasks"][0]["targets"]) == (False, ["web"])


def test_by_ids(info: Any, aws: Lab, windows: dict[str, dict[str, Any]]) -> None:
    ids = [windows[name]["window_id"] for name in ("shop-off", "shop-sunday")]
    found = info(window_ids=[ids[0], "mw-00000000000000000", *ids])
    assert [window["window_id"] for window in found] == ids
    assert actions(aws) == ["GetMaintenanceWindow"] * 3
    assert found[0]["next_execution_time"] is None


def test_by_names_that_several_have(info: Any, aws: Lab, windows: dict[str, dict[str, Any]]) -> None:
    request = {"Schedule": "rate(7 days)", "Duration": 2, "Cutoff": 1, "AllowUnassociatedTargets": False}
    again = aws.client("ssm").create_maintenance_window(Name="shop-off", **request)["WindowId"]
    found = info(names=["shop-off", "not-there", "shop-off"])
    assert [window["window_id"] for window in found] == [windows["shop-off"]["window_id"], again]


@pytest.mark.parametrize(
    ("options", "names"),
    [
        ({}, {"shop-sunday", "shop-off"}),
        ({"filters": {}}, {"shop-sunday", "shop-off"}),
        ({"filters": {"Enabled": False}}, {"shop-off"}),
        ({"filters": {"Enabled": "true"}}, {"shop-sunday"}),
        ({"filters": {"Name": ["shop-off", "shop-sunday"]}}, {"shop-sunday", "shop-off"}),
        ({"filters": {"Name": "shop-off", "Enabled": True}}, set()),
    ],
)
def test_filters(info: Any, windows: dict[str, dict[str, Any]], options: dict[str, Any], names: set[str]) -> None:
    assert {window["name"] for window in info(**options)} == names


def test_all_pages_are_read(info: Any, aws: Lab) -> None:
    request = {"Schedule": "rate(7 days)", "Duration": 2, "Cutoff": 1, "AllowUnassociatedTargets": False}
    for number in range(49):
        aws.client("ssm").create_maintenance_window(Name=f"shop-{number}", **request)
    assert len(info()) == 49


def test_throttled_reads_are_repeated(info: Any, aws: Lab, windows: dict[str, dict[str, Any]]) -> None:
    aws.fault("throttling", next=2)
    assert len(info(names=["shop-off"])) == 1


@pytest.mark.parametrize(
    ("options", "code", "facts"),
    [
        ({"window_ids": ["mw-1"]}, "invalid_option", ["window_id", "20"]),
        ({"names": ["a b"]}, "invalid_option", ["name ", "'a b'"]),
        ({"filters": {"Nme": "x"}}, "filter_unknown", ["Nme", "Name", "Enabled"]),
        ({"filters": {"Name": ""}}, "filter_invalid", ["Name", "''"]),
        ({"filters": {"Name": ["x" * 257]}}, "invalid_option", ["filters[0].values[0]", "256"]),
    ],
)
def test_wrong_input_is_refused_before_any_call(
    run_module: RunModule, aws: Lab, options: dict[str, Any], code: str, facts: list[str]
) -> None:
    result = run_module("ssm_maintenance_window_info", options)
    assert (result["failed"], result["code"]) == (True, code)
    assert [fact for fact in facts if fact not in result["msg"]] == [], result["msg"]
    assert not aws.calls()


def test_one_way_to_name_windows(run_module: RunModule, aws: Lab) -> None:
    result = run_module("ssm_maintenance_window_info", {"names": ["shop"], "filters": {}})
    assert "mutually exclusive" in result["msg"]
    assert not aws.calls()
