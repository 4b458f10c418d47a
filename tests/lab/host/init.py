"""The first process inside an instance: starts the services, reaps, and ends the boot when a reboot is asked for."""

from __future__ import annotations

import os
import selectors
import signal
import subprocess
import sys
import time
from types import FrameType

REBOOT = 94  # what an agent exits with to have the instance rebooted, and then this process
TERMINATION_SECONDS = 3.0
RESTART_PAUSE = 1.0


def provision(commands: list[list[str]], environment: dict[str, str]) -> int:
    """Run commands one after another instead of booting; the first failure ends it."""
    for command in commands:
        print("+", " ".join(command), flush=True)
        code = subprocess.run(command, env=environment, check=False).returncode
        if code != 0:
            return code
    return 0


class Init:
    """`services`: the long-running agent and the commands that run once a boot, by name.

    Every service is started at once; only "agent" is watched, and started again when it ends by itself.
    """

    def __init__(self, services: dict[str, list[str]], environment: dict[str, str]) -> None:
        self._services = services
        self._environment = environment
        self._agent: int | None = None
        self._agent_wanted = True
        self._agent_due = 0.0
        self._ending: int | None = None

    def run(self) -> int:
        wake, woken = os.pipe()
        os.set_blocking(woken, False)
        os.set_blocking(wake, False)
        signal.set_wakeup_fd(woken)
        signal.signal(signal.SIGCHLD, lambda *_: None)
        # What `reboot` and Ctrl-Alt-Del send to the first process.
        signal.signal(signal.SIGINT, self._on_reboot)
        selector = selectors.DefaultSelector()
        selector.register(wake, selectors.EVENT_READ, "signal")
        selector.register(0, selectors.EVENT_READ, "command")
        for name in self._services:
            self._start(name)
        while self._ending is None:
            for key, _ in selector.select(self._pause()):
                data = os.read(key.fd, 4096)
                if key.data == "command":
                    self._obey(data)
            self._reap()
            self._revive()
        self._terminate()
        return self._ending

    def _on_reboot(self, _number: int, _frame: FrameType | None) -> None:
        self._ending = REBOOT

    def _start(self, name: str) -> None:
        pid = os.posix_spawn(
            self._services[name][0],
            self._services[name],
            self._environment,
            file_actions=[(os.POSIX_SPAWN_OPEN, 0, os.devnull, os.O_RDONLY, 0)],
            setsigdef=[signal.SIGCHLD, signal.SIGINT, signal.SIGPIPE],
        )
        if name == "agent":
            self._agent = pid

    def _pause(self) -> float | None:
        return max(0.0, self._agent_due - time.monotonic()) if self._agent_is_due_later() else None

    def _agent_is_due_later(self) -> bool:
        return self._agent is None and self._agent_wanted and "agent" in self._services

    def _revive(self) -> None:
        if self._agent_is_due_later() and time.monotonic() >= self._agent_due:
            self._start("agent")

    def _obey(self, data: bytes) -> None:
        if not data:
            self._ending = 0
        for word in data.decode().split():
            if word == "reboot":
                self._ending = REBOOT
            elif word == "agent-off":
                self._agent_wanted = False
                if self._agent is not None:
                    os.kill(self._agent, signal.SIGKILL)
            elif word == "agent-on":
                self._agent_wanted = True

    def _reap(self) -> None:
        while True:
            try:
                pid, status = os.waitpid(-1, os.WNOHANG)
            except ChildProcessError:
                return
            if pid == 0:
                return
            if pid == self._agent:
                self._agent_ended(os.waitstatus_to_exitcode(status))

    def _agent_ended(self, code: int) -> None:
        self._agent = None
        self._agent_due = time.monotonic() + RESTART_PAUSE
        print(f"init: the agent ended with {code}", file=sys.stderr, flush=True)
        if code == REBOOT:
            self._ending = REBOOT

    def _terminate(self) -> None:
        """Ask every process to end, as an orderly shutdown does; what stays is killed with the namespace."""
        deadline = time.monotonic() + TERMINATION_SECONDS
        try:
            os.kill(-1, signal.SIGTERM)
            while time.monotonic() < deadline:
                if os.waitpid(-1, os.WNOHANG)[0] == 0:
                    time.sleep(0.02)
        except (ChildProcessError, ProcessLookupError):
            return
