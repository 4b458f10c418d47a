"""The real agent and the real API of the lab, together: what an operator's calls see of a command."""

from __future__ import annotations

import json
import socket
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from lab.api.moto_bridge import buckets as s3
from lab.api.testing.kit import Lab
from lab.node.ssm_agent.config import Config
from lab.node.ssm_agent.service import Agent
from lab.node.ssm_agent.wire import Client, ServiceError
from unit.lab.node.fake_service import wait_until
from unit.lab.node.node_under_test import call, document, step

FINAL = ("Success", "Failed", "TimedOut", "Cancelled")


class RealNode:
    """The lab's first instance with an agent; after a reboot the next one runs on the same state."""

    def __init__(self, lab: Lab, endpoint: str, folder: Path) -> None:
        self.lab = lab
        self.instance_id = lab.instance_ids[0]
        self.ssm = lab.client("ssm")
        self.boots = 0
        self._endpoint = endpoint
        self._folder = folder
        self._stopping = threading.Event()
        self._agent = self._new_agent()
        self._thread = threading.Thread(target=self._live, daemon=True)
        self._thread.start()

    def _new_agent(self) -> Agent:
        self.boots += 1
        config = Config(
            endpoint=self._endpoint,
            instance_id=self.instance_id,
            region=self.lab.settings.account.region,
            state_dir=self._folder,
            minimum_timeout=0.1,
            retry_pause=0.05,
        )
        return Agent(config)

    def _live(self) -> None:
        while True:
            self._agent.run()
            if self._stopping.is_set():
                return
            self._agent = self._new_agent()

    def close(self) -> None:
        self._stopping.set()
        self._agent.stop()
        self._thread.join(5)

    def make(self, name: str, content: dict[str, Any]) -> None:
        self.ssm.create_document(Name=name, Content=json.dumps(content), DocumentType="Command")
        wait_until(lambda: self.ssm.describe_document(Name=name)["Document"]["Status"] == "Active")

    def send(self, name: str, **parameters: list[str]) -> str:
        sent = self.ssm.send_command(InstanceIds=[self.instance_id], DocumentName=name, Parameters=parameters)
        command_id: str = sent["Command"]["CommandId"]
        return command_id

    def invocation(self, command_id: str) -> dict[str, Any]:
        found = self.ssm.list_command_invocations(CommandId=command_id, Details=True)["CommandInvocations"]
        return found[0] if found else {"Status": "Pending", "CommandPlugins": []}

    def run(self, name: str, **parameters: list[str]) -> dict[str, Any]:
        command_id = self.send(name, **parameters)
        wait_until(lambda: self.invocation(command_id)["Status"] in FINAL)
        return self.invocation(command_id)


@pytest.fixture
def real_node(lab_api: Lab, tmp_path: Path) -> Iterator[RealNode]:
    with socket.create_server(("127.0.0.1", 0)) as sock:
        # Nodes have their own door: what an operator may do is not what an agent may do.
        lab_api.api.serve(sock, source="node")
        one = RealNode(lab_api, f"http://127.0.0.1:{sock.getsockname()[1]}", tmp_path / "state")
        wait_until(lambda: one.ssm.describe_instance_information()["InstanceInformationList"], 5)
        yield one
        one.close()


def plugins(invocation: dict[str, Any]) -> dict[str, tuple[str, int]]:
    return {one["Name"]: (one["Status"], one["ResponseCode"]) for one in invocation["CommandPlugins"]}


@pytest.mark.parametrize(
    ("commands", "status", "code", "output"),
    [
        (["echo one", "echo two"], "Success", 0, "one\ntwo\n"),
        (["echo out", "exit 3"], "Failed", 3, "out\n"),
        (["echo out", "kill -9 $$"], "TimedOut", 137, "out\n"),
    ],
)
def test_a_shell_command(real_node: RealNode, commands: list[str], status: str, code: int, output: str) -> None:
    invocation = real_node.run("AWS-RunShellScript", commands=commands)
    assert invocation["Status"] == status
    assert plugins(invocation) == {"aws:runShellScript": (status, code)}
    told = real_node.ssm.get_command_invocation(
        CommandId=invocation["CommandId"], InstanceId=real_node.instance_id, PluginName="aws:runShellScript"
    )
    assert told["StandardOutputContent"] == output


def test_the_node_is_online_with_its_version(real_node: RealNode) -> None:
    [node] = real_node.ssm.describe_instance_information()["InstanceInformationList"]
    assert (node["InstanceId"], node["PingStatus"]) == (real_node.instance_id, "Online")
    assert (node["AgentVersion"], node["PlatformType"]) == ("3.3.2746.0", "Linux")


def test_a_command_goes_on_after_its_reboot(real_node: RealNode, tmp_path: Path) -> None:
    reboot = f"echo pass; [ -e '{tmp_path}'/r ] || {{ touch '{tmp_path}'/r; exit 194; }}"
    real_node.make("Child", document(step("a", reboot)))
    real_node.make("Parent", document(step("first", "true"), call("again", "Child"), step("last", "exit 4")))
    invocation = real_node.run("Parent")
    assert real_node.boots == 2
    assert invocation["Status"] == "Failed"
    assert plugins(invocation) == {"first": ("Success", 0), "again": ("Success", 0), "last": ("Failed", 4)}
    assert [one["Output"] for one in invocation["CommandPlugins"]][1] == "pass\n" * 3


def test_a_command_sent_right_after_a_reboot_does_not_wait(real_node: RealNode, tmp_path: Path) -> None:
    real_node.make("Reboot", document(step("a", f"[ -e '{tmp_path}'/r ] || {{ touch '{tmp_path}'/r; exit 194; }}")))
    real_node.run("Reboot")
    # The first agent's long poll still hangs at the service; it must not get this one.
    command_id = real_node.send("AWS-RunShellScript", commands=["true"])
    wait_until(lambda: real_node.invocation(command_id)["Status"] == "Success", 5)


def test_cancel(real_node: RealNode) -> None:
    command_id = real_node.send("AWS-RunShellScript", commands=["sleep 60"])
    wait_until(lambda: real_node.invocation(command_id)["Status"] == "InProgress")
    real_node.ssm.cancel_command(CommandId=command_id)
    wait_until(lambda: real_node.invocation(command_id)["Status"] == "Cancelled")
    assert plugins(real_node.invocation(command_id)) == {"aws:runShellScript": ("Cancelled", 137)}


def test_the_whole_output_is_uploaded(real_node: RealNode) -> None:
    much = "head -c 60000 /dev/zero | tr '\\0' o; echo end; echo why >&2"
    sent = real_node.ssm.send_command(
        InstanceIds=[real_node.instance_id],
        DocumentName="AWS-RunShellScript",
        Parameters={"commands": [much]},
        OutputS3BucketName=s3.BUCKET,
        OutputS3KeyPrefix="logs",
    )["Command"]
    wait_until(lambda: real_node.invocation(sent["CommandId"])["Status"] == "Success")
    place = f"logs/{sent['CommandId']}/{real_node.instance_id}/awsrunShellScript/0.awsrunShellScript"
    objects = real_node.lab.client("s3")
    assert objects.get_object(Bucket=s3.BUCKET, Key=f"{place}/stdout")["Body"].read() == b"o" * 60000 + b"end\n"
    assert objects.get_object(Bucket=s3.BUCKET, Key=f"{place}/stderr")["Body"].read() == b"why\n"


def test_a_node_may_write_objects_and_not_read_them(real_node: RealNode) -> None:
    client = Client(endpoint=real_node._endpoint, region="eu-central-1", agent_version="3.3.2746.0")
    client.put_object(s3.BUCKET, "a b/c", b"text")
    assert real_node.lab.client("s3").get_object(Bucket=s3.BUCKET, Key="a b/c")["Body"].read() == b"text"
    with pytest.raises(ServiceError, match="HTTP 404"):
        client.put_object("no-such-bucket", "c", b"text")


def test_cancelling_one_step_cancels_the_rest(real_node: RealNode) -> None:
    real_node.make("Steps", document(step("first", "true"), step("long", "sleep 60"), step("last", "true")))
    command_id = real_node.send("Steps")
    wait_until(lambda: plugins(real_node.invocation(command_id)).get("first") == ("Success", 0))
    real_node.ssm.cancel_command(CommandId=command_id)
    wait_until(lambda: real_node.invocation(command_id)["Status"] == "Cancelled")
    told = plugins(real_node.invocation(command_id))
    assert told == {"first": ("Success", 0), "long": ("Cancelled", 137), "last": ("Cancelled", 1)}


def test_hooks_of_awss_document_are_fetched_with_their_version(real_node: RealNode) -> None:
    real_node.make("OnExit", document(step("hook", "echo version one")))
    invocation = real_node.run("AWS-RunPatchBaselineWithHooks", Operation=["Install"], OnExitHookDocName=["OnExit:1"])
    # The payload is not on this machine: the scan fails, and OnExit runs all the same.
    assert plugins(invocation)["PreInstallScan"] == ("Failed", 1)
    assert plugins(invocation)["CustomerProvidedOnExitHook"] == ("Success", 0)
    assert invocation["CommandPlugins"][-1]["Output"] == "version one\n"
    assert invocation["Status"] == "Failed"
