# Copyright: steadyfleet contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection: may change without notice.

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from datetime import date
from typing import Any

from .._common import yaml
from .._common.errors import InvalidInput
from .model import Content

# CreateDocument and UpdateDocument count the bytes of the content that they get.
_MAX_BYTES = 64 * 1024
# Nobody writes a document as deep as this. Python's own limit would end the module with a traceback.
_DEEPEST = 100
# It marks the encoding of a file and is no part of its text. AWS's parsers need not expect one.
_BYTE_ORDER_MARK = "\ufeff"
_CALENDAR = "ChangeCalendar"


def content_from(
    given: Any, format_name: str | None = None, document_type: str | None = None, verbatim: bool = False
) -> Content:
    """
    :param given: a text or a structure.
    :param format_name: JSON, YAML or TEXT; None detects it.
    :param verbatim: send a text as it is. Otherwise a JSON text that is too large is sent without its layout.
    :raises InvalidInput: when the content is not valid.
    """
    text, shorter, format_name, parsed = _calendar(given, format_name, document_type) or (
        _from_text(given, format_name) if isinstance(given, str) else _from_structure(given, format_name)
    )
    if _size(text) > _MAX_BYTES and not (verbatim and isinstance(given, str)):
        text = shorter
    if (size := _size(text)) > _MAX_BYTES:
        raise InvalidInput(f"the content has {size} bytes: AWS takes at most {_MAX_BYTES}", code="content_too_large")
    return Content(text=text, format=format_name, parsed=parsed)


def stored_content(text: str, format_name: str) -> Any:
    """What AWS returns of a version, in the form of ``Content.parsed``. AWS is never wrong, so this refuses nothing."""
    if format_name == "TEXT":
        return _without_line_ends(text)
    try:
        return json.loads(text)
    except ValueError:
        return text


Given = tuple[str, str, str, Any]


def _calendar(given: Any, format_name: str | None, document_type: str | None) -> Given | None:
    """A change calendar, which is an iCalendar file. https://datatracker.ietf.org/doc/html/rfc5545#section-3.4"""
    is_calendar = isinstance(given, str) and given.lstrip(_BYTE_ORDER_MARK).upper().startswith("BEGIN:VCALENDAR")
    if document_type == _CALENDAR and format_name not in (None, "TEXT"):
        message = f"document_format of a {_CALENDAR} must be TEXT, not {format_name}"
        raise InvalidInput(message, code="invalid_option")
    if document_type == _CALENDAR and not is_calendar:
        message = f"the content of a {_CALENDAR} must be an iCalendar text, which begins with BEGIN:VCALENDAR"
        raise InvalidInput(message, code="content_invalid")
    return _from_text(given, "TEXT") if is_calendar and format_name is None else None


def _from_text(given: str, format_name: str | None) -> Given:
    text = given.removeprefix(_BYTE_ORDER_MARK)
    if format_name == "TEXT":
        return text, text, "TEXT", _without_line_ends(text)
    formats = [format_name] if format_name else ["JSON", "YAML"] if text.lstrip().startswith("{") else ["YAML"]
    failures = []
    for each in formats:
        try:
            parsed = _as_json(_PARSERS[each](text))
        except (ValueError, RecursionError) as error:
            failures.append(f"not valid {each}: {_one_line(error)}")
        else:
            return text, _compact_json(parsed) if each == "JSON" else text, each, _mapping(parsed, each)
    raise InvalidInput(f"the content is {'; and '.join(failures)}", code="content_invalid")


def _from_structure(given: Any, format_name: str | None) -> Given:
    if format_name == "TEXT":
        raise InvalidInput("content must be a text when document_format is TEXT", code="content_invalid")
    try:
        parsed = _as_json(given)
    except (ValueError, RecursionError) as error:
        raise InvalidInput(
            f"the content cannot be written as JSON: {_one_line(error)}", code="content_invalid"
        ) from error
    _mapping(parsed, format_name or "JSON")
    if format_name == "YAML":
        return yaml.dump(parsed), yaml.dump(parsed, compact=True), "YAML", parsed
    return json.dumps(parsed, indent=2, ensure_ascii=False), _compact_json(parsed), "JSON", parsed


def _compact_json(parsed: Any) -> str:
    return json.dumps(parsed, separators=(",", ":"), ensure_ascii=False)


def _size(text: str) -> int:
    try:
        return len(text.encode())
    except UnicodeEncodeError as error:
        code_point = f"U+{ord(text[error.start]):04X}"
        message = f"the content contains half of a surrogate pair ({code_point}), which is no character"
        raise InvalidInput(message, code="content_invalid") from error


def _without_line_ends(text: str) -> str:
    """A TEXT without what differs when only the line ends do."""
    return text.replace("\r\n", "\n").replace("\r", "\n").rstrip()


def _mapping(parsed: Any, format_name: str) -> dict[str, Any]:
    if not isinstance(parsed, dict):
        raise InvalidInput(f"the content is no document: its {format_name} must be a mapping", code="content_invalid")
    return parsed


def _parse_json(text: str) -> Any:
    return json.loads(text, object_pairs_hook=_without_repetition, parse_constant=_refuse_constant)


def _without_repetition(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """JSON and YAML parsers keep the last of several values without a word."""
    mapping = dict(pairs)
    if len(mapping) < len(pairs):
        names = [name for name, _value in pairs]
        twice = next(name for name in names if names.count(name) > 1)
        raise ValueError(f"the key {twice} is there twice, in the mapping with the keys {', '.join(mapping)}")
    return mapping


def _refuse_constant(name: str) -> Any:
    raise ValueError(f"{name} is no value of JSON")


_PARSERS: Mapping[str, Callable[[str], Any]] = {"JSON": _parse_json, "YAML": yaml.load}


def _as_json(value: Any) -> Any:
    """The value in JSON's own types, in which AWS stores it.

    :raises ValueError: when JSON cannot express it.
    """
    try:
        text = json.dumps(value, default=_json_default, allow_nan=False)
    except TypeError as error:  # of a key
        raise ValueError(str(error)) from error
    parsed = _parse_json(text)
    if _depth(parsed) > _DEEPEST:
        raise ValueError(f"it is nested more than {_DEEPEST} times")
    return parsed


def _json_default(value: Any) -> str:
    if isinstance(value, date):  # YAML reads unquoted dates as dates
        return value.isoformat()
    raise ValueError(f"it contains {value!r:.80}, which JSON cannot express")


def _depth(value: Any) -> int:
    items = value.values() if isinstance(value, dict) else value if isinstance(value, list) else None
    return 0 if items is None else 1 + max(map(_depth, items), default=0)


def _one_line(error: Exception) -> str:
    return "it is nested too deeply" if isinstance(error, RecursionError) else " ".join(str(error).split())
