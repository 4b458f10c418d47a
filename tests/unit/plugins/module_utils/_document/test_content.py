from __future__ import annotations

import json
from typing import Any

import pytest
from ansible_collections.steadyfleet.aws_patching.plugins.module_utils._common.errors import InvalidInput
from ansible_collections.steadyfleet.aws_patching.plugins.module_utils._document.content import (
    content_from,
    stored_content,
)

CALENDAR = "BEGIN:VCALENDAR\r\nEND:VCALENDAR\r\n\r\n"


@pytest.mark.parametrize(
    ("given", "form", "found", "parsed"),
    [
        ('{"schemaVersion": "2.2"}', None, "JSON", {"schemaVersion": "2.2"}),
        ('  \n{"a": 1}', None, "JSON", {"a": 1}),
        ("a: 1\n", None, "YAML", {"a": 1}),
        ("a: 1\r\nb: 2\r\n", None, "YAML", {"a": 1, "b": 2}),
        ("# only\na: [1, '2', yes]\n", "YAML", "YAML", {"a": [1, "2", True]}),
        ('{"a": 1}', "YAML", "YAML", {"a": 1}),
        ("{a: 1, b: [c, d]}\n", None, "YAML", {"a": 1, "b": ["c", "d"]}),
        ('{"a": 1} # a comment', None, "YAML", {"a": 1}),
        ("a: &x [1]\nb: *x\n", None, "YAML", {"a": [1], "b": [1]}),
        ("1: a\nfalse: b\n", None, "YAML", {"1": "a", "false": "b"}),
        ({"a": 1}, None, "JSON", {"a": 1}),
        ({"a": 1}, "YAML", "YAML", {"a": 1}),
        ("schemaVersion: 2.2\n", None, "YAML", {"schemaVersion": 2.2}),
        ("when: 2026-01-02\n", None, "YAML", {"when": "2026-01-02"}),
        (CALENDAR, "TEXT", "TEXT", "BEGIN:VCALENDAR\nEND:VCALENDAR"),
        (CALENDAR, None, "TEXT", "BEGIN:VCALENDAR\nEND:VCALENDAR"),
        ("a\u2028b\x0cc\r\n", "TEXT", "TEXT", "a\u2028b\x0cc"),
    ],
)
def test_content(given: Any, form: str | None, found: str, parsed: Any) -> None:
    content = content_from(given, form)
    assert (content.format, content.parsed) == (found, parsed)
    if isinstance(given, str):
        assert content.text == given


@pytest.mark.parametrize(
    ("given", "form", "code", "fact"),
    [
        ("{", None, "content_invalid", "not valid JSON"),
        ("{", None, "content_invalid", "not valid YAML"),
        ("{", "JSON", "content_invalid", "not valid JSON"),
        ("a: [", None, "content_invalid", "not valid YAML"),
        ("- a\n", None, "content_invalid", "must be a mapping"),
        ("words", None, "content_invalid", "must be a mapping"),
        ("", None, "content_invalid", "must be a mapping"),
        (["a"], None, "content_invalid", "must be a mapping"),
        (5, None, "content_invalid", "must be a mapping"),
        ("a: 1\n---\nb: 2\n", None, "content_invalid", "another document, in line 2"),
        ("a: &x {b: *x}\n", None, "content_invalid", "a.b is an alias"),
        ("a:\n  b: 1\n  c: 2\n  b: 3\n", None, "content_invalid", "the key a.b is there twice, again in line 4"),
        ("1: a\n'1': b\n", None, "content_invalid", "the key 1 is there twice"),
        ("true: a\nyes: b\n", None, "content_invalid", "the key yes is there twice"),
        ("1: a\ntrue: b\n", None, "content_invalid", "the key true is there twice"),
        ('{"a": {"b": 1, "c": 2, "b": 3}}', "JSON", "content_invalid", "the key b is there twice"),
        ('{"a": {"b": 1, "c": 2, "b": 3}}', None, "content_invalid", "the key a.b is there twice"),
        ('{"a": NaN}', "JSON", "content_invalid", "NaN"),
        ('{"a": 1e400}', "JSON", "content_invalid", "Out of range"),
        ("a: .inf\n", None, "content_invalid", "Out of range"),
        ("? [a]\n: 1\n", None, "content_invalid", "unhashable key"),
        ("2026-01-02: a\n", None, "content_invalid", "keys must be"),
        ('{"a": ' + "[" * 400 + "]" * 400 + "}", "JSON", "content_invalid", "nest"),
        ('{"a": ' + "[" * 9000 + "]" * 9000 + "}", None, "content_invalid", "nest"),
        ('{"a": ' + "[" * 30000 + "]" * 30000 + "}", None, "content_invalid", "nest"),
        ("[" * 30000, None, "content_invalid", "nest"),
        ("a: \x00", None, "content_invalid", "#x0000"),
        ({"a": "\ud800"}, None, "content_invalid", "U+D800"),
        ({"a": 1}, "TEXT", "content_invalid", "must be a text"),
        ("{}" + " " * 65536, "YAML", "content_too_large", "has 65538 bytes: AWS takes at most 65536"),
        ("a: " + "ä" * 32767, None, "content_too_large", "65537"),
        ({"a": "b" * 65536}, None, "content_too_large", "has 65544 bytes: AWS takes at most 65536"),
        ("ä: 1\n", "JSON", "content_invalid", "not valid JSON"),
        ("a: !!binary aGk=\n", None, "content_invalid", "which JSON cannot express"),
        ("a: !!set {b}\n", None, "content_invalid", "which JSON cannot express"),
    ],
)
def test_content_that_is_not_valid(given: Any, form: str | None, code: str, fact: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        content_from(given, form)
    assert caught.value.code == code
    assert fact in str(caught.value)
    assert "\n" not in str(caught.value)
    assert len(str(caught.value)) < 400


@pytest.mark.parametrize("form", ["JSON", "YAML"])
def test_a_structure_is_sent_without_layout_only_when_its_size_matters(form: str) -> None:
    small = {"steps": ["ä"] * 10}
    assert content_from(small, form).text.count("\n") > 10
    large = {"steps": ["ä€\u2028"[:2]] * 7000}
    content = content_from(large, form)
    assert len(content.text.encode()) <= 65536
    assert content_from(content.text, form).parsed == content.parsed == large


def test_a_json_text_is_sent_without_layout_when_its_size_matters_but_a_file_is_not() -> None:
    given = json.dumps({"steps": ["ä"] * 7000}, indent=8)
    content = content_from(given)
    assert json.loads(content.text) == json.loads(given)
    assert (content.format, content.text[:16]) == ("JSON", '{"steps":["ä","ä')
    with pytest.raises(InvalidInput, match=str(len(given))):
        content_from(given, verbatim=True)


def test_the_limit_counts_bytes() -> None:
    assert len(content_from("a: " + "ä" * 32766 + "b").text.encode()) == 65536


@pytest.mark.parametrize(
    ("given", "form"), [("a: 1\n", "YAML"), ('{"a": 1}', "JSON"), (CALENDAR, "TEXT")], ids=["YAML", "JSON", "TEXT"]
)
def test_a_byte_order_mark_is_not_sent(given: str, form: str) -> None:
    content = content_from(f"\ufeff{given}", verbatim=True)
    assert (content.text, content.format) == (given, form)


@pytest.mark.parametrize(
    ("given", "form", "code", "fact"),
    [
        ("a: 1\n", None, "content_invalid", "BEGIN:VCALENDAR"),
        ({"a": 1}, None, "content_invalid", "BEGIN:VCALENDAR"),
        (CALENDAR, "YAML", "invalid_option", "must be TEXT, not YAML"),
    ],
)
def test_a_change_calendar_is_an_icalendar_text(given: Any, form: str | None, code: str, fact: str) -> None:
    assert content_from(CALENDAR, document_type="ChangeCalendar").format == "TEXT"
    with pytest.raises(InvalidInput, match=fact) as caught:
        content_from(given, form, "ChangeCalendar")
    assert caught.value.code == code


@pytest.mark.parametrize(
    ("text", "form", "stored"),
    [
        ('{"a": [1, true]}', "JSON", {"a": [1, True]}),
        ('{"a": 1, "a": 2}', "JSON", {"a": 2}),
        ("no JSON", "JSON", "no JSON"),
        (CALENDAR, "TEXT", "BEGIN:VCALENDAR\nEND:VCALENDAR"),
    ],
)
def test_what_aws_returns_is_never_refused(text: str, form: str, stored: Any) -> None:
    assert stored_content(text, form) == stored
