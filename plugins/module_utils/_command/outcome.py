# Copyright: steadyfleet contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection: may change without notice.

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from .model import Invocation

# In AWS's service model the statuses of State Manager are free text. These words end a run. Every other word, also an
# unknown one, means that the run is in progress: then the deadline decides.
_ENDED = frozenset(
    {
        "success",
        "failed",
        "timedout",
        "cancelled",
        "skipped",
        "rejected",
        "terminated",
        "deliverytimedout",
        "executiontimedout",
        "undeliverable",
        "invalidplatform",
        "accessdenied",
        "rateexceeded",
        "incomplete",
        "noinstancesintag",
        "partialfailure",
    }
)


def has_ended(status: str) -> bool:
    return re.sub(r"[\s_-]", "", status).lower() in _ENDED


@dataclass(frozen=True, kw_only=True, slots=True)
class Execution:
    """One run of a document over its targets."""

    execution_id: str
    status: str
    detailed_status: str = ""
    created_at: str | None = None
    resource_count_by_status: Mapping[str, int] = field(default_factory=dict)
    association_version: str | None = None
    # Names of the CloudWatch alarms that stopped it.
    triggered_alarms: tuple[str, ...] = ()

    @property
    def ended(self) -> bool:
        """Whether no target is in progress. A run in waves can be Failed as a whole while other targets still run."""
        counts = self.resource_count_by_status.items()
        return has_ended(self.status) and all(has_ended(status) for status, count in counts if count)

    def describe(self) -> str:
        counts = ", ".join(f"{count} {status}" for status, count in self.resource_count_by_status.items())
        details = "" if self.detailed_status in ("", self.status) else f" ({self.detailed_status})"
        alarms = f", stopped by alarm {', '.join(self.triggered_alarms)}" if self.triggered_alarms else ""
        return f"execution {self.execution_id} is {self.status}{details}{alarms}" + (f": {counts}" if counts else "")

    def as_dict(self) -> dict[str, Any]:
        return {
            "execution_id": self.execution_id,
            "association_version": self.association_version,
            "status": self.status,
            "detailed_status": self.detailed_status,
            "created_at": self.created_at,
            "resource_count_by_status": dict(self.resource_count_by_status),
            "triggered_alarms": list(self.triggered_alarms),
        }


@dataclass(frozen=True, kw_only=True, slots=True)
class Target:
    """The result of one execution on one resource, and the command or runbook that ran there."""

    resource_id: str
    resource_type: str = ""
    status: str = ""
    detailed_status: str = ""
    output_id: str | None = None
    output_type: str = ""
    invocation: Invocation | None = None
    # Why the runbook's execution failed, in one line.
    failure: str | None = None

    @property
    def ended(self) -> bool:
        return has_ended(self.status)

    @property
    def command_id(self) -> str | None:
        """Of the command that ran there, when it was a command."""
        return None if self.output_type == "Automation" else self.output_id

    @property
    def automation_execution_id(self) -> str | None:
        """Of the runbook that ran there, when it was a runbook."""
        return self.output_id if self.output_type == "Automation" else None

    @property
    def is_node(self) -> bool:
        """Whether the target is a node. The targets of a runbook can be anything."""
        return self.resource_id.startswith(("i-", "mi-"))

    def as_dict(self) -> dict[str, Any]:
        return {
            "resource_id": self.resource_id,
            "resource_type": self.resource_type,
            "status": self.status,
            "detailed_status": self.detailed_status,
            "command_id": self.command_id,
            "automation_execution_id": self.automation_execution_id,
        }

    def with_steps(self) -> dict[str, Any]:
        steps = self.invocation.steps if self.invocation else ()
        return {**self.as_dict(), "steps": [step.as_dict() for step in steps]}


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """An execution that has ended, with all its targets."""

    execution: Execution
    targets: tuple[Target, ...]

    def as_dict(self) -> dict[str, Any]:
        return {**self.execution.as_dict(), "targets": [target.with_steps() for target in self.targets]}
