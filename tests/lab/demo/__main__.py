"""`make demo`: patch a load-balanced fleet under load in the lab, and show what the meter saw.

SCENARIO=drained (the default) runs playbooks/patch_alb.yml; SCENARIO=undrained patches the same fleet the way AWS's
tutorial does, without taking instances out of rotation, to prove that the meter sees failed requests.
"""

from __future__ import annotations

import fcntl
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from types import FrameType
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from .. import settings as lab_settings
from ..cli import environment
from ..host import daemon, leftovers, syscalls
from ..host.layout import REPOSITORY, Layout
from . import fleet, view
from .load import Load
from .summary import Window, summarize

OUT = REPOSITORY / "build" / "demo"
HERE = Path(__file__).parent
PLAYBOOKS = {"drained": REPOSITORY / "playbooks" / "patch_alb.yml", "undrained": HERE / "undrained.yml"}
INVENTORY = REPOSITORY / "tests" / "lab" / "inventory" / "lab.aws_ec2.yml"


def main() -> int:
    scenario = os.environ.get("SCENARIO") or "drained"
    if scenario not in PLAYBOOKS:
        print(f"demo: SCENARIO must be one of {', '.join(PLAYBOOKS)}, not {scenario!r}", file=sys.stderr)
        return 2
    # SIGINT too: a process that was started in the background ignores it until told otherwise.
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, _interrupt)
    OUT.mkdir(parents=True, exist_ok=True)
    try:
        with _alone():
            return _run(scenario)
    except KeyboardInterrupt:
        print("demo: interrupted; the lab has been taken down", file=sys.stderr)
        return 130
    except (RuntimeError, subprocess.CalledProcessError, BotoCoreError, ClientError) as error:
        print(f"demo: {error}", file=sys.stderr)
        return 1


def _interrupt(_number: int, _frame: FrameType | None) -> None:
    raise KeyboardInterrupt


def _run(scenario: str) -> int:
    settings = lab_settings.load()
    # A lab of its own: one that somebody has started by hand goes on.
    layout = Layout(OUT / "lab")
    offered = {name: versions[1] for name, versions in settings.packages.items()}
    with _lab(settings.demo.instances, layout) as state:
        before = fleet.versions(state, list(offered))
        names = {instance["instance_id"]: instance["name"] for instance in state["instances"]}
        began = time.time()
        demo = settings.demo
        with Load(state["lb_url"], demo.paths, rate=demo.rate, timeout=demo.request_timeout, out=OUT) as load:
            _warm_up(load)
            with view.Ticker(layout.events, names, load.totals):
                window, code = _playbook(scenario, state, layout)
        load_seconds = time.time() - began
        if not load.complete():
            raise RuntimeError("the load generator gave no full account of its requests")
        after = fleet.versions(state, list(offered))
        summary = summarize(
            scenario=scenario,
            window=window,
            events=_records(layout.events),
            calls=_records(layout.base / "calls.jsonl"),
            versions=list(zip(before, after, strict=True)),
            offered=offered,
            load=load.totals(),
        )
    summary["load_seconds"] = round(load_seconds, 1)
    (OUT / "summary.json").write_text(json.dumps(summary, indent=2) + "\n")
    print("\n".join(["", view.table(summary), "", view.timeline(summary), "", view.figures(summary), ""]))
    print(f"  all of it: {(OUT / 'summary.json').relative_to(REPOSITORY)}")
    return _judge(summary, code)


@contextmanager
def _alone() -> Iterator[None]:
    """Two demos in one folder would take each other's lab down."""
    with (OUT / "lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise RuntimeError("another demo is running in this folder") from error
        (OUT / "summary.json").unlink(missing_ok=True)
        yield


@contextmanager
def _lab(instances: int, layout: Layout) -> Iterator[dict[str, Any]]:
    command = [sys.executable, "-m", "lab", "--dir", str(layout.base)]
    # The lab outlives the command that starts it: let it be this process's child, which sees its end.
    syscalls.adopt_orphans()
    _end_what_is_left(layout)
    try:
        # So that the next demo finds the lab even if this one is killed while it starts.
        marked = {**os.environ, "LAB_STATE": str(layout.state)}
        subprocess.run([*command, "start", "--instances", str(instances)], check=True, env=marked)
        yield json.loads(layout.state.read_text())
    finally:
        # A second Ctrl-C must not leave half a lab behind.
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, signal.SIG_IGN)
        subprocess.run([*command, "stop"], check=False)
        with suppress(ChildProcessError):
            while os.waitpid(-1, os.WNOHANG)[0]:
                pass


def _end_what_is_left(layout: Layout) -> None:
    """A demo that was killed leaves its lab and its playbook. No other demo runs in this folder: see `_alone`."""
    lab = "its lab" if daemon.stop(layout) else ""
    commands = leftovers.end(leftovers.of_lab(layout))
    if lab or commands:
        ended = ", ".join(filter(None, [lab, commands]))
        print(f"demo: ended what an earlier demo left behind: {ended}", flush=True)


def _warm_up(load: Load) -> None:
    """The playbook starts when requests are being answered at the full rate."""
    deadline = time.monotonic() + 15
    while load.totals()["slowest_second"] == 0:
        if not load.alive() or time.monotonic() > deadline:
            raise RuntimeError("the load generator does not get answers from the load balancer")
        time.sleep(0.1)


def _playbook(scenario: str, state: Mapping[str, Any], layout: Layout) -> tuple[Window, int]:
    start = time.time()
    process = subprocess.Popen(
        ["ansible-playbook", "-i", str(INVENTORY), "-e", f"@{HERE / 'vars.yml'}", str(PLAYBOOKS[scenario])],
        env=environment(state, layout),
        stdin=subprocess.DEVNULL,
        start_new_session=True,  # ended below, before the lab is
    )
    try:
        code = process.wait()
    except BaseException:
        os.killpg(process.pid, signal.SIGTERM)
        process.wait()
        raise
    return Window(start=start, end=time.time()), code


def _records(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text().splitlines()]


def _judge(summary: Mapping[str, Any], code: int) -> int:
    """The demo fails when what it is there to show did not happen."""
    complaints = []
    if code != 0:
        complaints.append(f"ansible-playbook ended with {code}")
    if summary["patched"] != summary["instances"]:
        complaints.append(f"only {summary['patched']} of {summary['instances']} instances are patched")
    if summary["scenario"] == "drained" and summary["failed_requests"]:
        complaints.append(f"{summary['failed_requests']} requests failed: see build/demo/failures.jsonl")
    if summary["scenario"] == "undrained" and not summary["failed_requests"]:
        complaints.append("no request failed without draining: the meter, or the lab, is blind")
    for complaint in complaints:
        print(f"demo: {complaint}", file=sys.stderr)
    return 1 if complaints else 0


if __name__ == "__main__":
    sys.exit(main())
