"""The API actions of Elastic Load Balancing v2: registrations, target health, attributes of target groups."""

from __future__ import annotations

from typing import Any

from lab.api.errors import ApiError, NotImplementedInLab
from lab.api.http.wire import Call
from lab.api.load_balancer.balancer import TargetKey
from lab.api.load_balancer.store import DELAY, Group
from lab.api.moto_bridge import services
from lab.api.region import Region
from lab.api.registry import Result, action

LONGEST_DELAY = 3600
# The attributes of an ALB's target group of instances. All can be set; only the delay changes what the lab does.
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


def _requested_targets(group: Group, params: dict[str, Any]) -> list[TargetKey]:
    """(id, port) of the request's targets. The port of a target without one is the group's own."""
    requested = []
    for target in params.get("Targets", []):
        if "AvailabilityZone" in target:
            raise ApiError("ValidationError", "You cannot specify an Availability Zone for a target of type instance.")
        requested.append((target["Id"], target.get("Port", group.default_port)))
    return requested


@action("elbv2", "RegisterTargets")
def register_targets(region: Region, call: Call) -> Result:
    groups = region.target_groups
    group = groups.get(call.params["TargetGroupArn"])
    requested = _requested_targets(group, call.params)
    for instance_id, port in requested:
        groups.target_spec(instance_id, port)
    for instance_id, port in requested:
        groups.register(group, instance_id, port)
    return None


@action("elbv2", "DeregisterTargets")
def deregister_targets(region: Region, call: Call) -> Result:
    groups = region.target_groups
    group = groups.get(call.params["TargetGroupArn"])
    for instance_id, port in _requested_targets(group, call.params):
        groups.deregister(group, instance_id, port)
    return None


@action("elbv2", "DescribeTargetHealth")
def describe_target_health(region: Region, call: Call) -> Result:
    if call.params.get("Include"):
        raise NotImplementedInLab("DescribeTargetHealth with Include")
    groups = region.target_groups
    group = groups.get(call.params["TargetGroupArn"])
    age = region.staleness(region.settings.api.target_health_staleness)
    states = region.history.at(("health", group.arn), age, None) if age > 0 else groups.health(group)
    states = states or {}
    requested = _requested_targets(group, call.params) or list(states)
    return {
        "TargetHealthDescriptions": [
            _describe(key, *states.get(key, ("unused", "Target.NotRegistered"))) for key in requested
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
def modify_target_group_attributes(region: Region, call: Call) -> Result:
    group = region.target_groups.get(call.params["TargetGroupArn"])
    wanted = {item["Key"]: item.get("Value", "") for item in call.params["Attributes"]}
    for key in wanted:
        if key not in ATTRIBUTES:
            raise ApiError("ValidationError", f"Target group attribute key '{key}' is not recognized")
    delay = wanted.get(DELAY)
    if delay is not None and not (delay.isdigit() and int(delay) <= LONGEST_DELAY):
        raise ApiError("ValidationError", f"'{DELAY}' value '{delay}' must be between '0-{LONGEST_DELAY}' inclusive")
    attributes = services.elbv2(region.settings.account).target_groups[group.arn].attributes
    attributes.update(wanted)
    return {"Attributes": [{"Key": key, "Value": str(value)} for key, value in attributes.items()]}
