"""Starting and stopping a lab from the command line's side, and the lab's own life after it was started."""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import signal
import socket
import sys
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

from ..settings import Settings
from . import namespaces, syscalls
from .commands import LabError
from .layout import Layout

STOP_SECONDS = 5.0
LOOK_SECONDS = 0.5
# Answers "ready": from now on the state file says where the lab is. Without it nobody would know, and it ends.
ACKNOWLEDGED = b"+"
GONE = "whoever started the lab has gone"


@dataclass(frozen=True)
class Order:
    """What is to be started; a port of 0 is any free one."""

    instances: int
    api_port: int = 0
    lb_port: int = 0


def start(order: Order, settings: Settings, layout: Layout, show: Callable[[str], None]) -> dict[str, Any]:
    """Start a lab and return its state once it is ready; whatever goes wrong, nothing of it is left."""
    lock = _lock(layout)
    if layout.state.exists():
        show(f"removing the state of a lab that was killed: {layout.state}")
    layout.clear()
    # Bound out here, in the host's network namespace, which a socket keeps for life.
    sockets = {"api": _listen(order.api_port), "lb": _listen(order.lb_port)}
    outside, inside = socket.socketpair()

    def body() -> int:
        return live(order, settings, layout, sockets, inside)

    syscalls.adopt_orphans()
    pid = namespaces.spawn(body, layout.log, outside)
    lock.close()
    for open_socket in (inside, *sockets.values()):
        open_socket.close()
    try:
        with outside:
            return _follow(outside, pid, layout, show)
    except BaseException:
        _end(pid, signal.SIGKILL)
        layout.state.unlink(missing_ok=True)
        layout.control.unlink(missing_ok=True)
        raise


def _lock(layout: Layout) -> IO[str]:
    """One lab a folder: the lock is inherited by the lab and ends with its last process, however that ends."""
    layout.base.mkdir(parents=True, exist_ok=True)
    lock = layout.lock.open("w")
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as error:
        lock.close()
        raise LabError("a lab is running already, or starting: bin/lab stop") from error
    return lock


def _listen(port: int) -> socket.socket:
    listener = socket.create_server(("127.0.0.1", port), backlog=1024)
    listener.set_inheritable(True)
    return listener


def _follow(outside: socket.socket, pid: int, layout: Layout, show: Callable[[str], None]) -> dict[str, Any]:
    with outside.makefile("rb") as lines:
        for line in lines:
            message = json.loads(line)
            if "progress" in message:
                show(message["progress"])
            elif "failed" in message:
                raise LabError(message["failed"])
            else:
                state = _remember(message["ready"], pid, layout)
                outside.sendall(ACKNOWLEDGED)
                return state
    raise LabError(f"the lab ended while it started: see {layout.log}")


def _remember(description: dict[str, Any], pid: int, layout: Layout) -> dict[str, Any]:
    state = {"pid": pid, "started": _started(pid), **description}
    # Written aside and renamed: whoever reads it, reads all of it.
    aside = layout.state.with_suffix(".new")
    aside.write_text(json.dumps(state, indent=2) + "\n")
    aside.rename(layout.state)
    return state


def _started(pid: int) -> str | None:
    """When the process began, in the kernel's count: tells it from a later one with the same id."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[19]
    except OSError:
        return None


def running(layout: Layout) -> dict[str, Any] | None:
    """The state of the lab that runs from this folder, if one does."""
    try:
        state: dict[str, Any] = json.loads(layout.state.read_text())
    except FileNotFoundError:
        return None
    alive = _started(state["pid"]) == state["started"] and not _is_gone(state["pid"])
    return state if alive else None


def stop(layout: Layout) -> bool:
    """End the lab of this folder and tidy up after one that was killed; was there one?"""
    state = running(layout)
    if state is not None:
        _end(state["pid"])
    for path in (layout.state, layout.control):
        path.unlink(missing_ok=True)
    return state is not None


def _end(pid: int, *numbers: signal.Signals) -> None:
    """Ask PID 1 of the lab to end, then kill it; the kernel takes everything below it along."""
    for number in numbers or (signal.SIGTERM, signal.SIGKILL):
        try:
            os.kill(pid, number)
        except ProcessLookupError:
            return
        deadline = time.monotonic() + STOP_SECONDS
        while time.monotonic() < deadline:
            if _is_gone(pid):
                _collect(pid)
                return
            time.sleep(0.02)


def _is_gone(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "Z"
    except OSError:
        return True


def _collect(pid: int) -> None:
    """Where orphans come to this process (see `adopt_orphans`), it is the one to let the dead go."""
    with contextlib.suppress(ChildProcessError):
        os.waitpid(pid, os.WNOHANG)


def live(
    order: Order, settings: Settings, layout: Layout, sockets: dict[str, socket.socket], inside: socket.socket
) -> int:
    """In the lab: start everything, say so, and serve until asked to end."""
    # Late: none of this is needed by the command line itself.
    from . import control
    from .lab import Lab
    from .requests import Requests

    known = threading.Event()
    threading.Thread(target=_watch_starter, args=(inside, known), name="starter", daemon=True).start()
    lab = Lab(settings, layout, order.instances, sockets, lambda text: _tell(inside, progress=text))
    try:
        lab.start()
        control.serve(layout.control, Requests(lab).handle)
        _tell(inside, ready=lab.describe())
        known.wait()
    except (LabError, OSError) as error:
        print(f"the lab could not start: {error}", file=sys.stderr, flush=True)
        with contextlib.suppress(LabError):
            _tell(inside, failed=str(error))
        return 1
    inside.close()
    ended = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        signal.signal(number, lambda *_: ended.set())
    try:
        while not ended.wait(LOOK_SECONDS):
            lab.check()
    except LabError as error:
        print(f"the lab ends: {error}", file=sys.stderr, flush=True)
        return 1
    lab.stop()
    return 0


def _watch_starter(inside: socket.socket, known: threading.Event) -> None:
    """Wait for the acknowledgement; when the connection ends without it, so does the lab, wherever it stands."""
    try:
        answer = inside.recv(1)
    except OSError:
        answer = b""
    if answer != ACKNOWLEDGED:
        print(f"the lab ends: {GONE}", file=sys.stderr, flush=True)
        os._exit(1)
    known.set()


def _tell(inside: socket.socket, **message: Any) -> None:
    try:
        inside.sendall((json.dumps(message) + "\n").encode())
    except ConnectionError as error:
        raise LabError(GONE) from error
