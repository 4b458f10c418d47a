"""State Manager: what starts an association's runs, and how they go."""

from __future__ import annotations

import datetime
import json
from collections.abc import Callable
from typing import Any

import pytest
from lab.api.testing.kit import Lab
from lab.api.testing.scripted_node import Reply, ScriptedNode, Step
from unit.lab.api.associations.association_runs import ONE, THREE, TWO, association_runs, finished_runs, run_targets

ALL = [{"Key": "InstanceIds", "Values": ["*"]}]
PATCH = {"Name": "AWS-RunPatchBaselineWithHooks", "Parameters": {"Operation": ["Install"]}, "DocumentVersion": "1"}


def create(ssm: Any, **params: Any) -> dict[str, Any]:
    return ssm.create_association(**{"Name": "AWS-Noop", "Targets": ALL, **params})["AssociationDescription"]


def test_creating_runs_it_at_once_and_the_result_is_a_command_s(
    ssm: Any, nodes: dict[str, ScriptedNode], eventually: Callable[..., Any]
) -> None:
    association_id = create(ssm, Targets=[{"Key": "InstanceIds", "Values": [ONE]}], **PATCH)["AssociationId"]
    (run,) = finished_runs(ssm, eventually, association_id)
    assert (run["Status"], run["ResourceCountByStatus"]) == ("Success", "{Success=1}")
    (target,) = run_targets(ssm, run).values()
    assert (target["ResourceId"], target["OutputSource"]["OutputSourceType"]) == (ONE, "RunCommand")
    command_id = target["OutputSource"]["OutputSourceId"]
    eventually(lambda: ssm.list_command_invocations(CommandId=command_id)["CommandInvocations"])
    got = ssm.get_command_invocation(CommandId=command_id, InstanceId=ONE, PluginName="RebootHandlingAndReporting")
    assert got["Status"] == "Success"
    described = ssm.describe_association(AssociationId=association_id)["AssociationDescription"]
    assert (described["Overview"]["Status"], described["Parameters"]) == ("Success", {"Operation": ["Install"]})


def test_with_apply_only_at_cron_interval_it_waits(
    ssm: Any, nodes: dict[str, ScriptedNode], eventually: Callable[..., Any]
) -> None:
    only = {"ApplyOnlyAtCronInterval": True, "ScheduleExpression": "cron(0 2 ? * SUN *)"}
    association_id = create(ssm, **only)["AssociationId"]
    assert association_runs(ssm, association_id) == []
    assert ssm.start_associations_once(AssociationIds=[association_id])["ResponseMetadata"]["HTTPStatusCode"] == 200
    assert finished_runs(ssm, eventually, association_id)[0]["Status"] == "Success"
    ssm.update_association(AssociationId=association_id, Targets=ALL, **only)
    assert len(association_runs(ssm, association_id)) == 1


def test_one_after_another_and_stopped_by_the_first_error(
    ssm: Any, nodes: dict[str, ScriptedNode], eventually: Callable[..., Any]
) -> None:
    for node in nodes.values():
        node.script = lambda _job: Reply(steps={"Noop": Step(status="Failed", code=1)})
    association_id = create(ssm, MaxConcurrency="1", MaxErrors="0")["AssociationId"]
    (run,) = finished_runs(ssm, eventually, association_id)
    assert run["Status"] == "Failed"
    assert sorted(target["Status"] for target in run_targets(ssm, run).values()) == ["Failed"] + ["Skipped"] * 3


def test_without_max_errors_nothing_stops_it(
    ssm: Any, nodes: dict[str, ScriptedNode], eventually: Callable[..., Any]
) -> None:
    nodes[ONE].script = lambda _job: Reply(steps={"Noop": Step(status="Failed", code=1)})
    association_id = create(ssm, MaxConcurrency="1")["AssociationId"]
    (run,) = finished_runs(ssm, eventually, association_id)
    assert run["ResourceCountByStatus"] == "{Failed=1, Success=3}"


def test_concurrency_is_kept(
    lab_api: Lab, ssm: Any, nodes: dict[str, ScriptedNode], eventually: Callable[..., Any]
) -> None:
    for node in nodes.values():
        node.script = lambda _job: Reply(steps={"Noop": Step(seconds=0.05)})
    association_id = create(ssm, MaxConcurrency="50%")["AssociationId"]
    finished_runs(ssm, eventually, association_id)
    running = most = 0
    for event in lab_api.api.events.named("command_delivered", "command_ended"):
        running += 1 if event["event"] == "command_delivered" else -1
        most = max(most, running)
    assert most == 2


def test_tags_choose_the_targets(ssm: Any, nodes: dict[str, ScriptedNode], eventually: Callable[..., Any]) -> None:
    wanted = [{"Key": "tag:App", "Values": ["shop"]}, {"Key": "tag:Name", "Values": ["shop-2", "shop-3"]}]
    association_id = create(ssm, Targets=wanted)["AssociationId"]
    (run,) = finished_runs(ssm, eventually, association_id)
    assert set(run_targets(ssm, run)) == {TWO, THREE}


def test_no_target_at_all(ssm: Any, nodes: dict[str, ScriptedNode], eventually: Callable[..., Any]) -> None:
    association_id = create(ssm, Targets=[{"Key": "tag:App", "Values": ["none"]}])["AssociationId"]
    (run,) = finished_runs(ssm, eventually, association_id)
    assert (run["Status"], run["ResourceCountByStatus"]) == ("Skipped", "{}")


def test_an_agent_never_seen_cannot_be_reached(lab_api: Lab, ssm: Any, eventually: Callable[..., Any]) -> None:
    lab_api.start_nodes(ONE)
    association_id = create(ssm, Targets=[{"Key": "InstanceIds", "Values": [ONE, TWO]}])["AssociationId"]
    (run,) = finished_runs(ssm, eventually, association_id)
    told = run_targets(ssm, run)
    assert (told[ONE]["Status"], told[TWO]["DetailedStatus"], run["Status"]) == ("Success", "Undeliverable", "Failed")


def test_an_update_replaces_everything_and_runs_again(
    ssm: Any, nodes: dict[str, ScriptedNode], eventually: Callable[..., Any]
) -> None:
    association_id = create(ssm, AssociationName="mine", MaxErrors="1", MaxConcurrency="1")["AssociationId"]
    finished_runs(ssm, eventually, association_id)
    updated = ssm.update_association(AssociationId=association_id, Targets=ALL)["AssociationDescription"]
    assert updated["AssociationVersion"] == "2"
    assert {"AssociationName", "MaxErrors", "MaxConcurrency"} & set(updated) == set()
    again = finished_runs(ssm, eventually, association_id, 2)
    assert [run["AssociationVersion"] for run in again] == ["1", "2"]


def test_an_update_of_a_running_one_starts_nobody_else_and_then_all_again(
    lab_api: Lab, ssm: Any, nodes: dict[str, ScriptedNode], eventually: Callable[..., Any]
) -> None:
    nodes[ONE].hold()
    association_id = create(ssm, MaxConcurrency="1")["AssociationId"]
    eventually(lambda: lab_api.api.events.named("command_delivered"))
    ssm.update_association(AssociationId=association_id, Targets=ALL)
    nodes[ONE].release()
    first, second = finished_runs(ssm, eventually, association_id, 2)
    assert sorted(target["Status"] for target in run_targets(ssm, first).values()) == ["Skipped"] * 3 + ["Success"]
    assert second["ResourceCountByStatus"] == "{Success=4}"


@pytest.mark.parametrize(
    ("bound", "versions"), [("1", ["1"]), ("$DEFAULT", ["1", "1"]), ("$LATEST", ["1", "1"]), (None, ["1", "1"])]
)
def test_a_new_version_runs_what_is_not_bound_to_a_number(
    ssm: Any, nodes: dict[str, ScriptedNode], eventually: Callable[..., Any], bound: str | None, versions: list[str]
) -> None:
    step = {"action": "aws:runShellScript", "name": "a", "inputs": {"runCommand": ["true"]}}
    ssm.create_document(Name="hook", Content=json.dumps({"schemaVersion": "2.2", "mainSteps": [step]}))
    eventually(lambda: ssm.describe_document(Name="hook")["Document"]["Status"] == "Active")
    given = {} if bound is None else {"DocumentVersion": bound}
    association_id = create(ssm, Name="hook", **given)["AssociationId"]
    finished_runs(ssm, eventually, association_id)
    step["name"] = "b"
    ssm.update_document(
        Name="hook", Content=json.dumps({"schemaVersion": "2.2", "mainSteps": [step]}), DocumentVersion="$LATEST"
    )
    second = {"Name": "hook", "DocumentVersion": "2"}
    eventually(lambda: ssm.describe_document(**second)["Document"]["Status"] == "Active")
    ssm.update_document_default_version(**second)
    assert [run["AssociationVersion"] for run in association_runs(ssm, association_id)] == versions
    over = finished_runs(ssm, eventually, association_id, len(versions))
    assert {run["Status"] for run in over} == {"Success"}


def test_the_same_name_twice_is_two_associations(ssm: Any, nodes: dict[str, ScriptedNode]) -> None:
    ids = {create(ssm, AssociationName="mine")["AssociationId"] for _ in range(2)}
    create(ssm, AssociationName="other")
    wanted = [{"key": "AssociationName", "value": "mine"}]
    found = ssm.list_associations(AssociationFilterList=wanted)["Associations"]
    assert {item["AssociationId"] for item in found} == ids


def test_a_list_leaves_out_what_only_describe_tells(ssm: Any, nodes: dict[str, ScriptedNode]) -> None:
    create(ssm, MaxErrors="1", MaxConcurrency="1", ComplianceSeverity="HIGH")
    (listed,) = ssm.list_associations()["Associations"]
    assert {"Parameters", "MaxErrors", "MaxConcurrency", "ComplianceSeverity"} & set(listed) == set()


def test_deleted_is_gone_but_what_runs_ends(
    lab_api: Lab, ssm: Any, nodes: dict[str, ScriptedNode], eventually: Callable[..., Any], refusal: Callable[..., str]
) -> None:
    nodes[ONE].hold()
    association_id = create(ssm, MaxConcurrency="1")["AssociationId"]
    eventually(lambda: lab_api.api.events.named("command_delivered"))
    ssm.delete_association(AssociationId=association_id)
    nodes[ONE].release()
    eventually(lambda: lab_api.api.events.named("command_ended"))
    assert [event["instance_id"] for event in lab_api.api.events.named("command_delivered")] == [ONE]
    for operation in (ssm.describe_association, ssm.delete_association, ssm.describe_association_executions):
        assert refusal(operation, AssociationId=association_id) == "AssociationDoesNotExist"
    assert ssm.list_associations()["Associations"] == []


def test_tags_of_an_association(ssm: Any, nodes: dict[str, ScriptedNode]) -> None:
    association_id = create(ssm, Tags=[{"Key": "a", "Value": "b"}])["AssociationId"]
    which = {"ResourceType": "Association", "ResourceId": association_id}
    ssm.add_tags_to_resource(Tags=[{"Key": "c", "Value": "d"}], **which)
    assert len(ssm.list_tags_for_resource(**which)["TagList"]) == 2


def test_executions_are_found_by_time(ssm: Any, nodes: dict[str, ScriptedNode], eventually: Callable[..., Any]) -> None:
    association_id = create(ssm)["AssociationId"]
    finished_runs(ssm, eventually, association_id)
    edge = datetime.datetime.now(datetime.UTC).isoformat()
    ssm.start_associations_once(AssociationIds=[association_id])
    finished_runs(ssm, eventually, association_id, 2)
    later = [{"Key": "CreatedTime", "Value": edge, "Type": "GREATER_THAN"}]
    found = ssm.describe_association_executions(AssociationId=association_id, Filters=later)["AssociationExecutions"]
    assert len(found) == 1


def test_a_document_in_use_cannot_be_deleted(
    lab_api: Lab, ssm: Any, nodes: dict[str, ScriptedNode], eventually: Callable[..., Any], refusal: Callable[..., str]
) -> None:
    step = {"action": "aws:runShellScript", "name": "a", "inputs": {"runCommand": ["true"]}}
    ssm.create_document(Name="hook", Content=json.dumps({"schemaVersion": "2.2", "mainSteps": [step]}))
    eventually(lambda: ssm.describe_document(Name="hook")["Document"]["Status"] == "Active")
    association_id = create(ssm, Name="hook")["AssociationId"]
    assert refusal(ssm.delete_document, Name="hook") == "AssociatedInstances"
    ssm.delete_association(AssociationId=association_id)
    ssm.delete_document(Name="hook")


@pytest.mark.parametrize(
    ("params", "code"),
    [
        ({"Name": "no-such-doc"}, "InvalidDocument"),
        ({"DocumentVersion": "9"}, "InvalidDocumentVersion"),
        ({"DocumentVersion": "x"}, "ValidationException"),
        ({"Parameters": {"none": ["x"]}}, "InvalidParameters"),
        ({**PATCH, "Parameters": {}}, "InvalidParameters"),
        ({**PATCH, "Parameters": {"Operation": ["Uninstall"]}}, "InvalidParameters"),
        ({**PATCH, "Parameters": {"Operation": ["Install", "Scan"]}}, "InvalidParameters"),
        ({**PATCH, "Parameters": {"Operation": ["Install"], "InstallOverrideList": ["s3://x"]}}, "InvalidParameters"),
        ({**PATCH, "Parameters": {"Operation": ["Install"], "SnapshotId": ["1"]}}, "InvalidParameters"),
        ({**PATCH, "Parameters": {"Operation": ["Install"], "PreInstallHookDocName": ["a b"]}}, "InvalidParameters"),
        ({"Targets": []}, "InvalidTarget"),
        ({"Targets": [{"Key": "Nonsense", "Values": ["x"]}]}, "InvalidTarget"),
        ({"Targets": [{"Key": "InstanceIds", "Values": [ONE]}, {"Key": "tag:a", "Values": ["b"]}]}, "InvalidTarget"),
        ({"Targets": [{"Key": "resource-groups:Name", "Values": ["g"]}]}, "NotImplementedInLab"),
        ({"ScheduleExpression": "every day"}, "InvalidSchedule"),
        ({"ScheduleExpression": "rate(10 minutes)"}, "InvalidSchedule"),
        ({"ScheduleExpression": "rate(1 days)"}, "InvalidSchedule"),
        ({"ScheduleExpression": "rate(31 days)"}, "InvalidSchedule"),
        ({"ScheduleExpression": "cron(0 2)"}, "InvalidSchedule"),
        ({"ScheduleExpression": "cron(99 2 ? * SUN *)"}, "InvalidSchedule"),
        ({"ScheduleExpression": "cron(0 2 1 * SUN *)"}, "InvalidSchedule"),
        ({"ScheduleExpression": "cron(0 2 ? JAN SUN *)"}, "InvalidSchedule"),
        ({"ScheduleExpression": "cron(24 0 2 ? * SUN *)"}, "InvalidSchedule"),
        ({"ScheduleExpression": "at(2030-02-30T00:00:00)"}, "InvalidSchedule"),
        ({"ScheduleExpression": "rate(1 day)", "ApplyOnlyAtCronInterval": True}, "ValidationException"),
        ({"ScheduleExpression": "cron(0 2 ? * SUN#2 *)", "ScheduleOffset": 2}, "ValidationException"),
        ({"MaxErrors": "-1"}, "ValidationException"),
        ({"MaxConcurrency": "0"}, "ValidationException"),
        ({"InstanceId": ONE}, "InvalidDocument"),
        ({"AssociationName": "a b"}, "ValidationException"),
        ({"TargetMaps": [{"a": ["b"]}]}, "InvalidTargetMaps"),
        ({"AutomationTargetParameterName": "a"}, "InvalidParameters"),
        ({"TargetLocations": [{"Accounts": ["123456789012"]}]}, "InvalidParameters"),
        ({"Targets": [{"Key": "ParameterValues", "Values": ["x"]}]}, "InvalidTarget"),
        ({"Targets": [{"Key": "resource-groups:Name", "Values": ["a", "b"]}]}, "InvalidTarget"),
        (
            {"Targets": [{"Key": "resource-groups:Name", "Values": ["a"]}, {"Key": "tag:a", "Values": ["b"]}]},
            "InvalidTarget",
        ),
        (
            {"Targets": [{"Key": "resource-groups:ResourceTypeFilters", "Values": ["AWS::EC2::Instance"]}]},
            "InvalidTarget",
        ),
        ({"Targets": [{"Key": f"tag:{n}", "Values": ["b"]} for n in range(6)]}, "ValidationException"),
        ({"CalendarNames": ["open"]}, "NotImplementedInLab"),
        ({"AlarmConfiguration": {"Alarms": [{"Name": "a"}]}}, "NotImplementedInLab"),
        ({"OutputLocation": {"S3Location": {"OutputS3KeyPrefix": "p"}}}, "InvalidOutputLocation"),
        ({"OutputLocation": {"S3Location": {"OutputS3BucketName": "My_Logs"}}}, "InvalidOutputLocation"),
        (
            {"OutputLocation": {"S3Location": {"OutputS3BucketName": "logs", "OutputS3Region": "mars"}}},
            "InvalidOutputLocation",
        ),
        ({"Duration": 25}, "ValidationException"),
        ({"AssociationDispatchAssumeRole": "patcher"}, "ValidationException"),
    ],
)
def test_what_create_and_update_refuse(
    lab_api: Lab,
    ssm: Any,
    nodes: dict[str, ScriptedNode],
    refusal: Callable[..., str],
    params: dict[str, Any],
    code: str,
) -> None:
    asked = {"Name": "AWS-Noop", "Targets": ALL, **params}
    assert refusal(ssm.create_association, **asked) == code
    if "InstanceId" in params:
        return
    association_id = create(ssm)["AssociationId"]
    assert refusal(ssm.update_association, AssociationId=association_id, **asked) == code
    described = ssm.describe_association(AssociationId=association_id)["AssociationDescription"]
    assert described["AssociationVersion"] == "1"


def test_more_that_is_refused(ssm: Any, nodes: dict[str, ScriptedNode], refusal: Callable[..., str]) -> None:
    association_id = create(ssm)["AssociationId"]
    none = "00000000-0000-0000-0000-000000000000"
    old = {"AssociationId": association_id, "AssociationVersion": "7", "Targets": ALL}
    assert refusal(ssm.update_association, **old) == "InvalidAssociationVersion"
    assert refusal(ssm.start_associations_once, AssociationIds=[none]) == "InvalidAssociation"
    assert refusal(ssm.describe_association, Name="AWS-Noop", InstanceId=ONE) == "AssociationDoesNotExist"
    which = {"AssociationId": association_id, "ExecutionId": none}
    assert refusal(ssm.describe_association_execution_targets, **which) == "AssociationExecutionDoesNotExist"
