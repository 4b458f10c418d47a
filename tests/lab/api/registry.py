"""The table of the actions that the lab does, and the helpers that their handlers share."""

from __future__ import annotations

import datetime
import uuid
from collections.abc import Callable
from typing import Any

from lab.api.errors import ApiError

Result = dict[str, Any] | None
# A handler takes the Region and the Call. This file imports neither, so that every other file can import it.
Handler = Callable[[Any, Any], Any]

# (service, action) -> its handler. The lab does these actions and those of moto_bridge.services.ACTIONS.
ACTIONS: dict[tuple[str, str], Handler] = {}


def action[H: Handler](service: str, *names: str) -> Callable[[H], H]:
    """Register a function as the handler of these actions."""

    def register(handler: H) -> H:
        for name in names:
            ACTIONS[service, name] = handler
        return handler

    return register


def now() -> datetime.datetime:
    return datetime.datetime.now(datetime.UTC)


def new_id() -> str:
    return str(uuid.uuid4())


def page(items: list[Any], params: dict[str, Any], default: int = 50) -> tuple[list[Any], str | None]:
    """One page of a list, and the token of the next page. Clients must not interpret tokens.

    :raises ApiError: InvalidNextToken.
    """
    token = params.get("NextToken", "")
    if token and not (token.startswith("lab-") and token[4:].isdigit()):
        raise ApiError("InvalidNextToken", "The specified token is not valid.")
    start = int(token[4:]) if token else 0
    end = start + params.get("MaxResults", default)
    return items[start:end], (f"lab-{end}" if end < len(items) else None)
