# Copyright: steadyfleet contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection: may change without notice.

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from .._common.errors import Problem
from .._common.times import iso

REBOOT_IF_NEEDED = "RebootIfNeeded"
NO_REBOOT = "NoReboot"


@dataclass(frozen=True, slots=True, kw_only=True)
class Node:
    """What SSM knows of an instance and its agent. ``ping_status`` lags: Online may be minutes old."""

    instance_id: str
    ping_status: str = ""
    last_ping_at: datetime | None = None
    agent_version: str = ""
    platform_type: str = ""

    @property
    def online(self) -> bool:
        return self.ping_status == "Online"


@dataclass(frozen=True, slots=True, kw_only=True)
class PatchState:
    """What the last patch operation on an instance reported."""

    instance_id: str
    operation: str = ""
    operation_start_time: datetime | None = None
    operation_end_time: datetime | None = None
    snapshot_id: str = ""
    baseline_id: str = ""
    patch_group: str = ""
    reboot_option: str = ""
    missing_count: int = 0
    failed_count: int = 0
    installed_count: int = 0
    installed_other_count: int = 0
    installed_pending_reboot_count: int = 0
    installed_rejected_count: int = 0
    not_applicable_count: int = 0
    critical_non_compliant_count: int = 0
    security_non_compliant_count: int = 0
    other_non_compliant_count: int = 0
    unreported_not_applicable_count: int = 0
    available_security_update_count: int = 0
    install_override_list: str = ""
    last_no_reboot_install_operation_time: datetime | None = None

    def as_dict(self) -> dict[str, Any]:
        values = {name: iso(value) if isinstance(value, datetime) else value for name, value in asdict(self).items()}
        del values["instance_id"]
        return values


@dataclass(frozen=True, slots=True, kw_only=True)
class Patch:
    """One patch on an instance, as the last operation reported it."""

    title: str
    kb_id: str = ""
    classification: str = ""
    severity: str = ""
    state: str = ""
    installed_at: datetime | None = None
    cve_ids: tuple[str, ...] = ()

    def as_dict(self) -> dict[str, Any]:
        return {**asdict(self), "installed_at": iso(self.installed_at), "cve_ids": list(self.cve_ids)}


def install_reason(state: PatchState, reboot_option: str = REBOOT_IF_NEEDED) -> str:
    """What an install would change, in words; empty when nothing.

    With NoReboot a pending reboot is no reason: AWS-RunPatchBaselineWithHooks would skip the instance.
    """
    counts = [(state.missing_count, "missing"), (state.failed_count, "failed")]
    if reboot_option != NO_REBOOT:
        counts.append((state.installed_pending_reboot_count, "waiting for a reboot"))
    return ", ".join(f"{count} {word}" for count, word in counts if count > 0)


def is_newer(state: PatchState | None, before: datetime | None) -> bool:
    """Whether there was an operation after the one that ended at ``before`` (None: any counts).

    Both times come from the instance's own clock, so that it may be wrong.
    """
    if state is None or state.operation_end_time is None:
        return False
    return before is None or state.operation_end_time > before


def unknown_instances(wanted: Iterable[str], known: Collection[str]) -> list[Problem]:
    """A problem for every instance that SSM does not know."""
    return [
        Problem(
            f"{instance_id} is not known to SSM in this Region: check the id, that the instance is running, "
            "and that its agent and instance profile are set up",
            "instance_unknown",
        )
        for instance_id in wanted
        if instance_id not in known
    ]
