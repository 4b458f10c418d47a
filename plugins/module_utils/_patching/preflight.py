# Copyright: steadyfleet contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection: may change without notice.

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime

from .._common.errors import Problem, Refused
from .._common.times import iso
from .._rotation.model import DesiredRotation, Group, Registration, Situation, Target
from .._rotation.plan import plan_drain
from .node_check import NodeReport
from .patch_state import REBOOT_IF_NEEDED, Node, PatchState, install_reason, is_newer, unknown_instances

# What the run that drains an instance leaves in its ledger entry, so that the next run can judge what it began.
CONTEXT_KEYS = ("boot_id", "snapshot_id", "operation_after")


@dataclass(frozen=True, slots=True, kw_only=True)
class PreflightRules:
    """What an instance must be like before anything is done to it."""

    min_agent_version: str = ""
    min_healthy_targets: int = 1
    allow_no_target_group: bool = False
    ignore_quarantined: bool = False
    reboot_option: str = REBOOT_IF_NEEDED


@dataclass(frozen=True, slots=True, kw_only=True)
class FleetMember:
    """One instance before its scan; ``node`` is None when SSM does not know it."""

    node: Node | None
    rotation: Situation

    @property
    def instance_id(self) -> str:
        return self.rotation.instance_id

    @property
    def quarantined(self) -> bool:
        return self.rotation.ledger is not None and self.rotation.ledger.quarantined

    @property
    def resumed(self) -> bool:
        """Drained by an interrupted run, and may still be patching: a scan now would get in its way."""
        entry = self.rotation.ledger
        return entry is not None and not entry.quarantined and all(entry.context.get(key) for key in CONTEXT_KEYS)


@dataclass(frozen=True, slots=True, kw_only=True)
class Scan:
    """The result of scanning one instance; ``before`` is when its last operation before this scan ended."""

    snapshot_id: str
    before: datetime | None = None
    state: PatchState | None = None
    boot_id: str | None = None
    node: NodeReport = field(default_factory=NodeReport)
    scanned: bool = True
    predicted: bool = False
    """In check mode nothing is sent, so what is not known stays unknown."""

    @property
    def fresh(self) -> bool:
        return is_scan_result(self.state, self.before, self.snapshot_id)


def is_scan_result(state: PatchState | None, before: datetime | None, snapshot_id: str) -> bool:
    """Whether a patch state is the result of the scan with this snapshot, begun after the operation that ended at
    ``before``."""
    return state is not None and state.snapshot_id == snapshot_id and is_newer(state, before)


def instances_to_scan(members: Iterable[FleetMember]) -> list[str]:
    """The instances that a probe and a scan are sent to."""
    return [member.instance_id for member in members if not (member.quarantined or member.resumed)]


def problems_before_scan(members: Iterable[FleetMember], rules: PreflightRules) -> list[Problem]:
    """Every reason why the rollout may not begin."""
    judged = [member for member in members if not (member.quarantined and rules.ignore_quarantined)]
    known = {member.instance_id for member in judged if member.node}
    problems = unknown_instances([member.instance_id for member in judged], known)
    for member in judged:
        if member.node:
            problems += [*_node_problems(member.node, rules), *_rotation_problems(member, rules)]
    return problems


def fleet_problems_after_scan(
    fleet: Mapping[str, FleetMember], scans: Mapping[str, Scan], rules: PreflightRules
) -> list[Problem]:
    """Every reason why the rollout may not go on, each instance judged as it will be when its turn comes."""
    turns = fleet_at_each_turn(fleet)
    return [problem for each, scan in scans.items() for problem in problems_after_scan(turns[each], scan, rules)]


def reports_of_due_nodes(
    fleet: Mapping[str, FleetMember], scans: Mapping[str, Scan], rules: PreflightRules
) -> list[NodeReport]:
    """What the nodes reported on which something will be done. The others are left as they are."""
    return [scan.node for each, scan in scans.items() if patch_reason(fleet[each], scan, rules)]


def problems_after_scan(member: FleetMember, scan: Scan, rules: PreflightRules) -> list[Problem]:
    """Every reason why an instance that was scanned cannot be patched."""
    was_scanned = not (scan.predicted or member.quarantined or member.resumed)
    if was_scanned and (problem := _scan_problem(member.instance_id, scan)):
        return [problem]
    return _capacity_problems(member, scan, rules)


def fleet_at_each_turn(members: Mapping[str, FleetMember]) -> dict[str, FleetMember]:
    """The fleet as each instance will find it when its turn comes.

    What an interrupted run has drained is finished and put back first. Until then it is missing, and a fleet without
    an instance to spare could never go on.
    """
    drained = [member.rotation.ledger for member in members.values() if not member.quarantined]
    coming = {item.key: item for entry in drained if entry for item in entry.registrations}
    return {
        instance_id: member
        if member.rotation.ledger
        else replace(member, rotation=_with_registrations(member.rotation, coming))
        for instance_id, member in members.items()
    }


def patch_reason(member: FleetMember, scan: Scan, rules: PreflightRules) -> str:
    """Why an instance is to be patched; empty when it is not."""
    if member.quarantined:
        return ""
    if entry := member.rotation.ledger:
        return f"taken out of rotation{f' by run {entry.run_id}' if entry.run_id else ''} and not put back yet"
    if scan.state is None:
        return "not known: it was never scanned, and check mode does not scan"
    return install_reason(scan.state, rules.reboot_option)


def _with_registrations(now: Situation, coming: Mapping[tuple[str, str, int], Registration]) -> Situation:
    """A situation in which some registrations are back, and healthy."""

    def filled(group: Group) -> Group:
        there = tuple(target for target in group.targets if target.registration.key not in coming)
        back = (item for item in coming.values() if item.target_group_arn == group.arn)
        return replace(group, targets=there + tuple(Target(registration=item, state="healthy") for item in back))

    return replace(now, groups=tuple(map(filled, now.groups)))


def _scan_problem(instance_id: str, scan: Scan) -> Problem | None:
    """What is not known after a scan, and so may not be guessed."""
    if scan.state is None:
        return Problem(
            f"{instance_id}: whether it needs patching is not known: it has no patch state, so it was never scanned",
            "never_scanned",
        )
    if scan.scanned and not scan.fresh:
        return Problem(
            f"{instance_id}: whether it needs patching is not known: its scan succeeded, but its patch state is still "
            f"that of {scan.state.operation} {scan.state.snapshot_id or 'without snapshot'}, "
            f"which ended at {iso(scan.state.operation_end_time) or '?'}",
            "scan_not_reported",
        )
    if scan.boot_id is None:
        return Problem(f"{instance_id}: its boot id is not known, so a reboot could not be proven", "boot_id_unknown")
    return None


def _node_problems(node: Node, rules: PreflightRules) -> list[Problem]:
    problems = []
    if not node.online:
        message = (
            f"{node.instance_id}: its SSM agent is offline ({node.ping_status or 'no ping'}, last ping "
            f"{iso(node.last_ping_at) or 'never'}): start the instance or its agent"
        )
        problems.append(Problem(message, "agent_offline"))
    if rules.min_agent_version and _version(node.agent_version) < _version(rules.min_agent_version):
        message = (
            f"{node.instance_id}: its SSM agent {node.agent_version or 'of unknown version'} is older than "
            f"{rules.min_agent_version}: update it with the document AWS-UpdateSSMAgent"
        )
        problems.append(Problem(message, "agent_too_old"))
    return problems


def _rotation_problems(member: FleetMember, rules: PreflightRules) -> list[Problem]:
    entry = member.rotation.ledger
    if member.quarantined and entry:
        message = (
            f"{member.instance_id} is in quarantine since {entry.at} ({entry.reason or 'no reason given'}): "
            "repair it and release it first"
        )
        return [Problem(message, "instance_quarantined")]
    if not (member.rotation.targets or entry or rules.allow_no_target_group):
        message = f"{member.instance_id} is in no target group: check the id, or allow it with allow_no_target_group"
        return [Problem(message, "instance_in_no_target_group")]
    return []


def _capacity_problems(member: FleetMember, scan: Scan, rules: PreflightRules) -> list[Problem]:
    """The drain's own plan says whether it would be refused."""
    if not patch_reason(member, scan, rules):
        return []
    try:
        plan_drain(member.rotation, DesiredRotation(min_healthy_targets=rules.min_healthy_targets))
    except Refused as refused:
        return [Problem(str(refused), refused.code)]
    return []


def _version(text: str) -> tuple[int, ...]:
    parts = text.split(".")
    return tuple(map(int, parts)) if all(part.isdigit() for part in parts) else ()
