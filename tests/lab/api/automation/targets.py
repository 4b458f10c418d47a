"""Targets and rate control: an execution whose steps are executions, one for each target."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from lab.api.errors import ApiError, NotImplementedInLab
from lab.api.nodes.store import Nodes
from lab.api.nodes.targets import check_targets, resolve_targets

# What belongs to the whole and not to its parts.
OF_THE_WHOLE = (
    "ClientToken",
    "Tags",
    "Targets",
    "TargetMaps",
    "TargetParameterName",
    "MaxConcurrency",
    "MaxErrors",
)
ALL_INSTANCES = "AWS::EC2::Instance"


@dataclass(kw_only=True)
class TargetPlan:
    """What was asked of targets; who they are is found out when the execution begins."""

    parameter: str | None
    targets: list[dict[str, Any]]
    maps: list[dict[str, list[str]]]
    # Parameters that get their values from the targets.
    parameters: frozenset[str]
    resolved: list[str] = field(default_factory=list)


def plan_targets(request: dict[str, Any]) -> TargetPlan | None:
    """:raises ApiError: InvalidTarget, or InvalidAutomationExecutionParametersException."""
    parameter, maps = request.get("TargetParameterName"), request.get("TargetMaps", [])
    if request.get("TargetLocations") or request.get("TargetLocationsURL"):
        raise NotImplementedInLab("target locations: there is one account and one Region")
    if request.get("AlarmConfiguration"):
        raise NotImplementedInLab("executions with CloudWatch alarms")
    if maps and request.get("Targets"):
        raise _unfit("Targets and TargetMaps cannot be specified together.")
    if not maps and bool(request.get("Targets")) != bool(parameter):
        raise _unfit("Targets and TargetParameterName must be specified together.")
    if not maps and not parameter:
        return None
    if request.get("Mode") == "Interactive":
        raise NotImplementedInLab("mode Interactive with targets")
    for target in request.get("Targets", []):
        _check_target(target)
    named = frozenset(name for one in maps for name in one) | ({parameter} if parameter else set())
    return TargetPlan(parameter=parameter, targets=request.get("Targets", []), maps=maps, parameters=named)


def _check_target(target: dict[str, Any]) -> None:
    key, values = target.get("Key"), target.get("Values")
    if key in ("ResourceGroup", "TargetResourceGroup"):
        raise NotImplementedInLab("resource groups as targets")
    if key == ALL_INSTANCES:
        if values != ["*"]:
            raise ApiError("InvalidTarget", f"The target key {key} takes the value * only.")
    elif key == "ParameterValues":
        if not values:
            raise ApiError("InvalidTarget", "The target ParameterValues has no values.")
    elif key == "InstanceIds":
        # The model names it for targets in general, the user guide does not name it for automations.
        raise NotImplementedInLab("InstanceIds as the target of an automation: use ParameterValues")
    else:
        check_targets([target])


def child_parameters(nodes: Nodes, plan: TargetPlan) -> list[tuple[str, dict[str, list[str]]]]:
    """(name, parameters) of each child."""
    if plan.maps:
        return [(_name(one, plan.parameter), one) for one in plan.maps]
    assert plan.parameter is not None
    [target] = plan.targets
    if target["Key"] == "ParameterValues":
        found = list(dict.fromkeys(target["Values"]))
    elif target["Key"] == ALL_INSTANCES:
        found = [instance_id for instance_id in sorted(nodes.instances) if nodes.is_running(instance_id)]
    else:
        found = resolve_targets(nodes, plan.targets)
    return [(value, {plan.parameter: [value]}) for value in found]


def _name(one: dict[str, list[str]], parameter: str | None) -> str:
    values = one.get(parameter or "", []) or next(iter(one.values()))
    return ", ".join(values)


def _unfit(message: str) -> ApiError:
    return ApiError("InvalidAutomationExecutionParametersException", message)
