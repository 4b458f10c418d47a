"""What the steps of a runbook do here: each action from its inputs to its outputs, or to its failure."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from lab.api.automation import views as automation_views
from lab.api.commands import views as command_views
from lab.api.commands.store import TERMINAL, Command
from lab.api.errors import ApiError
from lab.api.runbooks import branch as automation_branch
from lab.api.runbooks import values as automation_values
from lab.api.runbooks.values import NOTHING

if TYPE_CHECKING:
    from lab.api.automation.runner import Runner
    from lab.api.automation.store import Step

Action = Callable[["Runner", "Step", dict[str, Any]], dict[str, Any]]
ACTIONS: dict[str, Action] = {}
CALL = ("Service", "Api", "PropertySelector", "DesiredValues")
MORE = "Please refer to Automation Service Troubleshooting Guide for more diagnosis details."


class StepFailed(Exception):
    """A step's end that is none of success; outputs may be there all the same."""

    def __init__(self, message: str, status: str = "Failed", values: dict[str, Any] | None = None) -> None:
        super().__init__(message)
        self.status = status
        self.values = values or {}


def executing(message: str) -> StepFailed:
    return StepFailed(f"Step fails when it is Execute/Cancelling action. {message} {MORE}")


def action(name: str) -> Callable[[Action], Action]:
    def register(function: Action) -> Action:
        ACTIONS[name] = function
        return function

    return register


@action("aws:sleep")
def sleep(runner: Runner, step: Step, inputs: dict[str, Any]) -> dict[str, Any]:
    told = inputs.get("Duration")
    pause = automation_values.until(str(inputs.get("Timestamp"))) if told is None else automation_values.seconds(told)
    if pause is None:
        raise executing(f"Neither Duration nor Timestamp of step {step.name} is valid.")
    runner.wait_in_step(step, lambda: False, pause)
    return {}


@action("aws:pause")
def pause(runner: Runner, step: Step, _inputs: dict[str, Any]) -> dict[str, Any]:
    _wait_for_somebody(runner, step, lambda: step.resumed)
    return {}


@action("aws:approve")
def approve(runner: Runner, step: Step, inputs: dict[str, Any]) -> dict[str, Any]:
    needed = int(inputs.get("MinRequiredApprovals", 1))
    if not 1 <= needed <= len(inputs.get("Approvers") or []):
        raise executing("MinRequiredApprovals must be from 1 to the number of Approvers.")

    def count(decision: str) -> int:
        return sum(1 for found in step.decisions.values() if found == decision)

    step.values = {"ApprovalStatus": "Waiting"}
    _wait_for_somebody(runner, step, lambda: count("Rejected") > 0 or count("Approved") >= needed)
    told = [{"approver": who, "decision": decision} for who, decision in step.decisions.items()]
    values = {"ApprovalStatus": "Rejected" if count("Rejected") else "Approved", "ApproverDecisions": told}
    if count("Rejected"):
        raise StepFailed("The approval request was rejected.", values=values)
    return values


def _wait_for_somebody(runner: Runner, step: Step, done: Callable[[], bool]) -> None:
    step.status = runner.execution.status = "Waiting"
    runner.changed()
    while not runner.wait_in_step(step, done):
        pass


@action("aws:branch")
def branch(_runner: Runner, step: Step, inputs: dict[str, Any]) -> dict[str, Any]:
    try:
        chosen = automation_branch.choose(inputs)
    except ValueError as error:
        raise executing(f"A choice of step {step.name} can't be evaluated: {error}.") from error
    step.next_steps = [chosen] if chosen else []
    return {}


@action("aws:runCommand")
def run_command(runner: Runner, step: Step, inputs: dict[str, Any]) -> dict[str, Any]:
    parameters = {name: automation_values.texts(value) for name, value in inputs.get("Parameters", {}).items()}
    asked = {**inputs, "Parameters": parameters} if parameters else inputs
    if isinstance(asked.get("InstanceIds"), str):
        asked = {**asked, "InstanceIds": [asked["InstanceIds"]]}
    region = runner.region
    try:
        sent = region.automations.caller.call("ssm", "send_command", asked)
    except ApiError as error:
        raise executing(f"{error.message}") from error
    command = region.commands.by_id[sent["Command"]["CommandId"]]
    command.on_change = lambda _invocation: region.engine.changed.notify_all()
    try:
        while not runner.wait_in_step(step, lambda: command_views.rolled_up(command)[0] in TERMINAL):
            pass
    except Exception:
        for invocation in list(command.invocations.values()):
            if not invocation.ended:
                region.commands.cancel(invocation)
        raise
    return _outcome(command)


def _outcome(command: Command) -> dict[str, Any]:
    status, _details = command_views.rolled_up(command)
    plugins = [plugin for invocation in command.invocations.values() for plugin in invocation.plugins.values()]
    code = next((plugin.code for plugin in plugins if plugin.code != 0), 0)
    said = "\n".join(plugin.output for plugin in plugins if plugin.output)
    values = {"CommandId": command.id, "Status": status, "ResponseCode": str(code), "Output": said}
    if status == "Success":
        return values
    told = f"{{Status=[{status}], ResponseCode=[{code}], Output=[{said}], CommandId=[{command.id}]}}"
    raise StepFailed(
        "Step fails when it is Poll action status for completion. "
        f"Command {command.id} returns unexpected invocation result: {told}. {MORE}",
        "TimedOut" if status == "TimedOut" else "Failed",
        values,
    )


@action("aws:executeAwsApi")
def execute_api(runner: Runner, step: Step, inputs: dict[str, Any]) -> dict[str, Any]:
    answer = _ask(runner, inputs)
    values: dict[str, Any] = {}
    for wanted in step.spec.get("outputs", []):
        found = automation_values.select(wanted["Selector"], answer)
        values[wanted["Name"]] = "" if found is NOTHING else found
    return values


@action("aws:assertAwsResourceProperty")
def assert_property(runner: Runner, _step: Step, inputs: dict[str, Any]) -> dict[str, Any]:
    seen, desired = _property(runner, inputs)
    if seen not in desired:
        raise StepFailed(
            "Step fails when it is Verify action result. "
            f"Property value is {seen!r}, which is none of the desired values [{', '.join(desired)}]. {MORE}"
        )
    return {}


@action("aws:waitForAwsResourceProperty")
def wait_for_property(runner: Runner, step: Step, inputs: dict[str, Any]) -> dict[str, Any]:
    pause = runner.region.settings.api.automation_poll
    while True:
        seen, desired = _property(runner, inputs)
        if seen in desired:
            return {}
        runner.wait_in_step(step, lambda: False, pause)


def _property(runner: Runner, inputs: dict[str, Any]) -> tuple[str, list[str]]:
    found = automation_values.select(inputs["PropertySelector"], _ask(runner, inputs))
    return "" if found is NOTHING else automation_values.text(found), automation_values.texts(inputs["DesiredValues"])


def _ask(runner: Runner, inputs: dict[str, Any]) -> dict[str, Any]:
    params = {name: value for name, value in inputs.items() if name not in CALL}
    try:
        return runner.region.automations.caller.call(inputs["Service"], inputs["Api"], params)
    except ApiError as error:
        raise executing(f"An error occurred ({error.code}): {error.message}") from error


@action("aws:executeAutomation")
def execute_automation(runner: Runner, step: Step, inputs: dict[str, Any]) -> dict[str, Any]:
    given = {name: automation_values.texts(value) for name, value in inputs.get("RuntimeParameters", {}).items()}
    asked = {name: value for name, value in inputs.items() if name != "RuntimeParameters"}
    automations = runner.region.automations
    try:
        child = automations.start({**asked, **({"Parameters": given} if given else {})}, parent=runner.execution)
    except ApiError as error:
        raise executing(f"{error.code}: {error.message}") from error
    step.values = {"ExecutionId": child.id}
    runner.changed()
    try:
        while not runner.wait_in_step(step, lambda: child.over):
            pass
    except StepFailed:
        if not child.over:
            automations.stop(child)
        raise
    said = [text for texts in automation_views.outputs(child).values() for text in texts]
    values = {"ExecutionId": child.id, "Status": child.status, "Output": said}
    if child.status != "Success":
        raise StepFailed(
            f"Step fails when it is Poll action status for completion. Automation execution {child.id} is "
            f"{child.status}: {child.failure} {MORE}",
            values=values,
        )
    return values
