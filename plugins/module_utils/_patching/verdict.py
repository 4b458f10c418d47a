# Copyright: steadyfleet contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection: may change without notice.

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any

from .._command.model import Step
from .._command.report import describe_step
from .._common.times import iso
from .kernel import newer_kernel
from .patch_state import NO_REBOOT, REBOOT_IF_NEEDED, PatchState, install_reason, is_newer
from .probe import Probe

REBOOT_STEP = "RebootHandlingAndReporting"
# The steps of AWS-RunPatchBaselineWithHooks that change a node, beside its hooks.
_CHANGING_STEPS = ("InstallNoReboot", "CustomerProvidedPostInstallHook", REBOOT_STEP)
_PRE_STEP, _EXIT_STEP = "CustomerProvidedPrePatchHook", "CustomerProvidedOnExitHook"
# The pre hook of role patch_hooks prints this line when it fails before its first change.
_NOTHING_CHANGED = re.compile(r"^nothing_changed=yes\s*$", re.MULTILINE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """Everything a verdict depends on. None is "not known", and that is a reason against."""

    probe: Probe | None
    patch_state: PatchState | None
    operation_after: datetime
    snapshot_id: str = ""
    boot_id_before: str = ""
    health_url: str | None = None
    execution: Mapping[str, Any] | None = None
    """One of an association execution's targets; None when it is not to be judged."""
    reboot_option: str = REBOOT_IF_NEEDED
    check_kernel: bool = True
    target_health: str | None = None
    """Why the targets are not steadily healthy, in words."""


def reasons_against(evidence: Evidence) -> tuple[str, ...]:
    """Every reason why an instance is not patched and serving; none when it is."""
    return (
        *(() if evidence.execution is None else _execution(evidence.execution)),
        *_patch_state(evidence),
        *_boot(evidence),
        *_kernel(evidence),
        *_health(evidence),
        *([evidence.target_health] if evidence.target_health else []),
    )


def execution_reasons(execution: Mapping[str, Any] | None) -> tuple[str, ...]:
    """Every reason why a patch run did not succeed, by its steps alone."""
    return tuple(_execution(execution))


def is_untouched(execution: Mapping[str, Any] | None) -> bool:
    """Whether a failed patch run has certainly changed nothing on the instance.

    The agent must have skipped every step that installs or reboots, in its own words. The pre hook must have been
    skipped too, or must have said that it changed nothing. The on-exit hook, which always runs, must have succeeded.
    """
    steps = {step.name: step for step in execution_steps(execution)}
    pre, at_exit = steps.get(_PRE_STEP), steps.get(_EXIT_STEP)
    if not (pre and at_exit and at_exit.status == "Success" and not at_exit.skipped):
        return False
    if not any(step.failed for step in steps.values()):
        return False
    if not all(name in steps and steps[name].skipped for name in _CHANGING_STEPS):
        return False
    return pre.skipped or (pre.status == "Failed" and bool(_NOTHING_CHANGED.search(pre.output)))


def reboot_due(evidence: Evidence) -> bool:
    """Whether the step that reboots ran: AWS-RunPatchBaselineWithHooks runs it only when a patch waits for a reboot."""
    return any(step.name == REBOOT_STEP and not step.skipped for step in execution_steps(evidence.execution))


def execution_steps(execution: Mapping[str, Any] | None) -> tuple[Step, ...]:
    """The steps of one of an execution's targets, as a module returned it."""
    known = {field.name for field in fields(Step)}
    steps = (execution or {}).get("steps") or ()
    return tuple(Step(**{key: value for key, value in step.items() if key in known}) for step in steps)


def _execution(execution: Mapping[str, Any] | None) -> Iterator[str]:
    steps = execution_steps(execution)
    failed = [step for step in steps if step.failed]
    yield from (describe_step(step) for step in failed)
    status = str((execution or {}).get("status") or "unknown")
    if status != "Success" and not failed:
        detail = (execution or {}).get("detailed_status") or ""
        yield f"the patch run ended as {status}" + (f" ({detail})" if detail not in ("", status) else "")
    if not steps:
        yield "the patch run's steps are not known"


def _patch_state(evidence: Evidence) -> Iterator[str]:
    state = evidence.patch_state
    if state is None:
        yield "no patch state was reported"
        return
    if not is_newer(state, evidence.operation_after):
        yield (
            f"the patch state is not of this run: its operation ended at {iso(state.operation_end_time) or '?'}, "
            f"not after {iso(evidence.operation_after)}"
        )
    if evidence.snapshot_id and state.snapshot_id != evidence.snapshot_id:
        yield f"the patch state is of snapshot {state.snapshot_id or 'unknown'}, not {evidence.snapshot_id}"
    if left := install_reason(state, evidence.reboot_option):
        yield f"patches are {left}"


def _boot(evidence: Evidence) -> Iterator[str]:
    probe = evidence.probe or Probe()
    if probe.failure:
        yield probe.failure
    elif probe.boot_id is None:
        yield "its boot id is not known"
    elif reboot_due(evidence):
        if not evidence.boot_id_before:
            yield "a reboot was due, and the boot id before it is not known: whether it happened cannot be proven"
        elif probe.boot_id == evidence.boot_id_before.lower():
            yield "a reboot was due and did not happen"


def _kernel(evidence: Evidence) -> Iterator[str]:
    probe = evidence.probe or Probe()
    if not evidence.check_kernel or evidence.reboot_option == NO_REBOOT:
        return
    if newer := newer_kernel(probe.kernel, probe.installed_kernels):
        yield f"it runs kernel {probe.kernel}, and the newer kernel {newer} is installed: it needs a reboot"


def _health(evidence: Evidence) -> Iterator[str]:
    probe = evidence.probe or Probe()
    if evidence.health_url and not probe.health_ok and not probe.failure:
        message = probe.health_message or "the probe reported nothing about it"
        yield f"{evidence.health_url} is not healthy on the instance: {message}"
