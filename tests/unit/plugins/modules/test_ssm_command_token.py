"""ssm_command with a token: one command, however often the task is run."""

from __future__ import annotations

import datetime
from typing import Any

import pytest
from lab.api.testing.kit import Lab, RunModule
from lab.api.testing.scripted_node import ScriptedNode, Step

ONE, TWO = "i-00000000000000001", "i-00000000000000002"
SHELL = {"document_name": "AWS-RunShellScript", "parameters": {"commands": "true"}, "token": "run-7/shop"}
BY_TAG = {"targets": [{"key": "tag:App", "values": ["shop"]}]}


@pytest.fixture
def command(run_module: RunModule) -> Any:
    def run(check: bool = False, **options: Any) -> dict[str, Any]:
        return run_module("ssm_command", {**SHELL, "poll_interval": 0.05, "wait_timeout": 15, **options}, check=check)

    return run


def comparable(result: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in result.items() if name not in ("changed", "attached", "invocation")}


@pytest.mark.parametrize("recipients", [{"instance_ids": [ONE, TWO]}, BY_TAG], ids=["ids", "tag"])
def test_check_real_check_again_real_again(
    command: Any, aws: Lab, nodes: dict[str, ScriptedNode], recipients: dict[str, Any]
) -> None:
    check = command(check=True, **recipients)
    assert (check["changed"], check["attached"], aws.writes()) == (True, False, [])
    real = command(**recipients, comment="release")
    assert (real["changed"], real["attached"], aws.writes()) == (True, False, ["SendCommand"])
    assert real["command"]["comment"] == "release token=run-7/shop"
    for is_check in (True, False):
        aws.forget_calls()
        again = command(check=is_check, **recipients)
        assert (again["changed"], again["attached"], again["failed"]) == (False, True, False)
        assert comparable(again) == comparable(real)
        assert [call.action for call in aws.calls()] == ["ListCommands", "ListCommandInvocations"]
    assert len(nodes[ONE].jobs) == 1


def test_a_command_under_way_is_followed(command: Any, aws: Lab, nodes: dict[str, ScriptedNode]) -> None:
    nodes[ONE].hold()
    first = command(instance_ids=[ONE], wait_timeout=1)
    assert first["failed"]
    aws.forget_calls()
    check = command(check=True, instance_ids=[ONE])
    assert (check["changed"], check["attached"], check["command"]["status"]) == (False, True, "InProgress")
    assert [call.action for call in aws.calls()] == ["ListCommands"]
    nodes[ONE].release()
    second = command(instance_ids=[ONE])
    assert (second["changed"], second["attached"], second["command"]["status"]) == (False, True, "Success")
    assert second["command"]["command_id"] == first["command"]["command_id"]
    assert aws.writes() == []
    assert len(nodes[ONE].jobs) == 1


@pytest.mark.parametrize("check", [True, False])
def test_one_that_failed_is_reported_again_and_not_sent_again(
    command: Any, nodes: dict[str, ScriptedNode], check: bool
) -> None:
    nodes[ONE].shell = lambda _: Step(status="Failed", code=3, stderr="no space left")
    first = command(instance_ids=[ONE])
    again = command(check=check, instance_ids=[ONE])
    assert again["failed"]
    assert again["msg"] == first["msg"] == f"{ONE}: step aws:runShellScript Failed (exit code 3): no space left"
    assert len(nodes[ONE].jobs) == 1


@pytest.mark.parametrize(
    ("other", "difference"),
    [
        ({"instance_ids": [TWO]}, f"another set of instances ({ONE})"),
        (BY_TAG, "another set of instances"),
        ({"instance_ids": [ONE], "document_name": "arn:aws:ssm:eu-central-1::document/AWS-Noop"}, "another document"),
    ],
)
def test_a_token_stands_for_one_command_only(
    command: Any, aws: Lab, nodes: dict[str, ScriptedNode], other: dict[str, Any], difference: str
) -> None:
    command(instance_ids=[ONE])
    aws.forget_calls()
    result = command(**{"parameters": {}, **other})
    assert result["failed"]
    assert result["code"] == "client_token_taken"
    assert "run-7/shop" in result["msg"]
    assert difference in result["msg"]
    assert aws.writes() == []


def test_a_token_used_twice_is_refused(command: Any, aws: Lab, nodes: dict[str, ScriptedNode]) -> None:
    sent = [
        aws.client("ssm").send_command(
            DocumentName="AWS-RunShellScript",
            InstanceIds=[ONE],
            Parameters={"commands": ["true"]},
            Comment=f"{word} token=run-7/shop",
        )["Command"]["CommandId"]
        for word in ("a", "b")
    ]
    aws.forget_calls()
    while len(aws.client("ssm").list_commands()["Commands"]) < 2:
        pass
    result = command(instance_ids=[ONE])
    assert result["code"] == "client_token_ambiguous"
    assert all(command_id in result["msg"] for command_id in sent)
    assert aws.writes() == []


def test_other_tokens_and_comments_are_somebody_else_s(command: Any, aws: Lab, nodes: dict[str, ScriptedNode]) -> None:
    for options in ({"token": "run-7/shop2"}, {"token": "run-7"}, {"token": None, "comment": "token=run-7/shop or so"}):
        assert command(instance_ids=[ONE], **options)["changed"]
    assert command(instance_ids=[ONE])["changed"]
    assert len(nodes[ONE].jobs) == 4


def test_one_that_is_too_old_is_not_found(command: Any, aws: Lab, nodes: dict[str, ScriptedNode]) -> None:
    [old] = [command(instance_ids=[ONE])["command"]["command_id"]]
    aws.api.region.commands.by_id[old].requested -= datetime.timedelta(hours=2)
    assert not command(instance_ids=[ONE])["changed"]
    assert command(instance_ids=[ONE], token_max_age=3600)["changed"]


def test_a_lost_response_is_no_second_command(command: Any, aws: Lab, nodes: dict[str, ScriptedNode]) -> None:
    aws.fault("lost_answer", actions=["SendCommand"], next=1)
    result = command(instance_ids=[ONE])
    assert (result["failed"], result["changed"], result["attached"]) == (False, True, False)
    assert aws.writes() == ["SendCommand"]
    assert len(nodes[ONE].jobs) == 1


def test_a_request_that_may_have_arrived_is_not_repeated(
    command: Any, aws: Lab, nodes: dict[str, ScriptedNode]
) -> None:
    aws.fault("server_error", actions=["SendCommand"], next=1)
    result = command(instance_ids=[ONE], wait_timeout=1)
    assert result["code"] == "command_unanswered"
    assert aws.writes() == ["SendCommand"]
    # The next run sends it, because no command has the token.
    assert command(instance_ids=[ONE])["changed"]
    assert len(nodes[ONE].jobs) == 1


def test_many_commands_of_others_are_read_page_by_page(command: Any, aws: Lab, nodes: dict[str, ScriptedNode]) -> None:
    command(instance_ids=[ONE])
    commands = aws.api.region.commands.by_id
    [mine] = commands.values()
    commands.update({f"{number:036}": mine_like(mine, number) for number in range(60)})
    aws.forget_calls()
    assert command(instance_ids=[ONE])["attached"]
    assert len(aws.calls("ListCommands")) == 2


def mine_like(mine: Any, number: int) -> Any:
    import dataclasses

    return dataclasses.replace(mine, id=f"{number:036}", request={**mine.request, "Comment": "token=another"})
