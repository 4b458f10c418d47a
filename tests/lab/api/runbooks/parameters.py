"""The parameters of runbooks: checks of StartAutomationExecution, and the values that steps get."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from lab.api.errors import ApiError, NotImplementedInLab
from lab.api.runbooks.declarations import is_list, values_problem


def check_runbook_parameters(
    parsed: dict[str, Any], given: Mapping[str, list[str]], targeted: frozenset[str] = frozenset()
) -> None:
    """Check the parameters of a start against the runbook's declarations.

    :param targeted: parameters that get their values from targets or target maps.
    :raises ApiError: InvalidAutomationExecutionParametersException.
    """
    declared = parsed.get("parameters", {})
    for name in [*given, *targeted]:
        if name not in declared:
            raise _refused(f"Parameter {name} is not defined in the document.")
    for name, rules in declared.items():
        if name in given:
            if any("{{" in value for value in given[name]):
                raise NotImplementedInLab("references in the parameters of an execution")
            if problem := parameter_problem(rules, given[name]):
                raise _refused(f"Parameter {name} {problem}.")
        elif "default" not in rules and name not in targeted:
            raise _refused(f"Parameter {name} requires a value: it has no default.")


def parameter_values(parsed: dict[str, Any], given: Mapping[str, list[str]]) -> dict[str, list[str]]:
    """The values of all parameters as the API shows them, given ones and defaults."""
    found = {}
    for name, rules in parsed.get("parameters", {}).items():
        if name in given:
            found[name] = list(given[name])
        elif "default" in rules:
            default = rules["default"]
            found[name] = [_text(item) for item in default] if isinstance(default, list) else [_text(default)]
    return found


def typed_value(kind: str, values: list[str]) -> Any:
    """A parameter's value as the runbook's steps get it, by its declared type."""
    if kind == "MapList":
        return [json.loads(value) for value in values]
    if kind == "StringList" or kind.startswith("List<"):
        return list(values)
    value = values[0] if values else ""
    if kind == "Integer":
        return int(value)
    if kind == "Boolean":
        return value.lower() == "true"
    return json.loads(value) if kind == "StringMap" else value


def _text(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value)


def parameter_problem(rules: dict[str, Any], values: list[str]) -> str | None:
    """What the declaration refuses of the values that a start or a command gives."""
    kind = rules["type"]
    if not is_list(kind) and len(values) != 1:
        return f"takes exactly one value, {len(values)} given"
    if wrong := [value for value in values if not _fits(kind, value)]:
        return f"value {wrong[0]!r} is not of type {kind}"
    return values_problem({**rules, "allowedValues": [_text(item) for item in rules.get("allowedValues", [])]}, values)


def _fits(kind: str, value: str) -> bool:
    if kind == "Boolean":
        return value.lower() in ("true", "false")
    if kind not in ("Integer", "StringMap", "MapList"):
        return True
    try:
        parsed = json.loads(value)
    except ValueError:
        return False
    return isinstance(parsed, int if kind == "Integer" else dict) and not isinstance(parsed, bool)


def _refused(message: str) -> ApiError:
    return ApiError("InvalidAutomationExecutionParametersException", message)
