"""Preconditions of a step."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from .parameters import STORED, substitute

PLATFORM = "linux"
VARIABLE = "platformType"


class Crash(Exception):
    """The real agent panics here."""


@dataclass(frozen=True)
class Argument:
    """One side of a comparison, before and after its parameters were filled in."""

    initial: str
    resolved: str


@dataclass(frozen=True)
class Verdict:
    """Whether a step may run, and why not."""

    met: bool
    problems: tuple[str, ...] = ()


Preconditions = Mapping[str, tuple[Argument, ...]]


def resolve(precondition: Any, values: Mapping[str, Any]) -> Preconditions:
    """Fill in the parameters. Raises ValueError for what is no precondition, Crash for a parameter that is no text."""
    if not isinstance(precondition or {}, Mapping):
        raise ValueError("precondition is not a map")
    return {operator: tuple(_arguments(given, values)) for operator, given in (precondition or {}).items()}


def _arguments(given: Any, values: Mapping[str, Any]) -> list[Argument]:
    if not isinstance(given, list) or not all(isinstance(one, str) for one in given):
        raise ValueError("a precondition compares texts")
    found = [(one, substitute(one, values)) for one in given]
    for initial, resolved in found:
        if not isinstance(resolved, str):
            kind = "nil" if resolved is None else "not string"
            raise Crash(f"interface conversion: interface {{}} is {kind} in the precondition {initial}")
    return [Argument(*pair) for pair in found]


def judge(preconditions: Preconditions) -> Verdict:
    """A precondition that cannot be judged counts as met, with a problem: the step fails."""
    verdicts = [_judge(operator, arguments) for operator, arguments in preconditions.items()]
    problems = tuple(problem for one in verdicts for problem in one.problems)
    return Verdict(all(one.met for one in verdicts), problems)


def _judge(operator: str, arguments: tuple[Argument, ...]) -> Verdict:
    if operator != "StringEquals":
        return Verdict(True, (f'unrecognized operator: "{operator}"',))
    problem = _problem(arguments)
    if problem:
        return Verdict(True, (f'"{operator}": {problem}',))
    left, right = arguments
    if VARIABLE in (left.initial, right.initial):
        wanted = right if left.initial == VARIABLE else left
        met = wanted.initial.lower() == PLATFORM
    else:
        met = left.resolved == right.resolved
    return Verdict(met, () if met else (f'"{operator}": [{left.initial}, {right.initial}]',))


def _problem(arguments: tuple[Argument, ...]) -> str:
    if len(arguments) != 2:
        return "operator accepts exactly 2 arguments"
    left, right = arguments
    if left.initial == right.initial:
        return "operator's arguments can't be identical"
    if any(STORED.search(one.initial) for one in arguments):
        return "operator's arguments can't contain SSM parameters"
    filled = [one for one in arguments if one.initial.lower() != one.resolved.lower()]
    if VARIABLE in (left.initial, right.initial):
        return "the second argument for the platformType variable can't contain document parameters" if filled else ""
    if all(one.initial == one.resolved for one in arguments):
        return "at least one of operator's arguments must contain a valid document parameter"
    return ""
