"""What a run that was killed leaves behind: processes, which are known by a variable of their environment.

Every program of a clone has its HOME below build/ (tools/env.sh). Every program that works on a lab has the lab's state
file as LAB_STATE. A lab takes its namespaces and mounts along when its first process ends.
"""

from __future__ import annotations

import contextlib
import os
import signal
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from .layout import REPOSITORY, Layout

PATIENCE = 8.0


@dataclass(frozen=True)
class Process:
    """A process as /proc shows it; `started` tells it from a later one with the same id."""

    pid: int
    parent: int
    started: str
    words: tuple[str, ...]
    environment: Mapping[str, str]

    @property
    def name(self) -> str:
        """What it runs: the module of `python -m`, a script, or the program."""
        words = list(self.words)
        if "-m" in words[:-1]:
            return words[words.index("-m") + 1]
        script = next((word for word in words[1:2] if Path(words[0]).name.startswith("python")), words[0])
        return Path(script).name

    def is_gone(self) -> bool:
        stat = _stat(self.pid)
        return stat is None or stat[0] == "Z" or stat[19] != self.started


def of_clone() -> list[Process]:
    """Everything that runs from this clone, but for the caller and what started it."""
    below = f"{REPOSITORY / 'build'}/"
    return _found(lambda environment: environment.get("HOME", "").startswith(below))


def of_lab(layout: Layout) -> list[Process]:
    """Everything that works on a lab, but for the caller and what started it."""
    return _found(lambda environment: environment.get("LAB_STATE") == str(layout.state))


def end(processes: list[Process]) -> str:
    """End processes, and name those that there were. Each may end its own children in order before it is killed."""
    ids = {process.pid for process in processes}
    roots = [process for process in processes if process.parent not in ids]
    for chosen, number in ((roots, signal.SIGTERM), (processes, signal.SIGKILL)):
        for process in chosen:
            if not process.is_gone():
                with contextlib.suppress(ProcessLookupError, PermissionError):
                    os.kill(process.pid, number)
        deadline = time.monotonic() + PATIENCE
        while time.monotonic() < deadline and not all(process.is_gone() for process in processes):
            time.sleep(0.05)
    return ", ".join(f"{process.name} (process {process.pid})" for process in roots)


def _found(belongs: Callable[[Mapping[str, str]], bool]) -> list[Process]:
    every = {process.pid: process for process in map(_read, _ids()) if process is not None}
    own = _ancestors(os.getpid(), every)
    return [one for one in every.values() if belongs(one.environment) and not own & _ancestors(one.pid, every)]


def _ancestors(pid: int, every: Mapping[int, Process]) -> set[int]:
    """A process and those above it, as far up as they are of this clone."""
    below = f"{REPOSITORY / 'build'}/"
    found: set[int] = set()
    while pid in every and (not found or every[pid].environment.get("HOME", "").startswith(below)):
        found.add(pid)
        pid = every[pid].parent
    return found


def _ids() -> list[int]:
    return [int(entry) for entry in os.listdir("/proc") if entry.isdigit()]


def _stat(pid: int) -> list[str] | None:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return None


def _read(pid: int) -> Process | None:
    """None for one that has ended, or that belongs to somebody else."""
    stat = _stat(pid)
    try:
        words, variables = (Path(f"/proc/{pid}/{name}").read_bytes() for name in ("cmdline", "environ"))
    except OSError:
        return None
    if stat is None or not words:
        return None
    pairs = (text.partition("=") for text in os.fsdecode(variables).split("\0"))
    environment = {name: value for name, _, value in pairs}
    command = tuple(os.fsdecode(words).rstrip("\0").split("\0"))
    return Process(pid, int(stat[1]), stat[19], command, environment)
