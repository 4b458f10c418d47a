"""One demo from the start of the lab to its end."""

from __future__ import annotations

import json
import subprocess
import time
from collections.abc import Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ..cli import environment
from ..host import daemon
from ..host.commands import LabError
from ..host.layout import REPOSITORY, Layout
from ..settings import Settings
from . import fleet, summary
from .load import Load
from .report import show
from .watch import Watch, follow

FOLDER = REPOSITORY / "build" / "demo"
INVENTORY = REPOSITORY / "tests" / "lab" / "inventory" / "lab.aws_ec2.yml"
APPLICATION = {"patch_hooks_application": "shop", "patch_hooks_path": "/srv/shop"}
WARM_UP_SECONDS = 2.0  # until every connection of the load is there
PLAYBOOK_STOP_SECONDS = 60.0  # an interrupted playbook takes back what it was doing


@dataclass(frozen=True)
class Scenario:
    name: str
    playbook: Path
    # The demo fails when requests fail: that is the promise. Without draining they are expected to.
    may_fail_requests: bool


SCENARIOS = {
    "drained": Scenario("drained", REPOSITORY / "playbooks" / "patch_alb.yml", False),
    "undrained": Scenario("undrained", Path(__file__).with_name("undrained.yml"), True),
}


@dataclass(frozen=True)
class Outcome:
    """Everything the summary is made of."""

    code: int
    window: summary.Window
    load: Mapping[str, Any]
    before: Mapping[str, summary.Versions]
    after: Mapping[str, summary.Versions]


def demo(scenario: Scenario, settings: Settings) -> int:
    FOLDER.mkdir(parents=True, exist_ok=True)
    (FOLDER / "summary.json").unlink(missing_ok=True)
    layout = Layout(FOLDER / "lab")
    daemon.stop(layout)  # one that a killed demo left
    try:
        order = daemon.Order(settings.demo.instances)
        state = daemon.start(order, settings, layout, lambda text: print(f"demo: starting the lab: {text}", flush=True))
        outcome = _patch(scenario, settings, layout, state)
    finally:
        daemon.stop(layout)
    result = summarise(scenario, settings, layout, state, outcome)
    (FOLDER / "summary.json").write_text(json.dumps(result, indent=2) + "\n")
    show(result, outcome.load)
    return verdict(scenario, outcome.code, result)


def _patch(scenario: Scenario, settings: Settings, layout: Layout, state: Mapping[str, Any]) -> Outcome:
    names = {instance["instance_id"]: instance["name"] for instance in state["instances"]}
    before = fleet.look(layout, settings, names)
    with ExitStack() as stack:
        load = stack.enter_context(Load(state["lb_url"], settings.demo, FOLDER))
        time.sleep(WARM_UP_SECONDS)
        start = time.time()
        watch = Watch(layout.events, names, load, start)
        watch.skip()
        log = FOLDER / "ansible.log"
        playbook = stack.enter_context(_playbook(scenario, layout, state, log))
        print(f"demo: ansible-playbook {scenario.playbook.relative_to(REPOSITORY)} (its output: {log})", flush=True)
        follow(lambda: playbook.poll() is None, watch, load)
        window = summary.Window(start, time.time())
        account = load.end()
    print(_recap(log), flush=True)
    return Outcome(playbook.returncode, window, account, before, fleet.look(layout, settings, names))


class _playbook:  # noqa: N801 - reads as the function it stands for
    """Runs ansible-playbook; one that is still running at the end is interrupted, so that it can take things back."""

    def __init__(self, scenario: Scenario, layout: Layout, state: Mapping[str, Any], log: Path) -> None:
        with log.open("w") as output:
            self._process = subprocess.Popen(
                ["ansible-playbook", "-i", str(INVENTORY), str(scenario.playbook), "-e", json.dumps(APPLICATION)],
                env={**environment(state, layout), "ANSIBLE_FORCE_COLOR": "0", "PYTHONUNBUFFERED": "1"},
                cwd=REPOSITORY,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
            )

    def __enter__(self) -> subprocess.Popen[bytes]:
        return self._process

    def __exit__(self, *_: object) -> None:
        if self._process.poll() is None:
            self._process.terminate()
            try:
                self._process.wait(PLAYBOOK_STOP_SECONDS)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait()


def _recap(log: Path) -> str:
    """Ansible's own last words: errors and the recap."""
    text = log.read_text()
    errors = [line for line in text.splitlines() if line.startswith(("fatal:", "[ERROR]", "ERROR"))]
    recap = text.partition("PLAY RECAP")
    return "\n".join([*errors, (recap[1] + recap[2]).strip() or text[-2000:]])


def summarise(
    scenario: Scenario, settings: Settings, layout: Layout, state: Mapping[str, Any], outcome: Outcome
) -> dict[str, Any]:
    events, calls = read_lines(layout.events), read_lines(layout.base / "calls.jsonl")
    window, hosts = outcome.window, len(outcome.before)
    inherent = summary.inherent_seconds(events, window)
    asked = summary.api_calls(calls, window)
    pairs = {before.name: (before, outcome.after[instance_id]) for instance_id, before in outcome.before.items()}
    offered = {name: after for name, (_, after) in settings.packages.items()}
    npm = fleet.dependency(settings)
    return {
        "scenario": scenario.name,
        "instances": hosts,
        "patched": sum(summary.patched(before, after, offered) for before, after in pairs.values()),
        "rebooted": sum(summary.rebooted(before, after) for before, after in pairs.values()),
        "requests": outcome.load["requests"],
        "failed_requests": outcome.load["failed"],
        "min_healthy_targets": summary.min_healthy(events, window),
        "wall_seconds": round(window.seconds, 2),
        "inherent_seconds": round(inherent, 2),
        "overhead_seconds_per_host": round((window.seconds - inherent) / hosts, 2),
        "api_calls": asked,
        "api_calls_per_host": round(sum(asked.values()) / hosts, 1),
        "package_versions": {
            name: {"before": before.listed(npm), "after": after.listed(npm)} for name, (before, after) in pairs.items()
        },
        "timeline": {
            instance["name"]: summary.timeline(events, instance["instance_id"], window)
            for instance in state["instances"]
        },
    }


def read_lines(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text().splitlines()] if path.exists() else []


def verdict(scenario: Scenario, code: int, result: Mapping[str, Any]) -> int:
    """The exit code: the playbook's failure is the demo's, and so is a broken promise."""
    if code != 0:
        raise LabError(f"the playbook ended with {code}: see {FOLDER / 'ansible.log'}")
    if result["patched"] != result["instances"]:
        raise LabError(f"only {result['patched']} of {result['instances']} instances were patched")
    if result["failed_requests"] and not scenario.may_fail_requests:
        raise LabError(f"{result['failed_requests']} requests failed: see {FOLDER / 'failures.jsonl'}")
    return 0
