"""aws:runDocument: find the document a step calls, and give its result to the caller."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from . import structured_text, wire
from .parameters import ParameterError, Values, bind
from .result import CODE_KILLED, CODE_REBOOT, DocumentResult, Status

NOOP = "AWS-Noop"
DEEPEST = 3


class NestedError(Exception):
    """The document cannot be called; the step fails with this text."""


@dataclass(frozen=True)
class Called:
    """A document to run and the values to run it with."""

    document: Mapping[str, Any]
    values: Values


def resolve(inputs: Mapping[str, Any], depth: int, fetch: Callable[[str, str], str], *, env_var: bool) -> Called | None:
    """What the step calls; None for AWS-Noop, which the agent knows without asking."""
    if depth >= DEEPEST:
        raise NestedError(f"Documents may be nested {DEEPEST} deep, not more")
    if inputs.get("documentType") != "SSMDocument":
        raise NestedError(f"documentType {inputs.get('documentType')} is not supported by this agent")
    name, version = split_name(str(inputs.get("documentPath") or ""))
    if name == NOOP:
        return None
    document = _parse(name, _fetched(fetch, name, version))
    supplied = _parameters(inputs.get("documentParameters"))
    try:
        return Called(document, bind(document, supplied, env_var=env_var, in_child=True))
    except ParameterError as error:
        raise NestedError(f"{name}: {error}") from None


def split_name(path: str) -> tuple[str, str]:
    """`Name:3` and `arn:...:document/Name:3` carry a version behind the last colon."""
    prefix, slash, last = path.rpartition("/")
    name, _colon, version = last.partition(":") if slash or not path.startswith("arn:") else (path, "", "")
    return f"{prefix}{slash}{name}", version


def _fetched(fetch: Callable[[str, str], str], name: str, version: str) -> str:
    if not name:
        raise NestedError("documentPath is empty")
    try:
        return fetch(name, version)
    except wire.ServiceError as error:
        raise NestedError(f"failed to fetch document {name}: {error}") from None


def _parse(name: str, content: str) -> Mapping[str, Any]:
    try:
        document = json.loads(content)
    except ValueError as error:
        raise NestedError(f"document {name} is not JSON: {error}") from None
    if not isinstance(document, Mapping):
        raise NestedError(f"document {name} is not an object")
    return document


def _parameters(given: Any) -> dict[str, Any]:
    if given is None or given == "":
        return {}
    if isinstance(given, str):
        try:
            given = structured_text.read(given)
        except ValueError as error:
            raise NestedError(f"documentParameters cannot be read: {error}") from None
    if not isinstance(given, Mapping):
        raise NestedError("documentParameters is neither a map nor the text of one")
    return dict(given)


def outcome(result: DocumentResult) -> tuple[Status, int]:
    """Status and code for the calling step. The child's own code is lost."""
    codes = {Status.SUCCESS: 0, Status.REBOOT: CODE_REBOOT, Status.CANCELLED: CODE_KILLED}
    return result.status, codes.get(result.status, 1)
