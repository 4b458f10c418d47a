# Copyright: steadyfleet contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection: may change without notice.

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import batched
from typing import Any

from .._aws.context import Context
from .._command.apply import send_command
from .._command.model import CommandRequest, SentCommand
from .._command.read import with_complete_output
from .._command.report import sent_failures
from .._command.waiters import await_invocations
from .._common.errors import WaitFailed, WaitTimeout
from .._common.text import one_line
from .._document.apply import apply_document
from .._document.model import DesiredDocument, Document, DocumentPlan
from .._document.plan import plan_document
from .._document.read import read_document
from .._document.report import predicted_document
from .._document.waiters import await_active
from .node_check import NodeCheck, check_script, node_report
from .patch_state import PatchState, is_newer
from .preflight import Scan, is_scan_result
from .probe import Probe, parse_probe, probe_script
from .read import PatchingContext
from .verdict import Evidence
from .waiters import PatchStates, await_patch_states, await_target_health

_CHECK_TIMEOUT = {"executionTimeout": ["300"]}  # seconds until the agent ends the check of a node
_NO_CHECK = NodeCheck()
_COMMENT = "steadyfleet.aws_patching"
_SHORTEST_DELIVERY, _LONGEST_DELIVERY = 30, 2_592_000  # what SendCommand takes as TimeoutSeconds


def scan_fleet(
    context: PatchingContext,
    before: Mapping[str, PatchState | None],
    snapshot_id: str,
    scan: bool,
    check: NodeCheck = _NO_CHECK,
) -> dict[str, Scan]:
    """Send the check of the nodes and the scan to all instances at once, and wait for both.

    :param before: the instances, each with its last patch state.
    :raises WaitFailed: naming every instance on which one of them did not succeed.
    """
    instance_ids = list(before)
    sent = _send(context, instance_ids, "AWS-RunShellScript", {"commands": [check_script(check)], **_CHECK_TIMEOUT})
    checks = {command.command_id for command in sent}
    if scan:
        parameters = {"Operation": ["Scan"], "RebootOption": ["NoReboot"], "SnapshotId": [snapshot_id]}
        sent += _send(context, instance_ids, "AWS-RunPatchBaseline", parameters)
    invocations = with_complete_output(context.client, await_invocations(context, sent))
    reports = {
        each.instance_id: node_report(each.instance_id, each.steps, check)
        for each in invocations
        if each.command_id in checks and each.succeeded
    }
    if failed := sent_failures(sent, invocations):
        # A full disk or a lock may be why a scan failed.
        failed += tuple(problem.message for report in reports.values() for problem in report.problems)
        raise WaitFailed(one_line(failed), code="scan_failed", problems=list(failed))
    states = _scanned_states(context, before, snapshot_id) if scan else before
    return {
        each: Scan(
            snapshot_id=snapshot_id,
            before=_ended(before[each]),
            state=states.get(each),
            boot_id=reports[each].boot_id,
            node=reports[each],
            scanned=scan,
        )
        for each in instance_ids
    }


def gather_evidence(
    context: PatchingContext,
    instance_id: str,
    given: Evidence,
    health_timeout: int,
    target_group_arns: Sequence[str],
) -> Evidence:
    """Complete the evidence about an instance by what only AWS and the instance itself know.

    A probe that fails is no error here: the verdict judges what is not known.

    :param health_timeout: seconds within which the health URL must answer well.
    """
    probe = given.probe or _probe(context, instance_id, given.health_url, health_timeout)
    state = given.patch_state
    if not is_newer(state, given.operation_after):
        states = await_patch_states(
            context, [instance_id], lambda states: is_newer(states.get(instance_id), given.operation_after)
        )
        state = states.get(instance_id)
    target_health = await_target_health(context.rotation, instance_id, target_group_arns)
    return replace(given, probe=probe, patch_state=state, target_health=target_health)


def _scanned_states(
    context: PatchingContext, before: Mapping[str, PatchState | None], snapshot_id: str
) -> Mapping[str, PatchState | None]:
    def all_reported(states: PatchStates) -> bool:
        return all(is_scan_result(states.get(each), _ended(state), snapshot_id) for each, state in before.items())

    return {**await_patch_states(context, list(before), all_reported)}


def _ended(state: PatchState | None) -> datetime | None:
    return state.operation_end_time if state else None


def _probe(context: PatchingContext, instance_id: str, health_url: str | None, health_timeout: int) -> Probe:
    script = probe_script(health_url, health_timeout)
    sent = _send(context, [instance_id], "AWS-RunShellScript", {"commands": [script]})
    try:
        invocations = with_complete_output(context.client, await_invocations(context, sent))
    except WaitTimeout as timeout:
        return Probe(failure=f"the probe did not come back: {timeout}")
    if failed := sent_failures(sent, invocations):
        return Probe(failure=f"the probe failed: {one_line(failed)}")
    return parse_probe([step for invocation in invocations for step in invocation.steps])


def _send(
    context: PatchingContext, instance_ids: Sequence[str], document: str, parameters: Mapping[str, list[str]]
) -> list[SentCommand]:
    """Run a document on instances, 50 a command."""
    # What is not delivered by the time this call has given up must not run later.
    delivery = min(max(int(context.deadline.remaining()), _SHORTEST_DELIVERY), _LONGEST_DELIVERY)
    sent = []
    for batch in batched(instance_ids, 50):
        request = CommandRequest(
            document_name=document,
            instance_ids=batch,
            parameters=dict(parameters),
            comment=_COMMENT,
            options={"timeout_seconds": delivery, "max_concurrency": "100%", "max_errors": "100%"},
        )
        command = send_command(context, request)
        sent.append(SentCommand(command_id=command.command_id, instance_ids=frozenset(batch)))
    return sent


@dataclass(frozen=True, kw_only=True)
class AppliedDocument:
    """A document as it is, or would be, and the states before and after."""

    document: Document
    before: dict[str, Any]
    after: dict[str, Any]


def apply_hook_documents(
    context: Context, desired: Sequence[DesiredDocument], check_mode: bool
) -> list[AppliedDocument]:
    """Create or update documents. All are read before one is written, and they become Active side by side."""
    plans = []
    for each in desired:
        observed = read_document(context, each)
        plans.append((each, observed, plan_document(observed, each)))
    if check_mode:
        return [
            _applied(predicted_document(observed, each, plan, context.wait), plan) for each, observed, plan in plans
        ]
    without_wait = replace(context, wait=False)
    written = [apply_document(without_wait, *plan) for plan in plans]
    return [_applied(await_active(context, document, plan.version), plan) for document, plan in written]


def _applied(document: Document, plan: DocumentPlan) -> AppliedDocument:
    return AppliedDocument(document=document, before=plan.before, after=plan.after)
