# Copyright: steadyfleet contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection: may change without notice.

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any

from .._command.model import Step
from .._command.report import describe_step
from .._common.errors import PatchingError
from .._common.times import iso
from .patch_state import REBOOT_IF_NEEDED, PatchState, due, moment, newer, reread
from .probe import Probed, told

REBOOT_STEP = "RebootHandlingAndReporting"


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """Everything a verdict rests on. None is "cannot tell", and that is a reason against."""

    probed: Probed
    patch_state: PatchState | None
    operation_after: datetime
    snapshot_id: str = ""
    boot_id_before: str = ""
    health_url: str | None = None
    execution: Mapping[str, Any] | None = None
    """One of an association execution's targets; None when nobody asks about one."""
    reboot_option: str = REBOOT_IF_NEEDED
    target_health: str | None = None
    """Why the targets are not steadily healthy, in words."""


def known(asked: Mapping[str, Any]) -> Evidence | None:
    """The evidence that the caller has in hand already; None when something has to be asked yet.

    :param asked: the options of patch_verdict.
    :raises InvalidInput, ValueError: for options that are not what they should be.
    """
    probed = told(steps_of(asked.get("execution_target")), asked.get("health_url") or None)
    if probed is None or not asked.get("patch_state") or asked.get("target_group_arns"):
        return None
    return Evidence(
        probed=probed,
        patch_state=reread(asked["instance_id"], asked["patch_state"]),
        operation_after=moment(asked["operation_after"]),
        snapshot_id=asked.get("snapshot_id") or "",
        boot_id_before=asked.get("boot_id_before") or "",
        health_url=asked.get("health_url") or None,
        execution=asked["execution_target"],
        reboot_option=asked.get("reboot_option") or REBOOT_IF_NEEDED,
    )


def beyond_doubt(asked: Mapping[str, Any]) -> dict[str, Any] | None:
    """The verdict when the caller has everything in hand and there is nothing against it; None in every other case."""
    try:
        evidence = known(asked)
    except (PatchingError, KeyError, TypeError, ValueError, AttributeError):
        return None  # not what it should be: the module says what is wrong
    return verdict(evidence, ()) if evidence and not judge(evidence) else None


def judge(evidence: Evidence) -> tuple[str, ...]:
    """Every reason why an instance is not patched and serving; none when it is."""
    return (
        *_execution(evidence),
        *_patch_state(evidence),
        *_boot(evidence),
        *_health(evidence),
        *([evidence.target_health] if evidence.target_health else []),
    )


def verdict(evidence: Evidence | None, reasons: tuple[str, ...]) -> dict[str, Any]:
    """The verdict as the module returns it; without evidence (check mode) it is open."""
    if evidence is None:
        return {
            "ok": None,
            "reasons": [],
            "reboot_due": None,
            "rebooted": None,
            "boot_id": None,
            "patch_state": None,
        }
    boot_id, before = evidence.probed.boot_id, evidence.boot_id_before.lower()
    return {
        "ok": not reasons,
        "reasons": list(reasons),
        "reboot_due": reboot_due(evidence),
        "rebooted": boot_id != before if boot_id and before else None,
        "boot_id": boot_id,
        "patch_state": evidence.patch_state.as_dict() if evidence.patch_state else None,
    }


def reboot_due(evidence: Evidence) -> bool:
    """The step that reboots ran: AWS-RunPatchBaselineWithHooks only comes to it when a patch waits for a reboot."""
    return any(step.name == REBOOT_STEP and not step.skipped for step in steps_of(evidence.execution))


def _execution(evidence: Evidence) -> Iterator[str]:
    if evidence.execution is None:
        return
    failed = [step for step in steps_of(evidence.execution) if step.failed]
    yield from (describe_step(step) for step in failed)
    status = str(evidence.execution.get("status") or "unknown")
    if status != "Success" and not failed:
        detail = evidence.execution.get("detailed_status") or ""
        yield f"the patch run ended as {status}" + (f" ({detail})" if detail not in ("", status) else "")
    if not steps_of(evidence.execution):
        yield "the patch run's steps are not known"


def _patch_state(evidence: Evidence) -> Iterator[str]:
    state = evidence.patch_state
    if state is None:
        yield "no patch state was reported"
        return
    if not newer(state, evidence.operation_after):
        yield (
            f"the patch state is not of this run: its operation ended at {iso(state.operation_end_time) or '?'}, "
            f"not after {iso(evidence.operation_after)}"
        )
    if evidence.snapshot_id and state.snapshot_id != evidence.snapshot_id:
        yield f"the patch state is of snapshot {state.snapshot_id or 'unknown'}, not {evidence.snapshot_id}"
    if left := due(state, evidence.reboot_option):
        yield f"patches are {left}"


def _boot(evidence: Evidence) -> Iterator[str]:
    if evidence.probed.trouble:
        yield evidence.probed.trouble
    elif evidence.probed.boot_id is None:
        yield "its boot id cannot be told"
    elif reboot_due(evidence):
        if not evidence.boot_id_before:
            yield "a reboot was due, and whether it happened cannot be told: the boot id before is not known"
        elif evidence.probed.boot_id == evidence.boot_id_before.lower():
            yield "a reboot was due and did not happen"


def _health(evidence: Evidence) -> Iterator[str]:
    if not evidence.health_url or evidence.probed.health_ok or evidence.probed.trouble:
        return
    said = evidence.probed.health_said or "the probe said nothing about it"
    yield f"{evidence.health_url} is not healthy on the instance: {said}"


def steps_of(execution: Mapping[str, Any] | None) -> tuple[Step, ...]:
    """The steps of one of an execution's targets as a module returned it."""
    known = {field.name for field in fields(Step)}
    found = (execution or {}).get("steps") or ()
    return tuple(Step(**{key: value for key, value in step.items() if key in known}) for step in found)
