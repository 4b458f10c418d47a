"""What the API asks of a load balancer, and one that lives in memory for in-process tests.

The API owns everything AWS's control plane owns: which targets are registered, how long they drain, what the reasons
are called. A balancer only carries traffic and says what its health checks see.
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
    """One target group as the balancer has to build it; times are whole seconds, as AWS takes them."""

    arn: str
    name: str
    interval: int
    timeout: int
    healthy_threshold: int
    unhealthy_threshold: int
    health_path: str
    matcher: str = "200"
    # Patterns of the listener rule that leads here; empty: the listener's default action.
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
    """Every call is made with the API's lock held: none may block for long, none may call back into the API."""

    def create_target_group(self, tg: TargetGroupSpec) -> None:
        """Build an empty group; called once per group, before any target of it."""

    def register(self, tg_arn: str, target: TargetSpec) -> None:
        """Start health checks, the first at once, and send requests after one pass.

        Also called for a target that is draining: draining ends and it takes requests again.
        """

    def drain(self, tg_arn: str, instance_id: str, port: int) -> None:
        """Send no new requests; requests in flight go on."""

    def remove(self, tg_arn: str, instance_id: str, port: int) -> None:
        """Cut what is left and forget the target."""

    def health(self, tg_arn: str) -> dict[TargetKey, Health]:
        """What the checks say of every target not removed yet; "starting" until the first check has ended."""


@dataclass
class _MemoryTarget:
    spec: TargetSpec
    since: float
    draining: bool = False


@dataclass
class MemoryBalancer:
    """A balancer without traffic: a target is healthy ``healthy_after`` seconds after it was registered."""

    healthy_after: float = 0.0
    now: Callable[[], float] = time.monotonic
    groups: dict[str, TargetGroupSpec] = field(default_factory=dict)
    _targets: dict[str, dict[TargetKey, _MemoryTarget]] = field(default_factory=dict)
    _sick: set[str] = field(default_factory=set)
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
            return {key: self._judge(target) for key, target in self._targets.get(tg_arn, {}).items()}

    def set_sick(self, instance_id: str, sick: bool = True) -> None:
        """Make an instance's application fail its health checks in every group, or recover."""
        with self._lock:
            (self._sick.add if sick else self._sick.discard)(instance_id)

    def receives(self, tg_arn: str, instance_id: str, port: int) -> bool:
        """Would a new request be sent to this target?"""
        with self._lock:
            target = self._targets.get(tg_arn, {}).get((instance_id, port))
            return target is not None and not target.draining and self._judge(target) == "up"

    def _judge(self, target: _MemoryTarget) -> Health:
        if self.now() - target.since < self.healthy_after:
            return "starting"
        return "down" if target.spec.instance_id in self._sick else "up"
