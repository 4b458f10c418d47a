"""The agent's side of the protocol."""

from __future__ import annotations

import time
from pathlib import Path

import pytest
from unit.lab.node.fake_service import INSTANCE, wait_until
from unit.lab.node.node_under_test import Node, document, step


def test_replies_come_in_the_agents_order(node: Node) -> None:
    command_id = node.service.send(document(step("a", "true"), step("b", "exit 1")))
    node.service.wait_until_final(command_id)
    assert node.service.actions(command_id) == ["SendReply", "AcknowledgeMessage", *["SendReply"] * 3]
    replies = [reply for reply in node.service.replies if command_id in reply.message_id]
    assert [(reply.status, list(reply.steps)) for reply in replies] == [
        ("InProgress", []),
        ("InProgress", ["a"]),
        ("InProgress", ["b"]),
        ("Failed", []),
    ]
    assert replies[-1].payload["additionalInfo"]["runtimeStatusCounts"] == {"Success": 1, "Failed": 1}
    assert replies[0].message_id == f"aws.ssm.{command_id}.{INSTANCE}"


def test_the_final_reply_of_a_single_step_carries_it(node: Node) -> None:
    command_id = node.service.send(document(step("a", "true")))
    node.service.wait_until_final(command_id)
    replies = [reply for reply in node.service.replies if command_id in reply.message_id]
    assert [(reply.status, list(reply.steps)) for reply in replies] == [
        ("InProgress", []),
        ("InProgress", ["a"]),
        ("Success", ["a"]),
    ]


def test_a_duplicate_is_acknowledged_and_not_run(node: Node, tmp_path: Path) -> None:
    ran = tmp_path / "ran"
    one = document(step("a", f"echo x >> '{ran}'"))
    command_id = node.service.send(one)
    node.service.wait_until_final(command_id)
    before = len(node.service.actions(command_id))
    node.service.send(one, command_id=command_id)
    node.service.wait_for(lambda: len(node.service.actions(command_id)) >= before + 2)
    assert node.service.actions(command_id)[before:] == ["AcknowledgeMessage", "SendReply"]
    assert node.service.replies[-1].status == "InProgress"
    assert ran.read_text() == "x\n"


def test_a_duplicate_is_known_after_a_restart(own_node: Node, tmp_path: Path) -> None:
    ran = tmp_path / "ran"
    one = document(step("a", f"echo x >> '{ran}'"))
    command_id = own_node.service.send(one)
    own_node.service.wait_until_final(command_id)
    wait_until(lambda: not list((tmp_path / "state" / "current").iterdir()))
    own_node.boot()
    before = len(own_node.service.actions(command_id))
    own_node.service.send(one, command_id=command_id)
    own_node.service.wait_for(lambda: len(own_node.service.actions(command_id)) >= before + 2)
    assert ran.read_text() == "x\n"


@pytest.mark.parametrize("action", ["SendReply", "AcknowledgeMessage", "GetMessages", "GetDocument"])
def test_a_service_that_stumbles_loses_nothing(own_node: Node, action: str) -> None:
    own_node.service.documents["Child"] = document(step("x", "echo deep"))
    own_node.service.failing[action] = 2
    steps = [step("a", "echo a"), step("b", action="aws:runDocument", documentType="SSMDocument", documentPath="Child")]
    outcome = own_node.run(document(*steps))
    assert (outcome.status, outcome.text()) == ("Success", "a\ndeep\n")


def test_a_message_nobody_can_read_is_refused(node: Node) -> None:
    for topic, payload in (("aws.ssm.sendCommand.", "{"), ("aws.ssm.sendCommand.", "{}"), ("aws.ssm.other.", "{}")):
        before = node.service.actions().count("FailMessage")
        node.service.put(topic, f"aws.ssm.x.{INSTANCE}", payload)
        node.service.wait_for(lambda seen=before: node.service.actions().count("FailMessage") > seen)
    assert node.run(document(step("a", "true"))).status == "Success"


def test_at_most_five_documents_run_at_a_time(own_node: Node, tmp_path: Path) -> None:
    lines = [f"touch '{tmp_path}'/run.$$", f"ls '{tmp_path}' | grep -c run.", "sleep 1", f"rm '{tmp_path}'/run.$$"]
    ids = [own_node.service.send(document(step("a", *lines))) for _ in range(8)]
    counts = [int(own_node.service.wait_until_final(one).text()) for one in ids]
    assert max(counts) == 5


def test_a_command_cancelled_before_its_turn_runs_nothing(own_node: Node) -> None:
    busy = [own_node.service.send(document(step("a", "sleep 2"))) for _ in range(5)]
    waiting = own_node.service.send(document(step("a", "echo ran"), step("b", "echo ran")))
    own_node.service.wait_for(lambda: "AcknowledgeMessage" in own_node.service.actions(waiting))
    own_node.service.cancel(waiting)
    outcome = own_node.service.wait_until_final(waiting)
    assert outcome.summary() == {"a": ("Cancelled", 1), "b": ("Cancelled", 1)}
    assert all(own_node.service.wait_until_final(one).status == "Success" for one in busy)


def test_the_agent_pings_at_its_start_and_again(tmp_path: Path) -> None:
    node = Node(tmp_path, ping_interval=0.1)
    node.service.failing["UpdateInstanceInformation"] = 1
    node.boot()
    node.service.wait_for(lambda: node.service.actions().count("UpdateInstanceInformation") >= 4)
    body = next(body for action, body in node.service.calls if action == "UpdateInstanceInformation")
    assert body["InstanceId"] == INSTANCE
    assert (body["AgentName"], body["AgentStatus"], body["PlatformType"]) == ("amazon-ssm-agent", "Active", "Linux")
    node.close()


def test_a_document_of_another_schema_is_refused(node: Node) -> None:
    outcome = node.run({"schemaVersion": "0.3", "mainSteps": [step("a", "true")]})
    assert outcome.status == "Failed"
    assert "0.3" in outcome.trace


def test_a_document_the_agent_stumbles_over_still_ends(node: Node) -> None:
    started = time.monotonic()
    outcome = node.run({"schemaVersion": "2.2", "mainSteps": [{"action": "aws:runShellScript"}]})
    assert outcome.status == "Failed"
    assert time.monotonic() - started < 10
