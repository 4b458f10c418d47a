"""Keys that YAML drops."""

from __future__ import annotations

import pytest
from ansible_collections.steadyfleet.aws_patching.plugins.plugin_utils._yaml_keys import repeated_keys


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("patch_a: 1\nother: 1\n", []),
        ("patch_a: 1\nb: 2\npatch_a: 1\n", [("patch_a", 1, 3)]),
        ("other: 1\nother: 2\npatch_a: 1\n", []),
        ("patch_a:\n  x: 1\n  x: 2\n", [("x", 2, 3)]),
        ("vars: {patch_a: 1}\nvars: {b: 1}\n", [("vars", 1, 2)]),
        ("all: {hosts: {web: {patch_a: 1}, web: {}}}\n", [("web", 1, 1)]),
        ("- vars:\n    patch_a: !vault x\n    patch_a: 2\n", [("patch_a", 2, 3)]),
        ('{"patch_a": 1, "patch_a": 2}', [("patch_a", 1, 1)]),
        ("a: &a {x: 1}\nb: &b {x: 2}\nc: {<<: *a, <<: *b, patch_a: 1}\n", []),
        ("{no yaml", []),
        ("", []),
    ],
)
def test_a_key_counts_where_a_setting_is_lost(text: str, found: list[tuple[str, int, int]]) -> None:
    assert list(repeated_keys(text, lambda name: name.startswith("patch_"))) == found
