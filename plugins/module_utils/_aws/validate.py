# Copyright: steadyfleet contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection: may change without notice.

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import suppress
from typing import Any

from .._common.errors import Problem
from .._common.patterns import java_pattern

# AnsibleAWSModule reports a missing library before anything here runs.
with suppress(ImportError):
    from botocore import xform_name

# An integer of AWS has 32 bits. https://smithy.io/2.0/spec/simple-types.html#integer
_INTEGER_LIMITS = {"min": -(2**31), "max": 2**31 - 1}
_SHOWN_CHARACTERS = 80

OptionNames = Mapping[str, str]


def request_problems(
    client: Any, operation: str, request: Mapping[str, Any], names: OptionNames | None = None
) -> list[Problem]:
    """Compare a request with the limits in the service model of the installed botocore: required members, enums,
    patterns, lengths and ranges. botocore itself checks only types, required members and minimums, and only when the
    call is made.

    :param operation: the API's name of the operation, as ``SendCommand``.
    :param request: the parameters of the call. Members that are None are ignored.
    :param names: the options' names where they are not the members' names in snake_case, by the member's path, as
        ``{"Name": "document_name", "OutputLocation.S3Location": "output_location"}``.
    """
    shape = client.meta.service_model.operation_model(operation).input_shape
    return list(_problems(shape, request, "", "", names or {}))


def _problems(shape: Any, value: Any, path: str, option: str, names: OptionNames) -> Iterator[Problem]:
    if limit := _exceeded_limit(shape, value):
        yield Problem(f"{option} {limit}")
    if shape.type_name == "structure":
        for name in shape.required_members:
            # The caller leaves a client token to botocore, which makes one.
            if value.get(name) is None and "idempotencyToken" not in shape.members[name].metadata:
                yield Problem(f"{_option_of(path, option, name, names)[1]} is required")
    for member, item, inner_path, inner_option in _members(shape, value, path, option, names):
        yield from _problems(member, item, inner_path, inner_option, names)


def _members(shape: Any, value: Any, path: str, option: str, names: OptionNames) -> Iterator[tuple[Any, Any, str, str]]:
    """Shape, value, path and option of everything inside a value."""
    if shape.type_name == "structure":
        for name, item in value.items():
            if name in shape.members and item is not None:
                yield shape.members[name], item, *_option_of(path, option, name, names)
    elif shape.type_name == "list":
        for index, item in enumerate(value):
            yield shape.member, item, path, f"{option}[{index}]"
    elif shape.type_name == "map":
        for key, item in value.items():
            yield shape.key, key, path, f"the key {key!r} of {option}"
            yield shape.value, item, path, f"{option}.{key}"


def _option_of(path: str, option: str, name: str, names: OptionNames) -> tuple[str, str]:
    path = f"{path}.{name}" if path else name
    if path in names:
        return path, names[path]
    snake = str(xform_name(name))
    return path, f"{option}.{snake}" if option else snake


def _exceeded_limit(shape: Any, value: Any) -> str | None:
    limits = {**(_INTEGER_LIMITS if shape.type_name == "integer" else {}), **shape.metadata}
    low, high = limits.get("min"), limits.get("max")
    if shape.type_name == "string":
        return _string_problem(shape, str(value), low, high)
    if shape.type_name in ("list", "map"):
        return _outside(len(value), low, high, "must have", " items" if shape.type_name == "list" else " keys")
    if shape.type_name == "blob":
        return _outside(len(value), low, high, "must have", " bytes")
    # botocore refuses a value of another type.
    if shape.type_name in ("integer", "long", "float", "double") and isinstance(value, int | float):
        return _outside(value, low, high, "must be", "")
    return None


def _string_problem(shape: Any, value: str, low: int | None, high: int | None) -> str | None:
    if shape.enum and value not in shape.enum:
        return f"must be one of {', '.join(shape.enum)}, not {value!r}"
    if outside := _outside(len(value), low, high, "must have", " characters"):
        return outside
    pattern = shape.metadata.get("pattern")
    expression = java_pattern(pattern) if pattern else None
    if expression is None or expression.fullmatch(value):
        return None
    shown = value if len(value) <= _SHOWN_CHARACTERS else f"{value[:_SHOWN_CHARACTERS]}..."
    return f"must match {pattern.removeprefix('^').removesuffix('$')}, not {shown!r}"


def _outside(size: float, low: float | None, high: float | None, must: str, unit: str) -> str | None:
    if (low is None or size >= low) and (high is None or size <= high):
        return None
    if low is None or high is None:
        return f"{must} {f'at most {high}' if low is None else f'at least {low}'}{unit}, not {size}"
    return f"{must} {low if low == high else f'{low} to {high}'}{unit}, not {size}"
