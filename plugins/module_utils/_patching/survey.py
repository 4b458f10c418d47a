# Copyright: steadyfleet contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection: may change without notice.

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from .._aws.context import Context
from .._command.report import invocation_failures
from .._command.waiters import await_invocations
from .._common.errors import InvalidInput, WaitFailed
from .._common.text import one_line
from .._common.wait import Deadline, PollInterval
from .._document import api as ssm_documents
from .._rotation.model import Situation
from .._rotation.read import groups_to_read, read_groups, read_ledgers
from . import api as ssm_nodes
from . import probe
from .hooks import PATCH_DOCUMENT
from .patch_state import Node, PatchState
from .preflight import Scan, Subject, fresh
from .waiters import reported_states, send_scan, send_script


@dataclass(frozen=True, kw_only=True)
class Clients:
    """``send`` repeats nothing by itself: a command that is sent twice runs twice."""

    elb: Any
    ssm: Any
    send: Any


def survey(
    clients: Clients, instance_ids: Sequence[str], prefix: str, named: list[str] | None
) -> tuple[dict[str, Subject], set[str]]:
    """The whole fleet as it is, and which instances SSM knows: every group, entry and batch is read once."""
    known = ssm_nodes.nodes(clients.ssm, instance_ids)
    ledgers = read_ledgers(clients.ssm, prefix)
    held = [item.target_group_arn for each in instance_ids if each in ledgers for item in ledgers[each].registrations]
    groups = read_groups(clients.elb, [*groups_to_read(clients.elb, named), *held], frozenset(instance_ids))
    subjects = {
        each: Subject(
            node=known.get(each, Node(instance_id=each)),
            rotation=Situation(instance_id=each, groups=groups, ledger=ledgers.get(each)),
        )
        for each in instance_ids
    }
    return subjects, set(known)


def patch_document_version(ssm: Any) -> str:
    """The default version of the document that will patch, for the whole rollout to run the same.

    :raises InvalidInput: when it is not there, or may not be seen.
    """
    found = ssm_documents.describe(ssm, PATCH_DOCUMENT, "$DEFAULT")
    if found is None:
        raise InvalidInput(f"there is no document {PATCH_DOCUMENT} in this Region: nothing can be patched with hooks")
    return found.default_version


def last_known(clients: Clients, instance_ids: Sequence[str]) -> dict[str, PatchState | None]:
    """What each instance's last patch operation reported, whenever that was."""
    states = ssm_nodes.patch_states(clients.ssm, instance_ids)
    return {each: states.get(each) for each in instance_ids}


def look_at(
    clients: Clients,
    before: Mapping[str, PatchState | None],
    snapshot_id: str,
    scan: bool,
    deadline: Deadline,
    interval: PollInterval,
) -> dict[str, Scan]:
    """Send the probe and the scan to all instances at once, and wait for both.

    :raises WaitFailed: naming every instance on which one of them did not succeed.
    """
    instance_ids = list(before)
    sent = send_script(clients.send, instance_ids, probe.script(None, 0), deadline, interval)
    probes = {command.command_id for command in sent}
    if scan:
        sent += send_scan(clients.send, instance_ids, snapshot_id, deadline, interval)
    invocations = await_invocations(Context(client=clients.ssm, deadline=deadline, interval=interval), sent)
    if failed := invocation_failures(invocations):
        raise WaitFailed(one_line(failed), problems=list(failed))
    states = _reported(clients, before, snapshot_id, deadline, interval) if scan else before
    boots = {found.instance_id: probe.parse(found.steps).boot_id for found in invocations if found.command_id in probes}
    return {
        each: Scan(
            snapshot_id=snapshot_id,
            before=_ended(before[each]),
            state=states.get(each),
            boot_id=boots.get(each),
            scanned=scan,
        )
        for each in instance_ids
    }


def _reported(
    clients: Clients,
    before: Mapping[str, PatchState | None],
    snapshot_id: str,
    deadline: Deadline,
    interval: PollInterval,
) -> Mapping[str, PatchState | None]:
    def all_fresh(seen: Mapping[str, PatchState]) -> bool:
        return all(fresh(seen.get(each), _ended(state), snapshot_id) for each, state in before.items())

    return {**reported_states(clients.ssm, list(before), all_fresh, deadline, interval)}


def _ended(state: PatchState | None) -> datetime | None:
    return state.operation_end_time if state else None
