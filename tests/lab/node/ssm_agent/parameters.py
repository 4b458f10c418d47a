"""Parameters of a document: defaults, checks and substitution."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from . import re2

NAME = re.compile(r"[a-zA-Z0-9]+")
# White space as Go's \s has it.
REFERENCE = re.compile(r"\{\{[\t\n\f\r ]*([a-zA-Z0-9]+)[\t\n\f\r ]*\}\}")
STORED = re.compile(r"\{\{ *ssm:([a-zA-Z0-9_.\-/:]+) *\}\}")
# Go's JSON escapes these.
ESCAPED = str.maketrans({"<": "\\u003c", ">": "\\u003e", "&": "\\u0026"})
Resolve = Callable[[Any], Any]


class ParameterError(Exception):
    """A value the document does not allow; the text goes to the service."""


@dataclass(frozen=True)
class Values:
    """The values one run of a document works with."""

    values: Mapping[str, Any] = field(default_factory=dict)
    # Variables of ENV_VAR parameters; inside scripts these names are not substituted.
    environment: Mapping[str, str] = field(default_factory=dict)
    shielded: frozenset[str] = frozenset()


def unresolved(node: Any) -> Any:
    """Leaves references to Parameter Store as they are."""
    return node


def bind(
    document: Mapping[str, Any],
    supplied: Mapping[str, Any],
    *,
    env_var: bool = True,
    in_child: bool = False,
    resolve: Resolve = unresolved,
) -> Values:
    """Give every parameter its value and check it: patterns everywhere, the other limits in children only.

    A parameter without a value and without a default is None. `resolve` fills in Parameter Store's values, for the
    checks alone. Raises ParameterError.
    """
    given: Mapping[str, Mapping[str, Any]] = document.get("parameters") or {}
    definitions = {name: definition for name, definition in given.items() if NAME.fullmatch(name)}
    values = {name: value for name, value in supplied.items() if NAME.fullmatch(name)}
    for name, definition in definitions.items():
        values.setdefault(name, definition.get("default"))
    resolved = resolve(values)
    for name, definition in definitions.items():
        _check_pattern(name, definition, resolved[name])
        if in_child and not STORED.search(as_text(values[name])):
            _check_limits(name, definition, resolved[name])
    shielded = frozenset(name for name in definitions if env_var and _is_variable(definitions[name]))
    environment = {f"SSM_{name}": as_text(resolved[name]) for name in shielded}
    return Values(values, environment, shielded)


def _is_variable(definition: Mapping[str, Any]) -> bool:
    return definition.get("interpolationType") == "ENV_VAR"


def _items(name: str, value: Any) -> list[str]:
    if value is None or isinstance(value, int | float):
        raise ParameterError(f"Parameter {name}: {as_text(value)} is not of the parameter's type")
    return [as_text(item) for item in value] if isinstance(value, list) else [as_text(value)]


def _check_pattern(name: str, definition: Mapping[str, Any], value: Any) -> None:
    pattern = definition.get("allowedPattern")
    if not pattern:
        return
    for item in _items(name, value):
        try:
            allowed = re2.search(pattern, item)
        except ValueError as error:
            raise ParameterError(f"Parameter {name}: {error}") from None
        if not allowed:
            raise ParameterError(f"Parameter {name}: value {item!r} does not match the allowed pattern {pattern}")


def _check_limits(name: str, definition: Mapping[str, Any], value: Any) -> None:
    allowed = definition.get("allowedValues")
    if allowed and any(item not in _items(name, list(allowed)) for item in _items(name, value)):
        raise ParameterError(f"Parameter {name}: value {as_text(value)!r} is not one of the allowed values {allowed}")
    for key in ("Chars", "Items"):
        least, most = definition.get(f"min{key}"), definition.get(f"max{key}")
        if least is None and most is None:
            continue
        items = _items(name, value)
        numbers = [len(item.encode()) for item in items] if key == "Chars" else [len(value)] * isinstance(value, list)
        if any((least is not None and n < int(least)) or (most is not None and n > int(most)) for n in numbers):
            raise ParameterError(f"Parameter {name}: needs min{key} {least} and max{key} {most}")


def as_text(value: Any) -> str:
    """A value as it stands inside other text: Go's JSON, where it is no text."""
    if isinstance(value, str):
        return value
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    return json.dumps(value, separators=(",", ":"), ensure_ascii=False, sort_keys=True).translate(ESCAPED)


def substitute(node: Any, values: Mapping[str, Any], keep: frozenset[str] = frozenset()) -> Any:
    """Replace `{{ name }}` everywhere below the node; names in `keep` and unknown ones stay as they are.

    A text that is one reference becomes the value itself. A list is not spliced into a list around it.
    """
    if isinstance(node, Mapping):
        return {key: substitute(item, values, keep) for key, item in node.items()}
    if isinstance(node, list):
        return [substitute(item, values, keep) for item in node]
    return _text(node, values, keep) if isinstance(node, str) else node


def _text(text: str, values: Mapping[str, Any], keep: frozenset[str]) -> Any:
    usable = {name: value for name, value in values.items() if name not in keep}
    alone = REFERENCE.fullmatch(text)
    if alone and alone[1] in usable:
        return usable[alone[1]]

    def replacement(match: re.Match[str]) -> str:
        # `$$` was the way around a bug of early agents, so it is still `$`.
        return as_text(usable[match[1]]).replace("$$", "$") if match[1] in usable else match[0]

    # One pass: what a value brings in is never read as a reference again.
    return REFERENCE.sub(replacement, text)
