"""The batches of a rollout, and which of them the capacity does not allow."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from ansible_collections.steadyfleet.aws_patching.plugins.module_utils._common.errors import InvalidInput
from ansible_collections.steadyfleet.aws_patching.plugins.module_utils._patching.batches import (
    batch_problems,
    batch_sizes,
    batches_of,
)
from ansible_collections.steadyfleet.aws_patching.plugins.module_utils._patching.fleet import FleetMember
from ansible_collections.steadyfleet.aws_patching.plugins.module_utils._rotation.model import (
    Group,
    GroupSettings,
    LedgerEntry,
    Situation,
    Target,
)
from unit.plugins.module_utils._patching.fleets import ARN, CONTEXT, NODE, registration

HOSTS = ["a", "b", "c", "d", "e"]


@pytest.mark.parametrize(
    ("serial", "sizes"),
    [
        (1, [1, 1, 1, 1, 1]),
        ("2", [2, 2, 1]),
        (0, [5]),
        (-1, [5]),
        ([], [5]),
        (9, [5]),
        ("100%", [5]),
        ("50%", [2, 2, 1]),
        ("1%", [1, 1, 1, 1, 1]),
        ([1, "40%"], [1, 2, 2]),
        (["1", 3], [1, 3, 1]),
        ([1, 0], [1, 4]),
    ],
)
def test_batches_are_those_of_a_play(serial: Any, sizes: list[int]) -> None:
    """The expected sizes are those of PlaybookExecutor._get_serialized_batches."""
    batches = batches_of(HOSTS, batch_sizes(serial))
    assert [len(batch) for batch in batches] == sizes
    assert [host for batch in batches for host in batch] == HOSTS


def test_without_hosts_there_is_no_batch() -> None:
    assert batches_of([], ["1"]) == []


@pytest.mark.parametrize("serial", ["two", True, None, "", "1,2", 1.5, "12.5%", {"a": 1}, [1, "x"]])
def test_what_is_no_size_is_refused(serial: Any) -> None:
    with pytest.raises(InvalidInput, match="patch_alb_serial") as error:
        batch_sizes(serial)
    assert error.value.code == "serial_invalid"


def fleet(states: str, entry: LedgerEntry | None = None, **settings: Any) -> dict[str, FleetMember]:
    """A fleet by the states of its targets: host ``a`` is instance i-1, and so on. An entry is that of i-1."""
    targets = tuple(
        Target(registration=registration(f"i-{number}"), state=state)
        for number, state in enumerate(states.split(), start=1)
    )
    group = Group(arn=ARN, targets=targets, settings=GroupSettings(**settings))
    return {
        host: FleetMember(
            node=NODE,
            rotation=Situation(instance_id=f"i-{number}", groups=(group,), ledger=entry if number == 1 else None),
        )
        for number, host in enumerate(HOSTS[: len(targets)], start=1)
    }


@pytest.mark.parametrize(
    ("states", "batches", "floor", "wrong"),
    [
        ("healthy healthy healthy", [["a"], ["b"], ["c"]], 2, None),
        ("healthy healthy healthy", [["a"], ["b", "c"]], 2, "batch 2 of 2 (b, c)"),
        ("healthy healthy healthy", [["a", "b", "c"]], 1, "batch 1 of 1 (a, b, c)"),
        ("healthy healthy healthy", [["a", "b", "c"]], 0, None),
        ("healthy unhealthy healthy", [["a", "b"]], 1, None),
        ("healthy healthy", [["a"]], 2, "i-1 cannot leave"),
    ],
)
def test_a_batch_leaves_its_groups_together(
    states: str, batches: list[list[str]], floor: int, wrong: str | None
) -> None:
    problems = batch_problems(batches, fleet(states), floor)
    assert [problem.code for problem in problems] == (["capacity_too_low"] if wrong else [])
    assert all(problem.message.startswith(str(wrong)) for problem in problems)


def test_the_line_has_the_numbers_of_the_whole_batch() -> None:
    [problem] = batch_problems([["a", "b", "c"]], fleet("healthy healthy healthy healthy"), 2)
    assert "target group shop-web: 4 healthy now, 1 would remain, 2 needed" in problem.message
    assert "patch_alb_serial" in problem.message


def test_a_percentage_is_of_those_who_stay() -> None:
    """An unhealthy instance lowers the minimum when it has left. Whoever leaves before it is refused without that."""
    members = fleet("healthy healthy healthy healthy unhealthy", minimum_percentage=70)
    assert batch_problems([["a", "e"]], members, 0) == []
    [problem] = batch_problems([["a", "b", "e"]], members, 0)
    assert "4 healthy now, 2 would remain, 3 needed" in problem.message


def test_what_an_interrupted_run_drained_is_back_after_its_own_batch() -> None:
    entry = LedgerEntry(instance_id="i-1", registrations=(registration("i-1"),), context=CONTEXT)
    members = fleet("draining healthy", entry)
    assert batch_problems([["a"], ["b"]], members, 1) == []
    [problem] = batch_problems([["a", "b"]], members, 1)
    assert problem.message.startswith("i-2 cannot leave")


def test_other_refusals_are_told_for_each_instance() -> None:
    members = fleet("unavailable healthy draining healthy")
    problems = batch_problems([["a", "b", "c"]], members, 1)
    assert [problem.code for problem in problems] == ["target_health_unknown", "drained_by_somebody_else"]


def test_nothing_is_wrong_with_an_instance_in_no_group() -> None:
    alone = replace(fleet("healthy")["a"], rotation=Situation(instance_id="i-1", groups=()))
    assert batch_problems([["a"]], {"a": alone}, 1) == []
