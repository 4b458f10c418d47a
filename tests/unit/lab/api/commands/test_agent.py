"""The lab's agent, as the instances run it, against the API."""

from __future__ import annotations

import json
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from lab.api.testing.kit import Lab

ONE = "i-00000000000000001"
AGENT = Path(__file__).parents[4] / "lab" / "node" / "agent.py"
REBOOT = 94


@pytest.fixture
def endpoint(lab_api: Lab) -> Iterator[str]:
    with socket.create_server(("127.0.0.1", 0)) as sock:
        lab_api.api.serve(sock, source="node")
        yield f"http://127.0.0.1:{sock.getsockname()[1]}"


@pytest.fixture
def agent(endpoint: str, tmp_path: Path, lab_api: Lab) -> Iterator[Callable[[], subprocess.Popen[bytes]]]:
    """Start the agent; again, after it has asked for a reboot."""
    started: list[subprocess.Popen[bytes]] = []

    def start() -> subprocess.Popen[bytes]:
        command = [sys.executable, str(AGENT), "--endpoint", endpoint, "--instance-id", ONE]
        command += ["--state-dir", str(tmp_path), "--region", lab_api.settings.account.region]
        started.append(subprocess.Popen(command))
        return started[-1]

    yield start
    for process in started:
        process.terminate()
        process.wait(10)


@pytest.fixture
def send(ssm: Any, eventually: Callable[..., Any]) -> Callable[..., str]:
    def now(**params: Any) -> str:
        eventually(lambda: ssm.describe_instance_information()["InstanceInformationList"], 15)
        return str(ssm.send_command(InstanceIds=[ONE], **params)["Command"]["CommandId"])

    return now


@pytest.fixture
def result(ssm: Any, eventually: Callable[..., Any]) -> Callable[[str], dict[str, Any]]:
    def wait(command_id: str) -> dict[str, Any]:
        def look() -> Any:
            found = ssm.list_command_invocations(CommandId=command_id, Details=True)["CommandInvocations"]
            return found and found[0]["Status"] not in ("Pending", "InProgress") and found[0]

        return dict(eventually(look, 20))

    return wait


def test_a_script_s_output_arrives(agent: Any, send: Any, result: Any, ssm: Any) -> None:
    agent()
    commands = ["echo said", "echo complained >&2", "exit 3"]
    command_id = send(DocumentName="AWS-RunShellScript", Parameters={"commands": commands})
    invocation = result(command_id)
    assert (invocation["Status"], invocation["CommandPlugins"][0]["ResponseCode"]) == ("Failed", 3)
    got = ssm.get_command_invocation(CommandId=command_id, InstanceId=ONE)
    assert got["StandardOutputContent"].strip() == "said"
    assert "complained" in got["StandardErrorContent"]


def test_a_step_that_asks_for_a_reboot_runs_again_after_it(
    agent: Any, send: Any, result: Any, ssm: Any, tmp_path: Path, eventually: Callable[..., Any]
) -> None:
    mark = tmp_path / "rebooted"
    script = [f"test -e '{mark}' && echo after || {{ touch '{mark}'; echo before; exit 194; }}"]
    steps = [
        {"action": "aws:runShellScript", "name": "first", "inputs": {"runCommand": ["echo once"]}},
        {"action": "aws:runShellScript", "name": "reboots", "inputs": {"runCommand": script}},
        {"action": "aws:runShellScript", "name": "last", "inputs": {"runCommand": ["echo done"]}},
    ]
    ssm.create_document(Name="reboots", Content=json.dumps({"schemaVersion": "2.2", "mainSteps": steps}))
    eventually(lambda: ssm.describe_document(Name="reboots")["Document"]["Status"] == "Active")
    before = agent()
    command_id = send(DocumentName="reboots")
    assert before.wait(20) == REBOOT
    listed = eventually(lambda: ssm.list_command_invocations(CommandId=command_id)["CommandInvocations"])
    assert listed[0]["Status"] == "InProgress"
    agent()
    plugins = {plugin["Name"]: plugin["Output"].split() for plugin in result(command_id)["CommandPlugins"]}
    assert plugins == {"first": ["once"], "reboots": ["before", "after"], "last": ["done"]}
