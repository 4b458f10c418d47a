"""Patterns as the agent reads them: Go's RE2, which is not quite Python's."""

from __future__ import annotations

import re

UNSUPPORTED = re.compile(r"\(\?(?:[=!]|<[=!]|>|P=)|\\[1-9]")


def search(pattern: str, text: str) -> bool:
    """Whether the pattern occurs anywhere in the text. Raises ValueError for what RE2 does not know."""
    if UNSUPPORTED.search(pattern):
        raise ValueError(f"invalid regular expression {pattern!r}: no look-around and no backreferences")
    try:
        return re.search(_end_anchored(pattern), text) is not None
    except re.error as error:
        raise ValueError(f"invalid regular expression {pattern!r}: {error}") from None


def _end_anchored(pattern: str) -> str:
    # RE2's `$` is the end of the text; Python's would also let a newline follow.
    parts: list[str] = []
    in_class = escaped = False
    for char in pattern:
        plain, escaped = not escaped, not escaped and char == "\\"
        if plain and char in "[]":
            in_class = char == "["
        parts.append(r"\Z" if plain and char == "$" and not in_class else char)
    return "".join(parts)
