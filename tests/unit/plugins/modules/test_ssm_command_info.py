"""ssm_command_info against the lab's API, run as Ansible runs it."""

from __future__ import annotations

import dataclasses
import datetime
from collections.abc import Callable
from typing import Any

import pytest
import yaml
from ansible_collections.steadyfleet.aws_patching.plugins.modules import ssm_command, ssm_command_info
from lab.api.moto_bridge import buckets as s3
from lab.api.testing.kit import Lab, RunModule
from lab.api.testing.scripted_node import ScriptedNode, Step
from unit.plugins.modules.association_kit import undocumented

ONE, TWO = "i-00000000000000001", "i-00000000000000002"
UNKNOWN = "12345678-1234-1234-1234-123456789012"
LINES = "".join(f"line {number}\n" for number in range(10_000))
Info = Callable[..., list[dict[str, Any]]]


@pytest.fixture
def info(run_module: RunModule, aws: Lab) -> Info:
    """Reads commands, in check mode and without; both read the same and write nothing."""

    def run(**options: Any) -> list[dict[str, Any]]:
        checked = run_module("ssm_command_info", options, check=True)
        aws.forget_calls()
        result = run_module("ssm_command_info", options)
        assert (result["failed"], result["changed"]) == (False, False), result
        assert result["commands"] == checked["commands"]
        assert not aws.writes()
        found: list[dict[str, Any]] = result["commands"]
        return found

    return run


@pytest.fixture
def send(run_module: RunModule, nodes: dict[str, ScriptedNode]) -> Callable[..., dict[str, Any]]:
    def run(**options: Any) -> dict[str, Any]:
        quick = {"poll_interval": 0.05, "wait_timeout": 15}
        shell = {"document_name": "AWS-RunShellScript", "parameters": {"commands": "true"}, "instance_ids": [ONE]}
        return run_module("ssm_command", {**quick, **shell, **options})

    return run


@pytest.fixture
def three(send: Callable[..., dict[str, Any]], nodes: dict[str, ScriptedNode], aws: Lab) -> dict[str, str]:
    """Names and ids: one command with a token, one of another document on two nodes, one that has failed."""
    token = send(client_token="run-7/shop", comment="release")
    noop = send(document_name="AWS-RunPatchBaseline", parameters={"Operation": "Scan"}, instance_ids=[ONE, TWO])
    nodes[TWO].shell = lambda _commands: Step(status="Failed", code=3, stdout="a\n", stderr="no space left\n")
    failed = send(instance_ids=[TWO])
    assert (token["failed"], noop["failed"], failed["failed"]) == (False, False, True)
    ids = {"token": token, "noop": noop, "failed": failed}
    return {name: result["command"]["command_id"] for name, result in ids.items()}


def test_by_id_each_costs_one_call(info: Info, aws: Lab, three: dict[str, str]) -> None:
    found = info(command_ids=[three["failed"], UNKNOWN, three["token"], three["failed"]])
    assert [command["command_id"] for command in found] == [three["failed"], three["token"]]
    assert [call.action for call in aws.calls()] == ["ListCommands"] * 3
    assert info(command_ids=[]) == []
    assert not aws.calls()


def test_a_command_is_returned_as_ssm_command_returns_it(
    info: Info, aws: Lab, send: Callable[..., dict[str, Any]], three: dict[str, str]
) -> None:
    sent = send(client_token="run-7/shop")["command"]
    assert sent.pop("cancel_requested") is False
    [found] = info(command_id=three["token"], include_invocations=True)
    assert [call.action for call in aws.calls()] == ["ListCommands", "ListCommandInvocations"]
    assert found == sent
    documented = yaml.safe_load(ssm_command.RETURN)["command"]["contains"]
    assert not undocumented([found], documented)
    [found] = info(command_id=three["token"])
    assert set(found) == set(sent) - {"invocations"}
    assert set(yaml.safe_load(ssm_command_info.RETURN)["commands"]["contains"]) == set(sent)


def test_the_result_on_each_node(info: Info, three: dict[str, str]) -> None:
    [found] = info(command_ids=[three["failed"]], include_invocations=True)
    assert found["status"] == "Failed"
    [invocation] = found["invocations"]
    [step] = invocation["steps"]
    assert (invocation["instance_id"], invocation["status"]) == (TWO, "Failed")
    assert (step["response_code"], step["stdout"], step["truncated"]) == (3, "a\n", False)
    assert step["stderr"].startswith("no space left\n")
    [found] = info(command_ids=[three["noop"]], include_invocations=True)
    assert {invocation["instance_id"] for invocation in found["invocations"]} == {ONE, TWO}


@pytest.mark.parametrize(
    ("conditions", "names"),
    [
        ({}, ["failed", "noop", "token"]),
        ({"document_name": "AWS-RunPatchBaseline"}, ["noop"]),
        ({"instance_id": TWO}, ["failed", "noop"]),
        ({"status": "Failed"}, ["failed"]),
        ({"instance_id": TWO, "status": "Success"}, ["noop"]),
        ({"client_token": "run-7/shop"}, ["token"]),
        ({"client_token": "run-7"}, []),
        ({"client_token": "run-7/shop", "instance_id": TWO}, []),
        ({"max_commands": 2}, ["failed", "noop"]),
        ({"client_token": "run-7/shop", "max_commands": 1}, ["token"]),
    ],
)
def test_conditions(info: Info, aws: Lab, three: dict[str, str], conditions: dict[str, Any], names: list[str]) -> None:
    assert [command["command_id"] for command in info(**conditions)] == [three[name] for name in names]
    assert [call.action for call in aws.calls()] == ["ListCommands"]


def test_only_commands_after_a_time(info: Info, aws: Lab, three: dict[str, str]) -> None:
    aws.api.region.commands.by_id[three["token"]].requested -= datetime.timedelta(hours=2)
    offset = datetime.timezone(datetime.timedelta(hours=5))
    an_hour_ago = datetime.datetime.now(offset) - datetime.timedelta(hours=1)
    found = info(invoked_after=an_hour_ago.isoformat())
    assert {command["command_id"] for command in found} == {three["noop"], three["failed"]}


def test_no_more_pages_are_read_than_needed(info: Info, aws: Lab, three: dict[str, str]) -> None:
    commands = aws.api.region.commands.by_id
    [one, *_] = commands.values()
    commands.update({f"{number:036}": dataclasses.replace(one, id=f"{number:036}") for number in range(120)})
    assert len(info(max_commands=30)) == 30
    assert len(aws.calls("ListCommands")) == 1
    assert len(info(max_commands=60)) == 60
    assert len(aws.calls("ListCommands")) == 2
    # AWS has no filter for the token.
    assert len(info(client_token="run-7/shop", max_commands=60)) == 60
    assert len(aws.calls("ListCommands")) == 3


def test_long_output_is_read_completely(
    info: Info, aws: Lab, send: Callable[..., dict[str, Any]], nodes: dict[str, ScriptedNode]
) -> None:
    nodes[ONE].shell = lambda _commands: Step(stdout=LINES)
    options = {"output_s3_bucket_name": s3.BUCKET, "output_s3_key_prefix": "logs"}
    kept, cut = (send(**more)["command"]["command_id"] for more in (options, {}))
    [[kept_step], [cut_step]] = (
        command["invocations"][0]["steps"] for command in info(command_ids=[kept, cut], include_invocations=True)
    )
    assert (kept_step["stdout"], kept_step["truncated"]) == (LINES, False)
    assert (cut_step["stdout"], cut_step["truncated"]) == (LINES[:24_000], True)
    assert len(aws.calls("GetCommandInvocation")) == 2
    assert len(aws.calls("GetObject")) == 1


def test_throttled_reads_are_repeated(info: Info, aws: Lab, three: dict[str, str]) -> None:
    aws.fault("throttling", next=2)
    assert len(info(status="Failed")) == 1


@pytest.mark.parametrize(
    ("options", "code", "facts"),
    [
        ({"command_ids": ["x"]}, "invalid_option", ["command_ids must have 36 characters"]),
        ({"instance_id": "web-1"}, "invalid_option", ["instance_id must match"]),
        ({"document_name": "a b"}, "invalid_option", ["document_name must match"]),
        (
            {"invoked_after": "today", "max_commands": 0},
            "time_invalid",
            ["invoked_after must be a time", "max_commands must be at"],
        ),
        (
            {"instance_id": ONE, "status": "Pending"},
            "invalid_option",
            ["instance_id and status=Pending exclude each other"],
        ),
    ],
)
def test_wrong_input_is_refused_before_any_call(
    run_module: RunModule, aws: Lab, options: dict[str, Any], code: str, facts: list[str]
) -> None:
    for check in (True, False):
        result = run_module("ssm_command_info", options, check=check)
        assert result["code"] == code
        assert [fact for fact in facts if fact not in result["msg"]] == []
        assert len(result["problems"]) == len(facts)
    assert not aws.calls()


@pytest.mark.parametrize(
    "condition",
    [
        {"document_name": "AWS-Noop"},
        {"instance_id": ONE},
        {"client_token": "t"},
        {"status": "Failed"},
        {"invoked_after": "2026-08-01"},
    ],
)
def test_ids_exclude_conditions(run_module: RunModule, aws: Lab, condition: dict[str, str]) -> None:
    result = run_module("ssm_command_info", {"command_ids": [UNKNOWN], **condition})
    assert result["failed"]
    assert f"mutually exclusive: command_ids|{next(iter(condition))}" in result["msg"]
    assert not aws.calls()
