from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.steadyfleet.aws_patching.plugins.module_utils._common import yaml
from ansible_collections.steadyfleet.aws_patching.plugins.module_utils._common.errors import InvalidInput


@pytest.mark.parametrize("value", [{"b": 1, "a": [True, None, "x: y"]}, [], "text", None])
def test_a_value_is_the_same_after_a_round_trip(value: Any) -> None:
    assert yaml.load(yaml.dump(value)) == value


def test_keys_keep_their_order() -> None:
    assert yaml.dump({"b": 1, "a": 2}) == "b: 1\na: 2\n"


@pytest.mark.parametrize("text", ["a: [", "{a: b", "\t- a", "a: b: c", "!!python/object/apply:os.getcwd []"])
def test_text_that_is_not_yaml_is_a_value_error(text: str) -> None:
    with pytest.raises(ValueError, match=r"line|column|tag|constructor"):
        yaml.load(text)


@pytest.mark.parametrize(
    ("text", "fact"),
    [
        ("a: 1\n---\nb: 2", "another document, in line 2"),
        ("a: {b: 1, c: 2, b: 3}", "the key a.b is there twice, again in line 1"),
        ("- {b: 1, 'b': 3}", r"the key \[0\].b is there twice"),
        ("a: &x [1, {b: *x}]", r"a\[1\].b is an alias of a value that it is part of"),
        ("[" * 30000, "nest"),
        (
            "".join(
                f"{name}: &{name} [{', '.join([f'*{before}'] * 10)}]\n"
                for before, name in zip("abcde", "bcdef", strict=True)
            ).join(["a: &a [1, 1, 1, 1, 1, 1, 1, 1, 1, 1]\n", ""]),
            "expand to more than",
        ),
    ],
    ids=["documents", "key", "quoted key", "recursion", "depth", "expansion"],
)
def test_what_other_parsers_pass_over_is_a_value_error(text: str, fact: str) -> None:
    with pytest.raises(ValueError, match=fact):
        yaml.load(text)


def test_plain_scalars_have_their_path() -> None:
    text = "a: yes\nb: 'yes'\nc: !!str yes\nd: [1, &x {on: off}, *x]\ne: |\n  no\n"
    found = [(path, scalar) for path, scalar in yaml.plain_scalars(text) if scalar not in set("abcde")]
    assert found == [("a", "yes"), ("d[0]", "1"), ("the key d[1].on", "on"), ("d[1].on", "off")]


@pytest.mark.parametrize("compact", [False, True])
def test_texts_that_any_version_of_yaml_reads_otherwise_are_quoted(compact: bool) -> None:
    texts = [
        "yes",
        "y",
        "N",
        "0644",
        "08",
        "1e3",
        "0o14",
        "1:30",
        "2026-01-02",
        "1_000",
        ".5",
        "ä\u2028\x85\x7f",
        "a: b",
    ]
    written = yaml.dump({"texts": texts, "number": 1e16, "flag": True}, compact)
    assert yaml.load(written) == {"texts": texts, "number": 1e16, "flag": True}
    plain = [scalar for _path, scalar in yaml.plain_scalars(written)]
    assert plain == ["texts", "number", "1.0e+16", "flag", "true"]


def test_a_missing_library_is_reported(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(yaml, "HAS_YAML", False)
    with pytest.raises(InvalidInput, match="PyYAML"):
        yaml.load("a: 1")
    with pytest.raises(InvalidInput, match="PyYAML"):
        yaml.dump({"a": 1})
