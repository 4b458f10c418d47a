"""ssm_association against the lab's API, run as Ansible runs it."""

from __future__ import annotations

import os
import signal
import threading
from typing import Any

import pytest
import yaml
from ansible_collections.steadyfleet.aws_patching.plugins.modules import ssm_association
from lab.api.testing.kit import Lab, RunModule
from lab.api.testing.scripted_node import Reply, ScriptedNode, Step
from unit.plugins.modules.association_kit import (
    ABSENT,
    EVERY_MODULE,
    NAME,
    ONE,
    SHELL,
    caller,
    described,
    four_steps,
    predicted_part,
    undocumented,
)


@pytest.fixture
def association(run_module: RunModule) -> Any:
    return caller(run_module)


@pytest.fixture
def once(association: Any) -> Any:
    def run(check: bool = False, **options: Any) -> dict[str, Any]:
        return association(check=check, **{**SHELL, "state": "run_once", "instance_ids": [ONE], **options})

    return run


# --- present and absent


def test_create_change_delete(association: Any, aws: Lab, nodes: dict[str, ScriptedNode]) -> None:
    options = {**SHELL, "instance_ids": [ONE], "max_errors": "0", "max_concurrency": "1"}
    created = four_steps(aws, association, ["CreateAssociation"], **options)
    assert created["execution"]["status"] == "Success"
    assert created["association"]["parameters"] == {"commands": ["true"]}
    assert created["diff"]["before"] == {}
    assert not undocumented(created, {**EVERY_MODULE, **yaml.safe_load(ssm_association.RETURN)})

    changed = four_steps(aws, association, ["UpdateAssociation"], **{**options, "parameters": {"commands": ["id"]}})
    assert changed["association"]["association_version"] == "2"
    assert changed["execution"]["execution_id"] != created["execution"]["execution_id"]
    assert len(nodes[ONE].jobs) == 2

    four_steps(aws, association, ["DeleteAssociation"], state="absent")
    assert described(aws) == []


def test_an_update_keeps_fields_that_are_not_given(association: Any, aws: Lab) -> None:
    client = aws.client("ssm")
    client.create_association(
        Name="AWS-RunShellScript",
        AssociationName=NAME,
        Parameters={"commands": ["true"]},
        Targets=[{"Key": "tag:App", "Values": ["shop"]}],
        ScheduleExpression="cron(0 2 ? * SUN *)",
        ApplyOnlyAtCronInterval=True,
        MaxErrors="1",
        MaxConcurrency="2",
        ComplianceSeverity="HIGH",
        OutputLocation={"S3Location": {"OutputS3BucketName": "logs", "OutputS3KeyPrefix": "patch"}},
        Duration=3,
    )
    [before] = described(aws)
    four_steps(aws, association, ["UpdateAssociation"], max_errors="0", schedule_offset=2)
    [after] = described(aws)
    kept = ("Name", "Parameters", "Targets", "ScheduleExpression", "ApplyOnlyAtCronInterval", "MaxConcurrency",
            "ComplianceSeverity", "OutputLocation", "Duration", "AssociationName")  # fmt: skip
    assert {name: after[name] for name in kept} == {name: before[name] for name in kept}
    assert (after["MaxErrors"], after["ScheduleOffset"]) == ("0", 2)


def test_an_empty_value_clears_a_field(association: Any, aws: Lab) -> None:
    association(
        **SHELL, instance_ids=[ONE], compliance_severity="HIGH", output_location={"s3_bucket": "logs"}, wait=False
    )
    four_steps(aws, association, ["UpdateAssociation"], output_location={}, wait=False)
    [after] = described(aws)
    assert "OutputLocation" not in after
    assert after["ComplianceSeverity"] == "HIGH"


@pytest.mark.parametrize(
    "same",
    [
        pytest.param({"parameters": {"commands": ["true"]}}, id="a list of one for a text"),
        pytest.param(
            {"targets": [{"key": "tag:Lab", "values": ["steadyfleet"]}, {"key": "tag:App", "values": ["b", "shop"]}]},
            id="order of targets and values",
        ),
        pytest.param({"document_version": "$DEFAULT"}, id="the default document version"),
        pytest.param({"max_concurrency": "100%", "max_errors": "100%"}, id="default rate control"),
        pytest.param({"sync_compliance": "AUTO", "compliance_severity": "UNSPECIFIED"}, id="default compliance"),
        pytest.param({"apply_only_at_cron_interval": False}, id="false where it never was true"),
        pytest.param({"calendar_names": []}, id="clearing what is not set"),
        pytest.param({}, id="nothing given"),
    ],
)
def test_equivalent_values_are_no_change(association: Any, aws: Lab, same: dict[str, Any]) -> None:
    targets = [{"key": "tag:App", "values": ["shop", "b"]}, {"key": "tag:Lab", "values": ["steadyfleet"]}]
    association(**SHELL, targets=targets, wait=False)
    aws.forget_calls()
    assert association(**same)["changed"] is False
    assert [call.action for call in aws.calls()] == ["ListAssociations", "DescribeAssociation"]


def test_the_order_of_a_parameters_values_is_a_change(association: Any, aws: Lab) -> None:
    association(**{**SHELL, "parameters": {"commands": ["a", "b"]}}, instance_ids=[ONE], wait=False)
    assert association(parameters={"commands": ["b", "a"]}, wait=False)["changed"]


def test_by_id_the_name_can_change(association: Any, aws: Lab, run_module: RunModule) -> None:
    association(**SHELL, instance_ids=[ONE], wait=False)
    [there] = described(aws)
    renamed = {"association_id": there["AssociationId"], "association_name": "other-name", "wait": False}
    four_steps(aws, lambda check=False, **options: run_module("ssm_association", options, check=check),
               ["UpdateAssociation"], **renamed)  # fmt: skip
    assert described(aws) == []
    assert len(described(aws, "other-name")) == 1


def test_several_of_one_name_are_refused_with_their_ids(association: Any, aws: Lab) -> None:
    client = aws.client("ssm")
    ids = [
        client.create_association(
            Name="AWS-RunShellScript", AssociationName=NAME, Parameters={"commands": ["true"]},
            Targets=[{"Key": "InstanceIds", "Values": [ONE]}], ApplyOnlyAtCronInterval=True,
            ScheduleExpression="cron(0 2 ? * SUN *)",
        )["AssociationDescription"]["AssociationId"]
        for _ in range(2)
    ]  # fmt: skip
    aws.forget_calls()
    for options in ({"max_errors": "1"}, {"state": "absent"}):
        result = association(**options)
        assert result["code"] == "association_name_ambiguous"
        assert all(found in result["msg"] for found in ids)
    assert not aws.writes()


def test_an_update_after_somebody_else_s_update_is_refused(
    association: Any, aws: Lab, monkeypatch: pytest.MonkeyPatch
) -> None:
    from ansible_collections.steadyfleet.aws_patching.plugins.module_utils._association import api as ssm_associations

    association(**SHELL, instance_ids=[ONE], wait=False)
    update = ssm_associations.update_association

    def outrun(client: Any, association_id: str, request: dict[str, Any]) -> Any:
        mine = {**request, "MaxErrors": "7"}
        client.update_association(AssociationId=association_id, **mine)
        return update(client, association_id, request)

    monkeypatch.setattr(ssm_associations, "update_association", outrun)
    result = association(max_concurrency="3", wait=False)
    assert "InvalidAssociationVersion" in result["msg"]
    [after] = described(aws)
    assert after["MaxErrors"] == "7"


def test_tags(association: Any, aws: Lab) -> None:
    options = {**SHELL, "instance_ids": [ONE], "wait": False}
    four_steps(aws, association, ["CreateAssociation"], **options, tags={"Team": "shop", "Old": 1})
    done = four_steps(
        aws, association, ["AddTagsToResource", "RemoveTagsFromResource"], **options, tags={"Team": "web"}
    )
    assert done["association"]["tags"] == {"Team": "web"}
    assert done["association"]["association_version"] == "1"


def test_run_now_follows_its_own_execution(association: Any, aws: Lab, nodes: dict[str, ScriptedNode]) -> None:
    first = association(**SHELL, instance_ids=[ONE])
    aws.forget_calls()
    predicted = association(check=True, run_now=True)
    assert (predicted["changed"], aws.writes()) == (True, [])
    done = association(run_now=True)
    assert aws.writes() == ["StartAssociationsOnce"]
    assert done["changed"]
    assert done["execution"]["status"] == "Success"
    assert done["execution"]["execution_id"] != first["execution"]["execution_id"]
    assert len(nodes[ONE].jobs) == 2


def test_run_now_starts_nothing_twice(association: Any, aws: Lab, nodes: dict[str, ScriptedNode]) -> None:
    association(**SHELL, instance_ids=[ONE], run_now=True)
    assert aws.writes() == ["CreateAssociation"]
    assert len(nodes[ONE].jobs) == 1


def test_a_scheduled_one_waits_for_its_schedule(association: Any, aws: Lab, nodes: dict[str, ScriptedNode]) -> None:
    schedule = {"schedule_expression": "cron(0 2 ? * SUN *)", "apply_only_at_cron_interval": True}
    created = four_steps(aws, association, ["CreateAssociation"], **SHELL, instance_ids=[ONE], **schedule)
    assert "execution" not in created
    assert not nodes[ONE].jobs


def test_present_fails_when_the_run_it_started_fails(association: Any, nodes: dict[str, ScriptedNode]) -> None:
    nodes[ONE].shell = lambda _: Step(status="Failed", code=3, stderr="it broke")
    result = association(**SHELL, instance_ids=[ONE])
    assert result["failed"]
    assert result["changed"]
    assert result["msg"] == f"{ONE}: step aws:runShellScript Failed (exit code 3): it broke"
    assert result["association"]["association_id"]


# --- run once


def test_run_once(once: Any, aws: Lab, nodes: dict[str, ScriptedNode]) -> None:
    predicted = once(check=True)
    assert (predicted["changed"], aws.writes()) == (True, [])
    result = once()
    assert (result["failed"], result["changed"], result["attached"]) == (False, True, False)
    [target] = result["execution"]["targets"]
    assert (target["resource_id"], target["status"]) == (ONE, "Success")
    assert [(step["name"], step["status"], step["response_code"]) for step in target["steps"]] == [
        ("aws:runShellScript", "Success", 0)
    ]
    assert target["command_id"] == nodes[ONE].jobs[0].command_id
    assert aws.writes() == ["CreateAssociation", "DeleteAssociation"]
    assert described(aws) == []


@pytest.mark.parametrize("lab_overrides", [{"api.invocation_delay": 0.0}])
def test_run_once_makes_few_calls(once: Any, aws: Lab, nodes: dict[str, ScriptedNode]) -> None:
    once(poll_interval=1)
    counted = [call.action for call in aws.calls()]
    judged = ["DescribeDocument", "GetDocument", "DescribeInstanceInformation"]
    assert counted[:5] == ["ListAssociations", *judged, "CreateAssociation"]
    assert counted[5:-3] == ["DescribeAssociationExecutions"] * 2
    assert counted[-3:] == ["DescribeAssociationExecutionTargets", "ListCommandInvocations", "DeleteAssociation"]


def test_run_once_of_the_whole_fleet_by_tag(once: Any, aws: Lab, nodes: dict[str, ScriptedNode]) -> None:
    result = once(instance_ids=ABSENT, targets=[{"key": "tag:App", "values": ["shop"]}], max_concurrency="1")
    assert not result["failed"]
    assert {target["resource_id"] for target in result["execution"]["targets"]} == set(aws.instance_ids)
    assert all(target["steps"] for target in result["execution"]["targets"])
    assert result["execution"]["resource_count_by_status"] == {"Success": 4}


def test_hooks_and_reboot(once: Any, nodes: dict[str, ScriptedNode]) -> None:
    nodes[ONE].missing = 2
    boot = nodes[ONE].boot_id
    result = once(document="AWS-RunPatchBaselineWithHooks", document_version="1", parameters={"Operation": "Install"})
    steps = {step["name"]: step for step in result["execution"]["targets"][0]["steps"]}
    assert steps["InstallNoReboot"]["skipped"] is False
    assert steps["RebootHandlingAndReporting"]["skipped"] is False
    assert nodes[ONE].boot_id != boot

    again = once(document="AWS-RunPatchBaselineWithHooks", document_version="1", parameters={"Operation": "Install"})
    steps = {step["name"]: step for step in again["execution"]["targets"][0]["steps"]}
    assert steps["VerifyLocalPatchStatesLinux"]["response_code"] == 168
    assert steps["InstallNoReboot"]["skipped"] is True
    assert steps["CustomerProvidedOnExitHook"]["skipped"] is False


def test_patch_states_are_returned_after_a_run(once: Any, aws: Lab, nodes: dict[str, ScriptedNode]) -> None:
    run = {"document_name": "AWS-RunPatchBaselineWithHooks", "parameters": {"Operation": "Install"}}
    assert "patch_states" not in once(**run)
    aws.forget_calls()
    states = once(**run, include_patch_states=True)["patch_states"]
    assert (list(states), states[ONE]["missing_count"]) == ([ONE], nodes[ONE].missing)
    assert states[ONE]["operation_end_time"]
    assert len(aws.calls("DescribeInstancePatchStates")) == 1


def test_a_failed_step_is_named_and_the_association_deleted(
    once: Any, aws: Lab, nodes: dict[str, ScriptedNode]
) -> None:
    lost = "E: Unable to acquire the dpkg frontend lock"
    said = f"Reading package lists...\n{lost}\n\nfailed to run commands: exit status 100\n"
    nodes[ONE].scripts["AWS-RunPatchBaselineWithHooks"] = lambda _: Reply(
        steps={"InstallNoReboot": Step(status="Failed", code=100, stdout="Installing\n", stderr=said)}
    )
    result = once(document="AWS-RunPatchBaselineWithHooks", parameters={"Operation": "Install"})
    assert result["failed"]
    assert result["msg"] == f"{ONE}: step InstallNoReboot Failed (exit code 100): {lost}"
    assert result["execution"]["targets"][0]["command_id"] == nodes[ONE].jobs[0].command_id
    assert described(aws) == []


def test_truncated_output_of_a_failed_step_is_read_completely(
    once: Any, aws: Lab, nodes: dict[str, ScriptedNode]
) -> None:
    noise = "downloading...\n" * 400
    nodes[ONE].shell = lambda _: Step(status="Failed", code=1, stdout=f"{noise}disk is full\n")
    result = once()
    assert result["msg"] == f"{ONE}: step aws:runShellScript Failed (exit code 1): disk is full"
    assert len(aws.calls("GetCommandInvocation")) == 1


def test_truncated_output_of_a_successful_step_takes_no_call(
    once: Any, aws: Lab, nodes: dict[str, ScriptedNode]
) -> None:
    nodes[ONE].shell = lambda _: Step(stdout="downloading...\n" * 400)
    assert not once()["failed"]
    assert not aws.calls("GetCommandInvocation")


def test_a_node_without_an_agent_is_refused(once: Any, aws: Lab) -> None:
    result = once()
    assert result["code"] == "node_unknown"
    assert ONE in result["msg"]
    assert not aws.writes()


def test_a_timeout_is_a_failure_and_the_association_is_deleted(
    once: Any, aws: Lab, nodes: dict[str, ScriptedNode]
) -> None:
    hold(nodes)
    result = once(wait_timeout=1)
    assert result["failed"]
    assert f"gave up after 1 s: association check-shop on {ONE}: execution" in result["msg"]
    assert result["msg"].endswith(
        "is InProgress: 1 InProgress; association check-shop is deleted, but what it started may still run: await that "
        "on the node"
    )
    assert aws.writes() == ["CreateAssociation", "DeleteAssociation"]
    assert described(aws) == []


def test_targets_that_match_nothing_are_a_failure(once: Any, aws: Lab) -> None:
    result = once(instance_ids=ABSENT, targets=[{"key": "tag:App", "values": ["nobody"]}])
    assert "it ran on no target" in result["msg"]
    assert described(aws) == []


def hold(nodes: dict[str, ScriptedNode]) -> ScriptedNode:
    nodes[ONE].hold()
    return nodes[ONE]


def release_after_polls(lab: Lab, node: ScriptedNode) -> None:
    while len(lab.calls("DescribeAssociationExecutions")) < 2:
        threading.Event().wait(0.02)
    node.release()


def leave_behind(lab: Lab, **fields: Any) -> str:
    """What a killed controller leaves."""
    made = lab.client("ssm").create_association(
        **{
            "Name": "AWS-RunShellScript",
            "AssociationName": NAME,
            "Parameters": {"commands": ["true"]},
            "Targets": [{"Key": "InstanceIds", "Values": [ONE]}],
            **fields,
        }
    )
    association_id: str = made["AssociationDescription"]["AssociationId"]
    return association_id


def await_success(lab: Lab) -> None:
    while described(lab)[0]["Overview"]["Status"] != "Success":
        threading.Event().wait(0.05)


def test_a_run_in_progress_is_followed_and_not_repeated(once: Any, aws: Lab, nodes: dict[str, ScriptedNode]) -> None:
    node = hold(nodes)
    left = leave_behind(aws)
    aws.forget_calls()
    threading.Thread(target=release_after_polls, args=(aws, node), daemon=True).start()
    result = once()
    assert (result["failed"], result["attached"]) == (False, True)
    assert result["association"]["association_id"] == left
    assert len(node.jobs) == 1
    assert aws.writes() == ["DeleteAssociation"]
    assert described(aws) == []


def test_what_an_ended_run_has_left_is_replaced(once: Any, aws: Lab, nodes: dict[str, ScriptedNode]) -> None:
    leave_behind(aws)
    await_success(aws)
    aws.forget_calls()
    result = once()
    assert (result["failed"], result["attached"]) == (False, False)
    assert aws.writes() == ["DeleteAssociation", "CreateAssociation", "DeleteAssociation"]
    assert len(nodes[ONE].jobs) == 2
    assert described(aws) == []


@pytest.mark.parametrize(
    ("fields", "named"),
    [
        ({"ScheduleExpression": "rate(1 day)"}, "has a schedule"),
        ({"Targets": [{"Key": "InstanceIds", "Values": ["i-00000000000000002"]}]}, "exists with another targets"),
        ({"Name": "AWS-Noop", "Parameters": {}}, "exists with another document"),
    ],
)
def test_an_association_of_somebody_else_is_refused(once: Any, aws: Lab, fields: dict[str, Any], named: str) -> None:
    leave_behind(aws, **fields)
    aws.forget_calls()
    for check in (True, False):
        result = once(check=check)
        assert result["code"] == "association_name_taken"
        assert named in result["msg"]
    assert not aws.writes()
    assert len(described(aws)) == 1


def kill_after_polls(lab: Lab, number: int) -> None:
    while len(lab.calls("DescribeAssociationExecutions")) < 2:
        threading.Event().wait(0.02)
    os.kill(os.getpid(), number)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP])
def test_a_signal_ends_it_and_the_association_is_deleted(
    once: Any, aws: Lab, nodes: dict[str, ScriptedNode], number: signal.Signals
) -> None:
    hold(nodes)
    handler = signal.getsignal(number)
    threading.Thread(target=kill_after_polls, args=(aws, number), daemon=True).start()
    result = once()
    assert result["failed"]
    assert result["code"] == "interrupted"
    assert f"stopped by {number.name}: association check-shop is deleted" in result["msg"]
    assert described(aws) == []
    assert signal.getsignal(number) == handler


def test_a_creation_whose_response_is_lost_is_followed(once: Any, aws: Lab, nodes: dict[str, ScriptedNode]) -> None:
    aws.fault("lost_answer", actions=["CreateAssociation"], next=1)
    result = once()
    assert not result["failed"]
    assert aws.writes() == ["CreateAssociation", "DeleteAssociation"]
    assert len(nodes[ONE].jobs) == 1
    assert described(aws) == []


def test_a_creation_that_failed_says_why(once: Any, aws: Lab, nodes: dict[str, ScriptedNode]) -> None:
    aws.fault("server_error", actions=["CreateAssociation"])
    result = once(wait_timeout=1)
    assert "CreateAssociation: InternalServerError" in result["msg"]
    assert result["code"] == "association_unanswered"
    assert len(aws.calls("CreateAssociation")) == 1


def test_a_throttled_creation_is_repeated(once: Any, aws: Lab, nodes: dict[str, ScriptedNode]) -> None:
    aws.fault("throttling", actions=["CreateAssociation"], next=2)
    assert not once()["failed"]
    assert len(aws.calls("CreateAssociation")) == 3
    assert len(nodes[ONE].jobs) == 1


def test_an_association_that_cannot_be_deleted_is_named(once: Any, aws: Lab, nodes: dict[str, ScriptedNode]) -> None:
    aws.fault("crash_point", action="DescribeAssociationExecutions", nth=1)
    result = once()
    assert result["code"] == "association_left_behind"
    assert "check-shop" in result["msg"]


def test_an_association_that_cannot_be_deleted_after_a_good_run_is_named(
    once: Any, aws: Lab, nodes: dict[str, ScriptedNode]
) -> None:
    aws.fault("crash_point", action="DeleteAssociation", nth=1)
    result = once()
    assert (result["code"], result["changed"]) == ("association_left_behind", True)
    assert "check-shop" in result["msg"]
    assert result["execution"]["status"] == "Success"
    assert result["execution"]["targets"][0]["steps"]


def test_the_deletion_waits_for_another_update(once: Any, aws: Lab, nodes: dict[str, ScriptedNode]) -> None:
    aws.fault("busy", next=1)
    assert not once()["failed"]
    assert aws.writes() == ["CreateAssociation", "DeleteAssociation", "DeleteAssociation"]
    assert described(aws) == []


@pytest.mark.parametrize("ended", [False, True])
def test_check_mode_says_whether_a_run_would_be_followed(
    once: Any, aws: Lab, nodes: dict[str, ScriptedNode], ended: bool
) -> None:
    node = hold(nodes)
    leave_behind(aws)
    if ended:
        node.release()
        await_success(aws)
    aws.forget_calls()
    predicted = once(check=True)
    assert not aws.writes()
    if not ended:
        threading.Thread(target=release_after_polls, args=(aws, node), daemon=True).start()
    result = once()
    assert (predicted["attached"], result["attached"]) == (not ended, not ended)
    assert predicted_part(predicted) == predicted_part(result)


# --- what is refused


@pytest.mark.parametrize(
    ("options", "named"),
    [
        ({"association_name": "a b"}, "association_name must match"),
        ({"association_id": "no-uuid"}, "association_id must match"),
        ({"document_name": "no document"}, "document_name must match"),
        ({"document_version": "latest"}, "document_version must match"),
        ({"schedule_expression": "every day"}, "schedule_expression must look like cron(0 2 ? * SUN *)"),
        ({"schedule_expression": "rate(1 hours)"}, "'rate(1 hours)'"),
        ({"schedule_expression": "rate(5 minutes)"}, "from 30 minutes"),
        ({"schedule_expression": "cron(0 2 *)"}, "'cron(0 2 *)'"),
        ({"schedule_expression": "rate(1 day)", "apply_only_at_cron_interval": True}, "requires a cron"),
        ({"schedule_offset": 2}, "schedule_offset requires apply_only_at_cron_interval"),
        ({"schedule_offset": 7, "apply_only_at_cron_interval": True}, "schedule_offset must be 1 to 6, not 7"),
        ({"duration": 25}, "duration must be 1 to 24, not 25"),
        ({"max_concurrency": "0"}, "max_concurrency must match"),
        ({"max_errors": "120%"}, "max_errors must match"),
        ({"instance_ids": ["shop-1"]}, "instance_id must look like i-0123456789abcdef0"),
        ({"instance_ids": [], "targets": [{"key": "tag:App", "values": []}]}, "mutually exclusive"),
        ({"instance_ids": ABSENT, "targets": [{"key": "tag:App", "values": []}]}, "needs at least one value"),
        ({"parameters": {"commands": True}}, "put it in quotes"),
        ({"parameters": {"commands": {"a": 1}}}, "must be text or a list of texts"),
        (
            {"alarm_configuration": {"alarms": [{"name": "a"}, {"name": "b"}]}},
            "alarms must have 1 items, not 2",
        ),
        ({"association_dispatch_assume_role": "patcher"}, "association_dispatch_assume_role must match"),
        ({"document_name": ABSENT}, "document_name is required to create it"),
        ({"association_name": ABSENT}, "one of the following is required"),
        ({"association_name": None}, "association_name and association_id are both empty"),
        ({"association_name": ""}, "association_name and association_id are both empty"),
        ({"state": "run_once", "document_name": ""}, "run=once requires document_name"),
        ({"run": "once", "state": "absent"}, "run=once requires state=present, not state=absent"),
        ({"document_name": "no-such-document"}, "document no-such-document does not exist"),
        ({"document_version": "99"}, "document AWS-RunShellScript has no version 99"),
    ],
)
def test_wrong_input_fails_with_one_line(association: Any, aws: Lab, options: dict[str, Any], named: str) -> None:
    result = association(**{**SHELL, "instance_ids": [ONE], **options})
    assert result["failed"]
    assert named in result["msg"]
    assert "\n" not in result["msg"]
    assert not aws.writes()
    assert described(aws) == []


@pytest.mark.parametrize("name", ["schedule_expression", "calendar_names", "duration"])
def test_fields_of_a_lasting_association_are_refused_with_run_once(once: Any, aws: Lab, name: str) -> None:
    values: dict[str, Any] = {"schedule_expression": "rate(1 day)", "calendar_names": ["holidays"], "duration": 2}
    result = once(**{name: values[name]})
    assert result["code"] == "run_once_option_excluded"
    assert f"run=once excludes {name}" in result["msg"]
    assert not aws.calls()


def test_an_unknown_id_creates_nothing(association: Any, aws: Lab) -> None:
    unknown = "12345678-1234-1234-1234-123456789012"
    result = association(**SHELL, association_id=unknown)
    assert result["code"] == "association_not_found"
    assert unknown in result["msg"]
    assert association(association_id=unknown, state="absent")["changed"] is False
    assert not aws.writes()


def test_missing_credentials_are_named(once: Any, aws: Lab, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("AWS_ACCESS_KEY_ID")
    monkeypatch.delenv("AWS_SECRET_ACCESS_KEY")
    result = once()
    assert "no AWS credentials were found" in result["msg"]
    assert result["code"] == "aws_error"
