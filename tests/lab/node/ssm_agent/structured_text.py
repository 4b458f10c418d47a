"""Text that holds a structure: the agent reads it as JSON and, when that fails, as YAML."""

from __future__ import annotations

import json
import re
from typing import Any

import yaml

# YAML 1.1 as gopkg.in/yaml.v2 reads it, which the agent uses: a date and 1:30 are text, 0644 is octal, 1e3 is a number.
NUMBERS = {
    "tag:yaml.org,2002:int": re.compile(r"[-+]?(?:0b[01_]+|0o?[0-7_]+|0x[0-9a-fA-F_]+|0|[1-9][0-9_]*)$"),
    "tag:yaml.org,2002:float": re.compile(
        r"(?:[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?|[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN))$"
    ),
}
REPLACED = {*NUMBERS, "tag:yaml.org,2002:timestamp"}


class _Loader(yaml.SafeLoader):
    """Reads plain scalars as the agent does."""


_Loader.yaml_implicit_resolvers = {
    first: [pair for pair in pairs if pair[0] not in REPLACED]
    for first, pairs in yaml.SafeLoader.yaml_implicit_resolvers.items()
}
for _tag, _pattern in NUMBERS.items():
    _Loader.add_implicit_resolver(_tag, _pattern, list("-+.0123456789"))


def read(text: str) -> Any:
    """The structure that a text holds. Raises ValueError, which names both failures, when it holds none."""
    try:
        return json.loads(text)
    except ValueError as error:
        json_error = error
    try:
        return yaml.load(text, Loader=_Loader)  # noqa: S506 - derived from SafeLoader
    except (yaml.YAMLError, ValueError) as yaml_error:
        reason = " ".join(str(yaml_error).split())
        raise ValueError(f"JSON format error - {json_error}, YAML format error - {reason}.") from None
