"""Reboots: asked for by exit 194, and not asked for. A reboot is another run of the agent on the same state."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from lab import node as node_package
from unit.lab.node.fake_service import INSTANCE, wait_until
from unit.lab.node.node_under_test import Node, call, document, step

OK = ("Success", 0)
SKIPPED = ("Skipped", 0)
FOLDER = Path(next(iter(node_package.__path__)))


@pytest.fixture
def counted(tmp_path: Path) -> str:
    """Shell lines that reboot the first time they run."""
    return f"echo pass; [ -e '{tmp_path}'/rebooted ] || {{ touch '{tmp_path}'/rebooted; exit 194; }}"


def test_the_same_step_runs_again_and_earlier_ones_do_not(own_node: Node, tmp_path: Path, counted: str) -> None:
    ran = tmp_path / "ran"
    outcome = own_node.run_with_reboots(
        document(step("first", f"echo x >> '{ran}'"), step("again", counted), step("last", f"wc -l < '{ran}'"))
    )
    assert outcome.status == "Success"
    assert outcome.summary() == {"first": OK, "again": OK, "last": OK}
    assert outcome.steps["again"]["standardOutput"] == "pass\npass\n"
    assert outcome.steps["last"]["standardOutput"].strip() == "1"


def test_a_child_restarts_from_its_first_step(own_node: Node, tmp_path: Path, counted: str) -> None:
    ran = tmp_path / "ran"
    own_node.service.documents["Child"] = document(step("a", f"echo x >> '{ran}'", "echo a"), step("b", counted))
    outcome = own_node.run_with_reboots(document(call("c", "Child"), step("after", f"wc -l < '{ran}'")))
    assert outcome.summary() == {"c": OK, "after": OK}
    # The first pass stands there twice: as the step's own output, and in that of the child's steps.
    lines = outcome.steps["c"]["standardOutput"].split()
    assert sorted(lines) == ["a"] * 3 + ["pass"] * 3
    assert outcome.steps["after"]["standardOutput"].strip() == "2"


def test_several_reboots_in_a_row(own_node: Node, tmp_path: Path) -> None:
    ran = tmp_path / "ran"
    lines = [f"echo x >> '{ran}'", f"[ $(wc -l < '{ran}') -ge 3 ] || exit 194"]
    outcome = own_node.run_with_reboots(document(step("a", *lines), step("b", "true")), reboots=2)
    assert (outcome.status, ran.read_text()) == ("Success", "x\nx\nx\n")


def test_what_was_skipped_before_the_reboot_stays_skipped(own_node: Node, counted: str) -> None:
    steps = [step("a", "exit 169"), step("b", "exit 1"), step("last", counted, finallyStep=True)]
    outcome = own_node.run_with_reboots(document(*steps))
    assert outcome.status == "Failed"
    assert outcome.summary() == {"a": ("Failed", 169), "b": SKIPPED, "last": OK}


def test_a_failure_after_the_reboot_counts(own_node: Node, tmp_path: Path) -> None:
    script = f"[ -e '{tmp_path}'/r ] && exit 5; touch '{tmp_path}'/r; exit 194"
    outcome = own_node.run_with_reboots(document(step("a", script), step("b", "true")))
    assert outcome.status == "Failed"
    assert outcome.summary() == {"a": ("Failed", 5), "b": OK}


def test_the_step_and_the_document_say_that_they_reboot(own_node: Node, counted: str) -> None:
    command_id = own_node.service.send(document(step("a", "true"), step("b", counted)))
    own_node.wait_for_reboot()
    outcome = own_node.service.outcome(command_id)
    assert outcome.summary() == {"a": OK, "b": ("SuccessAndReboot", 194)}
    assert outcome.steps["b"]["output"] == "pass\n"
    last_two = [(reply.status, list(reply.steps)) for reply in own_node.service.replies[-2:]]
    assert last_two == [("InProgress", ["b"]), ("SuccessAndReboot", [])]
    own_node.boot()
    outcome = own_node.service.wait_until_final(command_id)
    assert (outcome.status, outcome.summary()) == ("Success", {"a": OK, "b": OK})


def test_a_reboot_forgets_a_cancel(own_node: Node, tmp_path: Path) -> None:
    """It does not reach into a child, so the child goes on and asks for its reboot."""
    go = tmp_path / "go"
    lines = [f"[ ! -e '{tmp_path}/r' ] || exit 0", f"touch '{tmp_path}/r'", f"until [ -e '{go}' ]; do sleep 0.05; done"]
    own_node.service.documents["Child"] = document(step("a", *lines, "exit 194"))
    command_id = own_node.service.send(document(call("c", "Child"), step("later", "true")))
    wait_until((tmp_path / "r").exists)
    own_node.service.cancel(command_id)
    own_node.service.wait_for(lambda: "DeleteMessage" in own_node.service.actions())
    go.touch()
    own_node.wait_for_reboot()
    own_node.boot()
    outcome = own_node.service.wait_until_final(command_id)
    assert (outcome.status, outcome.summary()) == ("Success", {"c": OK, "later": OK})


class Process:
    """The agent as an instance starts it."""

    def __init__(self, node: Node) -> None:
        self._node = node
        self.running = self._start()

    def _start(self) -> subprocess.Popen[bytes]:
        options = {
            "endpoint": self._node.service.endpoint,
            "instance-id": INSTANCE,
            "state-dir": str(self._node.folder / "state"),
            "region": "eu-central-1",
            "orphan-resume": "0.2",
            "retry-pause": "0.1",
        }
        arguments = [part for name, value in options.items() for part in (f"--{name}", value)]
        return subprocess.Popen([sys.executable, str(FOLDER / "agent.py"), *arguments], cwd="/")

    def kill(self) -> None:
        self.running.kill()
        self.running.wait()

    def restart(self) -> None:
        self.running = self._start()


@pytest.fixture
def process(tmp_path: Path) -> Iterator[tuple[Node, Process]]:
    node = Node(tmp_path)
    one = Process(node)
    yield node, one
    one.kill()
    node.close()


def test_the_agent_ends_with_94_for_a_reboot(process: tuple[Node, Process], counted: str) -> None:
    node, agent = process
    command_id = node.service.send(document(step("a", counted)))
    assert agent.running.wait(10) == 94
    agent.restart()
    assert node.service.wait_until_final(command_id).text() == "pass\npass\n"
    agent.running.send_signal(signal.SIGTERM)
    assert agent.running.wait(10) == 0


def test_a_kill_is_not_resumed_but_failed_a_while_after(process: tuple[Node, Process], tmp_path: Path) -> None:
    node, agent = process
    pid = tmp_path / "pid"
    wait = [f"echo $$ > '{pid}'.part; mv '{pid}'.part '{pid}'", "exec sleep 60"]
    steps = [step("a", "echo done"), step("b", *wait), step("c", "true")]
    command_id = node.service.send(document(*steps))
    wait_until(pid.exists)
    assert node.service.outcome(command_id).summary() == {"a": OK}
    agent.kill()
    agent.restart()
    outcome = node.service.wait_until_final(command_id)
    os.kill(int(pid.read_text()), signal.SIGKILL)
    assert outcome.status == "Failed"
    # The first step's success is overwritten, the others are never told.
    assert outcome.summary() == {"a": ("Failed", 1)}
    ran_again = node.service.send(document(step("a", "echo next")))
    assert node.service.wait_until_final(ran_again).text() == "next\n"


def test_a_kill_after_a_reboot_is_not_resumed_either(
    process: tuple[Node, Process], tmp_path: Path, counted: str
) -> None:
    node, agent = process
    pid = tmp_path / "pid"
    steps = [step("a", counted, f"echo $$ > '{pid}'.part; mv '{pid}'.part '{pid}'", "exec sleep 60"), step("b", "true")]
    command_id = node.service.send(document(*steps))
    assert agent.running.wait(10) == 94
    agent.restart()
    wait_until(pid.exists)
    agent.kill()
    agent.restart()
    outcome = node.service.wait_until_final(command_id)
    os.kill(int(pid.read_text()), signal.SIGKILL)
    assert outcome.status == "Failed"
    assert outcome.summary() == {"a": ("Failed", 1)}
