"""What the modules return of nodes, of the fleet and of a verdict."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest
from ansible_collections.steadyfleet.aws_patching.plugins.module_utils._patching.fleet import FleetMember
from ansible_collections.steadyfleet.aws_patching.plugins.module_utils._patching.patch_state import Node, Patch
from ansible_collections.steadyfleet.aws_patching.plugins.module_utils._patching.preflight import Scan
from ansible_collections.steadyfleet.aws_patching.plugins.module_utils._patching.report import (
    certain_verdict,
    member_result,
    node_result,
    queue,
    verdict_result,
)
from ansible_collections.steadyfleet.aws_patching.plugins.module_utils._patching.transformations import given_evidence
from ansible_collections.steadyfleet.aws_patching.plugins.module_utils._rotation.model import QUARANTINED
from unit.plugins.module_utils._patching.fleets import ARN, CONTEXT, RULES, SCAN, STATE, ledger_entry, member
from unit.plugins.module_utils._patching.verdicts import AFTER, OPTIONS, changed, steps

TEN = datetime(2026, 8, 1, 10, 0, tzinfo=UTC)


def test_a_node_with_and_without_its_patches() -> None:
    node = Node(instance_id="i-1", ping_status="Online", last_ping_at=TEN)
    result = node_result(node, STATE)
    assert result["last_ping_at"] == "2026-08-01T10:00:00.000Z"
    assert result["patch_state"]["operation_end_time"] == "2026-08-01T10:00:00.000Z"
    assert "patches" not in result
    assert node_result(Node(instance_id="i-1"), None)["patch_state"] is None
    assert node_result(node, STATE, ())["patches"] == []
    [patch] = node_result(node, STATE, [Patch(title="openssl", installed_at=TEN, cve_ids=("CVE-1",))])["patches"]
    assert (patch["installed_at"], patch["cve_ids"]) == ("2026-08-01T10:00:00.000Z", ["CVE-1"])


MEMBERS = [
    (member(), SCAN, False, "", "boot"),
    (member(), replace(SCAN, state=replace(STATE, missing_count=2)), True, "2 missing", "boot"),
    (
        member(entry=ledger_entry(run_id="r", context=CONTEXT)),
        Scan(snapshot_id="s"),
        True,
        "taken out of rotation by run r",
        "old-boot",
    ),
    (member(entry=ledger_entry()), SCAN, True, "taken out of rotation and not put back yet", "boot"),
    (member(entry=ledger_entry(phase=QUARANTINED, reason="it broke")), Scan(snapshot_id="s"), False, "it broke", ""),
    (member(), replace(SCAN, state=None, boot_id=None, predicted=True), True, "not known: it was never scanned", ""),
]


@pytest.mark.parametrize(("one", "scan", "needs", "reason", "boot_id"), MEMBERS)
def test_members(one: FleetMember, scan: Scan, needs: bool, reason: str, boot_id: str) -> None:
    found = member_result("web1", one, scan, RULES)
    assert (found["host"], found["needs_patching"]) == ("web1", needs)
    assert found["reason"].startswith(reason)
    assert found["boot_id"] == found["context"]["boot_id"] == boot_id


def test_a_resumed_run_gets_back_what_it_left() -> None:
    one = member(entry=ledger_entry(context={**CONTEXT, "more": "x"}))
    assert member_result("web1", one, Scan(snapshot_id="new"), RULES)["context"] == CONTEXT


def test_a_new_run_gets_what_it_must_leave() -> None:
    found = member_result("web1", member(), SCAN, RULES)
    assert found["context"] == {"boot_id": "boot", "snapshot_id": "s", "operation_after": "2026-08-01T10:00:00.000Z"}


def test_what_was_taken_out_is_part_of_a_member() -> None:
    out = member_result("web1", member(registered=False, entry=ledger_entry()), SCAN, RULES)
    assert (out["target_group_arns"], out["in_rotation"], out["phase"]) == ([ARN], False, "drained")
    assert len(out["registrations"]) == 1
    both = member_result("web1", member(entry=ledger_entry()), SCAN, RULES)
    assert (len(both["registrations"]), both["in_rotation"]) == (1, True)


def test_an_unknown_node_has_no_agent() -> None:
    assert member_result("web1", member(node=None), SCAN, RULES)["agent_version"] == ""


def test_the_queue_begins_with_what_an_interrupted_run_has_drained() -> None:
    results = {
        "i-1": {"host": "web3", "needs_patching": True, "phase": ""},
        "i-2": {"host": "web9", "needs_patching": True, "phase": "drained"},
        "i-3": {"host": "web2", "needs_patching": False, "phase": "quarantined"},
        "i-4": {"host": "web10", "needs_patching": True, "phase": ""},
        "i-5": {"host": "web4", "needs_patching": True, "phase": "drained"},
        "i-6": {"host": "web5", "needs_patching": False, "phase": ""},
    }
    assert queue(results) == ["web4", "web9", "web10", "web3"]
    assert queue({}) == []


def test_a_verdict_without_a_reason_is_ok() -> None:
    found = verdict_result(given_evidence(OPTIONS))
    assert (found["ok"], found["reasons"], found["reboot_due"], found["rebooted"]) == (True, [], True, True)
    assert found["boot_id"] == AFTER
    assert found["patch_state"]["operation_end_time"] == "2026-08-01T09:05:00.000Z"


def test_a_verdict_with_a_reason_is_not() -> None:
    found = verdict_result(given_evidence(changed("patch_state", missing_count=1)))
    assert (found["ok"], found["reasons"]) == (False, ["patches are 1 missing"])


@pytest.mark.parametrize(("before", "rebooted"), [("", None), (AFTER.upper(), False)])
def test_whether_it_rebooted(before: str, rebooted: bool | None) -> None:
    assert verdict_result(given_evidence({**OPTIONS, "boot_id_before": before}))["rebooted"] is rebooted


def test_without_a_probe_nothing_is_known_of_the_boot() -> None:
    found = verdict_result(given_evidence({**OPTIONS, "execution_target": None}))
    assert (found["ok"], found["boot_id"], found["rebooted"]) == (False, None, None)


def test_without_evidence_there_is_no_verdict() -> None:
    open_ = verdict_result(None)
    assert (open_["ok"], open_["reasons"]) == (None, [])
    assert set(open_) == set(verdict_result(given_evidence(OPTIONS)))


def test_what_is_known_and_good_is_certain() -> None:
    assert certain_verdict(OPTIONS) == verdict_result(given_evidence(OPTIONS))


@pytest.mark.parametrize(
    "options",
    [
        {**OPTIONS, "patch_state": None},
        changed("patch_state", operation_end_time="2026-08-01T09:00:00Z"),
        changed("patch_state", missing_count=1),
        changed("patch_state", missing_count="many"),
        changed("patch_state", snapshot_id="another"),
        changed("patch_state", operation_end_time="soon"),
        {**OPTIONS, "patch_state": "nonsense"},
        {**OPTIONS, "instance_id": "web-1"},
        {**OPTIONS, "boot_id_before": AFTER},
        {**OPTIONS, "boot_id_before": ""},
        {**OPTIONS, "health_url": "http://localhost:443/other"},
        {**OPTIONS, "operation_after": "yesterday"},
        changed("execution_target", status="Failed"),
        changed("execution_target", steps=steps(status="TimedOut")),
        changed("execution_target", steps=steps(output=f"boot_id={AFTER}\n")),
        changed("execution_target", steps="nonsense"),
        changed("execution_target", steps=[{}]),
        {**OPTIONS, "execution_target": None},
        {**OPTIONS, "target_group_arns": ["arn:aws:elasticloadbalancing:eu-central-1:1:targetgroup/a/1"]},
    ],
    ids=str,
)
def test_whatever_is_to_be_asked_or_in_doubt_is_not_certain(options: dict[str, Any]) -> None:
    assert certain_verdict(options) is None
