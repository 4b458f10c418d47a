"""The targets of an execution, and the parameters of the child execution for each of them."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from lab.api.errors import ApiError, NotImplementedInLab
from lab.api.nodes.store import Nodes
from lab.api.nodes.targets import check_targets, resolve_targets

# Members that belong to the whole and not to its children.
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
    """The targets as they were requested. They are resolved when the execution begins."""

    parameter: str | None
    targets: list[dict[str, Any]]
    maps: list[dict[str, list[str]]]
    # The parameters that get their values from the targets.
    parameters: frozenset[str]
    resolved: list[str] = field(default_factory=list)


def plan_targets(request: dict[str, Any]) -> TargetPlan | None:
    """The plan for a request with targets, None for one without.

    :raises ApiError: InvalidTarget, or InvalidAutomationExecutionParametersException.
    """
    parameter, maps = request.get("TargetParameterName"), request.get("TargetMaps", [])
    if request.get("TargetLocations") or request.get("TargetLocationsURL"):
        raise NotImplementedInLab("target locations: there is one account and one Region")
    if request.get("AlarmConfiguration"):
        raise NotImplementedInLab("executions with CloudWatch alarms")
    if maps and request.get("Targets"):
        raise _invalid_parameters("Targets and TargetMaps cannot be specified together.")
    if not maps and bool(request.get("Targets")) != bool(parameter):
        raise _invalid_parameters("Targets and TargetParameterName must be specified together.")
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
        # The service model names InstanceIds for targets in general, but the user guide does not for automations.
        raise NotImplementedInLab("InstanceIds as the target of an automation: use ParameterValues")
    else:
        check_targets([target])


def child_parameters(nodes: Nodes, plan: TargetPlan) -> list[tuple[str, dict[str, list[str]]]]:
    """(name, parameters) of each child."""
    if plan.maps:
        return [(_child_name(one, plan.parameter), one) for one in plan.maps]
    assert plan.parameter is not None
    [target] = plan.targets
    if target["Key"] == "ParameterValues":
        found = list(dict.fromkeys(target["Values"]))
    elif target["Key"] == ALL_INSTANCES:
        found = [instance_id for instance_id in sorted(nodes.instances) if nodes.is_running(instance_id)]
    else:
        found = resolve_targets(nodes, plan.targets)
    return [(value, {plan.parameter: [value]}) for value in found]


def _child_name(one: dict[str, list[str]], parameter: str | None) -> str:
    values = one.get(parameter or "", []) or next(iter(one.values()))
    return ", ".join(values)


def _invalid_parameters(message: str) -> ApiError:
    return ApiError("InvalidAutomationExecutionParametersException", message)
