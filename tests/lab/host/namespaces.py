"""The process tree of a lab: one PID namespace, so that everything in it dies with its first process.

    command line -> (forks, moves into the namespaces) -> PID 1: reaper -> the lab itself

PID 1 only reaps and watches. Whichever of the two is killed, and however, the kernel ends all the rest, and with the
last process go the network, the firewall rules and the mounts.
"""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import sys
from collections.abc import Callable
from pathlib import Path
from types import FrameType

from . import syscalls
from .commands import LabError
from .layout import RUN


def enter() -> None:
    """Leave the host's namespaces. The calling process must have one thread; its next child is PID 1."""
    flags = os.CLONE_NEWNS | os.CLONE_NEWPID | os.CLONE_NEWNET | os.CLONE_NEWIPC | os.CLONE_NEWUTS
    user, group = os.geteuid(), os.getegid()
    try:
        os.unshare(flags if user == 0 else flags | os.CLONE_NEWUSER)
    except OSError as error:
        raise LabError(
            f"this system does not let the lab have its own namespaces ({error.strerror}): run it as root, "
            "or allow unprivileged user namespaces (sysctl kernel.unprivileged_userns_clone, "
            "kernel.apparmor_restrict_unprivileged_userns)"
        ) from error
    if user != 0:
        Path("/proc/self/setgroups").write_text("deny")
        Path("/proc/self/uid_map").write_text(f"0 {user} 1")
        Path("/proc/self/gid_map").write_text(f"0 {group} 1")


def spawn(body: Callable[[], int], log: Path, outside: socket.socket) -> int:
    """Start `body` as the second process of a new PID namespace; returns the host's id of its first.

    :param outside: the caller's end of a connection with `body`, which must be open nowhere in there: else the lab
        would not notice that the caller has gone.
    """
    said, say = os.pipe()
    starter = os.fork()
    if starter == 0:
        os.close(said)
        outside.close()
        _start(body, say, log)
    os.close(say)
    with os.fdopen(said) as answer:
        text = answer.read()
    os.waitpid(starter, 0)
    if not text.isdigit():
        raise LabError(text or "the lab could not be started")
    return int(text)


def _start(body: Callable[[], int], say: int, log: Path) -> None:
    """In the starter: detach, unshare, fork PID 1, tell its id and go. Never returns to the caller's code."""
    try:
        os.setsid()
        _redirect(log)
        enter()
        first = os.fork()
        if first == 0:
            os.close(say)
            _first_process(body)
        os.write(say, str(first).encode())
    except (LabError, OSError) as error:
        with contextlib.suppress(OSError):
            os.write(say, f"the lab could not be started: {error}".encode())
    finally:
        os._exit(0)


def _redirect(log: Path) -> None:
    nothing = os.open(os.devnull, os.O_RDONLY)
    output = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o644)
    for source, target in ((nothing, 0), (output, 1), (output, 2)):
        os.dup2(source, target)


def _first_process(body: Callable[[], int]) -> None:
    try:
        syscalls.make_mounts_private()
        syscalls.mount("proc", "/proc", "proc", syscalls.MS_NOSUID | syscalls.MS_NODEV)
        syscalls.mount("lab", "/run", "tmpfs", syscalls.MS_NOSUID | syscalls.MS_NODEV, "mode=755")
        RUN.mkdir(mode=0o700)
        child = os.fork()
        if child == 0:
            os._exit(_guarded(body))
        os._exit(reap(child))
    except OSError as error:
        print(f"PID 1 of the lab: {error}", file=sys.stderr, flush=True)
        os._exit(1)


def _guarded(body: Callable[[], int]) -> int:
    try:
        syscalls.die_with_parent()
        return body()
    except BaseException as error:
        sys.excepthook(type(error), error, error.__traceback__)
        return 1


def reap(main: int) -> int:
    """Collect orphans until `main` ends, passing the signals that ask for an orderly end on to it."""

    def forward(number: int, _frame: FrameType | None) -> None:
        try:
            os.kill(main, number)
        except ProcessLookupError:
            return

    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        signal.signal(number, forward)
    while True:
        pid, status = os.waitpid(-1, 0)
        if pid == main:
            return os.waitstatus_to_exitcode(status)
