from __future__ import annotations

import pytest
from ansible_collections.steadyfleet.aws_patching.plugins.module_utils._common.text import one_line


@pytest.mark.parametrize(
    ("lines", "line"),
    [
        ([], ""),
        (["a"], "a"),
        (["a", "b", "c"], "a; b; c"),
        (["a", "b", "c", "d"], "a; b; c; and 1 more"),
        (["a", "b", "c", "d", "e"], "a; b; c; and 2 more"),
    ],
)
def test_problems_are_joined_to_one_line(lines: list[str], line: str) -> None:
    assert one_line(lines) == line


def test_the_number_of_named_problems_can_be_chosen() -> None:
    assert one_line(["a", "b", "c"], shown=1) == "a; and 2 more"
