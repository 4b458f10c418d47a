"""ssm_maintenance_window against the lab's API, run as Ansible runs it."""

from __future__ import annotations

import copy
import json
import zoneinfo
from typing import Any

import botocore
import botocore.session
import pytest
from ansible_collections.steadyfleet.aws_patching.plugins.module_utils._maintenance_window import rules
from ansible_collections.steadyfleet.aws_patching.plugins.module_utils._module import wait_spec
from ansible_collections.steadyfleet.aws_patching.plugins.modules import ssm_maintenance_window
from lab.api.testing.kit import INSTANCE_IDS, Lab, RunModule

QUICK = {"poll_interval": 0.02, "wait_timeout": 10}
NAME = "shop-sunday"
WINDOW = {"schedule": "cron(0 2 ? * SUN *)", "duration": 4, "cutoff": 1}
WEB = {"name": "web", "targets": [{"key": "tag:App", "values": ["shop", "till"]}]}
TWO = {"name": "two", "instance_ids": [INSTANCE_IDS[1], INSTANCE_IDS[0]]}
PATCH = {
    "name": "patch",
    "task_type": "RUN_COMMAND",
    "task_arn": "AWS-RunPatchBaseline",
    "targets": ["web", "two"],
    "max_concurrency": 1,
    "max_errors": "0",
    "task_invocation_parameters": {"run_command": {"comment": "c", "parameters": {"Operation": "Install"}}},
}
BY_ID = {**{name: value for name, value in PATCH.items() if name != "targets"}, "instance_ids": [INSTANCE_IDS[0]]}
TIDY = {
    "name": "tidy",
    "task_type": "LAMBDA",
    "task_arn": "SSMTidy",
    "task_invocation_parameters": {"lambda": {"payload": {"fleet": "shop", "days": 3}}},
}
WHOLE = {**WINDOW, "targets": [WEB, TWO], "tasks": [PATCH, TIDY], "tags": {"Team": "shop"}}
READS = ["DescribeMaintenanceWindows", "GetMaintenanceWindow", "DescribeMaintenanceWindowTargets"]
READS += ["DescribeMaintenanceWindowTasks"]


@pytest.fixture
def window(run_module: RunModule) -> Any:
    def run(check: bool = False, **options: Any) -> dict[str, Any]:
        return run_module("ssm_maintenance_window", {"name": NAME, **QUICK, **options}, check=check)

    return run


def changed(what: dict[str, Any], **fields: Any) -> dict[str, Any]:
    return {**copy.deepcopy(what), **fields}


def is_unchanged(result: dict[str, Any]) -> bool:
    """A run that failed has changed nothing either, and is something else."""
    return (result["failed"], result["changed"]) == (False, False)


def without_ids(shown: Any) -> Any:
    """A result without what can't be told beforehand."""
    if isinstance(shown, dict):
        unknown = ("window_id", "window_target_id", "window_task_id", "next_execution_time")
        return {name: without_ids(item) for name, item in shown.items() if name not in unknown}
    return [without_ids(item) for item in shown] if isinstance(shown, list) else shown


def without_calls(shown: dict[str, Any]) -> dict[str, Any]:
    """What tasks are called with is only told where it had to be read."""
    told = without_ids(shown)
    return {**told, "tasks": [{**task, "task_invocation_parameters": None} for task in told["tasks"]]}


def four_steps(lab: Lab, run: Any, writes: list[str], **options: Any) -> dict[str, Any]:
    """Check, real, check again, real again: told truly, and written once."""
    lab.forget_calls()
    predicted = run(check=True, **options)
    assert not predicted["failed"], predicted["msg"]
    assert not lab.writes()
    done = run(**options)
    assert not done["failed"], done["msg"]
    assert lab.writes() == writes
    assert (predicted["changed"], done["changed"]) == (True, True)
    assert predicted["diff"] == done["diff"]
    assert without_ids(predicted["window"]) == without_ids(done["window"])
    lab.forget_calls()
    for check in (True, False):
        again = run(check=check, **options)
        assert (again["failed"], again["changed"]) == (False, False)
        assert again["diff"]["before"] == again["diff"]["after"]
    assert not lab.writes()
    if options.get("state") != "absent":
        assert without_calls(again["window"]) == without_calls(done["window"])
    return done


def tasks_of(aws: Lab, result: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """The tasks as AWS has them, by name."""
    ssm, window_id = aws.client("ssm"), result["window"]["window_id"]
    ids = [task["WindowTaskId"] for task in ssm.describe_maintenance_window_tasks(WindowId=window_id)["Tasks"]]
    found = [ssm.get_maintenance_window_task(WindowId=window_id, WindowTaskId=task_id) for task_id in ids]
    return {task["Name"]: task for task in found}


def test_create_change_delete(window: Any, aws: Lab) -> None:
    register = ["RegisterTargetWithMaintenanceWindow"] * 2 + ["RegisterTaskWithMaintenanceWindow"] * 2
    created = four_steps(aws, window, ["CreateMaintenanceWindow", *register], **WHOLE)
    assert created["diff"]["before"] == {}
    told = created["window"]
    assert (told["name"], told["tags"], told["enabled"]) == (NAME, {"Team": "shop"}, True)
    assert told["next_execution_time"].endswith("T02:00Z")
    [web, two] = told["targets"]
    patch = tasks_of(aws, created)["patch"]
    assert patch["Targets"] == [
        {"Key": "WindowTargetIds", "Values": [web["window_target_id"], two["window_target_id"]]}
    ]
    assert patch["TaskInvocationParameters"]["RunCommand"]["Parameters"] == {"Operation": ["Install"]}

    options = {
        "duration": 5,
        "targets": [WEB, changed(TWO, instance_ids=[INSTANCE_IDS[2]])],
        "tasks": [changed(PATCH, max_errors=1), TIDY],
        "tags": {"Team": "web"},
    }
    writes = ["UpdateMaintenanceWindow", "AddTagsToResource"]
    writes += ["UpdateMaintenanceWindowTarget", "UpdateMaintenanceWindowTask"]
    done = four_steps(aws, window, writes, **options)
    assert done["window"]["duration"] == 5
    assert [task["window_task_id"] for task in done["window"]["tasks"]] == [
        task["window_task_id"] for task in told["tasks"]
    ]

    gone = four_steps(aws, window, ["DeleteMaintenanceWindow"], state="absent")
    assert gone["window"]["window_id"] == told["window_id"]


def test_what_a_run_with_nothing_to_do_costs(window: Any, aws: Lab) -> None:
    window(**WHOLE)
    aws.forget_calls()
    window(**WINDOW)
    assert [call.action for call in aws.calls()] == READS
    aws.forget_calls()
    window(**WHOLE)
    expected = [*READS, "ListTagsForResource", *["GetMaintenanceWindowTask"] * 2]
    assert [call.action for call in aws.calls()] == expected
    aws.forget_calls()
    window(name="not-there", state="absent")
    assert [call.action for call in aws.calls()] == READS[:1]


@pytest.mark.parametrize(
    "same",
    [
        pytest.param({}, id="nothing asked"),
        pytest.param({"targets": [TWO, WEB]}, id="order of targets"),
        pytest.param({"tasks": [TIDY, PATCH]}, id="order of tasks"),
        pytest.param({"targets": [{"name": "web"}], "purge_targets": False}, id="a name alone"),
        pytest.param(
            {
                "targets": [changed(WEB, targets=[{"key": "tag:App", "values": ["till", "shop"]}])],
                "purge_targets": False,
            },
            id="order of values",
        ),
        pytest.param({"tasks": [changed(PATCH, targets=["two", "web"]), TIDY]}, id="order of a task's targets"),
        pytest.param({"tasks": [changed(PATCH, max_concurrency="1", max_errors=0), TIDY]}, id="numbers as text"),
        pytest.param({"tasks": [changed(PATCH, cutoff_behavior="CONTINUE_TASK"), TIDY]}, id="AWS's default"),
        pytest.param(
            {"tasks": [{"name": "patch", "task_invocation_parameters": {"run_command": {"comment": "c"}}}, TIDY]},
            id="a part of what a task is called with",
        ),
        pytest.param(
            {
                "tasks": [
                    PATCH,
                    changed(TIDY, task_invocation_parameters={"lambda": {"payload": '{"days": 3,  "fleet":"shop"}'}}),
                ]
            },
            id="payload as text",
        ),
        pytest.param({"start_date": "2020-01-01T01:00:00+01:00"}, id="the same time in another zone"),
        pytest.param({"end_date": "", "schedule_offset": 0}, id="unset what is not set"),
    ],
)
def test_what_is_no_change(window: Any, aws: Lab, same: dict[str, Any]) -> None:
    assert not window(**WHOLE, start_date="2020-01-01T00:00:00Z")["failed"]
    aws.forget_calls()
    result = window(**same)
    assert (result["failed"], result["changed"]) == (False, False)
    assert not aws.writes()


def test_nothing_is_wiped_that_was_not_named(window: Any, aws: Lab) -> None:
    called = {"comment": "c", "timeout_seconds": 600, "output_s3_bucket_name": "logs"}
    called["notification_config"] = {"notification_arn": "arn:aws:sns:eu-central-1:1:t", "notification_type": "Command"}
    task = changed(PATCH, priority=3, description="d", service_role_arn="arn:aws:iam::1:role/r")
    called["parameters"] = {"Operation": "Scan"}
    task["task_invocation_parameters"] = {"run_command": called}
    window(**WINDOW, description="d", targets=[WEB, TWO], tasks=[task])
    part = {"run_command": {"comment": "new", "notification_config": {"notification_type": "Invocation"}}}
    done = four_steps(
        aws,
        window,
        ["UpdateMaintenanceWindow", "UpdateMaintenanceWindowTask"],
        cutoff=2,
        tasks=[{"name": "patch", "task_invocation_parameters": part}],
    )
    assert done["window"]["description"] == "d"
    found = tasks_of(aws, done)["patch"]
    assert (found["Priority"], found["Description"], found["MaxErrors"]) == (3, "d", "0")
    command = found["TaskInvocationParameters"]["RunCommand"]
    assert (command["Comment"], command["TimeoutSeconds"], command["OutputS3BucketName"]) == ("new", 600, "logs")
    arn = "arn:aws:sns:eu-central-1:1:t"
    assert command["NotificationConfig"] == {"NotificationArn": arn, "NotificationType": "Invocation"}


def test_everything_optional_can_be_unset(window: Any, aws: Lab) -> None:
    dates = {"start_date": "2030-01-01T00:00:00Z", "end_date": "2031-01-01T00:00:00Z"}
    extras = {"description": "d", "schedule_timezone": "Europe/Berlin", "schedule_offset": 2, **dates}
    alarm = {"alarms": [{"name": "a"}]}
    patch = changed(PATCH, description="d", service_role_arn="arn:aws:iam::1:role/r", alarm_configuration=alarm)
    window(**WINDOW, **extras, targets=[changed(WEB, owner_information="ops"), TWO], tasks=[patch, TIDY])
    ssm = aws.client("ssm")
    window_id = ssm.describe_maintenance_windows()["WindowIdentities"][0]["WindowId"]
    # A field of old that this module has no option for.
    task_id = next(t["WindowTaskId"] for t in ssm.describe_maintenance_window_tasks(WindowId=window_id)["Tasks"])
    logging = {"S3BucketName": "logs", "S3Region": "eu-central-1"}
    ssm.update_maintenance_window_task(WindowId=window_id, WindowTaskId=task_id, LoggingInfo=logging)
    empty = dict.fromkeys(extras, "") | {"schedule_offset": 0}
    bare = {"name": "patch", "description": "", "service_role_arn": "", "alarm_configuration": {}}
    done = four_steps(
        aws,
        window,
        ["UpdateMaintenanceWindow", "UpdateMaintenanceWindowTarget", "UpdateMaintenanceWindowTask"],
        **empty,
        targets=[{"name": "web", "owner_information": ""}, TWO],
        tasks=[bare, {"name": "tidy"}],
    )
    assert not set(extras) & set(done["window"])
    found = tasks_of(aws, done)["patch"]
    assert not {"Description", "AlarmConfiguration"} & set(found)
    assert found["ServiceRoleArn"].endswith("AWSServiceRoleForAmazonSSM")
    assert (found["Name"], found["MaxErrors"], found["LoggingInfo"]) == ("patch", "0", logging)
    assert found["TaskInvocationParameters"]["RunCommand"]["Comment"] == "c"


def test_what_is_not_named_is_purged_only_when_told(window: Any, aws: Lab) -> None:
    window(**WHOLE)
    ssm = aws.client("ssm")
    window_id = ssm.describe_maintenance_windows()["WindowIdentities"][0]["WindowId"]
    nodes = [{"Key": "tag-key", "Values": ["App"]}]
    ssm.register_target_with_maintenance_window(WindowId=window_id, ResourceType="INSTANCE", Targets=nodes)
    assert is_unchanged(window(targets=[WEB, TWO], purge_targets=False))
    assert is_unchanged(window(tasks=[PATCH], purge_tasks=False))
    # The task that leaves goes first; the target that it named, and the one without a name, go after.
    one = changed(PATCH, targets=["web"])
    writes = ["DeregisterTaskFromMaintenanceWindow", "UpdateMaintenanceWindowTask"]
    writes += ["DeregisterTargetFromMaintenanceWindow"] * 2
    done = four_steps(aws, window, writes, targets=[WEB], tasks=[one])
    assert ([found["name"] for found in done["window"]["targets"]], len(done["window"]["tasks"])) == (["web"], 1)
    four_steps(
        aws,
        window,
        ["DeregisterTaskFromMaintenanceWindow", "DeregisterTargetFromMaintenanceWindow"],
        targets=[],
        tasks=[],
    )


def test_a_task_of_another_type_is_replaced(window: Any, aws: Lab) -> None:
    before = window(**WHOLE)["window"]["tasks"]
    writes = ["DeregisterTaskFromMaintenanceWindow", "RegisterTaskWithMaintenanceWindow"]
    restart = {"name": "restart", "action": "aws:sleep", "inputs": {"Duration": "PT1S"}}
    content = json.dumps({"schemaVersion": "0.3", "mainSteps": [restart]})
    aws.client("ssm").create_document(Name="restart", DocumentType="Automation", Content=content)
    aws.api.region.documents.by_name["restart"].latest.ready = 0.0
    aws.forget_calls()
    runbook = {"name": "patch", "task_type": "AUTOMATION", "task_arn": "restart"}
    done = four_steps(aws, window, writes, tasks=[runbook, TIDY])
    after = done["window"]["tasks"]
    assert (after[0]["task_type"], after[0]["targets"], after[0]["max_errors"]) == ("AUTOMATION", ["web", "two"], "0")
    assert before[0]["window_task_id"] != after[0]["window_task_id"]
    assert before[1]["window_task_id"] == after[1]["window_task_id"]


def test_a_target_of_another_type_is_replaced_under_the_tasks_that_name_it(window: Any, aws: Lab) -> None:
    window(**WHOLE)
    group = {"name": "web", "targets": [{"key": "resource-groups:Name", "values": ["shop"]}]}
    writes = ["RegisterTargetWithMaintenanceWindow", "UpdateMaintenanceWindowTask"]
    done = four_steps(aws, window, [*writes, "DeregisterTargetFromMaintenanceWindow"], targets=[group, TWO])
    ids = [found["window_target_id"] for found in done["window"]["targets"]]
    assert tasks_of(aws, done)["patch"]["Targets"] == [{"Key": "WindowTargetIds", "Values": ids}]


def test_a_task_loses_its_targets(window: Any, aws: Lab) -> None:
    runbook = changed(TIDY, targets=["web"], max_concurrency=1, max_errors=1)
    window(**WINDOW, targets=[WEB], tasks=[runbook])
    writes = ["UpdateMaintenanceWindowTask"]
    done = four_steps(aws, window, writes, tasks=[{"name": "tidy", "targets": []}])
    assert "max_errors" not in done["window"]["tasks"][0]
    assert (
        tasks_of(aws, done)["tidy"]["TaskInvocationParameters"]["Lambda"]["Payload"] == b'{"days": 3, "fleet": "shop"}'
    )


def test_nodes_by_id(window: Any, aws: Lab) -> None:
    register = ["RegisterTargetWithMaintenanceWindow", "RegisterTaskWithMaintenanceWindow"]
    four_steps(aws, window, ["CreateMaintenanceWindow", *register], **WINDOW, targets=[TWO], tasks=[BY_ID])
    stranger = {**BY_ID, "instance_ids": ["i-0123456789abcdef0"]}
    options = {"allow_unassociated_targets": True, "tasks": [stranger]}
    four_steps(aws, window, ["UpdateMaintenanceWindow", "UpdateMaintenanceWindowTask"], **options)
    by_name = changed(PATCH, targets=["two"])
    done = four_steps(aws, window, ["UpdateMaintenanceWindowTask"], tasks=[by_name])
    assert "instance_ids" not in done["window"]["tasks"][0]


def test_a_target_by_its_id(window: Any, aws: Lab) -> None:
    """Its name says the same, unless another target has that name too."""
    result = window(**WHOLE)["window"]
    [web, two] = [target["window_target_id"] for target in result["targets"]]
    assert is_unchanged(window(tasks=[changed(PATCH, targets=[web, "two"]), TIDY]))
    nodes = {"Name": "two", "ResourceType": "INSTANCE", "Targets": [{"Key": "tag-key", "Values": ["App"]}]}
    again = aws.client("ssm").register_target_with_maintenance_window(WindowId=result["window_id"], **nodes)
    done = window(tasks=[changed(PATCH, targets=[again["WindowTargetId"]]), TIDY])
    assert tasks_of(aws, done)["patch"]["Targets"][0]["Values"] == [again["WindowTargetId"]] != [two]


def test_a_window_is_shut_at_once_and_opened_last(window: Any, aws: Lab) -> None:
    extra = {**WINDOW, "description": "d"}
    four_steps(aws, window, ["CreateMaintenanceWindow", "UpdateMaintenanceWindow"], **extra, enabled=False)
    aws.forget_calls()
    opened = window(enabled=True, description="", targets=[WEB])
    assert opened["window"]["next_execution_time"]
    register = "RegisterTargetWithMaintenanceWindow"
    assert aws.writes() == ["UpdateMaintenanceWindow", register, "UpdateMaintenanceWindow"]
    assert [call.parameters["Enabled"] for call in aws.calls("UpdateMaintenanceWindow")] == [False, True]
    writes = ["UpdateMaintenanceWindow", "DeregisterTargetFromMaintenanceWindow"]
    shut = four_steps(aws, window, writes, enabled=False, targets=[])
    assert shut["window"]["next_execution_time"] is None


def test_a_window_by_its_id_can_be_renamed(window: Any, aws: Lab, run_module: RunModule) -> None:
    window_id = window(**WINDOW)["window"]["window_id"]
    done = four_steps(aws, window, ["UpdateMaintenanceWindow"], window_id=window_id, name="another-name")
    assert done["window"]["window_id"] == window_id
    gone = run_module("ssm_maintenance_window", {"window_id": window_id, "state": "absent", **QUICK})
    assert gone["changed"]


def test_a_name_that_several_have_is_refused(window: Any, aws: Lab) -> None:
    ssm = aws.client("ssm")
    asked = {"Schedule": "rate(7 days)", "Duration": 2, "Cutoff": 1, "AllowUnassociatedTargets": False}
    ids = sorted(ssm.create_maintenance_window(Name=NAME, **asked)["WindowId"] for _ in range(2))
    aws.forget_calls()
    for options in ({**WINDOW}, {"state": "absent"}):
        result = window(**options)
        assert result["code"] == "maintenance_window_name_ambiguous"
        assert f"({', '.join(ids)})" in result["msg"]
    assert not aws.writes()
    assert is_unchanged(window(window_id=ids[0]))


def test_a_target_name_that_several_have_is_refused(window: Any, aws: Lab) -> None:
    window_id = window(**WHOLE)["window"]["window_id"]
    nodes = {"Name": "web", "ResourceType": "INSTANCE", "Targets": [{"Key": "tag-key", "Values": ["App"]}]}
    aws.client("ssm").register_target_with_maintenance_window(WindowId=window_id, **nodes)
    aws.forget_calls()
    assert window(targets=[WEB, TWO])["code"] == "target_name_ambiguous"
    assert window(tasks=[PATCH, TIDY])["code"] == "target_name_ambiguous"
    assert not aws.writes()


@pytest.mark.parametrize(
    "fault",
    [
        {"name": "throttling", "rate": 0.3},
        {"name": "server_error", "rate": 0.3},
        {"name": "stale", "seconds": 0.1},
    ],
    ids=lambda fault: fault["name"],
)
def test_a_bad_day_is_survived(window: Any, aws: Lab, monkeypatch: pytest.MonkeyPatch, fault: dict[str, Any]) -> None:
    monkeypatch.setattr("botocore.retries.standard.ExponentialBackoff.delay_amount", lambda *_: 0.0)
    aws.fault(**fault)
    assert not window(**WHOLE)["failed"]
    aws.forget_calls()
    assert is_unchanged(window(**WHOLE))
    assert not aws.writes()
    assert window(tasks=[changed(PATCH, priority=7), TIDY], targets=[WEB, TWO], cutoff=2)["changed"]
    assert is_unchanged(window(tasks=[changed(PATCH, priority=7), TIDY], targets=[WEB, TWO], cutoff=2))
    assert window(state="absent")["changed"]
    assert is_unchanged(window(state="absent"))
    aws.fault(fault["name"], on=False)
    assert aws.client("ssm").describe_maintenance_windows()["WindowIdentities"] == []


@pytest.mark.parametrize(
    "steps",
    [
        pytest.param([{**WINDOW, "enabled": False}, {"duration": 5}], id="window"),
        pytest.param(
            [{**WINDOW, "targets": [TWO]}, {"targets": [changed(TWO, description="d")]}, {"targets": []}], id="targets"
        ),
        pytest.param([WINDOW, {"targets": [TWO]}, {"tasks": [TIDY]}], id="new items"),
        pytest.param(
            [
                {**WINDOW, "tasks": [TIDY]},
                {"tasks": [changed(TIDY, task_invocation_parameters={"lambda": {"payload": "new"}})]},
                {"tasks": []},
            ],
            id="tasks",
        ),
    ],
)
def test_reads_that_are_behind_are_waited_for(window: Any, aws: Lab, steps: list[dict[str, Any]]) -> None:
    """Otherwise the next run would write again what it does not see, and register it twice."""
    aws.fault("stale", seconds=0.2)
    aws.fault("slow", seconds=0.2, actions=["UpdateMaintenanceWindow"])
    for options in steps:
        assert window(**options)["changed"]
        aws.forget_calls()
        assert is_unchanged(window(**options))
        assert not aws.writes()


def test_without_waiting_it_looks_once(window: Any, aws: Lab) -> None:
    aws.fault("stale", seconds=5)
    done = window(**WINDOW, targets=[WEB], wait=False)
    assert (done["changed"], done["window"]["next_execution_time"]) == (True, None)
    writes = ["CreateMaintenanceWindow", "RegisterTargetWithMaintenanceWindow"]
    assert [call.action for call in aws.calls()] == [READS[0], *writes, READS[0]]


def test_a_lost_answer_makes_no_second_one(window: Any, aws: Lab, monkeypatch: pytest.MonkeyPatch) -> None:
    """The request arrives, its answer does not, and it is sent again."""
    from lab.api import handlers
    from lab.api.errors import ApiError

    handle, lost = handlers.handle, set()

    def forgetful(region: Any, call: Any) -> Any:
        result = handle(region, call)
        if call.action.startswith(("Create", "Register")) and call.action not in lost:
            lost.add(call.action)
            raise ApiError("InternalServerError", "An error occurred on the server side.", 500)
        return result

    monkeypatch.setattr("lab.api.handlers.handle", forgetful)
    monkeypatch.setattr("botocore.retries.standard.ExponentialBackoff.delay_amount", lambda *_: 0.0)
    result = window(**WHOLE)
    assert len(lost) == 3
    ssm, window_id = aws.client("ssm"), result["window"]["window_id"]
    assert len(ssm.describe_maintenance_windows()["WindowIdentities"]) == 1
    assert len(ssm.describe_maintenance_window_targets(WindowId=window_id)["Targets"]) == 2
    assert len(ssm.describe_maintenance_window_tasks(WindowId=window_id)["Tasks"]) == 2


@pytest.mark.parametrize("nth", [1, 3, 5])
def test_a_creation_cut_off_is_finished_by_the_next(window: Any, aws: Lab, nth: int) -> None:
    aws.fault("crash_point", nth=nth, when="after")
    assert window(**WHOLE)["failed"]
    aws.fault("crash_point", on=False)
    aws.forget_calls()
    assert not window(**WHOLE)["failed"]
    assert len(aws.writes()) == 5 - nth
    done = window(**WHOLE)
    assert (done["changed"], len(done["window"]["targets"]), len(done["window"]["tasks"])) == (False, 2, 2)


@pytest.mark.parametrize("nth", range(1, 6))
def test_a_run_cut_off_anywhere_is_finished_by_the_next(window: Any, aws: Lab, nth: int) -> None:
    window(**WHOLE)
    group = {"name": "web", "targets": [{"key": "resource-groups:Name", "values": ["shop"]}]}
    wanted = {"duration": 5, "targets": [group, TWO], "tasks": [changed(PATCH, priority=2), changed(TIDY, priority=2)]}
    aws.fault("crash_point", nth=nth, when="after")
    assert window(**wanted)["failed"]
    aws.fault("crash_point", on=False)
    assert not window(**wanted)["failed"]
    aws.forget_calls()
    done = window(**wanted)
    assert (done["changed"], aws.writes()) == (False, [])
    assert sorted(found["name"] for found in done["window"]["targets"]) == ["two", "web"]


@pytest.mark.parametrize(
    ("options", "code", "facts"),
    [
        ({}, "window_fields_required", ["schedule and duration and cutoff"]),
        ({**WINDOW, "name": "a b"}, "invalid_option", ["name ", "'a b'"]),
        ({**WINDOW, "name": ""}, "invalid_option", ["name ", "3 to 128"]),
        ({**WINDOW, "window_id": "mw-1"}, "invalid_option", ["window_id", "20"]),
        ({**WINDOW, "window_id": "mw-0123456789abcdef0"}, "maintenance_window_not_found", ["mw-0123456789abcdef0"]),
        ({**WINDOW, "schedule": ""}, "invalid_option", ["schedule ", "1 to 256"]),
        ({**WINDOW, "schedule": "cron(0 2 ? * SUN)"}, "schedule_invalid", ["schedule ", "cron(0 2 ? * SUN)"]),
        ({**WINDOW, "schedule": "rate(1 days)"}, "schedule_invalid", ["schedule ", "'rate(1 days)'"]),
        ({**WINDOW, "schedule": "at(2030-02-30T00:00:00)"}, "schedule_invalid", ["'at(2030-02-30T00:00:00)'"]),
        (
            {**WINDOW, "schedule": "rate(7 days)", "schedule_offset": 2},
            "schedule_offset_without_cron",
            ["schedule_offset"],
        ),
        ({**WINDOW, "schedule_offset": 7}, "invalid_option", ["schedule_offset", "1 to 6", "7"]),
        ({**WINDOW, "schedule_timezone": "Europe/Berln"}, "time_zone_unknown", ["'Europe/Berln'"]),
        ({**WINDOW, "cutoff": 4}, "cutoff_not_smaller_than_duration", ["cutoff (4)", "duration (4)"]),
        ({**WINDOW, "duration": 0}, "invalid_option", ["duration", "1 to 24", "0"]),
        ({**WINDOW, "start_date": "2030-01-01"}, "time_invalid", ["start_date", "'2030-01-01'"]),
        (
            {**WINDOW, "start_date": "2030-01-02T00:00:00Z", "end_date": "2030-01-01T00:00:00Z"},
            "end_date_not_after_start_date",
            ["end_date (2030-01-01T00:00:00Z)", "start_date (2030-01-02T00:00:00Z)"],
        ),
        ({**WINDOW, "description": "x" * 129}, "invalid_option", ["description", "128", "129"]),
        ({**WINDOW, "tags": {"aws:x": "y"}}, "invalid_option", ["'aws:x'"]),
        ({**WINDOW, "targets": [{"name": "web"}]}, "target_fields_required", ["target web", "targets or instance_ids"]),
        ({**WINDOW, "targets": [WEB, WEB]}, "target_name_repeated", ["web"]),
        (
            {**WINDOW, "targets": [changed(WEB, resource_type="RESOURCE_GROUP")]},
            "resource_type_mismatch",
            ["target web", "resource_type", "INSTANCE"],
        ),
        (
            {**WINDOW, "targets": [{"name": "web", "instance_ids": ["web-1"]}]},
            "instance_id_invalid",
            ["target web: instance_id", "'web-1'"],
        ),
        (
            {**WINDOW, "targets": [{"name": "web", "instance_ids": [INSTANCE_IDS[0]] * 51}]},
            "invalid_option",
            ["target web: instance_ids", "50", "51"],
        ),
        (
            {**WINDOW, "targets": [{"name": "web", "targets": [{"key": "App", "values": ["x"]}]}]},
            "target_key_invalid",
            ["target web", "key", "'App'"],
        ),
        (
            {**WINDOW, "targets": [{"name": "web", "targets": [{"key": "tag:App", "values": ["x"]}] * 6}]},
            "invalid_option",
            ["target web: targets ", "5", "6"],
        ),
        (
            {**WINDOW, "targets": [{"name": "web", "targets": [{"key": "tag:App", "values": []}]}]},
            "target_value_empty",
            ["target web: ", "tag:App", "value"],
        ),
        ({**WINDOW, "tasks": [{"name": "patch"}]}, "task_fields_required", ["task patch: task_type and task_arn"]),
        ({**WINDOW, "tasks": [PATCH]}, "task_target_unknown", ["task patch", "target web"]),
        (
            {**WHOLE, "tasks": [changed(PATCH, max_errors=None)]},
            "task_rate_controls_required",
            ["task patch: max_errors must"],
        ),
        (
            {**WHOLE, "tasks": [changed(PATCH, max_errors="101%")]},
            "invalid_option",
            ["task patch: max_errors", "'101%'"],
        ),
        ({**WHOLE, "tasks": [changed(PATCH, targets=[])]}, "task_targets_required", ["task patch", "RUN_COMMAND"]),
        (
            {**WHOLE, "tasks": [changed(TIDY, max_errors=1)]},
            "task_rate_controls_without_targets",
            ["task tidy: max_errors"],
        ),
        (
            {**WHOLE, "tasks": [changed(TIDY, task_type="AUTOMATION")]},
            "task_invocation_parameters_mismatch",
            ["task tidy", "AUTOMATION", "automation", "lambda"],
        ),
        ({**WHOLE, "tasks": [changed(PATCH, priority=-1)]}, "invalid_option", ["task patch: priority", "0", "-1"]),
        (
            {**WHOLE, "tasks": [changed(PATCH, alarm_configuration={"alarms": [{"name": "a"}] * 2})]},
            "invalid_option",
            ["task patch: alarm_configuration.alarms", "1", "2"],
        ),
        (
            {**WHOLE, "tasks": [changed(PATCH, alarm_configuration={"ignore_poll_alarm_failure": True})]},
            "invalid_option",
            ["task patch: alarm_configuration.alarms is required"],
        ),
        (
            {**WINDOW, "tasks": [BY_ID]},
            "instances_unassociated",
            ["task patch", INSTANCE_IDS[0], "allow_unassociated_targets"],
        ),
        (
            {
                **WHOLE,
                "tasks": [changed(PATCH, task_invocation_parameters={"run_command": {"timeout_seconds": 29}})],
            },
            "invalid_option",
            ["task patch: task_invocation_parameters.run_command.timeout_seconds", "30 to 2592000", "29"],
        ),
        (
            {
                **WHOLE,
                "tasks": [changed(TIDY, task_invocation_parameters={"lambda": {"payload": "x" * 4097}})],
            },
            "invalid_option",
            ["task tidy: task_invocation_parameters.lambda.payload", "4096", "4097"],
        ),
        (
            {
                **WHOLE,
                "tasks": [changed(PATCH, task_invocation_parameters={"run_command": {"parameters": {"A": True}}})],
            },
            "parameter_not_text",
            ["parameter A", "True"],
        ),
    ],
)
def test_wrong_input_writes_nothing(
    window: Any, aws: Lab, options: dict[str, Any], code: str, facts: list[str]
) -> None:
    for check in (True, False):
        result = window(check=check, **options)
        assert (result["failed"], result["code"]) == (True, code), result["msg"]
        assert [fact for fact in facts if fact not in result["msg"]] == [], result["msg"]
        assert "\n" not in result["msg"]
    assert not aws.writes()


def test_what_the_options_alone_tell_is_refused_before_any_call(window: Any, aws: Lab) -> None:
    for options in ({"priority": -1}, {"max_errors": "101%"}, {"targets": [f"t{number}" for number in range(11)]}):
        assert window(**{**WHOLE, "tasks": [changed(PATCH, **options)]})["failed"]
    assert not aws.calls()


def test_targets_and_instance_ids_exclude_each_other(window: Any) -> None:
    for options in ({"targets": [{**WEB, **TWO}]}, {"tasks": [{**PATCH, **BY_ID, "name": "both"}]}):
        assert "mutually exclusive" in window(**WINDOW, **options)["msg"]


def test_a_machine_without_time_zones_leaves_them_to_aws(window: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    assert not rules.is_time_zone("../etc/passwd")

    def none(name: str) -> None:
        raise zoneinfo.ZoneInfoNotFoundError(name)

    monkeypatch.setattr(rules, "ZoneInfo", none)
    assert not window(**WINDOW, schedule_timezone="Europe/Berlin")["failed"]
    result = window(schedule_timezone="Europe/Berln")
    assert (result["operation"], result["error_code"]) == ("UpdateMaintenanceWindow", "ValidationException")


def test_every_problem_is_named_at_once(window: Any) -> None:
    options = {
        "schedule": "daily",
        "duration": 30,
        "targets": [{"name": "web", "targets": []}],
        "tasks": [changed(PATCH, max_errors="-1")],
    }
    result = window(**options)
    codes = [problem["code"] for problem in result["problems"]]
    assert codes == ["invalid_option", "invalid_option", "schedule_invalid", "target_empty"]
    assert [problem["message"] for problem in result["problems"]] == result["msg"].split("; ")


def test_a_target_that_a_task_still_names_is_not_removed(window: Any, aws: Lab) -> None:
    window(**WHOLE)
    aws.forget_calls()
    for options in ({"targets": [WEB]}, {"targets": [WEB], "tasks": [TIDY], "purge_tasks": False}):
        result = window(**options)
        assert result["code"] == "target_in_use"
        assert "target two" in result["msg"]
        assert "task patch" in result["msg"]
    assert not aws.writes()


# The members of AWS's requests that have no option of the same name beside them, and what stands for them.
COVERED = {
    "WindowId": "the module's option window_id",
    "ClientToken": "botocore makes one",
    "Replace": "the module decides",
    "WindowTargetId": "targets go by their names",
    "WindowTaskId": "tasks go by their names",
    "LoggingInfo": "deprecated: task_invocation_parameters.run_command has the S3 bucket",
    "TaskParameters": "deprecated: task_invocation_parameters has parameters",
}
# The options that stand for no member of their own.
OURS = {"window_id", "state", "targets", "purge_targets", "tasks", "purge_tasks", "purge_tags", *wait_spec(0)}
TYPES = {
    "string": {"str"},
    "integer": {"int"},
    "boolean": {"bool"},
    "list": {"list"},
    "structure": {"dict"},
    "map": {"dict"},
    "blob": {"raw"},
}
# Tags as amazon.aws has them, and JSON that users may write as a structure.
OTHER_TYPES = {"Tags": {"dict"}, "Input": {"raw"}}


def differences(members: dict[str, Any], spec: dict[str, Any], ours: set[str]) -> list[str]:
    """Where AWS's members and the options differ: in their names, types, choices, or in what is inside them."""
    names = {botocore.xform_name(name): name for name in members if name not in COVERED}
    found = [f"no option for {names[name]}" for name in set(names) - set(spec)]
    found += [f"no member for {name}" for name in set(spec) - set(names) - ours]
    for name in set(names) & set(spec):
        shape, option = members[names[name]], spec[name]
        if option["type"] not in OTHER_TYPES.get(names[name], TYPES[shape.type_name]):
            found.append(f"{name} is {option['type']}, not {shape.type_name}")
        inner = shape.member if shape.type_name == "list" else shape
        enum, choices = sorted(getattr(inner, "enum", [])), sorted(option.get("choices", []))
        if enum != choices:
            found.append(f"{name} can be {enum}, not {choices}")
        if inner.type_name == "structure" and "options" in option:
            found += [f"{name}: {difference}" for difference in differences(inner.members, option["options"], set())]
    return found


@pytest.mark.parametrize(
    ("operations", "inside", "ours"),
    [
        (("CreateMaintenanceWindow", "UpdateMaintenanceWindow"), None, OURS),
        (("RegisterTargetWithMaintenanceWindow", "UpdateMaintenanceWindowTarget"), "targets", {"instance_ids"}),
        (("RegisterTaskWithMaintenanceWindow", "UpdateMaintenanceWindowTask"), "tasks", {"instance_ids"}),
    ],
)
def test_the_options_are_all_that_aws_has(
    monkeypatch: pytest.MonkeyPatch, operations: tuple[str, ...], inside: str | None, ours: set[str]
) -> None:
    specs: list[dict[str, Any]] = []
    monkeypatch.setattr(ssm_maintenance_window, "run", lambda _run_module, spec, **_rules: specs.append(spec))
    ssm_maintenance_window.main()
    model = botocore.session.get_session().get_service_model("ssm")
    members = {
        name: shape
        for operation in operations
        for name, shape in model.operation_model(operation).input_shape.members.items()
    }
    assert differences(members, specs[0][inside]["options"] if inside else specs[0], ours) == []
