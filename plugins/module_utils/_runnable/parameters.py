# Copyright: steadyfleet contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection: may change without notice.

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence

from .._common.errors import Problem
from .._common.patterns import java_pattern
from .model import Parameter, RunnableDocument, RunRequest

# Parameter Store, pseudo parameters and the like. AWS replaces them later, so they are not judged as values.
_REFERENCE = "{{"
_SHOWN_CHARACTERS = 80


def parameter_problems(document: RunnableDocument, request: RunRequest) -> list[Problem]:
    """Why AWS would refuse the parameters of a request. What cannot be told gives no problem."""
    given = request.parameters
    if given is None:
        return []
    declared, problems = document.parameters, []
    if unknown := sorted({*given, *request.filled} - set(declared)):
        known = ", ".join(sorted(declared)) or "none"
        message = f"document {document.name} has no parameter {', '.join(unknown)} (it has {known})"
        problems.append(Problem(message, "parameter_unknown"))
    required = {name for name, parameter in declared.items() if parameter.required}
    if missing := sorted(required - set(given) - request.filled):
        message = f"document {document.name} requires a value for parameter {', '.join(missing)}"
        problems.append(Problem(message, "parameter_required"))
    return problems + [
        Problem(f"parameter {name} of document {document.name} {wrong}", "parameter_invalid")
        for name, values in given.items()
        if name in declared and (wrong := _values_problem(declared[name], values))
    ]


def has_values_to_judge(document: RunnableDocument, request: RunRequest) -> bool:
    """Whether the limits of parameters matter: only then the document's content has to be read."""
    values = (values for name, values in (request.parameters or {}).items() if name in document.parameters)
    return any(_REFERENCE not in value for items in values for value in items)


def _values_problem(parameter: Parameter, values: Sequence[str]) -> str | None:
    if not parameter.is_list and len(values) != 1:
        return f"takes one value, not {len(values)}"
    judged = [value for value in values if _REFERENCE not in value]
    # A reference can stand for several items.
    countable = parameter.is_list and len(judged) == len(values)
    if countable and (outside := _outside(len(values), parameter.min_items, parameter.max_items)):
        return f"must have {outside} items, not {len(values)}"
    return next((wrong for value in judged for wrong in _value_problems(parameter, value)), None)


def _value_problems(parameter: Parameter, value: str) -> Iterator[str]:
    shown = repr(value if len(value) <= _SHOWN_CHARACTERS else f"{value[:_SHOWN_CHARACTERS]}...")
    if parameter.allowed_values and value not in parameter.allowed_values:
        yield f"must be one of {', '.join(map(repr, parameter.allowed_values))}, not {shown}"
    if not _fits_type(parameter.type, value):
        yield f"must be of type {parameter.type}, not {shown}"
    if outside := _outside(len(value), parameter.min_chars, parameter.max_chars):
        yield f"must have {outside} characters, not {len(value)}"
    pattern = java_pattern(parameter.allowed_pattern)
    if pattern and not pattern.search(value):
        yield f"must match {parameter.allowed_pattern}, not {shown}"


def _outside(size: int, low: int | None, high: int | None) -> str | None:
    """The limits that a size exceeds, in words, or None."""
    if size >= (low or 0) and (high is None or size <= high):
        return None
    if high is None:
        return f"at least {low}"
    return f"{low} to {high}" if low else f"at most {high}"


def _fits_type(kind: str, value: str) -> bool:
    if kind == "Boolean":
        return value.lower() in ("true", "false")
    if kind not in ("Integer", "StringMap", "MapList"):
        return True
    try:
        parsed = json.loads(value)
    except ValueError:
        return False
    return isinstance(parsed, int if kind == "Integer" else dict) and not isinstance(parsed, bool)
