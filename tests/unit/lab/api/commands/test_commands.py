"""Run Command: commands from SendCommand to the node's reply."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from lab.api.testing.kit import Lab
from lab.api.testing.scripted_node import Reply, ScriptedNode, Step

ONE = "i-00000000000000001"
TWO = "i-00000000000000002"
SHELL = {"DocumentName": "AWS-RunShellScript", "Parameters": {"commands": ["id"]}}
TOPIC = "arn:aws:sns:eu-central-1:123456789012:shop"


def ended(ssm: Any, eventually: Callable[..., Any], command_id: str) -> Any:
    def look() -> Any:
        found = ssm.list_commands(CommandId=command_id)["Commands"]
        return found and found[0]["Status"] not in ("Pending", "InProgress", "Cancelling") and found[0]

    return eventually(look)


def test_a_command_comes_back_with_its_output(
    ssm: Any, nodes: dict[str, ScriptedNode], eventually: Callable[..., Any]
) -> None:
    nodes[ONE].shell = lambda commands: Step(stdout=f"ran {commands[0]}", stderr="note")
    sent = ssm.send_command(InstanceIds=[ONE], Comment="why", **SHELL)["Command"]
    assert sent["Status"] == "Pending"
    command = ended(ssm, eventually, sent["CommandId"])
    assert (command["Status"], command["TargetCount"], command["CompletedCount"]) == ("Success", 1, 1)
    got = ssm.get_command_invocation(CommandId=sent["CommandId"], InstanceId=ONE)
    assert (got["Status"], got["ResponseCode"], got["StandardOutputContent"]) == ("Success", 0, "ran id")
    assert (got["StandardErrorContent"], got["Comment"]) == ("note", "why")


@pytest.mark.parametrize("lab_overrides", [{"api.invocation_delay": 600.0}])
def test_right_after_sending_there_is_no_invocation_yet(
    ssm: Any, nodes: dict[str, ScriptedNode], refusal: Callable[..., str]
) -> None:
    command_id = ssm.send_command(InstanceIds=[ONE], **SHELL)["Command"]["CommandId"]
    assert refusal(ssm.get_command_invocation, CommandId=command_id, InstanceId=ONE) == "InvocationDoesNotExist"
    assert ssm.list_command_invocations(CommandId=command_id)["CommandInvocations"] == []


def test_outputs_are_cut_as_aws_cuts_them(
    ssm: Any, nodes: dict[str, ScriptedNode], eventually: Callable[..., Any]
) -> None:
    nodes[ONE].shell = lambda _commands: Step(stdout="o" * 30_000, stderr="e" * 30_000)
    command_id = ssm.send_command(InstanceIds=[ONE], **SHELL)["Command"]["CommandId"]
    ended(ssm, eventually, command_id)
    got = ssm.get_command_invocation(CommandId=command_id, InstanceId=ONE)
    assert (len(got["StandardOutputContent"]), len(got["StandardErrorContent"])) == (24_000, 8_000)
    listed = ssm.list_command_invocations(CommandId=command_id, Details=True)["CommandInvocations"][0]
    assert len(listed["CommandPlugins"][0]["Output"]) == 2_500


def test_a_document_of_many_steps_wants_the_plugin_name(
    ssm: Any, nodes: dict[str, ScriptedNode], eventually: Callable[..., Any], refusal: Callable[..., str]
) -> None:
    command_id = ssm.send_command(
        InstanceIds=[ONE], DocumentName="AWS-RunPatchBaselineWithHooks", Parameters={"Operation": ["Install"]}
    )["Command"]["CommandId"]
    ended(ssm, eventually, command_id)
    which = {"CommandId": command_id, "InstanceId": ONE}
    assert refusal(ssm.get_command_invocation, **which) == "InvalidPluginName"
    assert refusal(ssm.get_command_invocation, PluginName="NoSuchStep", **which) == "InvalidPluginName"
    assert ssm.get_command_invocation(PluginName="InstallNoReboot", **which)["ResponseCode"] == 0


def test_nothing_missing_skips_the_hooks_but_not_the_last(
    ssm: Any, nodes: dict[str, ScriptedNode], eventually: Callable[..., Any]
) -> None:
    nodes[ONE].missing = 0
    command_id = ssm.send_command(
        InstanceIds=[ONE], DocumentName="AWS-RunPatchBaselineWithHooks", Parameters={"Operation": ["Install"]}
    )["Command"]["CommandId"]
    ended(ssm, eventually, command_id)
    invocation = ssm.list_command_invocations(CommandId=command_id, Details=True)["CommandInvocations"][0]
    plugins = {plugin["Name"]: plugin for plugin in invocation["CommandPlugins"]}
    assert plugins["VerifyLocalPatchStatesLinux"]["ResponseCode"] == 168
    # Run Command knows no Skipped: a skipped step is a Success with code 0.
    assert (plugins["InstallNoReboot"]["Status"], plugins["InstallNoReboot"]["ResponseCode"]) == ("Success", 0)
    assert "skipped" in plugins["InstallNoReboot"]["Output"]
    assert plugins["CustomerProvidedOnExitHook"]["Output"] == ""


@pytest.mark.parametrize(
    ("params", "code"),
    [
        ({"DocumentName": "NoSuchDocument", "InstanceIds": [ONE]}, "InvalidDocument"),
        ({**SHELL, "InstanceIds": [ONE], "DocumentVersion": "7"}, "InvalidDocumentVersion"),
        ({**SHELL, "InstanceIds": [ONE], "DocumentHash": "0" * 64}, "InvalidDocument"),
        ({**SHELL, "InstanceIds": ["i-0ffffffffffffffff"]}, "InvalidInstanceId"),
        ({**SHELL, "InstanceIds": [ONE, ONE]}, "DuplicateInstanceId"),
        ({**SHELL, "InstanceIds": [ONE], "Parameters": {"nonsense": ["x"], "commands": ["x"]}}, "InvalidParameters"),
        ({"DocumentName": "AWS-RunShellScript", "InstanceIds": [ONE]}, "InvalidParameters"),
        (
            {"DocumentName": "AWS-RunPatchBaseline", "InstanceIds": [ONE], "Parameters": {"Operation": ["Guess"]}},
            "InvalidParameters",
        ),
        (
            {
                "DocumentName": "AWS-RunPatchBaseline",
                "InstanceIds": [ONE],
                "Parameters": {"Operation": ["Scan"], "SnapshotId": ["not-a-guid"]},
            },
            "InvalidParameters",
        ),
        ({**SHELL}, "InvalidTarget"),
        ({**SHELL, "Targets": [{"Key": "Name", "Values": ["x"]}]}, "InvalidTarget"),
        ({**SHELL, "InstanceIds": [ONE], "TimeoutSeconds": 5}, "ValidationException"),
        ({**SHELL, "InstanceIds": [ONE], "Comment": "x" * 101}, "ValidationException"),
        ({**SHELL, "InstanceIds": [ONE], "DocumentHash": "0" * 64, "DocumentHashType": "Sha1"}, "NotImplementedInLab"),
        ({**SHELL, "InstanceIds": [ONE], "OutputS3BucketName": "no-such-bucket"}, "InvalidOutputFolder"),
        ({**SHELL, "InstanceIds": [ONE], "ServiceRoleArn": "notify"}, "InvalidRole"),
        (
            {**SHELL, "InstanceIds": [ONE], "NotificationConfig": {"NotificationArn": "shop"}},
            "InvalidNotificationConfig",
        ),
        ({**SHELL, "InstanceIds": [ONE], "NotificationConfig": {"NotificationArn": TOPIC}}, "InvalidRole"),
        (
            {**SHELL, "InstanceIds": [ONE], "CloudWatchOutputConfig": {"CloudWatchOutputEnabled": True}},
            "NotImplementedInLab",
        ),
        (
            {**SHELL, "InstanceIds": [ONE], "CloudWatchOutputConfig": {"CloudWatchLogGroupName": "a b"}},
            "ValidationException",
        ),
        ({**SHELL, "InstanceIds": [ONE], "Parameters": {"commands": ["x" * 65_000]}}, "MaxDocumentSizeExceeded"),
        ({**SHELL, "InstanceIds": [ONE], "AlarmConfiguration": {"Alarms": []}}, "ValidationException"),
        ({**SHELL, "InstanceIds": [ONE], "AlarmConfiguration": {"Alarms": [{"Name": " "}]}}, "ValidationException"),
        ({**SHELL, "InstanceIds": [ONE], "MaxErrors": "many"}, "ValidationException"),
    ],
)
def test_wrong_commands_are_refused(
    lab_api: Lab, nodes: dict[str, ScriptedNode], refusal: Callable[..., str], params: dict[str, Any], code: str
) -> None:
    assert refusal(lab_api.client("ssm", checked=False).send_command, **params) == code
    assert lab_api.calls("SendCommand")[-1].error_code == code


def test_an_offline_node_never_gets_it(
    lab_api: Lab, ssm: Any, nodes: dict[str, ScriptedNode], eventually: Callable[..., Any]
) -> None:
    nodes[ONE].stop()
    command_id = ssm.send_command(InstanceIds=[ONE], **SHELL)["Command"]["CommandId"]
    invocation = lab_api.api.region.commands.by_id[command_id].invocations[ONE]
    lab_api.api.region.commands._undelivered(invocation)
    command = ended(ssm, eventually, command_id)
    assert (command["Status"], command["StatusDetails"]) == ("TimedOut", "DeliveryTimedOut")


def test_errors_beyond_the_limit_stop_the_rest(
    ssm: Any, nodes: dict[str, ScriptedNode], eventually: Callable[..., Any]
) -> None:
    for node in nodes.values():
        node.shell = lambda _commands: Step(status="Failed", code=1)
    command_id = ssm.send_command(
        Targets=[{"Key": "tag:App", "Values": ["shop"]}], MaxConcurrency="1", MaxErrors="1", **SHELL
    )["Command"]["CommandId"]
    command = ended(ssm, eventually, command_id)
    assert (command["Status"], command["ErrorCount"]) == ("Failed", 2)

    def details() -> list[str]:
        listed = ssm.list_command_invocations(CommandId=command_id)["CommandInvocations"]
        return sorted(item["StatusDetails"] for item in listed)

    eventually(lambda: details() == ["Failed", "Failed", "Terminated", "Terminated"])


def test_no_node_of_that_tag(ssm: Any, nodes: dict[str, ScriptedNode], eventually: Callable[..., Any]) -> None:
    sent = ssm.send_command(Targets=[{"Key": "tag:App", "Values": ["other"]}], **SHELL)["Command"]
    command = ended(ssm, eventually, sent["CommandId"])
    assert (command["StatusDetails"], command["TargetCount"]) == ("NoInstancesInTag", 0)


def test_cancel_before_and_after_delivery(
    lab_api: Lab, ssm: Any, nodes: dict[str, ScriptedNode], eventually: Callable[..., Any]
) -> None:
    nodes[ONE].hold()
    nodes[TWO].stop()
    command_id = ssm.send_command(InstanceIds=[ONE, TWO], **SHELL)["Command"]["CommandId"]
    eventually(lambda: lab_api.api.events.named("command_delivered"))
    ssm.cancel_command(CommandId=command_id)
    assert ended(ssm, eventually, command_id)["Status"] == "Cancelled"


def test_a_late_reply_changes_nothing(
    lab_api: Lab, ssm: Any, nodes: dict[str, ScriptedNode], eventually: Callable[..., Any]
) -> None:
    command_id = ssm.send_command(InstanceIds=[ONE], **SHELL)["Command"]["CommandId"]
    ended(ssm, eventually, command_id)
    nodes[ONE]._send(f"aws.ssm.{command_id}.{ONE}", {}, "InProgress")
    assert ended(ssm, eventually, command_id)["Status"] == "Success"


def test_a_message_not_acknowledged_comes_again(lab_api: Lab, ssm: Any, nodes: dict[str, ScriptedNode]) -> None:
    nodes[TWO].stop()
    command_id = ssm.send_command(InstanceIds=[TWO], **SHELL)["Command"]["CommandId"]
    poll = {"Destination": TWO, "MessagesRequestId": "x", "VisibilityTimeoutInSeconds": 1}
    for _ in range(2):
        messages = lab_api.api.call("ec2messages", "GetMessages", poll)["Messages"]
        assert [message["MessageId"] for message in messages] == [f"aws.ssm.{command_id}.{TWO}"]
    lab_api.api.call("ec2messages", "AcknowledgeMessage", {"MessageId": messages[0]["MessageId"]})
    assert lab_api.api.call("ec2messages", "GetMessages", poll)["Messages"] == []


def test_the_agent_s_failure_names_the_reason(
    ssm: Any, nodes: dict[str, ScriptedNode], eventually: Callable[..., Any]
) -> None:
    nodes[ONE].script = lambda _job: Reply(status="Failed", trace="pattern violated")
    command_id = ssm.send_command(InstanceIds=[ONE], DocumentName="AWS-Noop")["Command"]["CommandId"]
    ended(ssm, eventually, command_id)
    listed = ssm.list_command_invocations(CommandId=command_id, Details=True)["CommandInvocations"][0]
    assert (listed["Status"], listed["TraceOutput"]) == ("Failed", "pattern violated")


@pytest.mark.parametrize(
    ("action", "platform"), [("aws:runPowerShellScript", "Linux"), ("aws:runShellScript", "Windows")]
)
def test_a_document_of_another_platform_is_refused(
    lab_api: Lab, eventually: Callable[..., Any], refusal: Callable[..., str], action: str, platform: str
) -> None:
    lab_api.start_nodes(ONE)
    ssm = lab_api.client("ssm")
    steps = [{"name": "a", "action": action, "inputs": {"runCommand": ["true"]}}]
    ssm.create_document(
        Name="Script", Content=json.dumps({"schemaVersion": "2.2", "mainSteps": steps}), DocumentType="Command"
    )
    eventually(lambda: ssm.describe_document(Name="Script")["Document"]["Status"] == "Active")
    lab_api.api.region.nodes.by_id[ONE].info["PlatformType"] = platform
    assert refusal(ssm.send_command, DocumentName="Script", InstanceIds=[ONE]) == "UnsupportedPlatformType"


def test_what_was_asked_for_is_shown_again(
    ssm: Any, nodes: dict[str, ScriptedNode], eventually: Callable[..., Any]
) -> None:
    asked = {
        "Comment": "nightly token=t",
        "NotificationConfig": {"NotificationArn": TOPIC, "NotificationEvents": ["Failed"]},
        "AlarmConfiguration": {"Alarms": [{"Name": "shop-down"}], "IgnorePollAlarmFailure": False},
        "MaxErrors": "10%",
    }
    role = "arn:aws:iam::123456789012:role/notify"
    command_id = ssm.send_command(InstanceIds=[ONE], ServiceRoleArn=role, **asked, **SHELL)["Command"]["CommandId"]
    shown = ended(ssm, eventually, command_id)
    assert {name: shown[name] for name in asked} == asked
    assert (shown["ServiceRole"], shown["InstanceIds"]) == (role, [ONE])


NOBODY = "00000000-0000-0000-0000-000000000000"


@pytest.mark.parametrize(
    ("operation", "params", "code"),
    [
        ("get_command_invocation", {"CommandId": "x" * 36, "InstanceId": ONE}, "InvalidCommandId"),
        ("get_command_invocation", {"CommandId": NOBODY, "InstanceId": ONE}, "InvocationDoesNotExist"),
        ("list_commands", {"CommandId": "x" * 36}, "InvalidCommandId"),
        ("list_command_invocations", {"CommandId": "x" * 36}, "InvalidCommandId"),
        ("list_command_invocations", {"Filters": [{"key": "ExecutionStage", "value": "Complete"}]}, "InvalidFilterKey"),
        ("list_commands", {"NextToken": "guessed"}, "InvalidNextToken"),
        ("cancel_command", {"CommandId": "x" * 36}, "InvalidCommandId"),
        ("cancel_command", {"CommandId": NOBODY}, "InvalidCommandId"),
    ],
)
def test_questions_that_are_refused(
    ssm: Any, refusal: Callable[..., str], operation: str, params: dict[str, Any], code: str
) -> None:
    assert refusal(getattr(ssm, operation), **params) == code


def test_cancelling_names_nodes_of_the_command_once(
    ssm: Any, nodes: dict[str, ScriptedNode], refusal: Callable[..., str]
) -> None:
    nodes[ONE].hold()
    command_id = ssm.send_command(InstanceIds=[ONE], **SHELL)["Command"]["CommandId"]
    for ids, code in (([ONE, ONE], "DuplicateInstanceId"), ([TWO], "InvalidInstanceId")):
        assert refusal(ssm.cancel_command, CommandId=command_id, InstanceIds=ids) == code


def test_who_waits_for_its_turn_is_cancelled_too(
    ssm: Any, nodes: dict[str, ScriptedNode], eventually: Callable[..., Any]
) -> None:
    nodes[ONE].hold()
    command_id = ssm.send_command(InstanceIds=[ONE, TWO], MaxConcurrency="1", **SHELL)["Command"]["CommandId"]
    ssm.cancel_command(CommandId=command_id)
    ended(ssm, eventually, command_id)

    def statuses() -> list[str]:
        found = ssm.list_command_invocations(CommandId=command_id)["CommandInvocations"]
        return [one["Status"] for one in found]

    eventually(lambda: statuses() == ["Cancelled", "Cancelled"])
    assert not nodes[TWO].jobs


def test_commands_by_their_stage(ssm: Any, nodes: dict[str, ScriptedNode], eventually: Callable[..., Any]) -> None:
    nodes[TWO].hold()
    done, held = (ssm.send_command(InstanceIds=[one], **SHELL)["Command"]["CommandId"] for one in (ONE, TWO))
    ended(ssm, eventually, done)
    for stage, command_id in (("Complete", done), ("Executing", held)):
        found = ssm.list_commands(Filters=[{"key": "ExecutionStage", "value": stage}])["Commands"]
        assert [one["CommandId"] for one in found] == [command_id]
