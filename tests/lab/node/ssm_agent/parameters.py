"""Parameters of a document: defaults, checks and substitution."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from . import re2

NAME = re.compile(r"^[a-zA-Z0-9]+$")
REFERENCE = re.compile(r"\{\{ *([a-zA-Z0-9]+) *\}\}")
MISSING = "null"


class ParameterError(Exception):
    """A value the document does not allow; the text goes to the service."""


@dataclass(frozen=True)
class Values:
    """The values one run of a document works with."""

    values: Mapping[str, Any] = field(default_factory=dict)
    # Variables of ENV_VAR parameters; inside scripts these names are not substituted.
    environment: Mapping[str, str] = field(default_factory=dict)
    shielded: frozenset[str] = frozenset()


def bind(
    document: Mapping[str, Any], supplied: Mapping[str, Any], *, env_var: bool = True, in_child: bool = False
) -> Values:
    """Give every parameter its value and check it: patterns everywhere, the other limits in children only."""
    definitions: Mapping[str, Mapping[str, Any]] = document.get("parameters") or {}
    values: dict[str, Any] = {}
    for name, definition in definitions.items():
        if not NAME.match(name):
            continue
        values[name] = value = _value(definition, supplied.get(name))
        _check_pattern(name, definition, value)
        if in_child:
            _check_limits(name, definition, value)
    shielded = frozenset(name for name in values if env_var and definitions[name].get("interpolationType") == "ENV_VAR")
    environment = {f"SSM_{name}": as_text(values[name]) for name in shielded}
    return Values(values, environment, shielded)


def _value(definition: Mapping[str, Any], supplied: Any) -> Any:
    value = definition.get("default", MISSING) if supplied is None else supplied
    if definition.get("type") == "StringList":
        return value if isinstance(value, list) else [value]
    # The service carries every parameter as a list.
    if definition.get("type", "String") == "String" and isinstance(value, list) and len(value) == 1:
        return value[0]
    return value


def _items(value: Any) -> list[str]:
    return [as_text(item) for item in value] if isinstance(value, list) else [as_text(value)]


def _check_pattern(name: str, definition: Mapping[str, Any], value: Any) -> None:
    pattern = definition.get("allowedPattern")
    if not pattern:
        return
    for item in _items(value):
        try:
            allowed = re2.search(pattern, item)
        except ValueError as error:
            raise ParameterError(f"Parameter {name}: {error}") from None
        if not allowed:
            raise ParameterError(f"Parameter {name}: value {item!r} does not match the allowed pattern {pattern}")


def _check_limits(name: str, definition: Mapping[str, Any], value: Any) -> None:
    allowed = definition.get("allowedValues")
    items = _items(value)
    if allowed and any(item not in _items(list(allowed)) for item in items):
        raise ParameterError(f"Parameter {name}: value {as_text(value)!r} is not one of the allowed values {allowed}")
    lengths = [len(item) for item in items]
    for key, numbers in (("Chars", lengths), ("Items", [len(items)] if isinstance(value, list) else [])):
        least, most = definition.get(f"min{key}"), definition.get(f"max{key}")
        if any((least is not None and n < int(least)) or (most is not None and n > int(most)) for n in numbers):
            raise ParameterError(f"Parameter {name}: needs min{key} {least} and max{key} {most}")


def as_text(value: Any) -> str:
    """A value as it stands inside other text."""
    return value if isinstance(value, str) else json.dumps(value, separators=(",", ":"))


def substitute(node: Any, values: Mapping[str, Any], keep: frozenset[str] = frozenset()) -> Any:
    """Replace `{{ name }}` everywhere below the node; names in `keep` and unknown ones stay as they are."""
    if isinstance(node, Mapping):
        return {key: substitute(item, values, keep) for key, item in node.items()}
    if isinstance(node, list):
        return [part for item in node for part in _list_item(item, values, keep)]
    return _text(node, values, keep) if isinstance(node, str) else node


def _list_item(item: Any, values: Mapping[str, Any], keep: frozenset[str]) -> list[Any]:
    # A list that stands alone as one item of a list becomes its items.
    replaced = substitute(item, values, keep)
    return replaced if isinstance(replaced, list) and not isinstance(item, list) else [replaced]


def _text(text: str, values: Mapping[str, Any], keep: frozenset[str]) -> Any:
    usable = {name: value for name, value in values.items() if name not in keep}
    alone = REFERENCE.fullmatch(text.strip())
    if alone and alone[1] in usable:
        return usable[alone[1]]
    # One pass: what a value brings in is never read as a reference again.
    return REFERENCE.sub(lambda match: as_text(usable.get(match[1], match[0])), text)
