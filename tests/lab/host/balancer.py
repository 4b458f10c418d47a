"""The API's balancer, carried out by HAProxy's runtime API."""

from __future__ import annotations

import csv
import io
import threading
import time
from dataclasses import dataclass, field
from typing import Any, Protocol

from ..api.load_balancer.balancer import Health, TargetGroupSpec, TargetKey, TargetSpec
from .commands import LabError
from .haproxy import open_backend


class Runtime(Protocol):
    """HAProxy, as far as the balancer needs it."""

    def start(self, groups: Any) -> None: ...
    def is_ready(self) -> bool: ...
    def command(self, *commands: str) -> str: ...


@dataclass
class _Target:
    spec: TargetSpec
    draining: bool = False
    # Has a check ended since it was registered? An ALB takes a new target in after one pass.
    judged: bool = False


@dataclass
class _Group:
    spec: TargetGroupSpec
    backend: str
    targets: dict[TargetKey, _Target] = field(default_factory=dict)

    @property
    def health_path(self) -> str:
        return self.spec.health_path

    @property
    def matcher(self) -> str:
        return self.spec.matcher

    @property
    def timeout(self) -> int:
        return self.spec.timeout

    @property
    def paths(self) -> tuple[str, ...]:
        return self.spec.paths


@dataclass(frozen=True)
class Seen:
    """One line of HAProxy's statistics: a server's status and what its last check said."""

    status: str
    check: str

    @property
    def up(self) -> bool:
        return self.status.startswith("UP")

    @property
    def checked(self) -> bool:
        """Has a check of it ended? A star marks one that is running; INI stands for none yet."""
        return self.check.removeprefix("* ") not in ("", "INI", "UNK")

    @property
    def passed(self) -> bool:
        return self.check.removeprefix("* ") in ("L7OK", "L7OKC")


def parse_stats(text: str) -> dict[tuple[str, str], Seen]:
    """`show stat` for servers, as (backend, server) -> what is seen of it."""
    rows = csv.DictReader(io.StringIO(text.lstrip("# ")))
    return {(row["# pxname"] if "# pxname" in row else row["pxname"], row["svname"]): _seen(row) for row in rows}


def _seen(row: dict[str, str]) -> Seen:
    return Seen(row["status"], row["check_status"])


def judge(target_judged: bool, seen: Seen | None) -> Health:
    if seen is None or not target_judged:
        return "starting"
    return "up" if seen.up or (seen.status.startswith("DRAIN") and seen.passed) else "down"


class HaproxyBalancer:
    """Servers are named after instance and port; each lives in its group's backend and in that one's open twin."""

    def __init__(self, runtime: Runtime, watch_interval: float) -> None:
        self._runtime = runtime
        self._interval = watch_interval
        self._groups: dict[str, _Group] = {}
        self._lock = threading.RLock()
        self._started = False
        self._failure: str | None = None

    def create_target_group(self, tg: TargetGroupSpec) -> None:
        if self._started:
            raise LabError(f"target group {tg.name}: the lab's load balancer takes groups only before its first target")
        self._groups[tg.arn] = _Group(tg, f"tg-{tg.name}")

    def _ensure_started(self) -> None:
        """Start HAProxy with the groups known by now: backends cannot be added while it runs."""
        if self._started:
            return
        self._started = True
        self._runtime.start(list(self._groups.values()))
        deadline = time.monotonic() + 5
        while not self._runtime.is_ready():
            if time.monotonic() > deadline:
                raise LabError("HAProxy does not answer on its control socket")
            time.sleep(0.02)
        threading.Thread(target=self._watch, name="health", daemon=True).start()

    def check(self) -> None:
        """Raise when nobody looks at HAProxy any more: it has died, or said what it never should."""
        if self._failure is not None:
            raise LabError(f"the load balancer has died ({self._failure}): see haproxy.log")

    def register(self, tg_arn: str, target: TargetSpec) -> None:
        with self._lock:
            self._ensure_started()
            group = self._groups[tg_arn]
            known = group.targets.get(target.key)
            server, twin = self._names(group, target.key)
            if known is not None:
                known.draining = False
                self._say(f"set server {server} state ready", *self._open_twin(known, twin))
                return
            group.targets[target.key] = _Target(target)
            address = f"{target.ip}:{target.port}"
            spec = group.spec
            # One command line, so that the first check (0.1 s later) finds the server enabled, and no request finds it
            # up before that check: leaving maintenance means up, hence through drain and with its health set down.
            self._say(
                f"add server {server} {address} check inter {spec.interval}s"
                f" rise {spec.healthy_threshold} fall {spec.unhealthy_threshold}",
                f"set server {server} state drain",
                f"set server {server} health down",
                f"enable health {server}",
                f"set server {server} state ready",
                f"add server {twin} {address}",
            )

    def drain(self, tg_arn: str, instance_id: str, port: int) -> None:
        with self._lock:
            group = self._groups[tg_arn]
            target = group.targets[(instance_id, port)]
            target.draining = True
            server, twin = self._names(group, target.spec.key)
            self._say(f"set server {server} state drain", f"set server {twin} state maint")

    def remove(self, tg_arn: str, instance_id: str, port: int) -> None:
        with self._lock:
            group = self._groups[tg_arn]
            if group.targets.pop((instance_id, port), None) is None:
                return
            for server in self._names(group, (instance_id, port)):
                self._say(f"set server {server} state maint", f"shutdown sessions server {server}")
                self._delete(server)

    def health(self, tg_arn: str) -> dict[TargetKey, Health]:
        with self._lock:
            group = self._groups[tg_arn]
            if not group.targets:
                return {}
            stats = self._stats()
            self._look(group, stats)
            return {key: self._judge(group, target, stats) for key, target in group.targets.items()}

    def group_names(self) -> list[str]:
        return [group.spec.name for group in self._groups.values()]

    def health_by_name(self, name: str) -> dict[str, Health]:
        arn = next(arn for arn, group in self._groups.items() if group.spec.name == name)
        return {instance_id: state for (instance_id, _), state in self.health(arn).items()}

    def of_instance(self, instance_id: str) -> list[Health]:
        """The state of each of an instance's targets."""
        return [state for arn in list(self._groups) for (of, _), state in self.health(arn).items() if of == instance_id]

    def _judge(self, group: _Group, target: _Target, stats: dict[tuple[str, str], Seen]) -> Health:
        return judge(target.judged, stats.get((group.backend, _server(target.spec.key))))

    def _names(self, group: _Group, key: TargetKey) -> tuple[str, str]:
        return f"{group.backend}/{_server(key)}", f"{open_backend(group.backend)}/{_server(key)}"

    @staticmethod
    def _open_twin(target: _Target, twin: str) -> list[str]:
        return [f"set server {twin} state ready"] if target.judged and not target.draining else []

    def _say(self, *commands: str) -> None:
        answer = self._runtime.command(*commands).strip()
        refusals = [line for line in answer.splitlines() if line and "registered" not in line and "deleted" not in line]
        if refusals:
            raise LabError(f"HAProxy refused {commands[0]!r}: {refusals[0]}")

    def _delete(self, server: str) -> None:
        """A server whose last connection is still closing cannot be deleted yet."""
        deadline = time.monotonic() + 2
        while "deleted" not in (answer := self._runtime.command(f"del server {server}")):
            if time.monotonic() > deadline:
                raise LabError(f"HAProxy does not delete {server}: {answer.strip()}")
            time.sleep(0.02)

    def _stats(self) -> dict[tuple[str, str], Seen]:
        return parse_stats(self._runtime.command("show stat -1 4 -1"))

    def _watch(self) -> None:
        try:
            while True:
                with self._lock:
                    stats = self._stats()
                    for group in self._groups.values():
                        self._look(group, stats)
                time.sleep(self._interval)
        except (OSError, LabError) as error:
            self._failure = str(error)

    def _look(self, group: _Group, stats: dict[tuple[str, str], Seen]) -> None:
        """Take a new target's first check for the verdict an ALB makes of it."""
        for target in group.targets.values():
            seen = stats.get((group.backend, _server(target.spec.key)))
            if target.judged or seen is None or not seen.checked:
                continue
            target.judged = True
            server, twin = self._names(group, target.spec.key)
            if seen.passed:
                self._say(f"set server {server} health up")
                stats[(group.backend, _server(target.spec.key))] = Seen("UP", seen.check)
            for command in self._open_twin(target, twin):
                self._say(command)


def _server(key: TargetKey) -> str:
    return f"{key[0]}:{key[1]}".replace(":", "_")
