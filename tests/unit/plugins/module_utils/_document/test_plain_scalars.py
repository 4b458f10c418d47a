from __future__ import annotations

import pytest
import yaml
from ansible_collections.steadyfleet.aws_patching.plugins.module_utils._document.plain_scalars import readings

DIFFERENT = {
    "yes": ("true", "text"),
    "Off": ("false", "text"),
    "y": ("true or text", "text"),
    "0644": ("420", "644"),
    "-012": ("-10", "-12"),
    "08": ("text", "a number"),
    "012345678901": ("text", "a number"),
    "1:30": ("a number in base 60", "text"),
    "1:30.5": ("a number in base 60", "text"),
    "2026-01-02": ("a date", "text"),
    "2001-12-14t21:59:43.10-05:00": ("a date", "text"),
    "1_000": ("a number", "text"),
    "1_0.5": ("a number", "text"),
    "1e3": ("text", "a number"),
    "1.5e3": ("text", "a number"),
    "0o14": ("text", "a number"),
    "-0x1F": ("a number", "text"),
    "0b11": ("a number", "text"),
    "<<": ("a merge of mappings", "text"),
}
ALIKE = [
    "true",
    "false",
    "null",
    "~",
    "0",
    "00",
    "07",
    "5",
    "-5",
    "+12",
    ".5",
    "5.",
    "1.5",
    "00.5",
    "1.5e+3",
    "0x1F",
    ".inf",
    ".nan",
    "123456789012",
    "2.2",
    "10.0.0.1",
    "a:b",
    "1:90",
    "word",
    "aws:runShellScript",
    "/AWS::EC2::Instance",
    "-",
    ".",
    "0x",
]


@pytest.mark.parametrize("scalar", DIFFERENT)
def test_scalars_that_are_read_differently(scalar: str) -> None:
    assert readings(scalar) == DIFFERENT[scalar]


@pytest.mark.parametrize("scalar", ALIKE)
def test_scalars_that_are_read_alike(scalar: str) -> None:
    assert readings(scalar) is None


@pytest.mark.parametrize("scalar", [name for name in DIFFERENT if name != "y"])
def test_a_parser_of_yaml_1_1_agrees(scalar: str) -> None:
    tag = yaml.SafeLoader("").resolve(yaml.ScalarNode, scalar, (True, False))
    assert (tag == "tag:yaml.org,2002:str") is (DIFFERENT[scalar][0] == "text")
