"""Executions with targets: one child execution for each target, with MaxConcurrency and MaxErrors."""

from __future__ import annotations

from functools import partial

from lab.api.automation.context import ExecutionContext
from lab.api.automation.model import Execution, Step
from lab.api.automation.targets import OF_THE_WHOLE, TargetPlan, child_parameters
from lab.api.errors import ApiError
from lab.api.nodes.targets import rate_limits
from lab.api.registry import new_id

# AWS's defaults.
RATE = {"MaxConcurrency": "10", "MaxErrors": "100%"}


def run_children(context: ExecutionContext, plan: TargetPlan) -> tuple[str, str | None]:
    """Start a child for each target, as the rate allows, and wait for all of them.

    :return: the status and the failure of the whole.
    """
    execution = context.execution
    children = child_parameters(context.nodes, plan)
    plan.resolved = [name for name, _parameters in children]
    execution.steps = [Step(id=new_id(), name=name, action="aws:executeAutomation") for name, _parameters in children]
    request = {**RATE, **execution.request}
    concurrency, allowed = rate_limits(request, len(children))
    waiting = list(zip(execution.steps, children, strict=True))
    while True:
        if _count(execution.steps, "Failed", "TimedOut", "Cancelled") > allowed:
            for step, _part in waiting:
                step.end("Cancelled", "Not started: too many others had failed.")
            waiting.clear()
        while waiting and _count(execution.steps, "InProgress") < concurrency:
            step, (name, parameters) = waiting.pop(0)
            _start_child(context, step, name, parameters)
        context.changed()
        if not waiting and not _count(execution.steps, "InProgress"):
            break
        running = [step for step in execution.steps if step.status == "InProgress"]
        context.wait(partial(_any_is_over, running))
    failed = [step for step in execution.steps if step.status in ("Failed", "TimedOut")]
    if len(failed) > allowed:
        return "Failed", f"{len(failed)} of {len(children)} targets failed, the first with: {failed[0].failure}"
    return "Success", None


def _any_is_over(steps: list[Step]) -> bool:
    return any(step.over for step in steps)


def _start_child(context: ExecutionContext, step: Step, name: str, parameters: dict[str, list[str]]) -> None:
    parent = context.execution
    given = {**parent.request.get("Parameters", {}), **parameters}
    request = {member: value for member, value in parent.request.items() if member not in OF_THE_WHOLE}
    request["DocumentVersion"] = str(parent.version.number)

    def ended(child: Execution) -> None:
        step.end(child.status, child.failure)

    step.begin()
    step.inputs = {key: ", ".join(values) for key, values in parameters.items()}
    try:
        context.automations.start({**request, "Parameters": given}, parent=parent, target=name, on_end=ended)
    except ApiError as error:
        step.end("Failed", str(error))


def _count(steps: list[Step], *statuses: str) -> int:
    return sum(1 for step in steps if step.status in statuses)
