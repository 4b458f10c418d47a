"""Run a script the way the agent does: own process group, output to the end of both pipes, one time limit."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import threading
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from .result import CODE_EXIT_FAILURE, CODE_EXIT_SUCCESS, CODE_KILLED, CODE_REBOOT, Status

# How long the pipes of killed processes are still read; something outside the group may hold them for ever.
KILLED_GRACE = 1.0
# S3 gets all of a script's output; nothing in a lab says more than this.
KEPT_BYTES = 16 * 1024 * 1024


class Cancellation:
    """One command's cancel switch: kills what is running, now or as soon as it starts."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._kills: list[Callable[[], None]] = []
        self._set = False

    def is_set(self) -> bool:
        return self._set

    def set(self) -> None:
        with self._lock:
            self._set = True
            kills = list(self._kills)
        for kill in kills:
            kill()

    @contextlib.contextmanager
    def killing(self, kill: Callable[[], None]) -> Iterator[None]:
        with self._lock:
            self._kills.append(kill)
            late = self._set
        if late:
            kill()
        try:
            yield
        finally:
            with self._lock:
                self._kills.remove(kill)


@dataclass(frozen=True)
class Ended:
    """How a script ended."""

    status: Status
    code: int
    stdout: str
    stderr: str


@dataclass(frozen=True, kw_only=True)
class Script:
    """A script and what it runs in."""

    text: str
    path: Path
    working_directory: str
    environment: Mapping[str, str]
    timeout: float
    # Empty: `sh`, or what the script's first line names.
    interpreter: tuple[str, ...] = ()


def run(script: Script, cancel: Cancellation) -> Ended:
    """Run it to its end, its time limit or its cancellation."""
    script.path.parent.mkdir(parents=True, exist_ok=True)
    script.path.write_text(script.text, encoding="utf-8")
    script.path.chmod(0o700)
    try:
        process = _start(script)
    except OSError as error:
        return Ended(Status.FAILED, 1, "", f"failed to run commands: {error}")
    running = _Running(process)
    stopped = running.wait(script.timeout, cancel)
    if stopped is not None:
        return Ended(stopped, CODE_KILLED, running.stdout, running.stderr)
    return _judge(process.returncode, running.stdout, running.stderr)


def _start(script: Script) -> subprocess.Popen[bytes]:
    return subprocess.Popen(  # the caller reads the pipes and waits
        [*(script.interpreter or _interpreter(script.text)), str(script.path)],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        cwd=script.working_directory or "/",
        env=dict(script.environment),
        umask=0o022,
        start_new_session=True,
    )


def _interpreter(text: str) -> tuple[str, ...]:
    # Read here rather than by the kernel: a script just written can be busy while another thread forks.
    first = text.split("\n", 1)[0]
    if not first.startswith("#!"):
        return ("sh",)
    return tuple(first[2:].strip().split(None, 1)) or ("sh",)


class _Running:
    """A started script: ends when both its pipes are at their end, which a background child can put off."""

    def __init__(self, process: subprocess.Popen[bytes]) -> None:
        self._process = process
        self._killed = False
        self._wake = threading.Event()
        self._kept: tuple[list[bytes], list[bytes]] = ([], [])
        self._watcher = threading.Thread(target=self._watch, daemon=True)
        self._watcher.start()

    @property
    def stdout(self) -> str:
        return b"".join(self._kept[0]).decode(errors="replace")

    @property
    def stderr(self) -> str:
        return b"".join(self._kept[1]).decode(errors="replace")

    def wait(self, timeout: float, cancel: Cancellation) -> Status | None:
        """None when it ended by itself, else why it was killed."""
        with cancel.killing(self._kill):
            in_time = self._wake.wait(timeout)
            if not in_time:
                self._kill()
        if not self._killed:
            return None
        self._watcher.join(KILLED_GRACE)
        self._process.wait()
        return Status.CANCELLED if in_time else Status.TIMED_OUT

    def _kill(self) -> None:
        self._killed = True
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self._process.pid, signal.SIGKILL)
        self._wake.set()

    def _watch(self) -> None:
        streams = (self._process.stdout, self._process.stderr)
        readers = [
            threading.Thread(target=_read, args=pair, daemon=True) for pair in zip(streams, self._kept, strict=True)
        ]
        for reader in readers:
            reader.start()
        for reader in readers:
            reader.join()
        self._process.wait()
        self._wake.set()


def _read(stream: IO[bytes], kept: list[bytes]) -> None:
    size = 0
    with stream:
        while chunk := os.read(stream.fileno(), 65536):
            if size < KEPT_BYTES:
                kept.append(chunk)
            size += len(chunk)


def _judge(returncode: int, stdout: str, stderr: str) -> Ended:
    code = returncode if returncode >= 0 else 128 - returncode
    if code == 0:
        return Ended(Status.SUCCESS, 0, stdout, stderr)
    if code == CODE_REBOOT:
        return Ended(Status.REBOOT, code, stdout, stderr)
    if code == CODE_KILLED:
        return Ended(Status.TIMED_OUT, code, stdout, stderr)
    status = Status.SUCCESS if code == CODE_EXIT_SUCCESS else Status.FAILED
    if code in (CODE_EXIT_SUCCESS, CODE_EXIT_FAILURE):
        stdout += (
            f"\nStep exited with code {code}. Therefore, marking step as {status.value}."
            " Further document steps will be skipped.\n"
        )
    return Ended(status, code, stdout, f"{stderr}\nfailed to run commands: exit status {code}")
