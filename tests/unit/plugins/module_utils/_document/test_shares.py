from __future__ import annotations

import pytest
from ansible_collections.steadyfleet.aws_patching.plugins.module_utils._common.errors import Refused
from ansible_collections.steadyfleet.aws_patching.plugins.module_utils._document.shares import (
    account_names,
    plan_shares,
    share_problems,
)

ONE, TWO = "111122223333", "444455556666"


@pytest.mark.parametrize(
    ("current", "desired", "version", "purge", "to_remove", "to_add", "after"),
    [
        ({}, [ONE], None, True, (), (ONE,), {ONE: "$DEFAULT"}),
        ({ONE: "$DEFAULT"}, [ONE], None, True, (), (), {ONE: "$DEFAULT"}),
        ({ONE: "$LATEST"}, [ONE], None, True, (), (), {ONE: "$LATEST"}),
        ({ONE: "$DEFAULT"}, [ONE], "$ALL", True, (), (ONE,), {ONE: "$ALL"}),
        ({ONE: "$DEFAULT"}, [TWO], None, True, (ONE,), (TWO,), {TWO: "$DEFAULT"}),
        ({ONE: "$DEFAULT"}, [TWO], None, False, (), (TWO,), {ONE: "$DEFAULT", TWO: "$DEFAULT"}),
        ({ONE: "$DEFAULT"}, ["ALL"], None, True, (ONE,), ("all",), {"all": "$DEFAULT"}),
        ({ONE: "$DEFAULT"}, [], None, True, (ONE,), (), {}),
    ],
)
def test_plan_shares(  # noqa: PLR0917 - one argument a column
    current: dict[str, str],
    desired: list[str],
    version: str | None,
    purge: bool,
    to_remove: tuple[str, ...],
    to_add: tuple[str, ...],
    after: dict[str, str],
) -> None:
    plan = plan_shares(current, desired, version, purge)
    assert (plan.to_remove, plan.to_add, plan.after) == (to_remove, to_add, after)


def test_everybody_excludes_accounts() -> None:
    with pytest.raises(Refused, match=ONE) as refused:
        plan_shares({ONE: "$DEFAULT"}, ["all"], None, purge=False)
    assert refused.value.code == "shares_exclusive"
    with pytest.raises(Refused, match="1001") as refused:
        plan_shares({}, [f"{number:012}" for number in range(1001)], None, purge=True)
    assert refused.value.code == "too_many_shares"


def test_accounts_that_exclude_each_other() -> None:
    assert share_problems([ONE, TWO]) == share_problems(["all"]) == []
    assert "not both" in share_problems(["all", ONE])[0].message


def test_a_message_names_the_first_accounts() -> None:
    assert account_names({TWO: "", ONE: ""}) == f"{ONE}, {TWO}"
    assert account_names({str(number): "" for number in range(7)}) == "0, 1, 2, 3, 4 and 2 more"
