"""`{{ssm:name}}`: values the agent fetches from Parameter Store with the node's own credentials."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

from .parameters import ParameterError
from .wire import Client

REFERENCE = re.compile(r"\{\{ *ssm:([a-zA-Z0-9_.\-/:]+) *\}\}")


def resolve(payload: Mapping[str, Any], client: Client) -> Mapping[str, Any]:
    """The payload with every reference in its parameters and its document replaced."""
    parts = {key: payload.get(key) or {} for key in ("Parameters", "DocumentContent")}
    names = sorted(set(REFERENCE.findall(json.dumps(parts))))
    if not names:
        return payload
    answer = client.deliver("ssm", "GetParameters", {"Names": names, "WithDecryption": False})
    if answer.get("InvalidParameters"):
        raise ParameterError(f"Parameter Store does not have {', '.join(answer['InvalidParameters'])}")
    values: dict[str, str] = {}
    for one in answer.get("Parameters", []):
        if one.get("Type") == "SecureString":
            raise ParameterError(f"Parameter {one['Name']} is a SecureString, which documents may not use")
        values[one["Name"] + one.get("Selector", "")] = one["Value"]
    return {**payload, **{key: _replace(part, values) for key, part in parts.items()}}


def _replace(node: Any, values: Mapping[str, str]) -> Any:
    if isinstance(node, Mapping):
        return {key: _replace(item, values) for key, item in node.items()}
    if isinstance(node, list):
        return [_replace(item, values) for item in node]
    return REFERENCE.sub(lambda match: values.get(match[1], match[0]), node) if isinstance(node, str) else node
