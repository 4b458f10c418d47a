"""ssm_command against the lab's API, run as Ansible runs it."""

from __future__ import annotations

from typing import Any

import pytest
from lab.api.kit import Lab, RunModule
from lab.api.scripted import Job, Reply, ScriptedNode, Step

ONE, TWO = "i-00000000000000001", "i-00000000000000002"
SHELL = {"document_name": "AWS-RunShellScript", "parameters": {"commands": "true"}}


@pytest.fixture
def command(run_module: RunModule) -> Any:
    def run(check: bool = False, **options: Any) -> dict[str, Any]:
        return run_module("ssm_command", {**SHELL, "poll_interval": 0.05, "wait_timeout": 15, **options}, check=check)

    return run


def test_it_runs_everywhere_and_tells_the_steps(command: Any, aws: Lab, nodes: dict[str, ScriptedNode]) -> None:
    nodes[TWO].shell = lambda commands: Step(stdout=f"did {commands[0]}\n")
    result = command(instance_ids=[ONE, TWO], comment="a test")
    assert (result["failed"], result["changed"], result["command"]["status"]) == (False, True, "Success")
    told = {found["instance_id"]: found for found in result["command"]["invocations"]}
    assert set(told) == {ONE, TWO}
    [step] = told[TWO]["steps"]
    assert (step["output"], step["response_code"], step["skipped"]) == ("did true\n", 0, False)
    assert step["started_at"] <= step["ended_at"]
    assert aws.writes() == ["SendCommand"]


def test_one_call_a_look_serves_all_nodes(command: Any, aws: Lab, nodes: dict[str, ScriptedNode]) -> None:
    command(instance_ids=list(aws.instance_ids), poll_interval=1)
    first, *looks = (call.action for call in aws.calls())
    assert first == "SendCommand"
    assert set(looks) == {"ListCommandInvocations"}
    assert len(looks) <= 2


def test_a_check_sends_nothing_and_says_that_it_would(command: Any, aws: Lab) -> None:
    assert command(check=True, instance_ids=[ONE])["changed"] is True
    assert not aws.calls()


def test_every_time_is_a_change(command: Any, aws: Lab, nodes: dict[str, ScriptedNode]) -> None:
    assert [command(instance_ids=[ONE])["changed"] for _ in range(2)] == [True, True]
    assert len(nodes[ONE].jobs) == 2


def test_nobody_waits_when_told_not_to(command: Any, aws: Lab, nodes: dict[str, ScriptedNode]) -> None:
    result = command(instance_ids=[ONE], wait=False)
    assert [call.action for call in aws.calls()] == ["SendCommand"]
    assert result["command"]["status"] in ("Pending", "InProgress")


def test_by_tag_every_node_found_is_counted(command: Any, aws: Lab, nodes: dict[str, ScriptedNode]) -> None:
    result = command(targets=[{"key": "tag:App", "values": ["shop"]}], max_concurrency="1")
    assert not result["failed"]
    assert {found["instance_id"] for found in result["command"]["invocations"]} == set(aws.instance_ids)


def test_tags_that_match_nothing_are_a_failure(command: Any, nodes: dict[str, ScriptedNode]) -> None:
    result = command(targets=[{"key": "tag:App", "values": ["nobody"]}])
    assert result["failed"]
    assert "no node matches its targets" in result["msg"]


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


def test_a_node_that_ssm_does_not_know_is_told(command: Any, aws: Lab) -> None:
    result = command(instance_ids=[ONE])
    assert "SSM does not know every instance named" in result["msg"]
    assert ONE in result["msg"]


def test_a_timeout_names_who_is_due(command: Any, nodes: dict[str, ScriptedNode]) -> None:
    nodes[ONE].hold()
    result = command(instance_ids=[ONE, TWO], wait_timeout=1)
    assert f"gave up after 1 s: still due: {ONE} InProgress" in result["msg"]
    assert result["changed"]
    assert result["command"]["command_id"] == nodes[ONE].jobs[0].command_id


def test_it_is_never_sent_twice(command: Any, aws: Lab, nodes: dict[str, ScriptedNode]) -> None:
    aws.fault("server_error", actions=["SendCommand"], next=1)
    result = command(instance_ids=[ONE])
    assert "it is not known whether the command runs" in result["msg"]
    assert len(aws.calls("SendCommand")) == 1
    assert not nodes[ONE].jobs


def test_it_is_never_sent_twice_when_the_answer_is_lost(command: Any, aws: Lab, nodes: dict[str, ScriptedNode]) -> None:
    aws.fault("crash_point", action="SendCommand", when="after", answer="drop")
    result = command(instance_ids=[ONE])
    assert "it is not known whether the command runs" in result["msg"]
    assert len(aws.calls("SendCommand")) == 1


def test_a_request_turned_away_for_its_rate_is_made_again(
    command: Any, aws: Lab, nodes: dict[str, ScriptedNode]
) -> None:
    aws.fault("throttling", actions=["SendCommand"], next=2)
    assert not command(instance_ids=[ONE])["failed"]
    assert len(aws.calls("SendCommand")) == 3
    assert len(nodes[ONE].jobs) == 1


@pytest.mark.parametrize(
    ("options", "told"),
    [
        ({"instance_ids": []}, "there is nowhere to run"),
        ({"instance_ids": ["shop-1"]}, "instance_id must be"),
        ({"instance_ids": [ONE, ONE]}, "names an instance twice"),
        ({"instance_ids": [f"i-{n:017x}" for n in range(51)]}, "at most 50 instance_ids"),
        ({"targets": [{"key": "tag:App", "values": []}]}, "needs 1 to 50 values"),
        ({"instance_ids": [ONE], "document_name": "a b"}, "document must be"),
        ({"instance_ids": [ONE], "timeout_seconds": 5}, "timeout_seconds must be from 30"),
        ({"instance_ids": [ONE], "max_errors": "many"}, "max_errors must be"),
        ({"instance_ids": [ONE], "comment": "x" * 101}, "comment must be at most 100"),
        ({"instance_ids": [ONE], "parameters": {"commands": None}}, "put it in quotes"),
        ({}, "one of the following is required"),
    ],
)
def test_wrong_input_sends_nothing(command: Any, aws: Lab, options: dict[str, Any], told: str) -> None:
    for check in (True, False):
        result = command(check=check, **options)
        assert result["failed"]
        assert told in result["msg"]
    assert not aws.calls()


def test_no_such_document_is_told(command: Any, aws: Lab, nodes: dict[str, ScriptedNode]) -> None:
    result = command(instance_ids=[ONE], document_name="no-such-document")
    assert "document no-such-document cannot be used" in result["msg"]
    assert "\n" not in result["msg"]
