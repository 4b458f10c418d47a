"""Checks every request against the service's model, and refuses in AWS's words."""

from __future__ import annotations

import functools
import re
from collections.abc import Iterator, Mapping
from typing import Any

from lab.api.errors import ApiError

JSON_TYPES: dict[str, tuple[type, ...]] = {
    "string": (str,),
    "boolean": (bool,),
    "integer": (int,),
    "long": (int,),
    "float": (int, float),
    "double": (int, float),
    "timestamp": (int, float, str),
    "list": (list,),
    "map": (dict,),
    "structure": (dict,),
    "blob": (str, bytes),
}

# Java's Unicode classes, which Python's re lacks, and the nearest that it has.
_JAVA_CLASSES = {
    # Two surrogates are one character to Java.
    r"\uD800\uDC00-\uDBFF\uDFFF": r"\U00010000-\U0010FFFF",
    r"\p{L}": r"\w",
    r"\p{M}": r"\w",
    r"\p{N}": r"\d",
    r"\p{Z}": " \u00a0\u2000-\u200a\u2028\u2029\u3000",
    r"\p{P}": r"!-#%-*,-/:;?@\[-\]_{}\u00a1\u00a7\u00ab\u00b6\u00b7\u00bb\u00bf\u2010-\u2027\u2030-\u205e",
}


@functools.cache
def java_pattern(pattern: str) -> re.Pattern[str]:
    """A pattern of a model or of a document. AWS reads patterns as Java does."""
    for java, python in _JAVA_CLASSES.items():
        pattern = pattern.replace(java, python)
    # In Java a dash after a class is a dash; Python refuses it as a bad range.
    return re.compile(pattern.replace(r"\w-", r"\w\-"))


def satisfies(pattern: str, value: str) -> bool:
    """Whether a value matches a pattern of AWS's.

    An anchored pattern must match the whole value: Python's `$`, unlike Java's, also matches before a last newline.
    """
    compiled = java_pattern(pattern)
    if pattern.startswith("^") and pattern.endswith("$"):
        return compiled.fullmatch(value) is not None
    return compiled.search(value) is not None


def check_types(shape: Any, value: Any, path: str = "") -> None:
    """Refuse JSON of the wrong type. AWS does so before any other validation.

    :raises ApiError: SerializationException.
    """
    expected = JSON_TYPES.get(shape.type_name, (object,))
    if not isinstance(value, expected) or (isinstance(value, bool) and bool not in expected):
        raise ApiError("SerializationException", f"{path or 'request'}: expected {shape.type_name}")
    for name, member, item in _children(shape, value, path):
        if member is None:
            raise ApiError("ValidationException", f"Unknown parameter in input: {name!r}")
        if item is not None:
            check_types(member, item, name)


def violations(shape: Any, value: Any, path: str = "") -> Iterator[str]:
    """Every constraint of the model that the value violates, in AWS's words."""
    if shape.type_name == "structure":
        for name in shape.required_members:
            if value.get(name) is None:
                yield f"Value null at '{_join(path, name)}' failed to satisfy constraint: Member must not be null"
    if constraint := _broken_constraint(shape, value):
        yield f"Value '{_show(value)}' at '{path}' failed to satisfy constraint: {constraint}"
    for name, member, item in _children(shape, value, path):
        if member is not None and item is not None:
            yield from violations(member, item, name)


def check_constraints(shape: Any, params: Mapping[str, Any], code: str) -> None:
    found = list(violations(shape, params))
    if found:
        errors = "error" if len(found) == 1 else "errors"
        raise ApiError(code, f"{len(found)} validation {errors} detected: {'; '.join(found)}")


def _children(shape: Any, value: Any, path: str) -> Iterator[tuple[str, Any, Any]]:
    """(path, shape, value) of everything inside; the shape is None for a member the model does not know."""
    if shape.type_name == "structure":
        for name, item in value.items():
            yield _join(path, name), shape.members.get(name), item
    elif shape.type_name == "list":
        for number, item in enumerate(value, start=1):
            yield f"{path}.{number}.member", shape.member, item
    elif shape.type_name == "map":
        for key, item in value.items():
            yield f"{path}.{key}.key", shape.key, key
            yield f"{path}.{key}.value", shape.value, item


def _broken_constraint(shape: Any, value: Any) -> str | None:
    if shape.type_name == "string":
        return _broken_string(shape, value)
    low, high = shape.metadata.get("min"), shape.metadata.get("max")
    if shape.type_name in ("list", "map"):
        return _outside(len(value), low, high, "length")
    if shape.type_name in ("integer", "long", "float", "double"):
        return _outside(value, low, high, "value")
    return None


def _broken_string(shape: Any, value: str) -> str | None:
    if shape.enum and value not in shape.enum:
        return f"Member must satisfy enum value set: [{', '.join(shape.enum)}]"
    outside = _outside(len(value), shape.metadata.get("min"), shape.metadata.get("max"), "length")
    if outside:
        return outside
    pattern = shape.metadata.get("pattern")
    if pattern and not satisfies(pattern, value):
        return f"Member must satisfy regular expression pattern: {pattern}"
    return None


def _outside(size: float, low: float | None, high: float | None, what: str) -> str | None:
    if low is not None and size < low:
        return f"Member must have {what} greater than or equal to {low}"
    if high is not None and size > high:
        return f"Member must have {what} less than or equal to {high}"
    return None


def _join(path: str, name: str) -> str:
    first = name[:1].lower() + name[1:]
    return f"{path}.{first}" if path else first


def _show(value: Any) -> str:
    text = str(value)
    return text if len(text) <= 200 else f"{text[:200]}..."
