# Copyright: steadyfleet contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection: may change without notice.

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, fields
from datetime import datetime
from typing import Any

from .._common.errors import InvalidInput
from .._common.patterns import refuse
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


_TIMES = ("operation_start_time", "operation_end_time", "last_no_reboot_install_operation_time")


def reread(instance_id: str, told: Mapping[str, Any]) -> PatchState:
    """A patch state as a module returned it, the other way round of ``as_dict``.

    :raises InvalidInput: when it is none.
    """
    known = {field.name for field in fields(PatchState)}
    times = {name: told.get(name) for name in _TIMES}
    try:
        moments = {name: moment(value) if value else None for name, value in times.items()}
    except ValueError as error:
        raise InvalidInput(f"patch_state is none: {error}") from None
    return PatchState(**{**{name: told[name] for name in told if name in known}, **moments, "instance_id": instance_id})


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


FILTERS = {"states": "State", "severities": "Severity", "classifications": "Classification", "kb_ids": "KBId"}


def patch_filters(options: Mapping[str, list[str] | None] | None) -> list[dict[str, Any]]:
    """AWS's filters: all of them must hold, and of each one of its values.

    :raises InvalidInput: naming every value that AWS would refuse.
    """
    asked = {name: values for name, values in (options or {}).items() if values is not None}
    refuse(
        [f"patch_filters.{name} is empty: leave it out" for name, values in asked.items() if not values]
        + [
            f"every value of patch_filters.{name} must have 1 to 256 characters"
            for name, values in asked.items()
            if not all(1 <= len(value) <= 256 for value in values)
        ]
    )
    return [{"Key": FILTERS[name], "Values": values} for name, values in asked.items()]


def due(state: PatchState, reboot_option: str = REBOOT_IF_NEEDED) -> str:
    """What an install would change here, in words; empty when nothing.

    With NoReboot a pending reboot is no reason: AWS-RunPatchBaselineWithHooks would pass over the instance.
    """
    counts = [(state.missing_count, "missing"), (state.failed_count, "failed")]
    if reboot_option != NO_REBOOT:
        counts.append((state.installed_pending_reboot_count, "waiting for a reboot"))
    said = [f"{count} {word}" for count, word in counts if count > 0]
    return ", ".join(said)


def newer(state: PatchState | None, before: datetime | None) -> bool:
    """Was there an operation after the one that ended at ``before`` (None: any counts)?

    Both times come from the instance's own clock, so that it may be wrong.
    """
    if state is None or state.operation_end_time is None:
        return False
    return before is None or state.operation_end_time > before


def moment(text: str) -> datetime:
    """An ISO 8601 time with its offset.

    :raises ValueError: when it is none.
    """
    found = datetime.fromisoformat(text)
    if found.tzinfo is None:
        raise ValueError(f"'{text}' has no time zone")
    return found


def unknown(wanted: Iterable[str], known: Iterable[str]) -> list[str]:
    """One line for every instance that SSM does not know."""
    known = set(known)
    return [
        f"{instance_id} is not known to SSM in this Region: check the id, that the instance is running, "
        "and that its agent and instance profile are set up"
        for instance_id in wanted
        if instance_id not in known
    ]


def info(node: Node, state: PatchState | None, patches: Sequence[Patch] | None = None) -> dict[str, Any]:
    """One instance as the modules return it; without ``patches`` when nobody asked for them."""
    told = {
        "instance_id": node.instance_id,
        "ping_status": node.ping_status,
        "last_ping_at": iso(node.last_ping_at),
        "agent_version": node.agent_version,
        "platform_type": node.platform_type,
        "patch_state": state.as_dict() if state else None,
    }
    return told if patches is None else {**told, "patches": [patch.as_dict() for patch in patches]}
