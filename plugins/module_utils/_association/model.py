# Copyright: steadyfleet contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection: may change without notice.

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from .._command.model import problem
from .._command.outcome import Execution, Outcome, Target


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
