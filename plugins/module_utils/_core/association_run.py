# Copyright: steadyfleet contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection: may change without notice.

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from .execution import Invocation, problem

# State Manager's statuses are free text in AWS's own service model. These end a run; every other word, also one nobody
# has seen yet, means that it is under way: the deadline then decides, not a guess.
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
_COUNT = re.compile(r"([A-Za-z][A-Za-z ]*?)\s*=\s*(\d+)")


def ended(status: str) -> bool:
    return re.sub(r"[\s_-]", "", status).lower() in _ENDED


@dataclass(frozen=True, kw_only=True, slots=True)
class Execution:
    """One run of an association over its targets."""

    execution_id: str
    status: str
    detailed_status: str = ""
    created_at: str | None = None
    resource_count_by_status: str = ""
    association_version: str | None = None
    # Names of the CloudWatch alarms that stopped it.
    triggered_alarms: tuple[str, ...] = ()

    @property
    def counts(self) -> dict[str, int]:
        """``{Success=3, Failed=1}`` as numbers."""
        return {status: int(count) for status, count in _COUNT.findall(self.resource_count_by_status)}

    @property
    def ended(self) -> bool:
        """Also no target under way: the overview of a run in waves can say Failed while the rest is still running."""
        return ended(self.status) and all(ended(status) for status, count in self.counts.items() if count)

    def describe(self) -> str:
        counts = ", ".join(f"{count} {status}" for status, count in self.counts.items())
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
            "resource_count_by_status": self.counts,
            "triggered_alarms": list(self.triggered_alarms),
        }


@dataclass(frozen=True, kw_only=True, slots=True)
class Target:
    """What became of one resource in one execution, and the command that did it."""

    resource_id: str
    resource_type: str = ""
    status: str = ""
    detailed_status: str = ""
    output_id: str | None = None
    output_type: str = ""
    invocation: Invocation | None = None
    # What the runbook's execution says of its failure, in one line.
    failure: str | None = None

    @property
    def ended(self) -> bool:
        return ended(self.status)

    @property
    def command_id(self) -> str | None:
        """Of the command that ran there, when it was a command and not a runbook."""
        return None if self.output_type == "Automation" else self.output_id

    @property
    def automation_execution_id(self) -> str | None:
        """Of the runbook that ran there, when it was one."""
        return self.output_id if self.output_type == "Automation" else None

    @property
    def is_node(self) -> bool:
        """A runbook's targets can be anything."""
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


def newest_first(executions: Iterable[Execution]) -> tuple[Execution, ...]:
    return tuple(sorted(executions, key=lambda found: found.created_at or "", reverse=True))


@dataclass(frozen=True, kw_only=True, slots=True)
class Known:
    """What tells the execution just started from all others: AWS gives no id for it.

    ``since`` is AWS's own time of an answer before the start: an earlier execution that AWS was not showing yet is not
    taken for the one started. ``version``: of the association, as it is run.
    """

    execution_ids: frozenset[str] = frozenset()
    newest: str | None = None
    since: str | None = None
    version: str | None = None

    def fits(self, found: Execution) -> bool:
        old = found.execution_id in self.execution_ids
        early = self.since is not None and found.created_at is not None and found.created_at < self.since
        other = self.version is not None and found.association_version not in (None, self.version)
        return not (old or early or other)


def started_since(executions: Iterable[Execution], known: Known) -> Execution | None:
    """The first execution that was not there before."""
    fresh = [found for found in newest_first(executions) if known.fits(found)]
    return fresh[-1] if fresh else None


def problems(outcome: Outcome, expected: frozenset[str]) -> tuple[str, ...]:
    """Why this run is no success, one line a target; empty when it is one.

    :param expected: nodes that owe a result; one that is missing is a problem, not a detail.
    """
    found = [line for target in outcome.targets if (line := _target_problem(target))]
    missing = expected - {target.resource_id for target in outcome.targets}
    found += [f"{instance_id}: AWS has no result for it" for instance_id in sorted(missing)]
    if not outcome.targets and not missing:
        found.append(f"{outcome.execution.describe()}, and it ran on no target")
    elif not found and outcome.execution.status != "Success":
        found.append(outcome.execution.describe())
    return tuple(found)


def _target_problem(target: Target) -> str | None:
    if target.invocation and not target.invocation.succeeded:
        return problem(target.invocation)
    if target.status == "Success":
        return None
    details = "" if target.detailed_status in ("", target.status) else f" ({target.detailed_status})"
    automation = f", see execution {found}" if (found := target.automation_execution_id) else ""
    return f"{target.resource_id}: {target.failure or f'{target.status}{details}{automation}'}"


def complete(targets: Sequence[Target], execution: Execution) -> bool:
    """AWS shows as many targets as the execution counts, each with a result."""
    return len(targets) >= sum(execution.counts.values()) and all(target.ended for target in targets)
