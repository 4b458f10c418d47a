# Copyright: steadyfleet contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection: may change without notice.

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from .._common.errors import InvalidInput, Refused
from .._common.shapes import drop_none
from .model import DRAINED, QUARANTINED, LedgerEntry, Registration

# The format in Parameter Store. Entries outlive releases: what reads this version must go on reading it.
VERSION = 1

# A Standard parameter holds 4 KB; Intelligent-Tiering makes a larger one Advanced, which holds 8 KB and costs money.
# https://docs.aws.amazon.com/systems-manager/latest/userguide/parameter-store-advanced-parameters.html
_STANDARD_BYTES = 4096
_ADVANCED_BYTES = 8192
# Room that is kept for the reason of a later quarantine, which must never fail because of its size.
_REASON_BYTES = 500


def name_for(prefix: str, instance_id: str) -> str:
    """The parameter that holds an instance's ledger entry."""
    return f"{folder(prefix)}/{instance_id}"


def folder(prefix: str) -> str:
    """The path under which all entries are.

    :raises InvalidInput: when Parameter Store would not take it as a path.
    """
    if not prefix.startswith("/") or not prefix.strip("/"):
        raise InvalidInput(
            f"ledger_prefix must be a path like /steadyfleet/aws_patching/ledger, not '{prefix}'",
            code="ledger_prefix_invalid",
        )
    return prefix.rstrip("/")


def encode(entry: LedgerEntry) -> str:
    """Compact JSON with a version.

    :raises InvalidInput: when even an Advanced parameter could not hold it.
    """
    if len(_dump(entry, "").encode()) > _ADVANCED_BYTES - _REASON_BYTES:
        raise InvalidInput(
            f"{entry.instance_id} has {len(entry.registrations)} registrations, more than one ledger entry of "
            f"{_ADVANCED_BYTES} bytes can hold; name fewer groups in target_group_arns",
            code="ledger_entry_too_large",
        )
    return _dump(entry, _clip(entry.reason))


def tier_for(text: str, overwrite: bool) -> str | None:
    """The parameter tier an entry needs; None leaves it to the account's default.

    Always Intelligent-Tiering when an entry is replaced: it may have become Advanced, and AWS refuses the way back.
    """
    return "Intelligent-Tiering" if overwrite or len(text.encode()) > _STANDARD_BYTES else None


def decode(text: str, name: str, instance_id: str) -> LedgerEntry:
    """Read an instance's entry back.

    :raises Refused: when it cannot be read, has a version that this collection does not know, or is about another
        instance.
    """
    try:
        entry = json.loads(text)
        version = entry["version"]
        found = _load(entry) if version == VERSION else None
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise Refused(
            f"ledger entry {name} cannot be read ({error!r}): repair or delete it by hand",
            code="ledger_entry_unreadable",
        ) from error
    if found is None:
        raise Refused(
            f"ledger entry {name} has version {version}, only {VERSION} is known here: "
            "use the release of steadyfleet.aws_patching that wrote it",
            code="ledger_version_unknown",
        )
    if found.instance_id != instance_id:
        raise Refused(
            f"ledger entry {name} is about {found.instance_id}: repair or delete it by hand",
            code="ledger_entry_of_other_instance",
        )
    return found


def _dump(entry: LedgerEntry, reason: str) -> str:
    written = {
        "version": VERSION,
        "instance_id": entry.instance_id,
        "phase": entry.phase,
        "reason": reason,
        "run_id": entry.run_id,
        "at": entry.at,
        "context": dict(entry.context),
        "registrations": [_short(item) for item in entry.registrations],
    }
    return json.dumps(written, separators=(",", ":"), ensure_ascii=True)


def _clip(reason: str) -> str:
    """At most _REASON_BYTES once it is JSON: a character outside ASCII, a quote or a control takes several bytes."""
    reason = " ".join(reason.split())
    while len(json.dumps(reason)) > _REASON_BYTES:
        reason = reason[: len(reason) - max(1, (len(json.dumps(reason)) - _REASON_BYTES) // 12)]
    return reason


def _short(item: Registration) -> dict[str, Any]:
    short = {
        "tg": item.target_group_arn,
        "id": item.id,
        "port": item.port,
        "zone": item.availability_zone,
        "quic": item.quic_server_id,
        "was": None if item.state_before == "healthy" else item.state_before,
    }
    return drop_none(short)


def _load(entry: Mapping[str, Any]) -> LedgerEntry:
    if entry["phase"] not in (DRAINED, QUARANTINED):
        raise ValueError(f"phase {entry['phase']}")
    return LedgerEntry(
        instance_id=str(entry["instance_id"]),
        phase=entry["phase"],
        reason=str(entry["reason"]),
        run_id=str(entry["run_id"]),
        at=str(entry["at"]),
        context={str(key): str(value) for key, value in entry["context"].items()},
        registrations=tuple(
            Registration(
                target_group_arn=str(item["tg"]),
                id=str(item["id"]),
                port=int(item["port"]),
                availability_zone=item.get("zone"),
                quic_server_id=item.get("quic"),
                state_before=item.get("was", "healthy"),
            )
            for item in entry["registrations"]
        ),
    )
