"""Who may be patched, who needs it, and what stands in the way."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest
from ansible_collections.steadyfleet.aws_patching.plugins.module_utils._common.errors import Refused
from ansible_collections.steadyfleet.aws_patching.plugins.module_utils._patching.patch_state import Node, PatchState
from ansible_collections.steadyfleet.aws_patching.plugins.module_utils._patching.preflight import (
    Rules,
    Scan,
    Subject,
    after_scan,
    check,
    entry,
    fresh,
    in_turn,
    obstacles,
    to_look_at,
)
from ansible_collections.steadyfleet.aws_patching.plugins.module_utils._rotation.capacity import Group
from ansible_collections.steadyfleet.aws_patching.plugins.module_utils._rotation.health import Registration, Target
from ansible_collections.steadyfleet.aws_patching.plugins.module_utils._rotation.ledger import QUARANTINED, Ledger
from ansible_collections.steadyfleet.aws_patching.plugins.module_utils._rotation.model import Situation

ARN = "arn:aws:elasticloadbalancing:eu-central-1:123456789012:targetgroup/shop-web/1111111111111111"
NINE = datetime(2026, 8, 1, 9, 0, tzinfo=UTC)
TEN = datetime(2026, 8, 1, 10, 0, tzinfo=UTC)
CONTEXT = {"boot_id": "old-boot", "snapshot_id": "old-snapshot", "operation_after": "2026-07-31T09:00:00.000Z"}
NODE = Node(instance_id="i-1", ping_status="Online", last_ping_at=NINE, agent_version="3.3.2746.0")
STATE = PatchState(instance_id="i-1", operation="Scan", snapshot_id="s", operation_end_time=TEN)
SCAN = Scan(snapshot_id="s", before=NINE, state=STATE, boot_id="boot")
RULES = Rules(min_agent_version="3.0.502.0")


def registration(instance_id: str = "i-1") -> Registration:
    return Registration(target_group_arn=ARN, id=instance_id, port=443)


def ledger(**values: Any) -> Ledger:
    return Ledger(instance_id="i-1", registrations=(registration(),), **values)


def subject(*, member: bool = True, others: int = 3, node: Node = NODE, book: Ledger | None = None) -> Subject:
    ids = [*(["i-1"] if member else []), *(f"i-{number + 2}" for number in range(others))]
    targets = tuple(Target(registration=registration(each), state="healthy") for each in ids)
    now = Situation(instance_id="i-1", groups=(Group(arn=ARN, targets=targets),), ledger=book)
    return Subject(node=node, rotation=now)


def blocked(one: Subject, rules: Rules = RULES, known: tuple[str, ...] = ("i-1",)) -> list[str]:
    return obstacles(["i-1"], {"i-1": one}, known, rules)


def test_nothing_stands_in_the_way() -> None:
    assert blocked(subject()) == []
    assert after_scan(subject(), replace(SCAN, state=replace(STATE, missing_count=1)), RULES) == []


OBSTACLES = [
    (
        subject(node=replace(NODE, ping_status="ConnectionLost")),
        "i-1: its SSM agent is offline (ConnectionLost, last ping 2026-08-01T09:00:00.000Z): start the instance",
    ),
    (
        subject(node=replace(NODE, ping_status="Inactive", last_ping_at=None)),
        "i-1: its SSM agent is offline (Inactive, last ping never)",
    ),
    (
        subject(node=replace(NODE, agent_version="3.0.501.9")),
        "i-1: its SSM agent 3.0.501.9 is older than 3.0.502.0: update",
    ),
    (subject(node=replace(NODE, agent_version="")), "i-1: its SSM agent of unknown version is older than 3.0.502.0"),
    (subject(node=replace(NODE, agent_version="2.10.0.0")), "i-1: its SSM agent 2.10.0.0 is older"),
    (subject(member=False), "i-1 is in no target group"),
    (
        subject(book=ledger(phase=QUARANTINED, reason="it broke", at="yesterday")),
        "i-1 is in quarantine since yesterday (it broke): put it right",
    ),
]


@pytest.mark.parametrize(("one", "line"), OBSTACLES)
def test_obstacles(one: Subject, line: str) -> None:
    (found,) = blocked(one)
    assert found.startswith(line)
    assert "\n" not in found


def test_an_unknown_instance_is_named_once() -> None:
    (found,) = blocked(subject(node=Node(instance_id="i-1")), known=())
    assert found.startswith("i-1 is not known to SSM")


@pytest.mark.parametrize(
    ("one", "rules"),
    [
        (subject(member=False), replace(RULES, allow_no_target_group=True)),
        (subject(member=False, book=ledger()), RULES),
        (subject(node=replace(NODE, agent_version="3.10.0.0")), RULES),
        (subject(node=replace(NODE, agent_version="1.0")), Rules()),
        (
            subject(book=ledger(phase=QUARANTINED), node=Node(instance_id="i-1")),
            replace(RULES, ignore_quarantined=True),
        ),
    ],
)
def test_no_obstacles(one: Subject, rules: Rules) -> None:
    assert blocked(one, rules) == []


DOUBTS = [
    (replace(SCAN, state=None), "i-1: whether it needs patching cannot be told: it has no patch state"),
    (replace(SCAN, before=TEN), "i-1: whether it needs patching cannot be told: its scan succeeded, but"),
    (replace(SCAN, snapshot_id="new"), "i-1: whether it needs patching cannot be told: its scan succeeded, but"),
    (replace(SCAN, boot_id=None), "i-1: its boot id cannot be told"),
    (replace(SCAN, state=None, scanned=False), "i-1: whether it needs patching cannot be told: it has no patch state"),
]


@pytest.mark.parametrize(("scan", "line"), DOUBTS)
def test_what_cannot_be_told_stops(scan: Scan, line: str) -> None:
    (found,) = after_scan(subject(), scan, RULES)
    assert found.startswith(line)


def test_without_a_scan_an_old_state_will_do() -> None:
    assert after_scan(subject(), replace(SCAN, before=TEN, scanned=False), RULES) == []


@pytest.mark.parametrize(("missing", "refused"), [(1, True), (0, False)])
def test_capacity_is_asked_for_those_who_need_patching(missing: int, refused: bool) -> None:
    scan = replace(SCAN, state=replace(STATE, missing_count=missing))
    found = after_scan(subject(others=0), scan, RULES)
    assert bool(found) is refused
    assert all(line.startswith("i-1 cannot leave target group shop-web: 1 healthy now") for line in found)


@pytest.mark.parametrize(("phase", "blocked_by"), [("drained", 0), (QUARANTINED, 1)])
def test_what_a_cut_off_run_drained_counts_as_back_when_the_others_turn_comes(phase: str, blocked_by: int) -> None:
    """A fleet of two with one to stay: the first is out, so the second may leave only after it is back."""
    book = Ledger(instance_id="i-2", registrations=(registration("i-2"),), phase=phase, context=CONTEXT)
    one = subject(others=0)
    other = Subject(node=NODE, rotation=replace(one.rotation, instance_id="i-2", ledger=book))
    scan = replace(SCAN, state=replace(STATE, missing_count=1))

    turns = in_turn({"i-1": one, "i-2": other})

    assert len(after_scan(one, scan, RULES)) == 1
    assert len(after_scan(turns["i-1"], scan, RULES)) == blocked_by
    assert turns["i-2"] == other


@pytest.mark.parametrize(
    ("state", "snapshot", "before", "expected"),
    [
        (STATE, "s", NINE, True),
        (STATE, "s", None, True),
        (STATE, "t", NINE, False),
        (STATE, "s", TEN, False),
        (None, "s", None, False),
    ],
)
def test_fresh(state: PatchState | None, snapshot: str, before: datetime | None, expected: bool) -> None:
    assert fresh(state, before, snapshot) is expected


@pytest.mark.parametrize(
    ("book", "looked_at"),
    [
        (None, True),
        (ledger(phase=QUARANTINED), False),
        # Drained by a run that was cut off: its patch run may still be under way.
        (ledger(context=CONTEXT), False),
        # Drained by hand: nothing is known of any patch run.
        (ledger(), True),
        (ledger(context={**CONTEXT, "boot_id": ""}), True),
    ],
)
def test_who_is_looked_at(book: Ledger | None, looked_at: bool) -> None:
    assert to_look_at([subject(book=book)]) == (["i-1"] if looked_at else [])


ENTRIES = [
    (subject(), SCAN, False, "", "boot"),
    (subject(), replace(SCAN, state=replace(STATE, missing_count=2)), True, "2 missing", "boot"),
    (
        subject(book=ledger(run_id="r", context=CONTEXT)),
        Scan(snapshot_id="s"),
        True,
        "taken out of rotation by run r",
        "old-boot",
    ),
    (subject(book=ledger()), SCAN, True, "taken out of rotation and not put back yet", "boot"),
    (subject(book=ledger(phase=QUARANTINED, reason="it broke")), Scan(snapshot_id="s"), False, "it broke", ""),
    (subject(), replace(SCAN, state=None, boot_id=None, predicted=True), True, "not known: it was never scanned", ""),
]


@pytest.mark.parametrize(("one", "scan", "needs", "reason", "boot_id"), ENTRIES)
def test_entries(one: Subject, scan: Scan, needs: bool, reason: str, boot_id: str) -> None:
    found = entry(one, scan, RULES)
    assert found["needs_patching"] is needs
    assert found["reason"].startswith(reason)
    assert found["boot_id"] == found["context"]["boot_id"] == boot_id


def test_a_run_that_is_taken_up_gets_back_what_it_left() -> None:
    found = entry(subject(book=ledger(context={**CONTEXT, "more": "x"})), Scan(snapshot_id="new"), RULES)
    assert found["context"] == CONTEXT


def test_a_new_run_is_told_what_it_must_leave() -> None:
    found = entry(subject(), SCAN, RULES)
    assert found["context"] == {"boot_id": "boot", "snapshot_id": "s", "operation_after": "2026-08-01T10:00:00.000Z"}


def test_what_was_taken_out_is_part_of_an_entry() -> None:
    out = entry(subject(member=False, book=ledger()), SCAN, RULES)
    assert (out["target_group_arns"], out["in_rotation"], out["phase"]) == ([ARN], False, "drained")
    assert len(out["registrations"]) == 1
    both = entry(subject(book=ledger()), SCAN, RULES)
    assert (len(both["registrations"]), both["in_rotation"]) == (1, True)


def test_all_lines_are_told_and_the_message_is_one_line() -> None:
    with pytest.raises(Refused) as refused:
        check(["one", "two", "three", "four"])
    assert str(refused.value) == "one; two; three; and 1 more"
    assert refused.value.details == {"problems": ["one", "two", "three", "four"]}
    check([])
