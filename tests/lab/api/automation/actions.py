"""The API actions of Automation."""

from __future__ import annotations

import datetime
import json
from typing import Any

from lab.api.automation import views
from lab.api.automation.model import Execution, Step
from lab.api.errors import ApiError, NotImplementedInLab
from lab.api.http.wire import Call, service_model
from lab.api.region import Region
from lab.api.registry import Result, action, page

UNSUPPORTED_FILTERS = ("TargetResourceGroup", "AutomationSubtype", "OpsItemId")
EXECUTION_FILTERS = {
    "ExecutionId": "AutomationExecutionId",
    "CurrentAction": "CurrentAction",
    "AutomationType": "AutomationType",
}
STEP_FILTERS = {"StepName": "StepName", "Action": "Action", "StepExecutionId": "StepExecutionId"}


@action("ssm", "StartAutomationExecution")
def start_automation_execution(region: Region, call: Call) -> Result:
    return {"AutomationExecutionId": region.automations.start(call.params).id}


@action("ssm", "StopAutomationExecution")
def stop_automation_execution(region: Region, call: Call) -> Result:
    execution = region.automations.get(call.params["AutomationExecutionId"])
    region.automations.stop(execution, call.params.get("Type", "Cancel"))
    return {}


@action("ssm", "GetAutomationExecution")
def get_automation_execution(region: Region, call: Call) -> Result:
    view = _visible_execution(region, call)
    most = region.settings.api.automation_steps_shown
    steps = view["StepExecutions"]
    return {
        "AutomationExecution": {**view, "StepExecutions": steps[:most], "StepExecutionsTruncated": len(steps) > most}
    }


@action("ssm", "DescribeAutomationExecutions")
def describe_automation_executions(region: Region, call: Call) -> Result:
    found = []
    for execution in reversed(region.automations.by_id.values()):
        view = region.automations.visible_execution(execution)
        if view is not None:
            listed = views.execution_metadata(view)
            if all(_matches_filter(execution, listed, wanted) for wanted in call.params.get("Filters", [])):
                found.append(listed)
    executions, token = page(found, call.params)
    return {"AutomationExecutionMetadataList": executions, "NextToken": token}


@action("ssm", "DescribeAutomationStepExecutions")
def describe_automation_step_executions(region: Region, call: Call) -> Result:
    found = _visible_execution(region, call)["StepExecutions"]
    for wanted in call.params.get("Filters", []):
        found = [step for step in found if _step_matches_filter(step, wanted["Key"], wanted["Values"])]
    if call.params.get("ReverseOrder"):
        found = found[::-1]
    steps, token = page(found, call.params)
    return {"StepExecutions": steps, "NextToken": token}


@action("ssm", "SendAutomationSignal")
def send_automation_signal(region: Region, call: Call) -> Result:
    execution = region.automations.get(call.params["AutomationExecutionId"])
    kind, payload = call.params["SignalType"], call.params.get("Payload", {})
    if execution.over or execution.stop:
        raise _invalid_signal(f"execution {execution.id} is {execution.status}")
    SIGNALS[kind](region, execution, payload, kind)
    region.automations.changed(execution)
    return {}


def _decide(region: Region, execution: Execution, _payload: dict[str, list[str]], kind: str) -> None:
    step = execution.current
    if step is None or step.action != "aws:approve" or step.status != "Waiting":
        raise _invalid_signal("no step is waiting for approval")
    operator = f"arn:aws:iam::{region.account}:user/operator"
    if not {"operator", operator} & set(_approvers(step)):
        raise ApiError("AccessDeniedException", f"{operator} is none of the approvers.")
    if operator in step.decisions:
        raise _invalid_signal(f"{operator} has decided already")
    step.decisions[operator] = "Approved" if kind == "Approve" else "Rejected"


def _approvers(step: Step) -> list[str]:
    return list(json.loads(step.inputs["Approvers"]))


def _resume(_region: Region, execution: Execution, payload: dict[str, list[str]], _kind: str) -> None:
    step = _step_named(execution, payload)
    if step.action != "aws:pause" or step.status != "Waiting":
        raise _invalid_signal(f"step {step.name} is not paused")
    step.resumed = True


def _start_step(_region: Region, execution: Execution, payload: dict[str, list[str]], _kind: str) -> None:
    step = _step_named(execution, payload)
    if not execution.interactive or execution.status != "Waiting" or step is not execution.current or step.started:
        raise _invalid_signal(f"step {step.name} can't be started")
    execution.start_step = step.name


def _stop_step(_region: Region, execution: Execution, payload: dict[str, list[str]], _kind: str) -> None:
    [wanted] = payload.get("StepExecutionId", [""])
    step = next((step for step in execution.steps if step.id == wanted), None)
    if step is None:
        raise ApiError("AutomationStepNotFoundException", f"There is no step execution {wanted}.")
    if not execution.interactive or step.status not in ("InProgress", "Waiting"):
        raise _invalid_signal(f"step {step.name} can't be stopped")
    step.stopped = True


def _revoke(_region: Region, _execution: Execution, _payload: dict[str, list[str]], _kind: str) -> None:
    raise NotImplementedInLab("the signal Revoke: there are no access requests")


SIGNALS = {
    "Approve": _decide,
    "Reject": _decide,
    "Resume": _resume,
    "StartStep": _start_step,
    "StopStep": _stop_step,
    "Revoke": _revoke,
}


def _step_named(execution: Execution, payload: dict[str, list[str]]) -> Step:
    [name] = payload.get("StepName", [""])
    step = execution.step(name)
    if step is None:
        raise ApiError("AutomationStepNotFoundException", f"There is no step {name!r} in execution {execution.id}.")
    return step


def _invalid_signal(why: str) -> ApiError:
    return ApiError("InvalidAutomationSignalException", f"The signal is not valid for the execution: {why}.")


def _visible_execution(region: Region, call: Call) -> dict[str, Any]:
    """The requested execution as this read can see it, which may be stale."""
    execution = region.automations.get(call.params["AutomationExecutionId"])
    view = region.automations.visible_execution(execution)
    if view is None:
        raise ApiError(
            "AutomationExecutionNotFoundException", f"Execution doesn't exist for execution id: {execution.id}"
        )
    return view


def _matches_filter(execution: Execution, view: dict[str, Any], wanted: dict[str, Any]) -> bool:
    key, values = wanted["Key"], wanted["Values"]
    if key in UNSUPPORTED_FILTERS:
        raise NotImplementedInLab(f"the filter {key} of DescribeAutomationExecutions")
    if key == "DocumentNamePrefix":
        return any(view["DocumentName"].startswith(value) for value in values)
    if key == "ParentExecutionId":
        return view.get("ParentAutomationExecutionId") in values
    if key == "TagKey":
        return any(value in execution.tags for value in values)
    if key == "ExecutionStatus":
        return view["AutomationExecutionStatus"] in _statuses(values)
    if key in EXECUTION_FILTERS:
        return view.get(EXECUTION_FILTERS[key]) in values
    return _matches_start_time(view, key, values)


def _step_matches_filter(view: dict[str, Any], key: str, values: list[str]) -> bool:
    if key.startswith("ParentStep"):
        raise NotImplementedInLab(f"the filter {key} of DescribeAutomationStepExecutions")
    if key == "StepExecutionStatus":
        return view["StepStatus"] in _statuses(values)
    if key in STEP_FILTERS:
        return view[STEP_FILTERS[key]] in values
    return _matches_start_time(view, key, values)


def _statuses(values: list[str]) -> list[str]:
    known = service_model("ssm").shape_for("AutomationExecutionStatus").enum
    if unknown := set(values) - set(known):
        raise ApiError("InvalidFilterValue", f"The status {min(unknown)} is not valid.")
    return values


def _matches_start_time(view: dict[str, Any], key: str, values: list[str]) -> bool:
    """The filters StartTimeBefore and StartTimeAfter."""
    try:
        edge = datetime.datetime.fromisoformat(values[0])
    except ValueError:
        raise ApiError("InvalidFilterValue", f"The time {values[0]} is not valid.") from None
    started = view.get("ExecutionStartTime")
    edge = edge if edge.tzinfo else edge.replace(tzinfo=datetime.UTC)
    return started is not None and (started < edge) == (key == "StartTimeBefore")
