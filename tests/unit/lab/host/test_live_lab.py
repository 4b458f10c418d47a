"""A whole lab, started and ended by its command line: what it promises its users, and that nothing of it stays."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[4]
PATIENCE = 30.0


class CommandLine:
    """bin/lab for one folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def command(self, *words: str) -> list[str]:
        return [sys.executable, "-m", "lab", "--dir", str(self.folder), *words]

    def __call__(self, *words: str, check: bool = True) -> subprocess.CompletedProcess[str]:
        done = subprocess.run(self.command(*words), env=environment(), capture_output=True, text=True, check=False)
        assert not check or done.returncode == 0, f"{words}: {done.stdout}{done.stderr}"
        return done

    def inside(self, instance_id: str, script: str) -> str:
        return self("exec", instance_id, "--", "sh", "-ec", script).stdout.strip()

    @property
    def state(self) -> dict[str, Any]:
        state: dict[str, Any] = json.loads((self.folder / "state.json").read_text())
        return state

    @property
    def first(self) -> str:
        return str(self.state["instances"][0]["instance_id"])

    def events(self, name: str) -> int:
        lines = (self.folder / "events.jsonl").read_text().splitlines()
        return sum(json.loads(line)["event"] == name for line in lines)


def environment() -> dict[str, str]:
    return {**os.environ, "PYTHONPATH": str(ROOT / "tests")}


def wait_until(condition: Callable[[], bool], what: str) -> None:
    deadline = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < deadline, f"waited in vain: {what}"
        time.sleep(0.05)


def tree(pid: int) -> dict[int, str]:
    """A process and everything below it: id -> when it began, which tells it from a later one with the same id."""
    found = {pid: began(pid)}
    for task in Path(f"/proc/{pid}/task").glob("*/children"):
        for child in task.read_text().split():
            found |= tree(int(child))
    return found


def began(pid: int) -> str:
    """Empty for one that is gone, or only waits for its parent to look."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return ""
    return "" if fields[0] == "Z" else fields[19]


def left_of(processes: dict[int, str]) -> list[int]:
    return [pid for pid, start in processes.items() if start and began(pid) == start]


def host_surface() -> tuple[list[str], str]:
    """What a lab could leave on the host beside processes and files: interfaces and mounts."""
    return sorted(os.listdir("/sys/class/net")), Path("/proc/self/mounts").read_text()


@pytest.fixture(scope="module")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[CommandLine]:
    lab = CommandLine(tmp_path_factory.mktemp("lab"))
    lab("start", "--instances", "2", "--set", "instance.boot_seconds=0.2")
    yield lab
    lab("stop")


def test_the_host_reaches_the_api_and_the_load_balancer(lab: CommandLine) -> None:
    script = (
        "import boto3, os, urllib.request\n"
        "nodes = boto3.client('ssm').describe_instance_information()['InstanceInformationList']\n"
        "print(sorted(node['InstanceId'] for node in nodes if node['PingStatus'] == 'Online'))\n"
        "print(urllib.request.urlopen(os.environ['LAB_LB_URL']).status)"
    )

    nodes, status = lab("run", "--", sys.executable, "-c", script).stdout.splitlines()

    assert nodes == str(sorted(instance["instance_id"] for instance in lab.state["instances"]))
    assert status == "200"


def test_run_takes_the_commands_exit_code_and_keeps_real_credentials_out(
    lab: CommandLine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_PROFILE", "production")

    assert lab("run", "--", "sh", "-c", "exit 7", check=False).returncode == 7
    assert lab("run", "--", "sh", "-c", 'echo "[${AWS_PROFILE-}]"').stdout == "[]\n"


def test_status_tells_what_the_load_balancer_sees(lab: CommandLine) -> None:
    health = json.loads(lab("status", "--json").stdout)["health"]

    assert {group: set(states.values()) for group, states in health.items()} == {"shop-web": {"up"}, "shop-api": {"up"}}


def test_instances_are_machines_of_their_own(lab: CommandLine) -> None:
    script = "hostname; ls /proc | grep -c '^[0-9]*$'; ls /sys/class/net 2>/dev/null | wc -l; dpkg-query -W | wc -l"

    name, processes, interfaces, packages = lab.inside(lab.first, script).split("\n")

    assert name == "shop-1"
    assert int(processes) < 15, "only its own processes"
    assert interfaces == "0"
    assert packages == "2", "only the lab's packages, not the host's"


def test_the_outside_world_is_not_there(lab: CommandLine) -> None:
    script = "curl --silent --max-time 3 http://192.0.2.1/ || echo $?"

    assert lab.inside(lab.first, script) == "7"


def test_a_reboot_is_one(lab: CommandLine) -> None:
    lab.inside(lab.first, "iptables -I INPUT -p tcp --syn --dport 443 -j DROP; touch /run/marker /srv/kept")
    before = lab.inside(lab.first, "cat /proc/sys/kernel/random/boot_id; iptables -S INPUT | wc -l")
    boots = lab.events("boot")

    lab("reboot", lab.first)
    wait_until(lambda: lab.events("boot") > boots, "it boots")
    wait_until(lambda: answers(lab) == "200", "the application is back by itself")

    after = lab.inside(lab.first, "cat /proc/sys/kernel/random/boot_id; iptables -S INPUT | wc -l")
    (boot_before, rules_before), (boot_after, rules_after) = before.split(), after.split()
    assert boot_before != boot_after
    assert (rules_before, rules_after) == ("2", "1")
    assert lab.inside(lab.first, "ls /run/marker 2>/dev/null || ls /srv/kept") == "/srv/kept"


def answers(lab: CommandLine) -> str:
    """The status of the application's health URL, as the instance itself sees it."""
    ask = "curl --silent --max-time 5 --output /dev/null --write-out '%{http_code}' http://localhost:443/health-check"
    return lab("exec", lab.first, "--", "sh", "-c", ask, check=False).stdout


def test_a_broken_application_breaks_with_its_next_start(lab: CommandLine) -> None:
    wait_until(lambda: answers(lab) == "200", "it is well")

    lab("fault", "app_broken", "on", lab.first)
    assert answers(lab) == "200"
    lab.inside(lab.first, "pm2 restart shop")
    wait_until(lambda: answers(lab) == "500", "it is broken")

    lab("fault", "app_broken", "off", lab.first)
    lab.inside(lab.first, "pm2 restart shop")
    wait_until(lambda: answers(lab) == "200", "it is well again")


def test_an_agent_can_be_taken_away_and_comes_back(lab: CommandLine) -> None:
    find = "grep -sl 'agent[.]py' /proc/[0-9]*/cmdline"

    def runs() -> bool:
        return lab("exec", lab.first, "--", "sh", "-c", find, check=False).returncode == 0

    wait_until(runs, "the agent runs")
    lab("fault", "agent_down", "on", lab.first)
    wait_until(lambda: not runs(), "the agent is gone")
    lab("fault", "agent_down", "off", lab.first)
    wait_until(runs, "the agent is back")


@pytest.mark.parametrize(
    ("words", "complaint"),
    [
        (["exec", "i-0", "--", "true"], "no instance i-0 in this lab"),
        (["fault", "no_such_fault", "on"], "no such fault: no_such_fault"),
        (["start"], "a lab is running already"),
        (["run", "--", "no-such-command"], "no such command: no-such-command"),
    ],
)
def test_wrong_input_gets_one_line(lab: CommandLine, words: list[str], complaint: str) -> None:
    done = lab(*words, check=False)

    assert done.returncode == 1
    assert complaint in done.stderr
    assert done.stderr.count("\n") == 1


@pytest.fixture
def own_lab(tmp_path: Path) -> Iterator[CommandLine]:
    """A lab that is not started yet, and that is ended whatever the test did."""
    lab = CommandLine(tmp_path / "lab")
    yield lab
    lab("stop")


def test_stop_leaves_nothing(own_lab: CommandLine) -> None:
    surface = host_surface()
    own_lab("start", "--instances", "1")
    processes, url = tree(own_lab.state["pid"]), own_lab.state["lb_url"]
    assert len(processes) > 5
    with urllib.request.urlopen(url, timeout=5) as response:  # noqa: S310 - the lab's own
        assert response.status == 200

    own_lab("stop")

    assert left_of(processes) == []
    with pytest.raises(OSError, match="refused"):
        urllib.request.urlopen(url, timeout=5)  # noqa: S310 - the lab's own
    assert host_surface() == surface
    assert not (own_lab.folder / "state.json").exists()
    assert not (own_lab.folder / "control.sock").exists()


@pytest.mark.parametrize("victim", [0, 1], ids=["its-first-process", "the-lab-itself"])
def test_a_killed_lab_takes_everything_along(own_lab: CommandLine, victim: int) -> None:
    surface = host_surface()
    own_lab("start", "--instances", "1")
    processes = tree(own_lab.state["pid"])

    os.kill(list(processes)[victim], signal.SIGKILL)

    wait_until(lambda: left_of(processes) == [], "every process is gone")
    assert host_surface() == surface
    assert "no lab is running" in own_lab("status", check=False).stderr
    assert "none is running" in own_lab("stop").stdout


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGKILL])
def test_an_interrupted_start_leaves_nothing(own_lab: CommandLine, number: int) -> None:
    starting = subprocess.Popen(
        own_lab.command("start", "--instances", "1"), env=environment(), stdout=subprocess.PIPE, text=True
    )
    try:
        assert starting.stdout is not None
        assert "repositories" in starting.stdout.readline()
        first = next(pid for pid in _running() if str(own_lab.folder) in _words(pid) and pid != starting.pid)
        processes = tree(first)
    finally:
        starting.send_signal(number)
        starting.communicate(timeout=PATIENCE)

    wait_until(lambda: left_of(processes) == [], "every process is gone")
    assert not (own_lab.folder / "state.json").exists()


def _running() -> list[int]:
    return sorted(int(entry.name) for entry in Path("/proc").iterdir() if entry.name.isdigit())


def _words(pid: int) -> str:
    try:
        return Path(f"/proc/{pid}/cmdline").read_text().replace("\0", " ")
    except OSError:
        return ""


def send(lab: CommandLine, command: str) -> list[str]:
    """Run one shell command on the first instance by Run Command: its status, and what it wrote."""
    script = (
        "import boto3, sys, time\n"
        "ssm = boto3.client('ssm')\n"
        "node, given = [sys.argv[1]], {'commands': [sys.argv[2]]}\n"
        "sent = ssm.send_command(InstanceIds=node, DocumentName='AWS-RunShellScript', Parameters=given)\n"
        "command_id = sent['Command']['CommandId']\n"
        "status = ''\n"
        "while status not in ('Success', 'Failed', 'TimedOut'):\n"
        "    time.sleep(0.2)\n"
        "    shown = ssm.list_command_invocations(CommandId=command_id, Details=True)['CommandInvocations']\n"
        "    status = shown[0]['Status'] if shown else ''\n"
        "print(status, shown[0]['CommandPlugins'][0]['Output'])\n"
        "print(*[node['AgentVersion'] for node in ssm.describe_instance_information()['InstanceInformationList']])\n"
    )
    return lab("run", "--", sys.executable, "-c", script, lab.first, command).stdout.split()


def test_another_agent_runs_in_place_of_the_labs(own_lab: CommandLine) -> None:
    """It pings once, at its start: also the first start, which comes before the API serves."""
    program = ["/usr/local/bin/node", "{folder}/agent.js", "{instance_id}", "{region}", "{state_folder}"]
    settings = {
        "agent.program": json.dumps([shutil.which("node") or program[0], *program[1:]]),
        "agent.folder": str(Path(__file__).with_name("other_agent")),
        "agent.ping_interval": "300",
        "api.ping_lost": "660",
        "instance.boot_seconds": "0.2",
    }
    own_lab("start", "--instances", "1", *[part for pair in settings.items() for part in ("--set", "=".join(pair))])

    assert send(own_lab, "tr '\\0' ' ' < /proc/$PPID/cmdline")[2] == "/usr/local/lib/lab-agent/agent.js"
    assert send(own_lab, "true")[-1] == "1.0.0.0"

    boots = own_lab.events("boot")
    own_lab("exec", own_lab.first, "--", "/sbin/shutdown", "-r", "+1", check=False)
    wait_until(lambda: own_lab.events("boot") > boots, "it boots")
    started = f"{own_lab.first} eu-central-1"
    assert send(own_lab, "cat /var/lib/amazon/ssm/starts") == ["Success", *started.split(), *started.split(), "1.0.0.0"]


def test_the_load_balancer_dying_ends_the_lab(own_lab: CommandLine) -> None:
    own_lab("start", "--instances", "1")
    processes = tree(own_lab.state["pid"])
    haproxy = next(pid for pid in processes if _words(pid).split(" ")[0].endswith("haproxy"))

    os.kill(haproxy, signal.SIGKILL)

    wait_until(lambda: left_of(processes) == [], "every process is gone")
    assert "the load balancer has died" in (own_lab.folder / "lab.log").read_text()
