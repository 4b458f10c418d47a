"""The choices of aws:branch: checks, and the step that they lead to."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

OPERATIONS: dict[str, Callable[[Any, Any], bool]] = {
    "StringEquals": lambda value, wanted: str(value) == str(wanted),
    "EqualsIgnoreCase": lambda value, wanted: str(value).lower() == str(wanted).lower(),
    "StartsWith": lambda value, wanted: str(value).startswith(str(wanted)),
    "EndsWith": lambda value, wanted: str(value).endswith(str(wanted)),
    "Contains": lambda value, wanted: str(wanted) in str(value),
    "NumericEquals": lambda value, wanted: float(value) == float(wanted),
    "NumericGreater": lambda value, wanted: float(value) > float(wanted),
    "NumericLesser": lambda value, wanted: float(value) < float(wanted),
    "NumericGreaterOrEquals": lambda value, wanted: float(value) >= float(wanted),
    "NumericLesserOrEquals": lambda value, wanted: float(value) <= float(wanted),
    "BooleanEquals": lambda value, wanted: str(value).lower() == str(wanted).lower(),
}


def branch_problems(inputs: dict[str, Any]) -> Iterator[str]:
    """Problems for which CreateDocument refuses the inputs of a branch."""
    choices = inputs.get("Choices")
    if not isinstance(choices, list) or not choices:
        yield "Choices is missing or empty"
        return
    for choice in choices:
        if not isinstance(choice, dict) or not choice.get("NextStep"):
            yield "every choice needs a NextStep"
        else:
            yield from _rule_problems({name: value for name, value in choice.items() if name != "NextStep"})


def _rule_problems(rule: dict[str, Any]) -> Iterator[str]:
    if "Not" in rule:
        yield from _rule_problems(rule["Not"])
    elif "And" in rule or "Or" in rule:
        for part in rule.get("And") or rule["Or"]:
            yield from _rule_problems(part)
    elif "Variable" not in rule or len(rule) != 2 or not set(rule) & set(OPERATIONS):
        yield f"the operation of {rule} is not supported"


def branch_jumps(inputs: dict[str, Any]) -> Iterator[str]:
    for choice in inputs["Choices"]:
        yield choice["NextStep"]
    if inputs.get("Default"):
        yield inputs["Default"]


def chosen_step(inputs: dict[str, Any]) -> str | None:
    """The step of the first choice that is true, else the default step, if there is one."""
    for choice in inputs["Choices"]:
        if _holds(choice):
            return str(choice["NextStep"])
    return inputs.get("Default")


def _holds(rule: dict[str, Any]) -> bool:
    if "Not" in rule:
        return not _holds(rule["Not"])
    if "And" in rule:
        return all(_holds(part) for part in rule["And"])
    if "Or" in rule:
        return any(_holds(part) for part in rule["Or"])
    operation = next(name for name in OPERATIONS if name in rule)
    return OPERATIONS[operation](rule["Variable"], rule[operation])
