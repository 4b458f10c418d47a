from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.steadyfleet.aws_patching.plugins.module_utils._common.shapes import (
    drop_none,
    in_any_order,
    same_json,
)


@pytest.mark.parametrize(
    ("value", "result"),
    [
        ({"a": None, "b": 0, "c": "", "d": []}, {"b": 0, "c": "", "d": []}),
        ({"a": {"b": None, "c": [{"d": None, "e": 1}]}}, {"a": {"c": [{"e": 1}]}}),
        ([None, 1], [None, 1]),
        ("text", "text"),
    ],
)
def test_options_that_were_not_given_are_left_out(value: Any, result: Any) -> None:
    assert drop_none(value) == result


def test_lists_compare_as_sets_at_every_depth() -> None:
    first = [{"key": "tag:App", "values": ["b", "a"]}, {"key": "InstanceIds", "values": []}]
    second = [{"values": [], "key": "InstanceIds"}, {"key": "tag:App", "values": ["a", "b"]}]
    assert in_any_order(first) == in_any_order(second)
    assert in_any_order(first) != in_any_order([*second, {"key": "tag:App", "values": ["a", "b"]}])
    assert in_any_order([2, 10]) == in_any_order([10, 2])


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ({"a": 1, "b": [1.0]}, {"b": [1], "a": 1.0}, True),
        ([True], [1], False),
        ({"a": False}, {"a": 0}, False),
        ([1], ["1"], False),
        ([1, 2], [2, 1], False),
        ([1], [1, 2], False),
        ({"a": None}, {}, False),
        ({}, [], False),
        (None, False, False),
        (0.1, 0.1, True),
    ],
)
def test_values_compare_as_json(one: Any, other: Any, same: bool) -> None:
    assert same_json(one, other) is same_json(other, one) is same
