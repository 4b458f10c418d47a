"""The load balancer's process: its configuration, and the socket it is driven by."""

from __future__ import annotations

import re
import socket
import subprocess
import threading
from collections.abc import Sequence
from pathlib import Path
from typing import Protocol

from ..settings import LoadBalancer
from .commands import LabError, find, run
from .layout import RUN

OLDEST = (2, 6)
FRONT = "front"
NO_TARGET = "no_target"


class Group(Protocol):
    """What the configuration has to know of a target group."""

    @property
    def backend(self) -> str: ...
    @property
    def health_path(self) -> str: ...
    @property
    def matcher(self) -> str: ...
    @property
    def timeout(self) -> int: ...
    @property
    def paths(self) -> tuple[str, ...]: ...


def open_backend(backend: str) -> str:
    """The twin without health checks that requests go to when no target is healthy (an ALB fails open)."""
    return f"{backend}-open"


# HAProxy answers 503 for every connection it cannot make. In a backend that has targets that is an ALB's 502 when the
# target refused, and its 504 when nothing came back; the header tells this answer from one the application gave.
REFUSED = (
    "HTTP/1.1 502 Bad Gateway\r\nContent-Type: text/plain\r\nX-Lab-Refused: 1\r\nContent-Length: 16\r\n"
    "Connection: close\r\n\r\n502 Bad Gateway\n"
)


def configuration(fd: int, settings: LoadBalancer, groups: Sequence[Group], errors: Path, control: Path) -> str:
    default = next((group for group in groups if not group.paths), None)
    lines = [
        "global",
        f"    stats socket {control} mode 600 level admin",
        "    max-spread-checks 100",  # the first check of a new target comes after 0.1 s, not after an interval
        "defaults",
        "    mode http",
        "    retries 0",  # an ALB never tries another target
        "    http-reuse always",  # an ALB keeps connections to its targets
        "    option forwardfor",
        f"    timeout connect {settings.connect_timeout}s",
        f"    timeout server {settings.response_timeout}s",
        f"    timeout client {settings.response_timeout}s",
        "    timeout queue 1s",
        f"frontend {FRONT}",
        f"    bind fd@{fd}",
        "    http-request set-var(txn.came) date(0,ms)",
    ]
    for group in groups:
        if group.paths:
            lines += _routes(group, "{ path -m reg " + "|".join(_pattern(path) for path in group.paths) + " }")
    if default is not None:
        lines += _routes(default, "")
    lines += [f"    default_backend {NO_TARGET}"]
    for group in groups:
        lines += _backends(group, settings, errors)
    lines += [f"backend {NO_TARGET}", "    http-request return status 503"]
    return "\n".join(lines) + "\n"


def _pattern(path: str) -> str:
    """A listener rule's path pattern, with * and ?, as an expression for the whole path."""
    return "^" + re.escape(path).replace(r"\*", ".*").replace(r"\?", ".") + "$"


def _routes(group: Group, condition: str) -> list[str]:
    name = group.backend
    return [
        f"    use_backend {name} if {condition} {{ nbsrv({name}) gt 0 }}",
        f"    use_backend {open_backend(name)} if {condition} {{ nbsrv({open_backend(name)}) gt 0 }}",
        f"    use_backend {NO_TARGET} if {condition or 'TRUE'}",
    ]


def _backends(group: Group, settings: LoadBalancer, errors: Path) -> list[str]:
    late = settings.connect_timeout * 1000
    common = [
        "    balance roundrobin",
        f"    errorfile 503 {errors}",
        '    http-after-response set-status 504 reason "Gateway Timeout" if { res.hdr(x-lab-refused) -m found } '
        f"{{ date(0,ms),sub(txn.came) ge {late} }}",
        "    http-after-response del-header x-lab-refused",
    ]
    return [
        f"backend {group.backend}",
        *common,
        f"    option httpchk GET {group.health_path}",
        f"    http-check expect status {group.matcher}",
        f"    timeout check {group.timeout}s",
        f"backend {open_backend(group.backend)}",
        *common,
    ]


def check_version() -> None:
    text = run(find("haproxy"), "-v")
    found = re.search(r"version (\d+)\.(\d+)", text)
    if found is None or (int(found[1]), int(found[2])) < OLDEST:
        wanted = ".".join(map(str, OLDEST))
        raise LabError(f"the lab needs HAProxy {wanted} or newer (checks of servers added at run time)")


class Haproxy:
    """One running HAProxy, listening on a socket somebody else has bound."""

    def __init__(self, listener: socket.socket, settings: LoadBalancer, log: Path, folder: Path = RUN) -> None:
        self._listener = listener
        self._settings = settings
        self._log = log
        self._folder = folder
        self._control = folder / "haproxy.sock"
        self._lock = threading.Lock()
        self.process: subprocess.Popen[bytes] | None = None

    def start(self, groups: Sequence[Group]) -> None:
        errors = self._folder / "refused.http"
        errors.write_text(REFUSED, newline="")
        file = self._folder / "haproxy.cfg"
        file.write_text(configuration(self._listener.fileno(), self._settings, groups, errors, self._control))
        with self._log.open("ab") as log:
            self.process = subprocess.Popen(
                [find("haproxy"), "-db", "-f", str(file)],
                pass_fds=[self._listener.fileno()],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
            )

    def command(self, *commands: str) -> str:
        """Send commands over the runtime API and return what it says; several are carried out as one."""
        with self._lock, socket.socket(socket.AF_UNIX) as connection:
            connection.settimeout(5)
            connection.connect(str(self._control))
            connection.sendall((";".join(commands) + "\n").encode())
            answer = b""
            while part := connection.recv(65536):
                answer += part
        return answer.decode()

    def is_ready(self) -> bool:
        if self.process is not None and self.process.poll() is not None:
            raise LabError(f"HAProxy ended with {self.process.returncode}: see {self._log}")
        try:
            return bool(self.command("show info"))
        except OSError:
            return False
