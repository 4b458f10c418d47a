"""The interface of the load balancer behind the API, and one in memory for tests.

The API owns what AWS's control plane owns: which targets are registered, how long they drain, and the reasons for
their states. The load balancer carries the traffic and runs the health checks.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Literal, Protocol

Health = Literal["up", "down", "starting"]
TargetKey = tuple[str, int]


@dataclass(frozen=True, kw_only=True)
class TargetGroupSpec:
    """One target group as the load balancer builds it. Times are in whole seconds, as in AWS."""

    arn: str
    name: str
    interval: int
    timeout: int
    healthy_threshold: int
    unhealthy_threshold: int
    health_path: str
    matcher: str = "200"
    # Path patterns of the group's listener rule. Without any, the group is the listener's default action.
    paths: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class TargetSpec:
    instance_id: str
    ip: str
    port: int
    zone: str

    @property
    def key(self) -> TargetKey:
        return (self.instance_id, self.port)


class Balancer(Protocol):
    """The API calls these methods with its lock held: they must not block for long, nor call the API."""

    def create_target_group(self, tg: TargetGroupSpec) -> None:
        """Create an empty group. This is called once for each group, before its targets are registered."""

    def register(self, tg_arn: str, target: TargetSpec) -> None:
        """Start health checks, the first one at once, and send requests after one success.

        A draining target can be registered again: its draining ends, and it receives requests again.
        """

    def drain(self, tg_arn: str, instance_id: str, port: int) -> None:
        """Send no new requests to a target. Requests in flight continue."""

    def remove(self, tg_arn: str, instance_id: str, port: int) -> None:
        """Close the target's remaining connections and remove it."""

    def health(self, tg_arn: str) -> dict[TargetKey, Health]:
        """The health of every target that is not removed; "starting" until its first check has ended."""


@dataclass
class _MemoryTarget:
    spec: TargetSpec
    since: float
    draining: bool = False


@dataclass
class MemoryBalancer:
    """A load balancer without traffic: a target is healthy ``healthy_after`` seconds after its registration."""

    healthy_after: float = 0.0
    now: Callable[[], float] = time.monotonic
    groups: dict[str, TargetGroupSpec] = field(default_factory=dict)
    _targets: dict[str, dict[TargetKey, _MemoryTarget]] = field(default_factory=dict)
    _sick: set[tuple[str, int | None]] = field(default_factory=set)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def create_target_group(self, tg: TargetGroupSpec) -> None:
        self.groups[tg.arn] = tg
        self._targets.setdefault(tg.arn, {})

    def register(self, tg_arn: str, target: TargetSpec) -> None:
        with self._lock:
            self._targets[tg_arn][target.key] = _MemoryTarget(target, self.now())

    def drain(self, tg_arn: str, instance_id: str, port: int) -> None:
        with self._lock:
            self._targets[tg_arn][(instance_id, port)].draining = True

    def remove(self, tg_arn: str, instance_id: str, port: int) -> None:
        with self._lock:
            self._targets[tg_arn].pop((instance_id, port), None)

    def health(self, tg_arn: str) -> dict[TargetKey, Health]:
        with self._lock:
            return {key: self._health_of(target) for key, target in self._targets.get(tg_arn, {}).items()}

    def set_sick(self, instance_id: str, sick: bool = True, port: int | None = None) -> None:
        """Let an instance fail its health checks in every group, on every port or on one, or recover."""
        with self._lock:
            (self._sick.add if sick else self._sick.discard)((instance_id, port))

    def receives(self, tg_arn: str, instance_id: str, port: int) -> bool:
        """Whether a new request would be sent to this target."""
        with self._lock:
            target = self._targets.get(tg_arn, {}).get((instance_id, port))
            return target is not None and not target.draining and self._health_of(target) == "up"

    def _health_of(self, target: _MemoryTarget) -> Health:
        if self.now() - target.since < self.healthy_after:
            return "starting"
        sick = {(target.spec.instance_id, None), (target.spec.instance_id, target.spec.port)}
        return "down" if sick & self._sick else "up"
