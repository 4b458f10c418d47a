"""ssm_command against the lab's API, run as Ansible runs it."""

from __future__ import annotations

from typing import Any

import pytest
from lab.api.testing.kit import Lab, RunModule
from lab.api.testing.scripted_node import Job, Reply, ScriptedNode, Step

ROLE = "arn:aws:iam::123456789012:role/notify"
TOPIC = "arn:aws:sns:eu-central-1:123456789012:shop"
ONE, TWO = "i-00000000000000001", "i-00000000000000002"
SHELL = {"document_name": "AWS-RunShellScript", "parameters": {"commands": "true"}}

# What is read of the document and the nodes before a command is sent.
JUDGED = ["DescribeDocument", "GetDocument", "DescribeInstanceInformation"]


@pytest.fixture
def command(run_module: RunModule) -> Any:
    def run(check: bool = False, **options: Any) -> dict[str, Any]:
        return run_module("ssm_command", {**SHELL, "poll_interval": 0.05, "wait_timeout": 15, **options}, check=check)

    return run


def test_it_runs_everywhere_and_returns_the_steps(command: Any, aws: Lab, nodes: dict[str, ScriptedNode]) -> None:
    nodes[TWO].shell = lambda commands: Step(stdout=f"did {commands[0]}\n")
    result = command(instance_ids=[ONE, TWO], comment="a test")
    assert (result["failed"], result["changed"], result["command"]["status"]) == (False, True, "Success")
    invocations = {found["instance_id"]: found for found in result["command"]["invocations"]}
    assert set(invocations) == {ONE, TWO}
    [step] = invocations[TWO]["steps"]
    assert (step["output"], step["response_code"], step["skipped"]) == ("did true\n", 0, False)
    assert step["started_at"] <= step["ended_at"]
    assert aws.writes() == ["SendCommand"]


def test_one_call_a_poll_serves_all_nodes(command: Any, aws: Lab, nodes: dict[str, ScriptedNode]) -> None:
    command(instance_ids=list(aws.instance_ids), poll_interval=1)
    *judged, sent = (call.action for call in aws.calls()[:4])
    polls = [call.action for call in aws.calls()[4:]]
    assert (judged, sent) == (JUDGED, "SendCommand")
    assert set(polls) == {"ListCommandInvocations"}
    assert len(polls) <= 2


def test_a_check_sends_nothing_and_says_that_it_would(command: Any, aws: Lab, nodes: dict[str, ScriptedNode]) -> None:
    assert command(check=True, instance_ids=[ONE])["changed"] is True
    assert [call.action for call in aws.calls()] == JUDGED


def test_every_time_is_a_change(command: Any, aws: Lab, nodes: dict[str, ScriptedNode]) -> None:
    assert [command(instance_ids=[ONE])["changed"] for _ in range(2)] == [True, True]
    assert len(nodes[ONE].jobs) == 2


def test_without_wait_the_module_does_not_poll(command: Any, aws: Lab, nodes: dict[str, ScriptedNode]) -> None:
    result = command(instance_ids=[ONE], wait=False)
    assert [call.action for call in aws.calls()] == [*JUDGED, "SendCommand"]
    assert result["command"]["status"] in ("Pending", "InProgress")


def test_by_tag_every_node_found_is_counted(command: Any, aws: Lab, nodes: dict[str, ScriptedNode]) -> None:
    result = command(targets=[{"key": "tag:App", "values": ["shop"]}], max_concurrency="1")
    assert not result["failed"]
    assert {found["instance_id"] for found in result["command"]["invocations"]} == set(aws.instance_ids)


def test_tags_that_match_nothing_are_a_failure(command: Any, nodes: dict[str, ScriptedNode]) -> None:
    result = command(targets=[{"key": "tag:App", "values": ["nobody"]}])
    assert result["failed"]
    assert result["code"] == "no_matching_node"


def test_in_waves_nobody_waits_for_a_node_that_never_starts(command: Any, nodes: dict[str, ScriptedNode]) -> None:
    nodes[ONE].shell = lambda _: Step(status="Failed", code=9, stderr="broken")
    result = command(instance_ids=[ONE, TWO], max_concurrency="1", max_errors="0", wait_timeout=5)
    assert result["failed"]
    assert f"{ONE}: step aws:runShellScript Failed (exit code 9): broken" in result["msg"]
    assert not nodes[TWO].jobs


def test_one_failed_node_fails_it_and_is_named(command: Any, nodes: dict[str, ScriptedNode]) -> None:
    nodes[TWO].shell = lambda _: Step(status="Failed", code=7, stdout="half way\n", stderr="no space left\n")
    result = command(instance_ids=[ONE, TWO])
    assert (result["failed"], result["changed"], result["command"]["status"]) == (True, True, "Failed")
    assert result["msg"] == f"{TWO}: step aws:runShellScript Failed (exit code 7): no space left"
    assert len(result["command"]["invocations"]) == 2


def test_a_document_that_dies_without_a_step_gives_its_trace(command: Any, nodes: dict[str, ScriptedNode]) -> None:
    def dies(job: Job) -> Reply:
        job.content["mainSteps"] = []
        return Reply(status="Failed", trace="parameter Operation does not match\n")

    nodes[ONE].scripts["AWS-RunShellScript"] = dies
    result = command(instance_ids=[ONE])
    assert result["failed"]
    assert "parameter Operation does not match" in result["msg"]


@pytest.mark.parametrize("lab_overrides", [{"api.ping_lost": 0.2, "api.delivery_timeout": 30}])
def test_a_node_that_went_away_is_no_success(command: Any, aws: Lab, nodes: dict[str, ScriptedNode]) -> None:
    nodes[ONE].stop()
    result = command(instance_ids=[ONE, TWO], wait_timeout=2)
    assert result["failed"]
    assert ONE in result["msg"]
    assert TWO not in result["msg"]
    assert result["command"]["command_id"]


def test_a_node_that_ssm_does_not_know_is_refused(command: Any, aws: Lab) -> None:
    result = command(instance_ids=[ONE])
    assert result["code"] == "node_unknown"
    assert ONE in result["msg"]


def test_a_timeout_names_the_nodes_without_a_result(command: Any, nodes: dict[str, ScriptedNode]) -> None:
    nodes[ONE].hold()
    result = command(instance_ids=[ONE, TWO], wait_timeout=1)
    assert result["code"] == "wait_timeout"
    assert "gave up after 1 s" in result["msg"]
    assert f"{ONE} InProgress" in result["msg"]
    assert result["changed"]
    assert result["command"]["command_id"] == nodes[ONE].jobs[0].command_id


def test_it_is_never_sent_twice(command: Any, aws: Lab, nodes: dict[str, ScriptedNode]) -> None:
    aws.fault("server_error", actions=["SendCommand"], next=1)
    result = command(instance_ids=[ONE])
    assert result["code"] == "command_unanswered"
    assert len(aws.calls("SendCommand")) == 1
    assert not nodes[ONE].jobs


def test_it_is_never_sent_twice_when_the_response_is_lost(
    command: Any, aws: Lab, nodes: dict[str, ScriptedNode]
) -> None:
    aws.fault("crash_point", action="SendCommand", when="after", answer="drop")
    result = command(instance_ids=[ONE])
    assert result["code"] == "command_unanswered"
    assert len(aws.calls("SendCommand")) == 1


def test_a_request_turned_away_for_its_rate_is_made_again(
    command: Any, aws: Lab, nodes: dict[str, ScriptedNode]
) -> None:
    aws.fault("throttling", actions=["SendCommand"], next=2)
    assert not command(instance_ids=[ONE])["failed"]
    assert len(aws.calls("SendCommand")) == 3
    assert len(nodes[ONE].jobs) == 1


@pytest.mark.parametrize(
    ("options", "fact"),
    [
        ({"instance_ids": []}, "instance_ids and targets"),
        ({"instance_ids": ["shop-1"]}, "'shop-1'"),
        ({"instance_ids": [ONE, ONE]}, "instance_ids contains an instance twice"),
        ({"instance_ids": [f"i-{n:017x}" for n in range(51)]}, "instance_ids must have 0 to 50 items, not 51"),
        ({"targets": [{"key": "tag:App", "values": []}]}, "target tag:App needs at least one value"),
        ({"instance_ids": [ONE], "document_name": "a b"}, "document_name must match"),
        ({"instance_ids": [ONE], "timeout_seconds": 5}, "timeout_seconds must be 30 to 2592000, not 5"),
        ({"instance_ids": [ONE], "max_errors": "many"}, "max_errors must match"),
        ({"instance_ids": [ONE], "comment": "x" * 101}, "comment must have at most 100 characters, not 101"),
        (
            {"instance_ids": [ONE], "comment": "x" * 90, "token": "release"},
            "comment with client_token must have at most",
        ),
        ({"instance_ids": [ONE], "client_token": "two words"}, "client_token must be 1 to 64"),
        ({"instance_ids": [ONE], "token_max_age": 5}, "client_token_max_age must be 60"),
        ({"instance_ids": [ONE, TWO], "expected_target_count": 3}, "expected_target_count must be 2, the number"),
        ({"targets": [{"key": "tag:App", "values": ["x"]}], "expected_target_count": 0}, "must be at least 1"),
        ({"instance_ids": [ONE], "document_hash_type": "Sha256"}, "document_hash_type requires document_hash"),
        ({"instance_ids": [ONE], "output_s3_bucket": "b"}, "output_s3_bucket_name must have 3 to 63"),
        ({"instance_ids": [ONE], "cloudwatch_log_group": "a b"}, "cloud_watch_log_group_name must have"),
        (
            {"instance_ids": [ONE], "alarm_configuration": {"alarms": []}},
            "alarm_configuration.alarms must have 1 items, not 0",
        ),
        ({"instance_ids": [ONE], "alarm_configuration": {"alarms": [{"name": " "}]}}, "alarms[0].name must match"),
        ({"instance_ids": [ONE], "parameters": {"commands": None}}, "put it in quotes"),
        ({}, "one of the following is required"),
    ],
)
def test_wrong_input_sends_nothing(command: Any, aws: Lab, options: dict[str, Any], fact: str) -> None:
    for check in (True, False):
        result = command(check=check, **options)
        assert result["failed"]
        assert fact in result["msg"]
    assert not aws.calls()


def test_no_such_document_is_refused(command: Any, aws: Lab, nodes: dict[str, ScriptedNode]) -> None:
    result = command(instance_ids=[ONE], document_name="no-such-document")
    assert result["code"] == "document_not_found"
    assert "no-such-document" in result["msg"]
    assert "\n" not in result["msg"]


# Each option with the member of SendCommand that it becomes.
OPTIONS: dict[str, tuple[Any, str, Any]] = {
    "document_version": ("1", "DocumentVersion", "1"),
    "document_hash_type": ("Sha256", "DocumentHashType", "Sha256"),
    "comment": ("nightly", "Comment", "nightly"),
    "timeout_seconds": (60, "TimeoutSeconds", 60),
    "max_concurrency": ("10%", "MaxConcurrency", "10%"),
    "max_errors": ("1", "MaxErrors", "1"),
    "output_s3_bucket_name": ("shop-command-output", "OutputS3BucketName", "shop-command-output"),
    "output_s3_key_prefix": ("nightly/logs", "OutputS3KeyPrefix", "nightly/logs"),
    "cloud_watch_output_enabled": (False, "CloudWatchOutputConfig", {"CloudWatchOutputEnabled": False}),
    "service_role_arn": (ROLE, "ServiceRoleArn", ROLE),
    "notification_config": (
        {"notification_arn": TOPIC, "notification_events": ["Failed"], "notification_type": "Command"},
        "NotificationConfig",
        {"NotificationArn": TOPIC, "NotificationEvents": ["Failed"], "NotificationType": "Command"},
    ),
    "alarm_configuration": (
        {"alarms": [{"name": "shop-down"}], "ignore_poll_alarm_failure": True},
        "AlarmConfiguration",
        {"Alarms": [{"Name": "shop-down"}], "IgnorePollAlarmFailure": True},
    ),
}


def test_every_option_is_sent(command: Any, aws: Lab, nodes: dict[str, ScriptedNode]) -> None:
    sha = aws.client("ssm").describe_document(Name="AWS-RunShellScript")["Document"]["Hash"]
    aws.forget_calls()
    given = {option: value for option, (value, _member, _sent) in OPTIONS.items()}
    result = command(instance_ids=[ONE], document_hash=sha, **given)
    assert not result["failed"]
    [sent] = aws.calls("SendCommand")
    assert sent.parameters == {
        "DocumentName": "AWS-RunShellScript",
        "InstanceIds": [ONE],
        "Parameters": {"commands": ["true"]},
        "DocumentHash": sha,
        **{member: value for _given, member, value in OPTIONS.values()},
    }


@pytest.mark.parametrize(
    ("old_name", "name", "value"),
    [
        ("output_s3_bucket", "output_s3_bucket_name", "shop-command-output"),
        ("cloudwatch_output_enabled", "cloud_watch_output_enabled", False),
        ("token", "client_token", "nightly"),
    ],
)
def test_an_old_name_of_an_option_means_the_same(
    command: Any, aws: Lab, nodes: dict[str, ScriptedNode], old_name: str, name: str, value: Any
) -> None:
    for option in (old_name, name):
        assert not command(instance_ids=[ONE], **{option: value})["failed"]
    sent = [call.parameters for call in aws.calls("SendCommand")]
    assert sent[0] == sent[-1]
    assert len(sent) == (1 if name == "client_token" else 2), "the second run finds the command of the first"


@pytest.mark.parametrize(
    ("options", "fact"),
    [
        ({"output_s3_bucket_name": "no-such-bucket"}, "output_s3_bucket_name"),
        ({"service_role_arn": "notify"}, "service_role_arn"),
        ({"notification_config": {"notification_arn": "shop"}}, "names no SNS topic"),
    ],
)
def test_what_aws_refuses_is_reported_in_one_line(
    command: Any, aws: Lab, nodes: dict[str, ScriptedNode], options: dict[str, Any], fact: str
) -> None:
    result = command(instance_ids=[ONE], **options)
    assert result["failed"]
    assert result["code"] == "command_rejected"
    assert fact in result["msg"]
    assert "\n" not in result["msg"]
    assert not nodes[ONE].jobs


@pytest.mark.parametrize(("expected", "failed"), [(4, False), (3, True), (5, True)])
def test_the_number_of_nodes_is_asserted(
    command: Any, nodes: dict[str, ScriptedNode], expected: int, failed: bool
) -> None:
    result = command(targets=[{"key": "tag:App", "values": ["shop"]}], expected_target_count=expected)
    assert result["failed"] is failed
    if failed:
        assert result["msg"] == f"the command reached 4 nodes, not the {expected} that were expected"
    assert len(result["command"]["invocations"]) == 4


@pytest.mark.parametrize("cancels", [True, False])
def test_on_a_timeout_it_is_cancelled_when_requested(
    command: Any, aws: Lab, nodes: dict[str, ScriptedNode], cancels: bool
) -> None:
    nodes[ONE].hold()
    result = command(instance_ids=[ONE], wait_timeout=1, cancel_on_timeout=cancels)
    assert result["failed"]
    assert result["command"]["cancel_requested"] is cancels
    assert aws.writes() == ["SendCommand"] + ["CancelCommand"] * cancels
    [found] = result["command"]["invocations"]
    assert found["status"] == ("Cancelling" if cancels else "InProgress") or found["status"] == "Cancelled"


def test_who_was_cancelled_before_its_turn_is_not_waited_for(
    command: Any, aws: Lab, nodes: dict[str, ScriptedNode]
) -> None:
    nodes[ONE].hold()
    options = {"instance_ids": [ONE, TWO], "max_concurrency": "1", "client_token": "t", "wait_timeout": 5}
    sent = command(wait=False, **options)["command"]["command_id"]
    while not aws.client("ssm").list_commands()["Commands"]:
        pass  # only what AWS shows can be found again
    # As AWS may do it: no invocation for what never started.
    aws.api.region.commands.by_id[sent].waiting.clear()
    aws.client("ssm").cancel_command(CommandId=sent)
    result = command(**options)
    assert f"{TWO}: AWS has no result for it" in result["msg"]
    assert f"{ONE}: step aws:runShellScript Cancelled" in result["msg"]


def test_an_alarm_that_stopped_it_is_named(
    command: Any, aws: Lab, nodes: dict[str, ScriptedNode], monkeypatch: pytest.MonkeyPatch
) -> None:
    from lab.api.commands import views as command_views

    shown = command_views.command
    alarms = {"TriggeredAlarms": [{"Name": "shop-down", "State": "ALARM"}]}
    monkeypatch.setattr(command_views, "command", lambda sent: shown(sent) | alarms)
    nodes[ONE].shell = lambda _: Step(status="Cancelled", code=137)
    result = command(instance_ids=[ONE], alarm_configuration={"alarms": [{"name": "shop-down"}]})
    assert result["msg"].endswith("alarm shop-down stopped the command")


def test_its_execution_has_the_form_of_an_association_s(
    command: Any, run_module: RunModule, nodes: dict[str, ScriptedNode]
) -> None:
    def shape(value: Any) -> Any:
        if isinstance(value, dict):
            return {name: shape(item) for name, item in value.items()}
        return [shape(item) for item in value] if isinstance(value, list) else type(value)

    hooks, install = "AWS-RunPatchBaselineWithHooks", {"parameters": {"Operation": "Install"}, "poll_interval": 0.05}
    once = {"run": "once", "association_name": "once", "document_name": hooks, "instance_ids": [ONE]}
    ran = run_module("ssm_association", {**once, **install})
    sent = command(instance_ids=[TWO], document_name=hooks, **install)
    theirs, ours = ran["execution"], sent["execution"]
    assert set(ours) == set(theirs)
    assert shape(ours["targets"]) == shape(theirs["targets"])
    assert (ours["status"], ours["targets"][0]["status"]) == ("Success", "Success")
    assert ours["resource_count_by_status"] == theirs["resource_count_by_status"]


@pytest.mark.parametrize("fault", ["throttling", "stale"])
def test_throttled_and_stale_reads_are_survived(
    command: Any, aws: Lab, nodes: dict[str, ScriptedNode], fault: str
) -> None:
    reads = ["ListCommands", "ListCommandInvocations"]
    options: dict[str, Any] = {"next": 1, "actions": reads} if fault == "throttling" else {"seconds": 0.5}
    for recipients in ({"instance_ids": [ONE]}, {"targets": [{"key": "tag:App", "values": ["shop"]}]}):
        aws.fault(fault, **options)
        assert not command(**recipients)["failed"]
    assert len(nodes[ONE].jobs) == 2
