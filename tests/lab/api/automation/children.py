"""Targets and rate control: an execution whose steps are executions, one for each target."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from lab.api.errors import ApiError, NotInThisLab
from lab.api.nodes import targets

if TYPE_CHECKING:
    from lab.api.automation.runner import Runner
    from lab.api.automation.store import Execution, Step
    from lab.api.region import Region

RATE = {"MaxConcurrency": "10", "MaxErrors": "100%"}
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
class Plan:
    """What was asked of targets; who they are is found out when the execution begins."""

    parameter: str | None
    targets: list[dict[str, Any]]
    maps: list[dict[str, list[str]]]
    # Parameters that get their values from the targets.
    parameters: frozenset[str]
    resolved: list[str] = field(default_factory=list)


def plan(asked: dict[str, Any]) -> Plan | None:
    """:raises ApiError: InvalidTarget, or InvalidAutomationExecutionParametersException."""
    parameter, maps = asked.get("TargetParameterName"), asked.get("TargetMaps", [])
    if asked.get("TargetLocations") or asked.get("TargetLocationsURL"):
        raise NotInThisLab("target locations: there is one account and one Region")
    if asked.get("AlarmConfiguration"):
        raise NotInThisLab("executions with CloudWatch alarms")
    if maps and asked.get("Targets"):
        raise _unfit("Targets and TargetMaps cannot be specified together.")
    if not maps and bool(asked.get("Targets")) != bool(parameter):
        raise _unfit("Targets and TargetParameterName must be specified together.")
    if not maps and not parameter:
        return None
    if asked.get("Mode") == "Interactive":
        raise NotInThisLab("mode Interactive with targets")
    for target in asked.get("Targets", []):
        _check(target)
    named = frozenset(name for one in maps for name in one) | ({parameter} if parameter else set())
    return Plan(parameter=parameter, targets=asked.get("Targets", []), maps=maps, parameters=named)


def _check(target: dict[str, Any]) -> None:
    key, values = target.get("Key"), target.get("Values")
    if key in ("ResourceGroup", "TargetResourceGroup"):
        raise NotInThisLab("resource groups as targets")
    if key == ALL_INSTANCES:
        if values != ["*"]:
            raise ApiError("InvalidTarget", f"The target key {key} takes the value * only.")
    elif key == "ParameterValues":
        if not values:
            raise ApiError("InvalidTarget", "The target ParameterValues has no values.")
    elif key == "InstanceIds":
        # The model names it for targets in general, the user guide does not name it for automations.
        raise NotInThisLab("InstanceIds as the target of an automation: use ParameterValues")
    else:
        targets.check([target])


def run(runner: Runner, wanted: Plan) -> tuple[str, str | None]:
    """Start children as the rate allows until there is none left; gives the whole's status and failure."""
    from lab.api.automation.store import Step
    from lab.api.region import new_id

    execution = runner.execution
    found = parts(runner.region, wanted)
    wanted.resolved = [name for name, _parameters in found]
    execution.steps = [Step(id=new_id(), name=name, action="aws:executeAutomation") for name, _parameters in found]
    asked = {**RATE, **execution.asked}
    concurrency = targets.limit(asked["MaxConcurrency"], len(found), least=1)
    allowed = targets.limit(asked["MaxErrors"], len(found))
    waiting = list(zip(execution.steps, found, strict=True))
    while True:
        if _count(execution.steps, "Failed", "TimedOut", "Cancelled") > allowed:
            for step, _part in waiting:
                step.end("Cancelled", "Not started: too many others had failed.")
            waiting.clear()
        while waiting and _count(execution.steps, "InProgress") < concurrency:
            step, (name, parameters) = waiting.pop(0)
            _begin(runner, step, name, parameters)
        runner.changed()
        if not waiting and not _count(execution.steps, "InProgress"):
            break
        running = [step for step in execution.steps if step.status == "InProgress"]
        runner.wait(lambda seen=running: any(step.over for step in seen))  # type: ignore[misc]
    failed = [step for step in execution.steps if step.status in ("Failed", "TimedOut")]
    if len(failed) > allowed:
        return "Failed", f"{len(failed)} of {len(found)} targets failed, the first with: {failed[0].failure}"
    return "Success", None


def _begin(runner: Runner, step: Step, name: str, parameters: dict[str, list[str]]) -> None:
    parent = runner.execution
    given = {**parent.asked.get("Parameters", {}), **parameters}
    asked = {member: value for member, value in parent.asked.items() if member not in OF_THE_WHOLE}
    asked["DocumentVersion"] = str(parent.version.number)

    def ended(child: Execution) -> None:
        step.end(child.status, child.failure)

    step.begin()
    step.inputs = {key: ", ".join(values) for key, values in parameters.items()}
    try:
        runner.region.automations.start({**asked, "Parameters": given}, parent=parent, target=name, on_end=ended)
    except ApiError as error:
        step.end("Failed", str(error))


def parts(region: Region, wanted: Plan) -> list[tuple[str, dict[str, list[str]]]]:
    """(name, parameters) of each child."""
    if wanted.maps:
        return [(_name(one, wanted.parameter), one) for one in wanted.maps]
    assert wanted.parameter is not None
    [target] = wanted.targets
    if target["Key"] == "ParameterValues":
        found = list(dict.fromkeys(target["Values"]))
    elif target["Key"] == ALL_INSTANCES:
        found = [instance_id for instance_id in sorted(region.instances) if region.nodes.running(instance_id)]
    else:
        found = targets.resolve(region, wanted.targets)
    return [(value, {wanted.parameter: [value]}) for value in found]


def _name(one: dict[str, list[str]], parameter: str | None) -> str:
    values = one.get(parameter or "", []) or next(iter(one.values()))
    return ", ".join(values)


def _count(steps: list[Step], *statuses: str) -> int:
    return sum(1 for step in steps if step.status in statuses)


def _unfit(message: str) -> ApiError:
    return ApiError("InvalidAutomationExecutionParametersException", message)
