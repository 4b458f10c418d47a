"""aws:runDocument: find the document that a step calls, and its parameters."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from . import structured_text, wire

NOOP = "AWS-Noop"
DEEPEST = 3
PREPARING = "There was an error while preparing documents - "


class NestedError(Exception):
    """The document cannot be called; the step fails with this text."""


@dataclass(frozen=True)
class Called:
    """A document to run, and the parameters that it is given."""

    document: Mapping[str, Any]
    supplied: Mapping[str, Any]


def resolve(inputs: Any, depth: int, fetch: Callable[[str, str], str], folder: Path) -> Called | None:
    """What the step calls; None for AWS-Noop, which the agent knows without asking.

    :param folder: the step's own, where the document is put.
    """
    _check(inputs)
    if depth >= DEEPEST:
        raise NestedError(f"Maximum depth for document execution exceeded. Maximum depth permitted - {DEEPEST}")
    path = inputs["documentPath"]
    # AWS-Noop:1 is another name: it is fetched.
    if path == NOOP:
        return None
    if inputs["documentType"] == "SSMDocument":
        name, version = split_name(path)
        content = fetched(fetch, name, version)
        file = folder / "downloads" / f"{Path(name).name}.json"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(content, encoding="utf-8")
    else:
        # An absolute path stays what it is.
        content = _read(folder.parent / "downloads" / path)
    supplied = _parameters(inputs.get("documentParameters"))
    return Called(_parse(content), {name: value for name, value in supplied.items() if value is not None})


def _check(inputs: Any) -> None:
    if not isinstance(inputs, Mapping) or not all(
        isinstance(inputs.get(key) or "", str) for key in ("documentType", "documentPath")
    ):
        raise NestedError(f"invalid format in plugin properties {inputs}")
    if inputs.get("documentType") not in ("SSMDocument", "LocalPath"):
        raise NestedError("invalid input: Document type specified in invalid")
    if not inputs.get("documentPath"):
        raise NestedError("invalid input: Document Path must be provided")


def split_name(path: str) -> tuple[str, str]:
    """`Name:3` and `arn:...:document/Name:3` carry a version behind the last colon."""
    prefix, slash, last = path.rpartition("/")
    name, _colon, version = last.partition(":") if slash or not path.startswith("arn:") else (path, "", "")
    return f"{prefix}{slash}{name}", version


def fetched(fetch: Callable[[str, str], str], name: str, version: str) -> str:
    """The content of a document. Raises NestedError."""
    try:
        return fetch(name, version)
    except wire.ServiceError as error:
        raise NestedError(f"failed to fetch document {name}: {error}") from None


def _read(file: Path) -> str:
    try:
        return file.read_text(encoding="utf-8")
    except OSError as error:
        raise NestedError(f"{PREPARING}{error}") from None


def _parse(content: str) -> Mapping[str, Any]:
    try:
        document = structured_text.read(content)
    except ValueError as error:
        raise NestedError(f"{PREPARING}{error}") from None
    if not isinstance(document, Mapping):
        raise NestedError(f"{PREPARING}the document is no map")
    return document


def _parameters(given: Any) -> Mapping[str, Any]:
    if isinstance(given, str):
        try:
            given = structured_text.read(given)
        except ValueError as error:
            raise NestedError(f"{PREPARING}Unmarshalling document parameters failed. {error}") from None
    if given is None:
        return {}
    if not isinstance(given, Mapping):
        raise NestedError(f"{PREPARING}parameter type specified to run document is unknown")
    return given
