from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.steadyfleet.aws_patching.plugins.module_utils._common.errors import InvalidInput
from ansible_collections.steadyfleet.aws_patching.plugins.module_utils._common.parameters import text_lists


def test_every_value_becomes_a_list_of_texts() -> None:
    parameters = {"commands": ["a", "b"], "timeout": 60, "ratio": 0.5, "empty": [], "text": ""}
    assert text_lists(parameters) == {
        "commands": ["a", "b"],
        "timeout": ["60"],
        "ratio": ["0.5"],
        "empty": [],
        "text": [""],
    }


@pytest.mark.parametrize("value", [True, None, {"a": 1}, [True], [None], [["a"]]])
def test_a_value_without_a_certain_text_is_refused(value: Any) -> None:
    with pytest.raises(InvalidInput) as refused:
        text_lists({"reboot": value}, "target parameter")
    assert refused.value.code == "parameter_not_text"
    assert "target parameter reboot" in str(refused.value)
