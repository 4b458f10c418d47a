from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.steadyfleet.aws_patching.plugins.module_utils._common.tags import (
    TagPlan,
    plan_tags,
    tag_problems,
    tags_as_text,
)


@pytest.mark.parametrize(
    ("current", "desired", "purge", "plan"),
    [
        ({}, {"a": "1"}, True, TagPlan(to_set={"a": "1"}, to_remove=(), after={"a": "1"})),
        ({"a": "1"}, {"a": "1"}, True, TagPlan(to_set={}, to_remove=(), after={"a": "1"})),
        ({"a": "1"}, {"a": "2"}, True, TagPlan(to_set={"a": "2"}, to_remove=(), after={"a": "2"})),
        ({"a": "1", "b": "2"}, {"a": "1"}, True, TagPlan(to_set={}, to_remove=("b",), after={"a": "1"})),
        ({"a": "1", "b": "2"}, {"a": "1"}, False, TagPlan(to_set={}, to_remove=(), after={"a": "1", "b": "2"})),
        ({"aws:x": "1"}, {}, True, TagPlan(to_set={}, to_remove=(), after={"aws:x": "1"})),
    ],
    ids=["new", "equal", "changed", "purged", "kept", "of AWS"],
)
def test_tags_are_compared(current: dict[str, str], desired: dict[str, str], purge: bool, plan: TagPlan) -> None:
    assert plan_tags(current, desired, purge) == plan


def test_tags_that_yaml_reads_as_numbers_become_text() -> None:
    numbers: dict[Any, Any] = {1: 2, "on": True}
    assert tags_as_text(numbers) == {"1": "2", "on": "True"}
    assert tags_as_text(None) is None


@pytest.mark.parametrize(
    ("tags", "fact"),
    [
        ({"aws:team": "x"}, "'aws:team'"),
        ({"AWS:team": "x"}, "'AWS:team'"),
        ({str(number): "x" for number in range(51)}, "at most 50 tags"),
    ],
)
def test_tags_that_aws_refuses(tags: dict[str, str], fact: str) -> None:
    [problem] = tag_problems(tags)
    assert fact in problem.message


@pytest.mark.parametrize("tags", [None, {}, {"team-aws:": "x"}, {str(number): "x" for number in range(50)}])
def test_tags_that_aws_takes(tags: dict[str, str] | None) -> None:
    assert tag_problems(tags) == []
