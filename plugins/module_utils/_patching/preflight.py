# Copyright: steadyfleet contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection: may change without notice.

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from .._common.errors import Problem
from .._common.times import iso
from .._rotation.model import Situation, group_name
from .._rotation.plan import release_command
from .fleet import FleetMember, Outsider
from .limits import limit_problems
from .node_check import NodeReport
from .patch_state import REBOOT_IF_NEEDED, Node, PatchState, install_reason, is_newer, unknown_instances


@dataclass(frozen=True, slots=True, kw_only=True)
class PreflightRules:
    """What an instance must be like before anything is done to it."""

    min_agent_version: str = ""
    min_healthy_targets: int = 1
    allow_no_target_group: bool = False
    ignore_quarantined: bool = False
    allow_unhealthy: bool = False
    reboot_option: str = REBOOT_IF_NEEDED


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
            problems += [*_node_problems(member.node, rules), *limit_problems(member)]
            problems += _rotation_problems(member, rules)
    return problems


def problems_after_scan(fleet: Mapping[str, FleetMember], scans: Mapping[str, Scan]) -> list[Problem]:
    """Everything that is not known of an instance after its scan, and so may not be guessed."""
    scanned = (each for each, member in fleet.items() if not (member.quarantined or member.resumed))
    found = (_scan_problem(each, scans[each]) for each in scanned if not scans[each].predicted)
    return [problem for problem in found if problem]


def reports_of_due_nodes(
    fleet: Mapping[str, FleetMember], scans: Mapping[str, Scan], rules: PreflightRules
) -> list[NodeReport]:
    """What the nodes reported on which something will be done. The others are left as they are."""
    return [scan.node for each, scan in scans.items() if patch_reason(fleet[each], scan, rules)]


def patch_reason(member: FleetMember, scan: Scan, rules: PreflightRules) -> str:
    """Why an instance is to be patched; empty when it is not."""
    if member.quarantined:
        return ""
    if entry := member.rotation.ledger:
        return f"taken out of rotation{f' by run {entry.run_id}' if entry.run_id else ''} and not put back yet"
    if scan.state is None:
        return "not known: it was never scanned, and check mode does not scan"
    return install_reason(scan.state, rules.reboot_option)


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
            f"repair it, then release it with {release_command(member.instance_id)}"
        )
        return [Problem(message, "instance_quarantined")]
    if member.install and not entry:  # an interrupted run of its own is followed
        message = (
            f"{member.instance_id} is being patched by command {member.install}: run again when that has ended on the "
            "node, which a cancellation does not hasten"
        )
        return [Problem(message, "instance_being_patched")]
    if not (member.rotation.targets or entry or rules.allow_no_target_group):
        message = f"{member.instance_id} is in no target group: check the id, or allow it with allow_no_target_group"
        return [Problem(message, "instance_in_no_target_group")]
    return [] if rules.allow_unhealthy else _health_problems(member.rotation)


def _health_problems(now: Situation) -> list[Problem]:
    """Registrations that are unhealthy already. Those in the ledger are out because of an earlier run."""
    recorded = {item.key for item in now.recorded}
    unhealthy = [
        target.describe()
        for target in now.targets
        if target.state.startswith("unhealthy") and target.registration.key not in recorded
    ]
    if not unhealthy:
        return []
    message = (
        f"{now.instance_id} is unhealthy before the run: {', '.join(unhealthy)}; repair it, deregister what it does "
        "not serve, or set allow_unhealthy (patch_alb_allow_unhealthy)"
    )
    return [Problem(message, "registration_unhealthy")]


def outsider_lines(outsiders: Iterable[Outsider]) -> list[str]:
    """Who belongs to the fleet and is not in the run, for people."""
    return [f"{each.instance.describe()} in {', '.join(map(group_name, each.target_group_arns))}" for each in outsiders]


def outsider_problems(outsiders: Iterable[Outsider]) -> list[Problem]:
    """A problem for everybody who belongs to the fleet and is not in a run that must cover the whole fleet."""
    return [
        Problem(
            f"{line} is not in this run, which must cover all targets: add it to the inventory, under a name that no "
            "other host has",
            "target_not_in_run",
        )
        for line in outsider_lines(outsiders)
    ]


def _version(text: str) -> tuple[int, ...]:
    parts = text.split(".")
    return tuple(map(int, parts)) if all(part.isdigit() for part in parts) else ()
