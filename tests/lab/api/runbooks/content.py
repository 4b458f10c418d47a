"""The content of runbooks: what AWS accepts when one is written, and what the lab can run."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from lab.api.errors import ApiError, NotImplementedInLab
from lab.api.runbooks.branch import branch_jumps, branch_problems
from lab.api.runbooks.declarations import TYPES, check_declarations
from lab.api.runbooks.inputs import ACTIONS, input_problems
from lab.api.runbooks.values import REFERENCE, references

TOP_FIELDS = {
    "$schema",
    "schemaVersion",
    "description",
    "parameters",
    "assumeRole",
    "mainSteps",
    "outputs",
    "files",
    "variables",
}
GLOBALS = {"global:ACCOUNT_ID", "global:DATE", "global:DATE_TIME", "global:REGION", "automation:EXECUTION_ID"}
PREFIX = re.compile(r"(global|automation|ssm|variable|loop):")
# A script, a CloudFormation template, and the shell commands that aws:runCommand sends.
FOREIGN_TEXT = {"Script", "TemplateBody", "commands", "Commands", "runCommand"}
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
        raise _invalid(f"Unrecognized field {min(unknown, key=str)!r} in document.")
    for field in ("parameters", "variables"):
        check_declarations(parsed.get(field, {}), "Automation", "0.3")
    steps = list(_checked_steps(parsed.get("mainSteps"), "mainSteps"))
    names = [step["name"] for step in steps]
    if len(set(names)) != len(names):
        raise _invalid("a step name is used twice.")
    _check_references(parsed, set(names))


def _checked_steps(steps: Any, where: str) -> Iterator[dict[str, Any]]:
    """The steps of a runbook or of a loop, and of all loops inside, each of them checked."""
    if not isinstance(steps, list) or not steps:
        raise _invalid(f"{where} is missing or empty.")
    for step in steps:
        _check_step(step)
    _check_jumps(steps, [step["name"] for step in steps])
    for step in steps:
        yield step
        if step["action"] == "aws:loop":
            yield from _checked_steps(step["inputs"]["Steps"], f"Steps of {step['name']}")


def _check_step(step: Any) -> None:
    if not isinstance(step, dict) or not isinstance(step.get("action"), str):
        raise _invalid("every step in mainSteps needs an action.")
    name = step.get("name")
    if not isinstance(name, str) or not STEP_NAME.fullmatch(name):
        raise _invalid(f"the step name {name!r} is not valid.")
    inputs = step.get("inputs", {})
    problems = list(input_problems(step["action"], inputs, ACTIONS))
    if step["action"] == "aws:branch" and not problems:
        problems += branch_problems(inputs)
    problems += _field_problems(step)
    for problem in problems:
        raise _invalid(f"step {name}: {problem}.")


def _field_problems(step: dict[str, Any]) -> Iterator[str]:
    for field in ("onFailure", "onCancel"):
        jump = step.get(field, "Abort")
        if jump not in ("Abort", "Continue") and not str(jump).startswith("step:"):
            yield f"{field} {jump!r} is not valid"
    for output in _as_list(step.get("outputs")):
        if not isinstance(output, dict) or not {"Name", "Selector", "Type"} <= set(output):
            yield "an output needs Name, Selector and Type"
        elif str(output["Type"]) not in TYPES:
            yield f"the output {output['Name']} has the type {output['Type']!r}, which does not exist"


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
    for field in ("onFailure", "onCancel"):
        jump = str(step.get(field, "Abort"))
        if jump.startswith("step:"):
            yield jump.removeprefix("step:")
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
    for name in references(_without_scripts(parsed["mainSteps"])):
        step, dot, _output = name.partition(".")
        known = step in steps if dot else name in parsed.get("parameters", {})
        if not known and not PREFIX.match(name):
            raise _invalid(f"{{{{ {name} }}}} is neither a parameter nor an output of a step.")
    for output in _as_list(parsed.get("outputs")):
        if str(output).partition(".")[0] not in steps and not PREFIX.match(str(output)):
            raise _invalid(f"outputs: there is no step for {output!r}.")


def _as_list(outputs: Any) -> list[Any]:
    if not isinstance(outputs, list | None):
        raise _invalid("outputs is not a list.")
    return outputs or []


def _without_scripts(value: Any) -> Any:
    """The steps without the text that another program reads, and in which braces may be that program's own."""
    if isinstance(value, list):
        return [_without_scripts(item) for item in value]
    if not isinstance(value, dict):
        return value
    return {
        name: _without_scripts(item)
        for name, item in value.items()
        if name not in FOREIGN_TEXT or (isinstance(item, str) and REFERENCE.fullmatch(item.strip()))
    }


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
