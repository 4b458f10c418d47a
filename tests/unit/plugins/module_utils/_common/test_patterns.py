from __future__ import annotations

import pytest
from ansible_collections.steadyfleet.aws_patching.plugins.module_utils._common.patterns import java_pattern


def test_a_dash_behind_a_class_is_a_dash() -> None:
    pattern = java_pattern(r"^[\w-.]+$")
    assert pattern is not None
    assert pattern.search("a-b.c")
    assert not pattern.search("a,b")


@pytest.mark.parametrize("pattern", [r"^[\p{P}]*$", r"^\p{Alpha}+$", r"a++b(?<name>c)", "["])
def test_a_pattern_that_python_cannot_read_is_left_to_aws(pattern: str) -> None:
    assert java_pattern(pattern) is None
