"""Run a script the way the agent does: own process group, output to the end of both pipes, one time limit."""

from __future__ import annotations

import contextlib
import os
import shlex
import signal
import subprocess
import threading
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from .output import Output
from .result import CODE_KILLED, CODE_REBOOT, Status

# How long the pipes of killed processes are still read; something outside the group may hold them for ever.
KILLED_GRACE = 1.0
# S3 gets all of a script's output; nothing in a lab says more than this.
KEPT_BYTES = 16 * 1024 * 1024
_FORKING = threading.Lock()


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


@dataclass(frozen=True, kw_only=True)
class Script:
    """A script and what it runs in."""

    text: str
    path: Path
    working_directory: str
    environment: Mapping[str, str]
    timeout: float
    # `sh` or `pwsh`. It is the shell that reads the script's first line, and that says how a signal ended the script.
    program: str = "sh"


def run(script: Script, output: Output, cancel: Cancellation) -> tuple[Status, int]:
    """Run it to its end, its time limit or its cancellation."""
    try:
        process = _start(script)
    except OSError as error:
        output.add(stderr=f"failed to run commands: {error}")
        return Status.FAILED, 1
    running = _Running(process)
    stopped = running.wait(script.timeout, cancel)
    output.add(stdout=running.stdout, stderr=running.stderr)
    if stopped is not None:
        return stopped, CODE_KILLED
    return _judge(process.returncode, output)


def _start(script: Script) -> subprocess.Popen[bytes]:
    words = ["sh", "-c"] if script.program == "sh" else [script.program, "-f"]
    # A process that forks while this file is open for writing keeps it so, and the kernel runs no such file.
    with _FORKING:
        script.path.write_text(script.text, encoding="utf-8")
        script.path.chmod(0o700)
        return subprocess.Popen(  # the caller reads the pipes and waits
            [*words, shlex.quote(str(script.path)) if script.program == "sh" else str(script.path)],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            cwd=script.working_directory or "/",
            env=dict(script.environment),
            umask=0o022,
            start_new_session=True,
        )


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
    def stdout(self) -> bytes:
        return b"".join(self._kept[0])

    @property
    def stderr(self) -> bytes:
        return b"".join(self._kept[1])

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


def _judge(returncode: int, output: Output) -> tuple[Status, int]:
    known = {0: Status.SUCCESS, CODE_REBOOT: Status.REBOOT, CODE_KILLED: Status.TIMED_OUT}
    if returncode in known:
        return known[returncode], returncode
    how = f"exit status {returncode}" if returncode > 0 else f"signal: {signal.strsignal(-returncode)}"
    # Nothing stands between the script's own stderr and this, not even a newline.
    output.add(stderr=f"failed to run commands: {how.lower()}")
    return Status.FAILED, max(returncode, -1)
