"""Instances of a fleet, for tables of cases."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from ansible_collections.steadyfleet.aws_patching.plugins.module_utils._patching.fleet import FleetMember, Instance
from ansible_collections.steadyfleet.aws_patching.plugins.module_utils._patching.patch_state import Node, PatchState
from ansible_collections.steadyfleet.aws_patching.plugins.module_utils._patching.preflight import PreflightRules, Scan
from ansible_collections.steadyfleet.aws_patching.plugins.module_utils._rotation.model import (
    Group,
    LedgerEntry,
    Registration,
    Situation,
    Target,
)

ARN = "arn:aws:elasticloadbalancing:eu-central-1:123456789012:targetgroup/shop-web/1111111111111111"
NINE = datetime(2026, 8, 1, 9, 0, tzinfo=UTC)
TEN = datetime(2026, 8, 1, 10, 0, tzinfo=UTC)
CONTEXT = {"boot_id": "old-boot", "snapshot_id": "old-snapshot", "operation_after": "2026-07-31T09:00:00.000Z"}
NODE = Node(
    instance_id="i-1", ping_status="Online", last_ping_at=NINE, agent_version="3.3.2746.0", platform_type="Linux"
)
INSTANCE = Instance(instance_id="i-1", name="shop-1", addresses=frozenset({("vpc-1", "10.0.0.1")}))
STATE = PatchState(instance_id="i-1", operation="Scan", snapshot_id="s", operation_end_time=TEN)
SCAN = Scan(snapshot_id="s", before=NINE, state=STATE, boot_id="boot")
RULES = PreflightRules(min_agent_version="3.0.502.0")


def registration(instance_id: str = "i-1") -> Registration:
    return Registration(target_group_arn=ARN, id=instance_id, port=443)


def ledger_entry(**values: Any) -> LedgerEntry:
    return LedgerEntry(instance_id="i-1", registrations=(registration(),), **values)


def member(
    *, registered: bool = True, others: int = 3, node: Node | None = NODE, entry: LedgerEntry | None = None
) -> FleetMember:
    ids = [*(["i-1"] if registered else []), *(f"i-{number + 2}" for number in range(others))]
    targets = tuple(Target(registration=registration(each), state="healthy") for each in ids)
    now = Situation(instance_id="i-1", groups=(Group(arn=ARN, targets=targets),), ledger=entry)
    return FleetMember(node=node, rotation=now, instance=INSTANCE)
