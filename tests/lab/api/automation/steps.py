"""The actions of runbook steps: each takes a step's inputs and gives its outputs, or fails."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from lab.api.automation.context import ExecutionContext, StepFailed
from lab.api.automation.model import Step
from lab.api.automation.views import execution_outputs
from lab.api.commands.store import TERMINAL, Command
from lab.api.commands.views import overall_status
from lab.api.errors import ApiError
from lab.api.runbooks.branch import chosen_step
from lab.api.runbooks.values import NOTHING, as_text, as_texts, duration_seconds, seconds_until, select_path

StepAction = Callable[[ExecutionContext, Step, dict[str, Any]], dict[str, Any]]
# action -> the function that runs such a step. It returns the step's outputs, or raises StepFailed.
STEP_ACTIONS: dict[str, StepAction] = {}
CALL = ("Service", "Api", "PropertySelector", "DesiredValues")
MORE = "Please refer to Automation Service Troubleshooting Guide for more diagnosis details."


def execution_failure(message: str) -> StepFailed:
    return StepFailed(f"Step fails when it is Execute/Cancelling action. {message} {MORE}")


def step_action(name: str) -> Callable[[StepAction], StepAction]:
    def register(function: StepAction) -> StepAction:
        STEP_ACTIONS[name] = function
        return function

    return register


@step_action("aws:sleep")
def sleep(context: ExecutionContext, step: Step, inputs: dict[str, Any]) -> dict[str, Any]:
    duration = inputs.get("Duration")
    pause = seconds_until(str(inputs.get("Timestamp"))) if duration is None else duration_seconds(duration)
    if pause is None:
        raise execution_failure(f"Neither Duration nor Timestamp of step {step.name} is valid.")
    context.wait_in_step(step, lambda: False, pause)
    return {}


@step_action("aws:pause")
def pause(context: ExecutionContext, step: Step, _inputs: dict[str, Any]) -> dict[str, Any]:
    _wait_for_somebody(context, step, lambda: step.resumed)
    return {}


@step_action("aws:approve")
def approve(context: ExecutionContext, step: Step, inputs: dict[str, Any]) -> dict[str, Any]:
    needed = int(inputs.get("MinRequiredApprovals", 1))
    if not 1 <= needed <= len(inputs.get("Approvers") or []):
        raise execution_failure("MinRequiredApprovals must be from 1 to the number of Approvers.")

    def count(decision: str) -> int:
        return sum(1 for found in step.decisions.values() if found == decision)

    step.values = {"ApprovalStatus": "Waiting"}
    _wait_for_somebody(context, step, lambda: count("Rejected") > 0 or count("Approved") >= needed)
    decisions = [{"approver": who, "decision": decision} for who, decision in step.decisions.items()]
    values = {"ApprovalStatus": "Rejected" if count("Rejected") else "Approved", "ApproverDecisions": decisions}
    if count("Rejected"):
        raise StepFailed("The approval request was rejected.", values=values)
    return values


def _wait_for_somebody(context: ExecutionContext, step: Step, done: Callable[[], bool]) -> None:
    step.status = context.execution.status = "Waiting"
    context.changed()
    while not context.wait_in_step(step, done):
        pass


@step_action("aws:branch")
def branch(_context: ExecutionContext, step: Step, inputs: dict[str, Any]) -> dict[str, Any]:
    try:
        chosen = chosen_step(inputs)
    except ValueError as error:
        raise execution_failure(f"A choice of step {step.name} can't be evaluated: {error}.") from error
    step.next_steps = [chosen] if chosen else []
    return {}


@step_action("aws:runCommand")
def run_command(context: ExecutionContext, step: Step, inputs: dict[str, Any]) -> dict[str, Any]:
    parameters = {name: as_texts(value) for name, value in inputs.get("Parameters", {}).items()}
    request = {**inputs, "Parameters": parameters} if parameters else inputs
    if isinstance(request.get("InstanceIds"), str):
        request = {**request, "InstanceIds": [request["InstanceIds"]]}
    try:
        sent = context.automations.caller.call("ssm", "send_command", request)
    except ApiError as error:
        raise execution_failure(f"{error.message}") from error
    command = context.commands.by_id[sent["Command"]["CommandId"]]
    command.on_change = lambda _invocation: context.clockwork.engine.changed.notify_all()
    try:
        while not context.wait_in_step(step, lambda: overall_status(command)[0] in TERMINAL):
            pass
    except Exception:
        for invocation in list(command.invocations.values()):
            if not invocation.ended:
                context.commands.cancel(invocation)
        raise
    return _outcome(command)


def _outcome(command: Command) -> dict[str, Any]:
    status, _details = overall_status(command)
    plugins = [plugin for invocation in command.invocations.values() for plugin in invocation.plugins.values()]
    code = next((plugin.code for plugin in plugins if plugin.code != 0), 0)
    output = "\n".join(plugin.output for plugin in plugins if plugin.output)
    values = {"CommandId": command.id, "Status": status, "ResponseCode": str(code), "Output": output}
    if status == "Success":
        return values
    result = f"{{Status=[{status}], ResponseCode=[{code}], Output=[{output}], CommandId=[{command.id}]}}"
    raise StepFailed(
        "Step fails when it is Poll action status for completion. "
        f"Command {command.id} returns unexpected invocation result: {result}. {MORE}",
        "TimedOut" if status == "TimedOut" else "Failed",
        values,
    )


@step_action("aws:executeAwsApi")
def execute_api(context: ExecutionContext, step: Step, inputs: dict[str, Any]) -> dict[str, Any]:
    answer = _call_api(context, inputs)
    values: dict[str, Any] = {}
    for wanted in step.spec.get("outputs", []):
        found = select_path(wanted["Selector"], answer)
        values[wanted["Name"]] = "" if found is NOTHING else found
    return values


@step_action("aws:assertAwsResourceProperty")
def assert_property(context: ExecutionContext, _step: Step, inputs: dict[str, Any]) -> dict[str, Any]:
    value, desired = _read_property(context, inputs)
    if value not in desired:
        raise StepFailed(
            "Step fails when it is Verify action result. "
            f"Property value is {value!r}, which is none of the desired values [{', '.join(desired)}]. {MORE}"
        )
    return {}


@step_action("aws:waitForAwsResourceProperty")
def wait_for_property(context: ExecutionContext, step: Step, inputs: dict[str, Any]) -> dict[str, Any]:
    pause = context.clockwork.settings.api.automation_poll
    while True:
        value, desired = _read_property(context, inputs)
        if value in desired:
            return {}
        context.wait_in_step(step, lambda: False, pause)


def _read_property(context: ExecutionContext, inputs: dict[str, Any]) -> tuple[str, list[str]]:
    found = select_path(inputs["PropertySelector"], _call_api(context, inputs))
    return "" if found is NOTHING else as_text(found), as_texts(inputs["DesiredValues"])


def _call_api(context: ExecutionContext, inputs: dict[str, Any]) -> dict[str, Any]:
    params = {name: value for name, value in inputs.items() if name not in CALL}
    try:
        return context.automations.caller.call(inputs["Service"], inputs["Api"], params)
    except ApiError as error:
        raise execution_failure(f"An error occurred ({error.code}): {error.message}") from error


@step_action("aws:executeAutomation")
def execute_automation(context: ExecutionContext, step: Step, inputs: dict[str, Any]) -> dict[str, Any]:
    given = {name: as_texts(value) for name, value in inputs.get("RuntimeParameters", {}).items()}
    request = {name: value for name, value in inputs.items() if name != "RuntimeParameters"}
    automations = context.automations
    try:
        child = automations.start({**request, **({"Parameters": given} if given else {})}, parent=context.execution)
    except ApiError as error:
        raise execution_failure(f"{error.code}: {error.message}") from error
    step.values = {"ExecutionId": child.id}
    context.changed()
    try:
        while not context.wait_in_step(step, lambda: child.over):
            pass
    except StepFailed:
        if not child.over:
            automations.stop(child)
        raise
    output = [value for values in execution_outputs(child).values() for value in values]
    values = {"ExecutionId": child.id, "Status": child.status, "Output": output}
    if child.status != "Success":
        raise StepFailed(
            f"Step fails when it is Poll action status for completion. Automation execution {child.id} is "
            f"{child.status}: {child.failure} {MORE}",
            values=values,
        )
    return values
