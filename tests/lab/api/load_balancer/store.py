"""Live target health: registrations, draining and the reasons are here, what the checks see comes from the balancer."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from lab.api.errors import ApiError, NotInThisLab
from lab.api.http.wire import Call
from lab.api.load_balancer.balancer import Health, TargetGroupSpec, TargetKey, TargetSpec
from lab.api.moto_bridge import services as moto_bridge
from lab.api.region import Result, action

if TYPE_CHECKING:
    from lab.api.region import Region

DELAY = "deregistration_delay.timeout_seconds"
LONGEST_DELAY = 3600
# The attributes of an ALB's instance target group that may be set here; only the delay changes what the lab does.
ATTRIBUTES = frozenset(
    {
        DELAY,
        "load_balancing.algorithm.type",
        "load_balancing.cross_zone.enabled",
        "slow_start.duration_seconds",
        "stickiness.enabled",
        "stickiness.type",
        "stickiness.lb_cookie.duration_seconds",
        "target_group_health.dns_failover.minimum_healthy_targets.count",
        "target_group_health.dns_failover.minimum_healthy_targets.percentage",
        "target_group_health.unhealthy_state_routing.minimum_healthy_targets.count",
        "target_group_health.unhealthy_state_routing.minimum_healthy_targets.percentage",
    }
)

REASONS = {
    "Elb.RegistrationInProgress": "Target registration is in progress",
    "Elb.InitialHealthChecking": "Initial health checks in progress",
    "Target.FailedHealthChecks": "Health checks failed",
    "Target.DeregistrationInProgress": "Target deregistration is in progress",
    "Target.NotRegistered": "Target is not registered to the target group",
    "Target.NotInUse": "Target group is not configured to receive traffic from the load balancer",
    "Target.InvalidState": "Target is in the stopped state",
}


@dataclass
class Target:
    spec: TargetSpec
    draining: bool = False
    # Counts drains, so that the end of a drain that was called off does nothing.
    drains: int = 0
    drain_ends: float = 0.0


@dataclass
class Group:
    arn: str
    name: str
    default_port: int
    targets: dict[TargetKey, Target] = field(default_factory=dict)
    seen: dict[TargetKey, str] = field(default_factory=dict)


class TargetGroups:
    def __init__(self, region: Region) -> None:
        self._region = region
        self.by_arn: dict[str, Group] = {}

    def create(self, spec: TargetGroupSpec, default_port: int) -> None:
        self.by_arn[spec.arn] = Group(spec.arn, spec.name, default_port)
        self._region.balancer.create_target_group(spec)

    def watch(self) -> None:
        """Look at the checks now and then, for the events and for reads that are behind."""
        self._region.engine.every(self._region.settings.load_balancer.watch_interval, self._look)

    def group(self, arn: str) -> Group:
        if arn not in self.by_arn:
            raise ApiError("TargetGroupNotFound", "One or more target groups not found")
        return self.by_arn[arn]

    def register(self, group: Group, instance_id: str, port: int) -> None:
        known = group.targets.get((instance_id, port))
        if known is not None and not known.draining:
            return
        spec = self._spec(instance_id, port)
        if known is None:
            group.targets[spec.key] = Target(spec)
        else:
            known.draining = False
        self._region.balancer.register(group.arn, spec)
        self._event("target_registered", group, spec)
        self._look()

    def deregister(self, group: Group, instance_id: str, port: int) -> None:
        target = group.targets.get((instance_id, port))
        if target is None or target.draining:
            return
        delay = self.delay(group)
        target.draining, target.drains = True, target.drains + 1
        target.drain_ends = time.monotonic() + delay
        self._region.balancer.drain(group.arn, instance_id, port)
        self._event("target_deregistered", group, target.spec)
        drain = target.drains
        self._region.engine.later(delay, lambda: self._remove(group, target, drain))
        self._look()

    def _remove(self, group: Group, target: Target, drain: int) -> None:
        if not target.draining or target.drains != drain:
            return
        self._region.balancer.remove(group.arn, *target.spec.key)
        del group.targets[target.spec.key]
        self._event("target_removed", group, target.spec)
        self._look()

    def delay(self, group: Group) -> float:
        return float(moto_bridge.elbv2(self._region).target_groups[group.arn].attributes[DELAY])

    def health(self, group: Group) -> dict[TargetKey, tuple[str, str | None]]:
        """(state, reason) of every target there is, draining ones included."""
        checks = self._region.balancer.health(group.arn)
        return {key: self._judge(target, checks.get(key)) for key, target in group.targets.items()}

    def _judge(self, target: Target, check: Health | None) -> tuple[str, str | None]:
        if target.draining:
            return "draining", "Target.DeregistrationInProgress"
        if not self._region.nodes.running(target.spec.instance_id):
            return "unused", "Target.InvalidState"
        if check is None:
            return "initial", "Elb.RegistrationInProgress"
        if check == "starting":
            return "initial", "Elb.InitialHealthChecking"
        return ("healthy", None) if check == "up" else ("unhealthy", "Target.FailedHealthChecks")

    def _look(self) -> None:
        for group in self.by_arn.values():
            states = self.health(group)
            self._region.history.record(("health", group.arn), states)
            seen = {key: state for key, (state, _reason) in states.items()}
            for key, state in seen.items():
                if group.seen.get(key) != state and state in ("healthy", "unhealthy"):
                    self._event(f"target_{state}", group, group.targets[key].spec)
            before = sum(1 for state in group.seen.values() if state == "healthy")
            healthy = sum(1 for state in seen.values() if state == "healthy")
            if before != healthy:
                self._region.events.emit("healthy_count", target_group=group.name, count=healthy)
            group.seen = seen

    def _event(self, name: str, group: Group, spec: TargetSpec) -> None:
        self._region.events.emit(name, target_group=group.name, instance_id=spec.instance_id, port=spec.port)

    def _spec(self, instance_id: str, port: int) -> TargetSpec:
        instance = self._region.instances.get(instance_id)
        if instance is None or not self._region.nodes.running(instance_id):
            raise ApiError(
                "InvalidTarget",
                f"The following targets are not in a running state and cannot be registered: '{instance_id}'",
            )
        zone = self._region.settings.account.zone_name(instance.zone)
        return TargetSpec(instance_id=instance_id, ip=instance.ip, port=port, zone=zone)


def _asked(group: Group, params: dict[str, Any]) -> list[TargetKey]:
    """(id, port) of the request's targets; no port means the group's own, and no other."""
    asked = []
    for target in params.get("Targets", []):
        if "AvailabilityZone" in target:
            raise ApiError("ValidationError", "You cannot specify an Availability Zone for a target of type instance.")
        asked.append((target["Id"], target.get("Port", group.default_port)))
    return asked


@action("elbv2", "RegisterTargets")
def register(region: Region, call: Call) -> Result:
    groups = region.target_groups
    group = groups.group(call.params["TargetGroupArn"])
    asked = _asked(group, call.params)
    for instance_id, port in asked:
        groups._spec(instance_id, port)
    for instance_id, port in asked:
        groups.register(group, instance_id, port)
    return None


@action("elbv2", "DeregisterTargets")
def deregister(region: Region, call: Call) -> Result:
    groups = region.target_groups
    group = groups.group(call.params["TargetGroupArn"])
    for instance_id, port in _asked(group, call.params):
        groups.deregister(group, instance_id, port)
    return None


@action("elbv2", "DescribeTargetHealth")
def describe_health(region: Region, call: Call) -> Result:
    if call.params.get("Include"):
        raise NotInThisLab("DescribeTargetHealth with Include")
    groups = region.target_groups
    group = groups.group(call.params["TargetGroupArn"])
    age = region.staleness(region.settings.api.target_health_staleness)
    states = region.history.at(("health", group.arn), age, None) if age > 0 else groups.health(group)
    states = states or {}
    asked = _asked(group, call.params) or list(states)
    return {
        "TargetHealthDescriptions": [
            _describe(key, *states.get(key, ("unused", "Target.NotRegistered"))) for key in asked
        ]
    }


def _describe(key: TargetKey, state: str, reason: str | None) -> dict[str, Any]:
    instance_id, port = key
    health = {"State": state}
    if reason is not None:
        health |= {"Reason": reason, "Description": REASONS[reason]}
    return {
        "Target": {"Id": instance_id, "Port": port},
        "HealthCheckPort": str(port),
        "TargetHealth": health,
    }


@action("elbv2", "ModifyTargetGroupAttributes")
def modify_attributes(region: Region, call: Call) -> Result:
    group = region.target_groups.group(call.params["TargetGroupArn"])
    wanted = {item["Key"]: item.get("Value", "") for item in call.params["Attributes"]}
    for key in wanted:
        if key not in ATTRIBUTES:
            raise ApiError("ValidationError", f"Target group attribute key '{key}' is not recognized")
    delay = wanted.get(DELAY)
    if delay is not None and not (delay.isdigit() and int(delay) <= LONGEST_DELAY):
        raise ApiError("ValidationError", f"'{DELAY}' value '{delay}' must be between '0-{LONGEST_DELAY}' inclusive")
    attributes = moto_bridge.elbv2(region).target_groups[group.arn].attributes
    attributes.update(wanted)
    return {"Attributes": [{"Key": key, "Value": str(value)} for key, value in attributes.items()]}
