"""Runs the project's checks: tools/run python tools/check.py [SECTION...]; without a section, all of them.

Checks that need nothing but a processor run two at a time, each one's output in one piece; those that start a lab
have the machine to themselves, one after another. A single check speaks directly.
"""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
# Ansible's own tools find a collection by its place in the collections folder, not by where the clone happens to be.
COLLECTION = ROOT / "build" / "collections" / "ansible_collections" / "steadyfleet" / "aws_patching"
# Colours are for a person in front of a single check; in a log they are noise.
PLAIN = {**os.environ, "NO_COLOR": "1", "PY_COLORS": "0", "ANSIBLE_NOCOLOR": "1"}
# Most tests wait for something most of the time: four at once keep two cores busy.
PYTEST = (sys.executable, "-m", "pytest", "--numprocesses=4", "--dist=loadfile")
SECTIONS = ("lint", "docs", "unit", "api", "live", "sanity", "molecule")
# The marker of each kind of test, see pyproject.toml, and how long its tests may take.
TESTS = {"unit": ("pure", 5.0), "api": ("api", 20.0), "live": ("live", 20.0)}


@dataclass(frozen=True, kw_only=True)
class Check:
    """One command that must end with 0."""

    section: str
    name: str
    command: tuple[str, ...]
    cwd: Path = ROOT
    alone: bool = False
    minutes: float = 10


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """How a check ended."""

    check: Check
    passed: bool
    seconds: float
    line: str


def shell_scripts() -> list[str]:
    """Every shell script that is no template; the hooks' templates are checked rendered, by the unit tests."""
    found = [ROOT / ".ci" / "run"]
    for folder in ("bin", "tools", "tests"):
        found += [path for path in (ROOT / folder).rglob("*") if path.is_file() and is_shell(path)]
    return [str(path.relative_to(ROOT)) for path in sorted(found)]


def is_shell(path: Path) -> bool:
    """Whether a file says in its first line that a shell reads it."""
    with path.open("rb") as file:
        return re.match(rb"#!.*\b(ba|da)?sh\b|# shellcheck shell=", file.readline(200)) is not None


def python_checks() -> list[Check]:
    """What reads our Python."""
    packages = ("lab", "unit", "ansible_collections.steadyfleet.aws_patching.plugins")
    mypy = [word for package in packages for word in ("-p", package)]
    return [
        Check(section="lint", name="mypy", command=("mypy", *mypy)),
        Check(section="lint", name="mypy tools", command=("mypy", "tools")),
        Check(section="lint", name="ruff check", command=("ruff", "check", "--output-format=concise", ".")),
        Check(section="lint", name="ruff format", command=("ruff", "format", "--check", ".")),
    ]


def content_checks() -> list[Check]:
    """What reads the rest of the repository."""
    antsibull_docs = (
        "antsibull-docs",
        "lint-collection-docs",
        "--plugin-docs",
        "--disallow-unknown-collection-refs",
        ".",
    )
    return [
        Check(
            section="lint",
            name="ansible-lint",
            command=("ansible-lint", "--offline", "--strict", "--nocolor"),
            cwd=COLLECTION,
        ),
        Check(section="docs", name="antsibull-docs", command=antsibull_docs, cwd=COLLECTION),
        Check(section="docs", name="package", command=(sys.executable, "-m", "tools.package")),
        Check(section="docs", name="site", command=(sys.executable, "tools/docs/build.py")),
        Check(section="lint", name="yamllint", command=("yamllint", "--strict", ".")),
        Check(section="lint", name="changelog", command=("antsibull-changelog", "lint"), cwd=COLLECTION),
        Check(section="lint", name="shellcheck", command=("shellcheck", "-x", *shell_scripts())),
    ]


def scenarios() -> list[Check]:
    """A check for each molecule scenario. From the collection's root: from extensions/ molecule finds no inventory,
    matches no host and calls that a success.
    """
    names = sorted(path.parent.name for path in (ROOT / "extensions" / "molecule").glob("*/molecule.yml"))
    return [
        Check(
            section="molecule",
            name=f"molecule {name}",
            command=("molecule", "test", "--scenario-name", name),
            cwd=COLLECTION,
            alone=True,
        )
        for name in names
        if name != "default"  # holds only what the scenarios share
    ]


def all_checks() -> list[Check]:
    """Everything there is, the longest first."""
    return [
        Check(section="sanity", name="ansible-test sanity", command=(sys.executable, "tools/sanity.py"), minutes=15),
        *[
            Check(section=section, name=f"pytest {marker}", command=(*PYTEST, "-m", marker), minutes=minutes)
            for section, (marker, minutes) in reversed(TESTS.items())
        ],
        *content_checks(),
        *python_checks(),
        *scenarios(),
    ]


class Runner:
    """Runs checks and remembers what is under way, so that an interruption ends it."""

    def __init__(self, direct: bool) -> None:
        self._direct = direct
        self._speaking = threading.Lock()
        self._processes: set[subprocess.Popen[str]] = set()

    def say(self, text: str) -> None:
        """Print one piece of text that no other check's text gets into."""
        with self._speaking:
            print(text, flush=True)

    def run(self, check: Check) -> Outcome:
        """Run one check to its end or to its time limit."""
        self.say(f"... {check.name}")
        started = time.monotonic()
        passed, output = self._output(check)
        seconds = time.monotonic() - started
        if not self._direct:
            log = ROOT / "build" / "check" / f"{check.name.replace(' ', '-')}.log"
            log.parent.mkdir(parents=True, exist_ok=True)
            log.write_text(output, encoding="utf-8")
        mark = "ok    " if passed else "FAILED"
        shown = output.rstrip() if check.section in {*TESTS, "molecule"} or not passed else ""
        self.say(f"{shown}\n=== {mark} {check.name} ({seconds:.0f} s)".lstrip("\n"))
        return Outcome(check=check, passed=passed, seconds=seconds, line=closing_line(output))

    def _output(self, check: Check) -> tuple[bool, str]:
        process = subprocess.Popen(
            check.command,
            cwd=check.cwd,
            text=True,
            env=PLAIN if not self._direct or not sys.stdout.isatty() else None,
            start_new_session=True,
            stdin=subprocess.DEVNULL,
            stdout=None if self._direct else subprocess.PIPE,
            stderr=None if self._direct else subprocess.STDOUT,
        )
        self._processes.add(process)
        try:
            output = process.communicate(timeout=check.minutes * 60)[0]
        except subprocess.TimeoutExpired:
            end(process)
            output = f"{process.communicate()[0] or ''}\nnot done after {check.minutes:.0f} minutes\n"
        finally:
            self._processes.discard(process)
        return process.returncode == 0, output or ""

    def end_all(self) -> None:
        """End what is still running."""
        for process in list(self._processes):
            end(process)


def end(process: subprocess.Popen[str]) -> None:
    """Ask a check's whole process group to end, then insist. It may have a lab to take down."""
    for number, patience in ((signal.SIGINT, 30), (signal.SIGKILL, 10)):
        try:
            os.killpg(process.pid, number)
            process.wait(patience)
        except ProcessLookupError:
            return
        except subprocess.TimeoutExpired:
            continue
        else:
            return


def end_lab() -> None:
    """End the lab of a molecule scenario that was cut off; there is none after one that came to its end."""
    lab = ROOT / "build" / "molecule" / "lab"
    if lab.exists():
        stop = [str(ROOT / "bin" / "lab"), "--dir", str(lab), "stop", "--commands"]
        subprocess.run(stop, stdout=subprocess.DEVNULL, check=False)


def closing_line(output: str) -> str:
    """The last line a check printed, without its decoration."""
    lines = [line.strip(" =") for line in output.splitlines() if line.strip(" =")]
    return re.sub(r"\x1b\[[0-9;]*m", "", lines[-1]) if lines else ""


def run_all(checks: Sequence[Check], runner: Runner) -> list[Outcome]:
    """Run what can share the machine first, then what wants it alone."""
    with ThreadPoolExecutor(max_workers=1 if len(checks) == 1 else 2) as pool:
        futures = [pool.submit(runner.run, check) for check in checks if not check.alone]
        try:
            outcomes = [future.result() for future in futures]
        except KeyboardInterrupt:
            pool.shutdown(wait=False, cancel_futures=True)
            runner.end_all()
            raise
    try:
        outcomes += [runner.run(check) for check in checks if check.alone]
    except KeyboardInterrupt:
        runner.end_all()
        raise
    return outcomes


def summary(outcomes: Iterable[Outcome]) -> str:
    """One line per check, in the order of the sections."""
    ordered = sorted(outcomes, key=lambda outcome: SECTIONS.index(outcome.check.section))
    rows = []
    for outcome in ordered:
        mark = "ok    " if outcome.passed else "FAILED"
        line = outcome.line if outcome.check.section in TESTS or outcome.check.name in {"package", "site"} else ""
        rows.append(f"{mark} {outcome.check.section:9}{outcome.check.name:24}{outcome.seconds:5.0f} s  {line}".rstrip())
    return "\n".join(rows)


def main(sections: Sequence[str]) -> int:
    """Run the named sections, or all."""
    unknown = set(sections) - set(SECTIONS)
    if unknown:
        print(f"no such section: {', '.join(sorted(unknown))}; there are {', '.join(SECTIONS)}", file=sys.stderr)
        return 2
    checks = [check for check in all_checks() if check.section in (sections or SECTIONS)]
    # A shell that starts us in the background has SIGINT ignored, and every program below would inherit that.
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.default_int_handler)
    started = time.monotonic()
    try:
        outcomes = run_all(checks, Runner(direct=len(checks) == 1))
    except KeyboardInterrupt:
        print("interrupted", file=sys.stderr)
        return 130
    finally:
        end_lab()
    failed = [outcome.check.name for outcome in outcomes if not outcome.passed]
    print(f"\n{summary(outcomes)}\n")
    verdict = f"{len(failed)} failed: {', '.join(failed)}" if failed else "all passed"
    print(f"{len(outcomes)} checks in {time.monotonic() - started:.0f} s, {verdict}")
    return 1 if failed or not outcomes else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
