"""The content of runbooks: what AWS accepts when one is written, and what the lab can run."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from lab.api.errors import ApiError, NotImplementedInLab
from lab.api.runbooks.branch import branch_jumps, branch_problems
from lab.api.runbooks.values import references

TOP_FIELDS = {"schemaVersion", "description", "parameters", "assumeRole", "mainSteps", "outputs", "files", "variables"}
TYPES = {"String", "StringList", "Boolean", "Integer", "StringMap", "MapList"}
RESOURCE_TYPE = re.compile(r"(List<)?AWS::[A-Za-z0-9]+::[A-Za-z0-9]+(::[A-Za-z0-9]+)?>?")
GLOBALS = {"global:ACCOUNT_ID", "global:DATE", "global:DATE_TIME", "global:REGION", "automation:EXECUTION_ID"}
STEP_NAME = re.compile(r"[a-zA-Z0-9_]{1,128}")
# The actions that the lab can run. A runbook with others can be written, but not started.
SUPPORTED_ACTIONS = {
    "aws:approve",
    "aws:assertAwsResourceProperty",
    "aws:branch",
    "aws:executeAutomation",
    "aws:executeAwsApi",
    "aws:pause",
    "aws:runCommand",
    "aws:sleep",
    "aws:waitForAwsResourceProperty",
}
STEP_FIELDS = {
    "name",
    "action",
    "description",
    "inputs",
    "outputs",
    "onFailure",
    "isCritical",
    "isEnd",
    "nextStep",
    "timeoutSeconds",
    "maxAttempts",
}
# AWS shows this for an output before its step has succeeded.
NO_OUTPUT = "No output available yet because the step is not successfully executed"


def check_runbook(parsed: dict[str, Any]) -> None:
    """Refuse what CreateDocument and UpdateDocument refuse in a runbook.

    :raises ApiError: InvalidDocumentContent.
    """
    if unknown := set(parsed) - TOP_FIELDS:
        raise _invalid(f"Unrecognized field {min(unknown)!r} in document.")
    parameters, steps = parsed.get("parameters", {}), parsed.get("mainSteps")
    if not isinstance(parameters, dict):
        raise _invalid("parameters is not a map.")
    for name, declared in parameters.items():
        _check_parameter(name, declared)
    if not isinstance(steps, list) or not steps:
        raise _invalid("mainSteps is missing or empty.")
    names = [_checked_name(step) for step in steps]
    if len(set(names)) != len(names):
        raise _invalid("a step name is used twice.")
    _check_jumps(steps, names)
    _check_references(parsed, set(names))


def _check_parameter(name: str, declared: Any) -> None:
    kind = declared.get("type") if isinstance(declared, dict) else None
    if not isinstance(kind, str) or not (kind in TYPES or RESOURCE_TYPE.fullmatch(kind)):
        raise _invalid(f"Parameter {name}: the type {kind!r} is not valid.")


def _checked_name(step: Any) -> str:
    if not isinstance(step, dict) or not isinstance(step.get("action"), str):
        raise _invalid("every step in mainSteps needs an action.")
    name = step.get("name")
    if not isinstance(name, str) or not STEP_NAME.fullmatch(name):
        raise _invalid(f"the step name {name!r} is not valid.")
    if not re.fullmatch(r"aws:[a-zA-Z]{3,40}", step["action"]):
        raise _invalid(f"step {name}: the action {step['action']!r} is not valid.")
    if not isinstance(step.get("inputs", {}), dict):
        raise _invalid(f"step {name}: inputs is not a map.")
    failure = step.get("onFailure", "Abort")
    if failure not in ("Abort", "Continue") and not str(failure).startswith("step:"):
        raise _invalid(f"step {name}: onFailure {failure!r} is not valid.")
    if step["action"] == "aws:branch":
        for problem in branch_problems(step.get("inputs", {})):
            raise _invalid(f"step {name}: {problem}")
    return name


def _check_jumps(steps: list[dict[str, Any]], names: list[str]) -> None:
    after = {}
    for number, step in enumerate(steps):
        following = names[number + 1] if number + 1 < len(names) else None
        after[names[number]] = [jump for jump in _jumps(step, following) if jump is not None]
        for jump in after[names[number]]:
            if jump not in names:
                raise _invalid(f"step {names[number]}: there is no step {jump!r} to go to.")
    for name in names:
        if _comes_back(name, after):
            raise _invalid(f"the document has an infinite loop through step {name}.")


def _jumps(step: dict[str, Any], following: str | None) -> Iterator[str | None]:
    failure = str(step.get("onFailure", "Abort"))
    if failure.startswith("step:"):
        yield failure.removeprefix("step:")
    if step["action"] == "aws:branch":
        yield from branch_jumps(step.get("inputs", {}))
    if not step.get("isEnd"):
        yield step.get("nextStep", following)


def _comes_back(start: str, after: dict[str, list[str]]) -> bool:
    visited: set[str] = set()
    to_visit = list(after[start])
    while to_visit:
        name = to_visit.pop()
        if name == start:
            return True
        if name not in visited:
            visited.add(name)
            to_visit += after[name]
    return False


def _check_references(parsed: dict[str, Any], steps: set[str]) -> None:
    for name in references(parsed["mainSteps"]):
        step, dot, _output = name.partition(".")
        known = step in steps if dot else name in parsed.get("parameters", {})
        if not known and not re.match(r"(global|automation|ssm|variable|loop):", name):
            raise _invalid(f"{{{{ {name} }}}} is neither a parameter nor an output of a step.")
    for output in parsed.get("outputs", []):
        if str(output).partition(".")[0] not in steps:
            raise _invalid(f"outputs: there is no step for {output!r}.")


def check_runbook_supported(parsed: dict[str, Any]) -> None:
    """Refuse to start a runbook that the lab can't really run.

    :raises NotImplementedInLab:
    """
    for field in ("files", "variables"):
        if parsed.get(field):
            raise NotImplementedInLab(f"runbooks with {field}")
    for step in parsed["mainSteps"]:
        _check_step_supported(step)
    for name in references(parsed["mainSteps"]):
        if ":" in name and name not in GLOBALS:
            raise NotImplementedInLab(f"{{{{ {name} }}}} in a runbook")


def _check_step_supported(step: dict[str, Any]) -> None:
    where = f"step {step['name']}"
    if step["action"] not in SUPPORTED_ACTIONS:
        raise NotImplementedInLab(f"the action {step['action']} of {where}")
    if unknown := set(step) - STEP_FIELDS:
        raise NotImplementedInLab(f"{min(unknown)} of {where}")
    if "NotificationArn" in step.get("inputs", {}):
        raise NotImplementedInLab(f"NotificationArn of {where}")


def _invalid(message: str) -> ApiError:
    return ApiError("InvalidDocumentContent", message)
