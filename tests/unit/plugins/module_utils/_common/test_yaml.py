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


def test_a_missing_library_is_reported(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(yaml, "HAS_YAML", False)
    with pytest.raises(InvalidInput, match="PyYAML"):
        yaml.load("a: 1")
    with pytest.raises(InvalidInput, match="PyYAML"):
        yaml.dump({"a": 1})
