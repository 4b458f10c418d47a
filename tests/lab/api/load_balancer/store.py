"""Target groups: registrations, draining, and the health of targets from the load balancer's checks."""

from __future__ import annotations

import time
from dataclasses import dataclass, field

from lab.api.errors import ApiError
from lab.api.load_balancer.balancer import Balancer, Health, TargetGroupSpec, TargetKey, TargetSpec
from lab.api.moto_bridge import services
from lab.api.nodes.store import Nodes
from lab.api.runtime.clockwork import Clockwork

DELAY = "deregistration_delay.timeout_seconds"


@dataclass
class Target:
    spec: TargetSpec
    draining: bool = False
    # Counts deregistrations, so that the end of a drain that was cancelled does nothing.
    drains: int = 0
    drain_ends: float = 0.0


@dataclass
class Group:
    arn: str
    name: str
    default_port: int
    targets: dict[TargetKey, Target] = field(default_factory=dict)
    last_states: dict[TargetKey, str] = field(default_factory=dict)


class TargetGroups:
    def __init__(self, clockwork: Clockwork, balancer: Balancer, nodes: Nodes) -> None:
        self._clockwork = clockwork
        self._balancer = balancer
        self._nodes = nodes
        self.by_arn: dict[str, Group] = {}

    def create(self, spec: TargetGroupSpec, default_port: int) -> None:
        self.by_arn[spec.arn] = Group(spec.arn, spec.name, default_port)
        self._balancer.create_target_group(spec)

    def start_watching(self) -> None:
        """Record the targets' health regularly, for events and for stale reads."""
        self._clockwork.engine.every(self._clockwork.settings.load_balancer.watch_interval, self._record_health)

    def get(self, arn: str) -> Group:
        if arn not in self.by_arn:
            raise ApiError("TargetGroupNotFound", "One or more target groups not found")
        return self.by_arn[arn]

    def register(self, group: Group, instance_id: str, port: int) -> None:
        target = group.targets.get((instance_id, port))
        if target is not None and not target.draining:
            return
        spec = self.target_spec(instance_id, port)
        if target is None:
            group.targets[spec.key] = Target(spec)
        else:
            target.draining = False
        self._balancer.register(group.arn, spec)
        self._emit("target_registered", group, spec)
        self._record_health()

    def register_address(self, group: Group, address: str, port: int) -> None:
        """Register an IP address, which is a target like any other but belongs to no instance as far as AWS knows."""
        zone = self._clockwork.settings.account.zone_name(self._clockwork.settings.account.zones[0])
        spec = TargetSpec(instance_id=address, ip=address, port=port, zone=zone)
        group.targets[spec.key] = Target(spec)
        self._balancer.register(group.arn, spec)
        self._record_health()

    def deregister(self, group: Group, instance_id: str, port: int) -> None:
        target = group.targets.get((instance_id, port))
        if target is None or target.draining:
            return
        delay = self.delay(group)
        target.draining, target.drains = True, target.drains + 1
        target.drain_ends = time.monotonic() + delay
        self._balancer.drain(group.arn, instance_id, port)
        self._emit("target_deregistered", group, target.spec)
        drain = target.drains
        self._clockwork.engine.later(delay, lambda: self._remove(group, target, drain))
        self._record_health()

    def _remove(self, group: Group, target: Target, drain: int) -> None:
        if not target.draining or target.drains != drain:
            return
        self._balancer.remove(group.arn, *target.spec.key)
        del group.targets[target.spec.key]
        self._emit("target_removed", group, target.spec)
        self._record_health()

    def delay(self, group: Group) -> float:
        return float(services.elbv2(self._clockwork.settings.account).target_groups[group.arn].attributes[DELAY])

    def health(self, group: Group) -> dict[TargetKey, tuple[str, str | None]]:
        """(state, reason) of every target, draining ones included."""
        checks = self._balancer.health(group.arn)
        return {key: self._health_of(target, checks.get(key)) for key, target in group.targets.items()}

    def _health_of(self, target: Target, check: Health | None) -> tuple[str, str | None]:
        if target.draining:
            return "draining", "Target.DeregistrationInProgress"
        if target.spec.is_instance and not self._nodes.is_running(target.spec.instance_id):
            return "unused", "Target.InvalidState"
        if check is None:
            return "initial", "Elb.RegistrationInProgress"
        if check == "starting":
            return "initial", "Elb.InitialHealthChecking"
        return ("healthy", None) if check == "up" else ("unhealthy", "Target.FailedHealthChecks")

    def _record_health(self) -> None:
        for group in self.by_arn.values():
            states = self.health(group)
            self._clockwork.history.record(("health", group.arn), states)
            current = {key: state for key, (state, _reason) in states.items()}
            for key, state in current.items():
                if group.last_states.get(key) != state and state in ("healthy", "unhealthy"):
                    self._emit(f"target_{state}", group, group.targets[key].spec)
            before = sum(1 for state in group.last_states.values() if state == "healthy")
            healthy = sum(1 for state in current.values() if state == "healthy")
            if before != healthy:
                self._clockwork.events.emit("healthy_count", target_group=group.name, count=healthy)
            group.last_states = current

    def _emit(self, name: str, group: Group, spec: TargetSpec) -> None:
        self._clockwork.events.emit(name, target_group=group.name, instance_id=spec.instance_id, port=spec.port)

    def target_spec(self, instance_id: str, port: int) -> TargetSpec:
        instance = self._nodes.instances.get(instance_id)
        if instance is None or not self._nodes.is_running(instance_id):
            raise ApiError(
                "InvalidTarget",
                f"The following targets are not in a running state and cannot be registered: '{instance_id}'",
            )
        zone = self._clockwork.settings.account.zone_name(instance.zone)
        return TargetSpec(instance_id=instance_id, ip=instance.ip, port=port, zone=zone)
