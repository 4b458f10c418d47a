"""Preconditions of a step."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from .parameters import REFERENCE, as_text, substitute

PLATFORM = "linux"


class PreconditionError(Exception):
    """A precondition the agent cannot judge: the step fails."""


def met(precondition: Mapping[str, Any] | None, values: Mapping[str, Any]) -> bool:
    """Whether the step may run."""
    if not precondition:
        return True
    return all(_holds(operator, operands, values) for operator, operands in precondition.items())


def _holds(operator: str, operands: Any, values: Mapping[str, Any]) -> bool:
    if operator != "StringEquals":
        raise PreconditionError(f"Unrecognized precondition operator {operator}")
    if not isinstance(operands, list) or len(operands) != 2 or not all(isinstance(one, str) for one in operands):
        raise PreconditionError("A StringEquals precondition needs two texts")
    if "platformType" in operands:
        left, right = operands
        wanted: str = right if left == "platformType" else left
        return wanted.lower() == PLATFORM
    if not any(name in values for one in operands for name in REFERENCE.findall(one)):
        raise PreconditionError("A precondition needs platformType or a document parameter on one side")
    left, right = (as_text(substitute(one, values)) for one in operands)
    return left == right
