"""State Manager: the associations there are and the runs they make over their targets.

A schedule is checked and kept, and never fires: what runs was created, updated or started by somebody.
"""

from __future__ import annotations

import datetime
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from lab.api.associations import views
from lab.api.associations.engines import ENGINES, Engine, check_runnable
from lab.api.commands.store import limits
from lab.api.errors import ApiError

if TYPE_CHECKING:
    from lab.api.region import Region

# AWS's defaults: 50 nodes at a time, and no number of errors stops a run.
RATE = {"MaxConcurrency": "50", "MaxErrors": "100%"}


@dataclass
class Association:
    id: str
    # Of the document that it runs.
    type: str
    # The versions' fields as they were given; the last one counts.
    versions: list[dict[str, Any]]
    created: datetime.datetime
    updated: datetime.datetime
    tags: dict[str, str] = field(default_factory=dict)
    runs: list[Run] = field(default_factory=list)

    @property
    def spec(self) -> dict[str, Any]:
        return self.versions[-1]

    @property
    def version(self) -> str:
        return str(len(self.versions))


@dataclass
class RunTarget:
    resource_id: str
    status: str = "Pending"
    detailed: str = "Pending"
    # Of the command (or whatever else the engine has started) that runs there.
    output_id: str | None = None
    changed: datetime.datetime = field(default_factory=lambda: datetime.datetime.now(datetime.UTC))


@dataclass
class Run:
    id: str
    association: Association
    version: str
    spec: dict[str, Any]
    created: datetime.datetime
    status: str = "Pending"
    begun: bool = False
    waiting: list[str] = field(default_factory=list)
    targets: dict[str, RunTarget] = field(default_factory=dict)
    concurrency: int = 1
    errors_allowed: int = 0

    @property
    def engine(self) -> Engine:
        return ENGINES[self.association.type]

    @property
    def ended(self) -> bool:
        return self.status not in ("Pending", "InProgress")

    def count(self, *statuses: str) -> int:
        return sum(1 for target in self.targets.values() if target.status in statuses)


class Associations:
    def __init__(self, region: Region) -> None:
        self._region = region
        self.by_id: dict[str, Association] = {}
        # Also of those that are deleted, which reads may still show for a while.
        self.ids: list[str] = []

    def get(self, association_id: str | None) -> Association:
        if association_id not in self.by_id:
            raise ApiError("AssociationDoesNotExist", f"The association {association_id} does not exist.")
        return self.by_id[association_id]

    def using(self, document: str) -> list[str]:
        return [found.id for found in self.by_id.values() if found.spec["Name"].rsplit("document/", 1)[-1] == document]

    def add(self, association: Association) -> None:
        self.by_id[association.id] = association
        self.ids.append(association.id)
        self.changed(association)

    def remove(self, association: Association) -> None:
        """Nodes that have begun go on to their end, as AWS lets them; the others never start."""
        for run in association.runs:
            run.waiting.clear()
        del self.by_id[association.id]
        self._region.history.record(("association", association.id), None)

    def start(self, association: Association, delay: float = 0.0) -> Run:
        """A new run, after those that are still under way."""
        from lab.api.region import new_id, now

        check_runnable(self._region, association.type, association.spec)
        run = Run(new_id(), association, association.version, dict(association.spec), now())
        association.runs.append(run)
        self.changed(association)
        delay += self._region.settings.api.association_start
        self._region.engine.later(delay, lambda: self._begin(run))
        return run

    def document_changed(self, name: str, bound: str) -> None:
        """What is bound to `$LATEST` or `$DEFAULT` runs again by itself once that means another version."""
        for association_id in self.using(name):
            association = self.by_id[association_id]
            spec = association.spec
            if spec.get("DocumentVersion", "$DEFAULT") == bound and not spec.get("ApplyOnlyAtCronInterval"):
                delay = self._region.settings.api.document_activation if bound == "$LATEST" else 0.0
                self.start(association, delay)

    def stop_waiting(self, association: Association) -> None:
        """An update: running nodes finish, those not begun do not start any more."""
        for run in association.runs:
            for resource_id in run.waiting:
                run.targets[resource_id] = RunTarget(resource_id, "Skipped", "Skipped")
            run.waiting.clear()

    def _begin(self, run: Run) -> None:
        earlier = run.association.runs[: run.association.runs.index(run)]
        if run.begun or not all(other.ended for other in earlier) or run.association.id not in self.by_id:
            return
        run.begun = True
        run.status = "InProgress"
        run.waiting = run.engine.resolve(self._region, run.spec)
        run.concurrency, run.errors_allowed = limits({**RATE, **run.spec}, len(run.waiting))
        self._advance(run)

    def _advance(self, run: Run) -> None:
        """Start what may start; end the run when nothing is left."""
        if run.count("Failed", "TimedOut") > run.errors_allowed:
            for resource_id in run.waiting:
                run.targets[resource_id] = RunTarget(resource_id, "Skipped", "Skipped")
            run.waiting.clear()
        while run.waiting and run.count("Pending", "InProgress") < run.concurrency:
            self._send(run, run.waiting.pop(0))
        if not run.waiting and not run.ended and not run.count("Pending", "InProgress"):
            run.status = _outcome(run)
            self.changed(run.association)
            for later in run.association.runs:
                self._begin(later)
        self.changed(run.association)

    def _send(self, run: Run, resource_id: str) -> None:
        target = run.targets[resource_id] = RunTarget(resource_id)
        try:
            run.engine.start(self._region, run, target, lambda *told: self._heard(run, target, *told))
        except ApiError as error:
            target.status, target.detailed = "Failed", error.code

    def _heard(self, run: Run, target: RunTarget, status: str, detailed: str, ended: bool) -> None:
        """A target of the run changed. Called while it starts too, for a node that cannot be reached at all."""
        target.status, target.detailed = status, detailed
        target.changed = datetime.datetime.now(datetime.UTC)
        if ended:
            self._region.engine.later(0, lambda: self._advance(run))
        self.changed(run.association)

    def changed(self, association: Association) -> None:
        """Keep what reads show, for those that are behind."""
        history = self._region.history
        if association.id in self.by_id:
            history.record(("association", association.id), views.describe(association))
        history.record(("runs", association.id), [views.run(run) for run in association.runs])
        for run in association.runs:
            history.record(("targets", run.id), [views.target(run, target) for target in run.targets.values()])


def _outcome(run: Run) -> str:
    if not run.targets:
        return "Skipped"
    if run.count("Failed") or run.count("Skipped"):
        return "Failed"
    return "TimedOut" if run.count("TimedOut") else "Success"
