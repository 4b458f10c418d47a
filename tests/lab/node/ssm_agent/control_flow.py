"""Which steps run, and what the end of one means for those after it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from enum import StrEnum

from . import precondition
from .output import join
from .result import CODE_EXIT_FAILURE, CODE_EXIT_SUCCESS, Status, StepResult
from .steps import Step

# Actions that this agent runs, or refuses by itself.
HANDLED = frozenset(
    {
        "aws:cloudWatch",
        "aws:configureDocker",
        "aws:configurePackage",
        "aws:domainJoin",
        "aws:downloadContent",
        "aws:refreshAssociation",
        "aws:runDockerAction",
        "aws:runDocument",
        "aws:runPowerShellScript",
        "aws:runShellScript",
        "aws:softwareInventory",
        "aws:updateSsmAgent",
    }
)
# Actions that the agent knows and has on Windows only.
ELSEWHERE = frozenset({"aws:applications", "aws:configureDaemon", "aws:psModule", "aws:updateAgent"})
EXIT_REMARK = (
    "\nStep exited with code {code}. Therefore, marking step as {status}. Further document steps will be skipped."
)
FAILURE_REMARK = "\nStep was found to have onFailure property. Further document steps will be skipped."


class Operation(StrEnum):
    RUN = "run"
    SKIP = "skip"
    FAIL = "fail"


@dataclass(frozen=True)
class Outcome:
    """How a step's action ended; `error` is set when the action did not run."""

    status: Status
    code: int = 0
    stdout: str = ""
    stderr: str = ""
    error: str = ""
    output: str | None = None


def operation(step: Step, before: Iterable[StepResult]) -> tuple[Operation, str]:
    """What to do with a step, and why it does not run."""
    plugin = f"Plugin with name {step.action}"
    if any(one.ends_document for one in before) and not (step.is_last and step.modifier("finallyStep") == "true"):
        return Operation.SKIP, f"{plugin} and id {step.name} skipped due to prior step with an exit condition"
    verdict = precondition.judge(step.preconditions)
    if step.action not in HANDLED | ELSEWHERE and (verdict.met or not step.cross_platform):
        update = "is not supported by this version of ssm agent, please update to latest version"
        return Operation.FAIL, f"{plugin} {update}. Step name: {step.name}"
    what, reason = _by_precondition(step, verdict) if step.cross_platform else _without_preconditions(step)
    return what, f"{reason}. Step name: {step.name}" if reason else ""


def _by_precondition(step: Step, verdict: precondition.Verdict) -> tuple[Operation, str]:
    listed = ", ".join(verdict.problems)
    if step.action not in HANDLED:
        return Operation.SKIP, f"Step execution skipped due to unsupported plugin: {step.action}"
    if not verdict.met:
        return Operation.SKIP, f"Step execution skipped due to unsatisfied preconditions: '{listed}'"
    if verdict.problems:
        return Operation.FAIL, f"Unrecognized precondition(s): '{listed}', please update agent to latest version"
    return Operation.RUN, ""


def _without_preconditions(step: Step) -> tuple[Operation, str]:
    """Schemas before 2.2."""
    if step.preconditions:
        return Operation.FAIL, "Precondition is not supported for document schema version prior to 2.2"
    if step.action not in HANDLED:
        return Operation.FAIL, f"Plugin with name {step.action} not found"
    return Operation.RUN, ""


def conclude(step: Step, blank: StepResult, outcome: Outcome) -> StepResult:
    """The result of a step that ran: what its exit code, onFailure and onSuccess make of it.

    A step that timed out has not failed: its onFailure does nothing.
    """
    output = join(outcome.stdout, "" if outcome.code == CODE_EXIT_SUCCESS else outcome.stderr)
    result = replace(
        blank,
        status=outcome.status,
        code=outcome.code,
        stdout=outcome.stdout,
        stderr=outcome.stderr,
        output=output if outcome.output is None else outcome.output,
        error=outcome.error,
    )
    on_failure = step.modifier("onFailure")
    if outcome.code == CODE_EXIT_SUCCESS:
        remark = EXIT_REMARK.format(code=outcome.code, status="succeeded")
        result = replace(result, status=Status.SUCCESS, stdout=outcome.stdout + remark, stderr="", error="")
    elif outcome.code == CODE_EXIT_FAILURE:
        result = _remarked(result, EXIT_REMARK.format(code=outcome.code, status="Failed"))
    elif outcome.status is Status.FAILED and on_failure in ("exit", "successAndExit"):
        result = _remarked(result, FAILURE_REMARK)
        if on_failure == "successAndExit":
            result = replace(result, status=Status.SUCCESS, code=CODE_EXIT_SUCCESS)
    return replace(result, ends_document=ends_document(step, result))


def ends_document(step: Step, result: StepResult) -> bool:
    """Whether the steps after this one are skipped."""
    return (
        result.code in (CODE_EXIT_SUCCESS, CODE_EXIT_FAILURE)
        or (result.status is Status.FAILED and step.modifier("onFailure") == "exit")
        or (result.status is Status.SUCCESS and step.modifier("onSuccess") == "exit")
    )


def _remarked(result: StepResult, remark: str) -> StepResult:
    return replace(result, stdout=result.stdout + remark, stderr=result.stderr + remark)
