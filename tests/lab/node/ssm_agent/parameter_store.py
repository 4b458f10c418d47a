"""`{{ssm:name}}`: values the agent fetches from Parameter Store with the node's own credentials."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from .parameters import STORED, ParameterError
from .wire import Client


def resolve(node: Any, client: Client) -> Any:
    """The node with every reference below it replaced. What a value brings in is not read again."""
    names = sorted(set(STORED.findall(json.dumps(node))))
    if not names:
        return node
    answer = client.deliver("ssm", "GetParameters", {"Names": names, "WithDecryption": False})
    if answer.get("InvalidParameters"):
        raise ParameterError(f"Parameter Store does not have {', '.join(answer['InvalidParameters'])}")
    stored = {one["Name"] + one.get("Selector", ""): one for one in answer.get("Parameters", [])}
    for name, one in stored.items():
        if one.get("Type") == "SecureString":
            raise ParameterError(f"Parameter {name} is a SecureString, which documents may not use")
    return _replace(node, stored)


def _replace(node: Any, stored: Mapping[str, Mapping[str, Any]]) -> Any:
    if isinstance(node, Mapping):
        return {key: _replace(item, stored) for key, item in node.items()}
    if isinstance(node, list):
        return [part for item in node for part in _item(item, stored)]
    return _text(node, stored) if isinstance(node, str) else node


def _item(item: Any, stored: Mapping[str, Mapping[str, Any]]) -> list[Any]:
    """An item of a list becomes several when it is one reference to a StringList."""
    alone = STORED.fullmatch(item.strip()) if isinstance(item, str) else None
    if alone and stored[alone[1]].get("Type") == "StringList":
        return list(stored[alone[1]]["Value"].split(","))
    return [_replace(item, stored)]


def _text(text: str, stored: Mapping[str, Mapping[str, Any]]) -> str:
    for name in STORED.findall(text):
        if stored[name].get("Type") == "StringList":
            raise ParameterError(f"Parameter {name} of type StringList cannot be used as a String")
    return STORED.sub(lambda match: str(stored[match[1]]["Value"]), text)
