# Copyright: steadyfleet contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection: may change without notice.

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from .._common.errors import Refused
from .._common.text import one_line
from .._common.times import iso
from .._rotation import health
from .._rotation.capacity import Group, in_rotation
from .._rotation.health import Registration, Target
from .._rotation.ledger import DRAINED
from .._rotation.model import Situation, Wish
from .._rotation.plan import plan_drain
from .._rotation.report import registrations
from .patch_state import REBOOT_IF_NEEDED, Node, PatchState, due, newer, unknown

# What the run that drained an instance leaves in its ledger entry, so that the next run can judge what it began.
CONTEXT = ("boot_id", "snapshot_id", "operation_after")


@dataclass(frozen=True, slots=True, kw_only=True)
class Rules:
    """What an instance must be like before anything is done to it."""

    min_agent_version: str = ""
    min_healthy_targets: int = 1
    allow_no_target_group: bool = False
    ignore_quarantined: bool = False
    reboot_option: str = REBOOT_IF_NEEDED


@dataclass(frozen=True, slots=True, kw_only=True)
class Subject:
    """One instance before its scan."""

    node: Node
    rotation: Situation

    @property
    def instance_id(self) -> str:
        return self.rotation.instance_id

    @property
    def quarantined(self) -> bool:
        return self.rotation.ledger is not None and self.rotation.ledger.quarantined

    @property
    def resumed(self) -> bool:
        """Drained by a run that was cut off, and may still be patching: a scan now would get in its way."""
        entry = self.rotation.ledger
        return entry is not None and not entry.quarantined and all(entry.context.get(key) for key in CONTEXT)


@dataclass(frozen=True, slots=True, kw_only=True)
class Scan:
    """What came of looking at one instance; ``before`` is when its last operation before this scan ended."""

    snapshot_id: str
    before: datetime | None = None
    state: PatchState | None = None
    boot_id: str | None = None
    scanned: bool = True
    predicted: bool = False
    """In check mode nothing is sent, so what is not known stays unknown."""

    @property
    def fresh(self) -> bool:
        return fresh(self.state, self.before, self.snapshot_id)


def fresh(state: PatchState | None, before: datetime | None, snapshot_id: str) -> bool:
    """Is a patch state the result of the scan with this snapshot, begun when the last operation ended ``before``?"""
    return state is not None and state.snapshot_id == snapshot_id and newer(state, before)


def to_look_at(subjects: Iterable[Subject]) -> list[str]:
    """The instances that a probe and a scan are sent to."""
    return [subject.instance_id for subject in subjects if not (subject.quarantined or subject.resumed)]


def obstacles(wanted: Iterable[str], subjects: Mapping[str, Subject], known: Iterable[str], rules: Rules) -> list[str]:
    """Why the rollout may not begin, one line for every reason."""
    counted = [each for each in wanted if not (subjects[each].quarantined and rules.ignore_quarantined)]
    present = set(known)
    found = unknown(counted, present)
    for each in counted:
        if each in present:
            found += [*_of_node(subjects[each].node, rules), *_of_rotation(subjects[each], rules)]
    return found


def check(lines: Iterable[str]) -> None:
    """
    :raises Refused: with every line, when there is any.
    """
    if found := list(lines):
        raise Refused(one_line(found), problems=found)


def after_scan(subject: Subject, scan: Scan, rules: Rules) -> list[str]:
    """What stands in the way of an instance that was looked at."""
    looked_at = not (scan.predicted or subject.quarantined or subject.resumed)
    if looked_at and (doubt := _doubt(scan)):
        return [f"{subject.instance_id}: {doubt}"]
    return _capacity(subject, scan, rules)


def in_turn(subjects: Mapping[str, Subject]) -> dict[str, Subject]:
    """The fleet as each instance will find it when its turn comes.

    What a run that was cut off has drained is finished and put back first. Until then it is missing, and a fleet
    without an instance to spare could never go on.
    """
    drained = [each.rotation.ledger for each in subjects.values() if each.rotation.ledger and not each.quarantined]
    coming = {item.key: item for entry in drained for item in entry.registrations}
    return {
        instance_id: each if each.rotation.ledger else replace(each, rotation=_with(each.rotation, coming))
        for instance_id, each in subjects.items()
    }


def reason(subject: Subject, scan: Scan, rules: Rules) -> str:
    """Why an instance is to be patched; empty when it is not."""
    if subject.quarantined:
        return ""
    if entry := subject.rotation.ledger:
        return f"taken out of rotation{f' by run {entry.run_id}' if entry.run_id else ''} and not put back yet"
    if scan.state is None:
        return "not known: it was never scanned, and check mode does not scan"
    return due(scan.state, rules.reboot_option)


def queue(entries: Mapping[str, Mapping[str, Any]]) -> list[str]:
    """The hosts to patch, in order.

    What an interrupted run has drained comes first: until it is back, too few of the others may be left.
    """
    due = [item for item in entries.values() if item["needs_patching"]]
    return [item["host"] for item in sorted(due, key=lambda item: (item["phase"] != DRAINED, item["host"]))]


def entry(subject: Subject, scan: Scan, rules: Rules) -> dict[str, Any]:
    """One instance of the result."""
    ledger = subject.rotation.ledger
    recorded = ledger.registrations if ledger else ()
    own = [
        target.registration
        for group in subject.rotation.groups
        for target in group.of(subject.instance_id)
        if health.registered(target) and target.registration not in recorded
    ]
    why = reason(subject, scan, rules)
    return {
        "needs_patching": bool(why),
        "reason": ledger.reason if ledger and ledger.quarantined else why,
        "phase": ledger.phase if ledger else "",
        "in_rotation": any(in_rotation(group, subject.instance_id) for group in subject.rotation.groups),
        "target_group_arns": list(dict.fromkeys(item.target_group_arn for item in (*recorded, *own))),
        "registrations": registrations([*recorded, *own]),
        "agent_version": subject.node.agent_version,
        "missing_count": scan.state.missing_count if scan.state else None,
        "failed_count": scan.state.failed_count if scan.state else None,
        "pending_reboot_count": scan.state.installed_pending_reboot_count if scan.state else None,
        **_context(subject, scan),
    }


def _with(now: Situation, coming: Mapping[tuple[str, str, int], Registration]) -> Situation:
    def back(group: Group) -> Group:
        there = tuple(target for target in group.targets if target.registration.key not in coming)
        healthy = (item for item in coming.values() if item.target_group_arn == group.arn)
        return replace(group, targets=there + tuple(Target(registration=item, state="healthy") for item in healthy))

    return replace(now, groups=tuple(map(back, now.groups)))


def _doubt(scan: Scan) -> str:
    """What cannot be told after a scan, and so may not be guessed."""
    if scan.state is None:
        return "whether it needs patching cannot be told: it has no patch state, so it was never scanned"
    if scan.scanned and not scan.fresh:
        return (
            "whether it needs patching cannot be told: its scan succeeded, but its patch state is still that of "
            f"{scan.state.operation} {scan.state.snapshot_id or 'without snapshot'}, "
            f"which ended at {iso(scan.state.operation_end_time) or '?'}"
        )
    if scan.boot_id is None:
        return "its boot id cannot be told, so a reboot could not be proven"
    return ""


def _context(subject: Subject, scan: Scan) -> dict[str, Any]:
    ledger = subject.rotation.ledger
    if ledger and subject.resumed:
        context = {key: ledger.context[key] for key in CONTEXT}
    else:
        ended = iso(scan.state.operation_end_time) if scan.state else None
        values = (scan.boot_id, scan.snapshot_id, ended)
        context = {key: value or "" for key, value in zip(CONTEXT, values, strict=True)}
    return {"boot_id": context["boot_id"], "context": context}


def _of_node(node: Node, rules: Rules) -> list[str]:
    found = []
    if not node.online:
        found.append(
            f"{node.instance_id}: its SSM agent is offline ({node.ping_status or 'no ping'}, last ping "
            f"{iso(node.last_ping_at) or 'never'}): start the instance or its agent"
        )
    if rules.min_agent_version and _version(node.agent_version) < _version(rules.min_agent_version):
        found.append(
            f"{node.instance_id}: its SSM agent {node.agent_version or 'of unknown version'} is older than "
            f"{rules.min_agent_version}: update it with the document AWS-UpdateSSMAgent"
        )
    return found


def _of_rotation(subject: Subject, rules: Rules) -> list[str]:
    entry = subject.rotation.ledger
    if subject.quarantined and entry:
        why = entry.reason or "no reason given"
        return [f"{subject.instance_id} is in quarantine since {entry.at} ({why}): put it right and release it first"]
    member = any(group.of(subject.instance_id) for group in subject.rotation.groups)
    if not (member or entry or rules.allow_no_target_group):
        return [f"{subject.instance_id} is in no target group: check the id, or allow it with allow_no_target_group"]
    return []


def _capacity(subject: Subject, scan: Scan, rules: Rules) -> list[str]:
    """The drain's own plan says whether it would be refused."""
    if not reason(subject, scan, rules):
        return []
    try:
        plan_drain(subject.rotation, Wish(min_healthy_targets=rules.min_healthy_targets))
    except Refused as refused:
        return [str(refused)]
    return []


def _version(text: str) -> tuple[int, ...]:
    parts = text.split(".")
    return tuple(map(int, parts)) if all(part.isdigit() for part in parts) else ()
