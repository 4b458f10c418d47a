# Copyright: steadyfleet contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection: may change without notice.

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from .._command.model import SentCommand
from .._command.outcome import Execution, Target
from .transformations import Fields, observed_fields


@dataclass(frozen=True, kw_only=True)
class ObservedAssociation:
    """An association as AWS describes it, and its tags when they were read."""

    description: Mapping[str, Any]
    tags: dict[str, str] | None = None

    @property
    def association_id(self) -> str:
        return str(self.description["AssociationId"])

    @property
    def fields(self) -> Fields:
        return observed_fields(self.description)


@dataclass(frozen=True, kw_only=True)
class DesiredAssociation:
    """The association that the caller describes. Fields that are not given keep their values."""

    fields: Fields
    run_now: bool = False
    tags: dict[str, str] | None = None
    purge_tags: bool = True


@dataclass(frozen=True, kw_only=True, slots=True)
class Baseline:
    """What tells a run that was just started from all other runs. AWS returns no id for it.

    ``since`` is AWS's own time of a response before the start. It excludes earlier executions that AWS did not show
    yet. ``version`` is the association's version that runs.
    """

    execution_ids: frozenset[str] = frozenset()
    newest: str | None = None
    since: str | None = None
    version: str | None = None

    @classmethod
    def of(cls, executions: Sequence[Execution], since: str | None = None) -> Baseline:
        """The baseline after these executions."""
        newest = newest_first(executions)[0].created_at if executions else None
        return cls(execution_ids=frozenset(each.execution_id for each in executions), newest=newest, since=since)

    def excludes(self, execution: Execution) -> bool:
        known = execution.execution_id in self.execution_ids
        early = self.since is not None and execution.created_at is not None and execution.created_at < self.since
        other_version = self.version is not None and execution.association_version not in (None, self.version)
        return known or early or other_version


@dataclass(frozen=True, kw_only=True)
class InterruptedRun:
    """An association that an interrupted ``run=once`` has left, and its executions."""

    association: ObservedAssociation
    executions: tuple[Execution, ...]

    @property
    def in_progress(self) -> bool:
        """Whether the run can still be followed. AWS may show a new execution only after a moment."""
        return not self.executions or any(not execution.ended for execution in self.executions)

    @property
    def baseline(self) -> Baseline:
        return Baseline.of([execution for execution in self.executions if execution.ended])


def newest_first(executions: Iterable[Execution]) -> tuple[Execution, ...]:
    return tuple(sorted(executions, key=lambda execution: execution.created_at or "", reverse=True))


def first_after(executions: Iterable[Execution], baseline: Baseline) -> Execution | None:
    """The first execution after the baseline, or None."""
    later = [execution for execution in newest_first(executions) if not baseline.excludes(execution)]
    return later[-1] if later else None


def all_targets_shown(targets: Sequence[Target], execution: Execution) -> bool:
    """Whether AWS shows as many targets as the execution counts, each with a result."""
    expected = sum(execution.resource_count_by_status.values())
    return len(targets) >= expected and all(target.ended for target in targets)


def commands_of(targets: Iterable[Target]) -> tuple[SentCommand, ...]:
    """The commands that ran on the targets, each with the nodes that must report a result."""
    nodes: dict[str, set[str]] = {}
    for target in targets:
        if target.command_id:
            nodes.setdefault(target.command_id, set()).add(target.resource_id)
    return tuple(SentCommand(command_id=each, instance_ids=frozenset(nodes[each])) for each in sorted(nodes))
