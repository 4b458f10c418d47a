"""Who may be patched, who needs it, and what stands in the way."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

import pytest
from ansible_collections.steadyfleet.aws_patching.plugins.module_utils._patching.fleet import (
    FleetMember,
    Instance,
    Outsider,
)
from ansible_collections.steadyfleet.aws_patching.plugins.module_utils._patching.patch_state import PatchState
from ansible_collections.steadyfleet.aws_patching.plugins.module_utils._patching.preflight import (
    PreflightRules,
    Scan,
    instances_to_scan,
    is_scan_result,
    outsider_lines,
    outsider_problems,
    problems_after_scan,
    problems_before_scan,
)
from ansible_collections.steadyfleet.aws_patching.plugins.module_utils._rotation.model import (
    QUARANTINED,
    Group,
    LedgerEntry,
    Target,
)
from unit.plugins.module_utils._patching.fleets import (
    ARN,
    CONTEXT,
    NINE,
    NODE,
    RULES,
    SCAN,
    STATE,
    TEN,
    ledger_entry,
    member,
    registration,
)


def test_nothing_stands_in_the_way() -> None:
    assert problems_before_scan([member()], RULES) == []
    assert problems_after_scan({"i-1": member()}, {"i-1": replace(SCAN, state=replace(STATE, missing_count=1))}) == []


BEFORE_SCAN = [
    (
        member(node=replace(NODE, ping_status="ConnectionLost")),
        "agent_offline",
        "i-1: its SSM agent is offline (ConnectionLost, last ping 2026-08-01T09:00:00.000Z)",
    ),
    (
        member(node=replace(NODE, ping_status="Inactive", last_ping_at=None)),
        "agent_offline",
        "i-1: its SSM agent is offline (Inactive, last ping never)",
    ),
    (
        member(node=replace(NODE, agent_version="3.0.501.9")),
        "agent_too_old",
        "i-1: its SSM agent 3.0.501.9 is older than 3.0.502.0",
    ),
    (
        member(node=replace(NODE, agent_version="")),
        "agent_too_old",
        "i-1: its SSM agent of unknown version is older than 3.0.502.0",
    ),
    (member(node=replace(NODE, agent_version="2.10.0.0")), "agent_too_old", "i-1: its SSM agent 2.10.0.0 is older"),
    (member(registered=False), "instance_in_no_target_group", "allow_no_target_group"),
    (
        member(entry=ledger_entry(phase=QUARANTINED, reason="it broke", at="yesterday")),
        "instance_quarantined",
        "since yesterday (it broke)",
    ),
    (member(node=None), "instance_unknown", "i-1 is not known to SSM"),
]


@pytest.mark.parametrize(("one", "code", "fact"), BEFORE_SCAN)
def test_problems_before_a_scan(one: FleetMember, code: str, fact: str) -> None:
    [problem] = problems_before_scan([one], RULES)
    assert problem.code == code
    assert problem.message.startswith("i-1")
    assert fact in problem.message
    assert "\n" not in problem.message


def test_unknown_instances_are_named_first() -> None:
    known = member(registered=False)
    unknown = FleetMember(node=None, rotation=replace(known.rotation, instance_id="i-9"))
    codes = [problem.code for problem in problems_before_scan([known, unknown], RULES)]
    assert codes == ["instance_unknown", "instance_in_no_target_group"]


@pytest.mark.parametrize(
    ("one", "rules"),
    [
        (member(registered=False), replace(RULES, allow_no_target_group=True)),
        (member(registered=False, entry=ledger_entry()), RULES),
        (member(node=replace(NODE, agent_version="3.10.0.0")), RULES),
        (member(node=replace(NODE, agent_version="1.0")), PreflightRules()),
        (
            member(entry=ledger_entry(phase=QUARANTINED), node=None),
            replace(RULES, ignore_quarantined=True),
        ),
    ],
)
def test_no_problems_before_a_scan(one: FleetMember, rules: PreflightRules) -> None:
    assert problems_before_scan([one], rules) == []


NOT_KNOWN = [
    (replace(SCAN, state=None), "never_scanned"),
    (replace(SCAN, before=TEN), "scan_not_reported"),
    (replace(SCAN, snapshot_id="new"), "scan_not_reported"),
    (replace(SCAN, boot_id=None), "boot_id_unknown"),
    (replace(SCAN, state=None, scanned=False), "never_scanned"),
]


@pytest.mark.parametrize(("scan", "code"), NOT_KNOWN)
def test_what_is_not_known_stops(scan: Scan, code: str) -> None:
    [problem] = problems_after_scan({"i-1": member()}, {"i-1": scan})
    assert problem.code == code
    assert problem.message.startswith("i-1: ")


def test_without_a_scan_an_old_state_will_do() -> None:
    assert problems_after_scan({"i-1": member()}, {"i-1": replace(SCAN, before=TEN, scanned=False)}) == []


UNHEALTHY = Target(registration=registration(), state="unhealthy", reason="Target.Timeout")


def unhealthy(entry: LedgerEntry | None = None) -> FleetMember:
    one = member(entry=entry)
    return replace(one, rotation=replace(one.rotation, groups=(Group(arn=ARN, targets=(UNHEALTHY,)),)))


def test_who_is_unhealthy_before_the_run_is_named() -> None:
    [problem] = problems_before_scan([unhealthy()], RULES)
    assert problem.code == "registration_unhealthy"
    assert "i-1 is unhealthy before the run: shop-web:443 unhealthy (Target.Timeout)" in problem.message
    assert "patch_alb_allow_unhealthy" in problem.message


def test_what_an_earlier_run_drained_is_not_unhealthy_before_the_run() -> None:
    assert problems_before_scan([unhealthy(ledger_entry())], RULES) == []


def test_who_is_unhealthy_may_be_allowed() -> None:
    assert problems_before_scan([unhealthy()], replace(RULES, allow_unhealthy=True)) == []


def test_who_is_not_in_the_run_is_named_in_one_line_each() -> None:
    outsider = Outsider(instance=Instance(instance_id="i-9", name="shop-9"), target_group_arns=(ARN,))
    assert outsider_lines([outsider]) == ["i-9 (shop-9) in shop-web"]
    [problem] = outsider_problems([outsider])
    assert problem.code == "target_not_in_run"
    assert problem.message.startswith("i-9 (shop-9) in shop-web is not in this run")


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
def test_whether_a_state_is_of_the_scan(
    state: PatchState | None, snapshot: str, before: datetime | None, expected: bool
) -> None:
    assert is_scan_result(state, before, snapshot) is expected


@pytest.mark.parametrize(
    ("entry", "scanned"),
    [
        (None, True),
        (ledger_entry(phase=QUARANTINED), False),
        # Drained by an interrupted run: its patch run may still be under way.
        (ledger_entry(context=CONTEXT), False),
        # Drained by hand: nothing is known of any patch run.
        (ledger_entry(), True),
        (ledger_entry(context={**CONTEXT, "boot_id": ""}), True),
    ],
)
def test_who_is_scanned(entry: LedgerEntry | None, scanned: bool) -> None:
    assert instances_to_scan([member(entry=entry)]) == (["i-1"] if scanned else [])
