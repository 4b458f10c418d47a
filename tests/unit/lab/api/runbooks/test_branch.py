"""Which step a branch of a runbook goes to."""

from __future__ import annotations

from typing import Any

import pytest
from lab.api.runbooks.branch import branch_problems, chosen_step
from lab.api.runbooks.values import fill_references

WORD = "{{ Word }}"


@pytest.mark.parametrize(
    ("word", "choice", "taken"),
    [
        ("shop", {"Variable": WORD, "StringEquals": "shop"}, True),
        ("shop", {"Variable": WORD, "StringEquals": "Shop"}, False),
        ("shop", {"Variable": WORD, "EqualsIgnoreCase": "SHOP"}, True),
        ("shop", {"Variable": WORD, "StartsWith": "sh"}, True),
        ("shop", {"Variable": WORD, "EndsWith": "sh"}, False),
        ("shop", {"Variable": WORD, "Contains": "ho"}, True),
        ("7", {"Variable": WORD, "NumericGreaterOrEquals": 7}, True),
        ("7", {"Variable": WORD, "NumericLesser": 7}, False),
        ("True", {"Variable": WORD, "BooleanEquals": True}, True),
        ("shop", {"Not": {"Variable": WORD, "StringEquals": "shop"}}, False),
        ("shop", {"And": [{"Variable": WORD, "StartsWith": "s"}, {"Variable": WORD, "EndsWith": "p"}]}, True),
        ("shop", {"Or": [{"Variable": WORD, "StartsWith": "x"}, {"Variable": WORD, "EndsWith": "x"}]}, False),
    ],
)
def test_a_branch_takes_the_first_choice_that_holds(word: str, choice: dict[str, Any], taken: bool) -> None:
    inputs: dict[str, Any] = {"Choices": [{"NextStep": "yes", **choice}], "Default": "no"}
    assert list(branch_problems(inputs)) == []
    filled = fill_references(inputs, lambda _name: word)
    assert chosen_step(filled) == ("yes" if taken else "no")
