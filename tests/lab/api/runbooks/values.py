"""Values in a runbook: references to parameters and outputs, JSONPath, ISO 8601 durations."""

from __future__ import annotations

import datetime
import json
import re
from collections.abc import Callable, Iterator
from typing import Any

REFERENCE = re.compile(r"\{\{\s*([^{}]+?)\s*\}\}")
_PATH = re.compile(r"\$((?:\.[\w\-]+|\[(?:\d+|\*|'[^']+')\])*)")
_PATH_PART = re.compile(r"\.([\w\-]+)|\[(\d+|\*|'[^']+')\]")
_DURATION = re.compile(r"P(?:(\d+)D)?(?:T(?:(\d+)H)?(?:(\d+)M)?(?:(\d+(?:\.\d+)?)S)?)?")

NOTHING = object()


def references(value: Any) -> Iterator[str]:
    """Every ``{{ name }}`` in a structure."""
    if isinstance(value, str):
        yield from (found[1] for found in REFERENCE.finditer(value))
    elif isinstance(value, dict):
        for key, item in value.items():
            yield from references(key)
            yield from references(item)
    elif isinstance(value, list):
        for item in value:
            yield from references(item)


def fill_references(value: Any, look_up: Callable[[str], Any]) -> Any:
    """Replace every reference in a structure.

    A value that is only a reference becomes the referenced value with its type. As an item of a list, a reference to a
    list becomes all of that list's items.
    """
    if isinstance(value, dict):
        return {fill_references(key, look_up): fill_references(item, look_up) for key, item in value.items()}
    if isinstance(value, list):
        return _fill_list(value, look_up)
    if not isinstance(value, str):
        return value
    if whole := REFERENCE.fullmatch(value.strip()):
        return look_up(whole[1])
    return REFERENCE.sub(lambda found: as_text(look_up(found[1])), value)


def _fill_list(items: list[Any], look_up: Callable[[str], Any]) -> list[Any]:
    filled: list[Any] = []
    for item in items:
        found = fill_references(item, look_up)
        spread = isinstance(found, list) and isinstance(item, str)
        filled.extend(found if spread else [found])
    return filled


def as_text(value: Any) -> str:
    """A value as it is written into a text."""
    if isinstance(value, str):
        return value
    if isinstance(value, list) and all(isinstance(item, str) for item in value):
        return ", ".join(value)
    return json.dumps(value, default=_plain)


def as_texts(value: Any) -> list[str]:
    """A value as the API shows outputs and parameters, which is a list of texts."""
    if isinstance(value, list):
        return [as_text(item) for item in value]
    return [as_text(value)]


def inputs_as_json(inputs: dict[str, Any]) -> dict[str, str]:
    """A step's inputs as the API shows them, each as JSON."""
    return {name: json.dumps(value, default=_plain) for name, value in inputs.items()}


def is_supported_path(path: str) -> bool:
    """Whether the lab can evaluate this JSONPath."""
    return _PATH.fullmatch(path) is not None


def select_path(path: str, document: Any) -> Any:
    """The value at a JSONPath; NOTHING when there is none."""
    match = _PATH.fullmatch(path)
    assert match is not None, path
    found: list[Any] = [document]
    several = False
    for name, index in _PATH_PART.findall(match[1]):
        several |= index == "*"
        found = [item for place in found for item in _step(place, name or index.strip("'"))]
    if several:
        return found
    return found[0] if found else NOTHING


def _step(place: Any, key: str) -> list[Any]:
    if isinstance(place, dict):
        return [place[key]] if key in place else []
    if isinstance(place, list) and key == "*":
        return place
    if isinstance(place, list) and key.isdigit() and int(key) < len(place):
        return [place[int(key)]]
    return []


def duration_seconds(duration: str) -> float | None:
    """The seconds of an ISO 8601 duration such as PT1M30S; None when the text is not one."""
    match = _DURATION.fullmatch(duration)
    if match is None or not any(match.groups()):
        return None
    days, hours, minutes, rest = (float(part or 0) for part in match.groups())
    return ((days * 24 + hours) * 60 + minutes) * 60 + rest


def seconds_until(moment: str) -> float | None:
    """The seconds until an ISO 8601 time, 0 when it is past; None when the text is not one."""
    try:
        when = datetime.datetime.fromisoformat(moment)
    except ValueError:
        return None
    when = when if when.tzinfo else when.replace(tzinfo=datetime.UTC)
    return max(0.0, (when - datetime.datetime.now(datetime.UTC)).total_seconds())


def _plain(value: Any) -> str:
    return value.isoformat() if isinstance(value, datetime.date) else str(value)
