"""State Manager: the associations there are and the runs they make, each a command per target."""

from __future__ import annotations

import datetime
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from lab.api import association_views as views
from lab.api import targets
from lab.api.errors import ApiError
from lab.api.ssm_command_store import Command, Invocation, limits

if TYPE_CHECKING:
    from lab.api.region import Region

# AWS's defaults: 50 nodes at a time, and no number of errors stops a run.
RATE = {"MaxConcurrency": "50", "MaxErrors": "100%"}


@dataclass
class Association:
    id: str
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
    instance_id: str
    status: str = "Pending"
    detailed: str = "Pending"
    command_id: str | None = None
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
    def ended(self) -> bool:
        return self.status not in ("Pending", "InProgress")

    def count(self, *statuses: str) -> int:
        return sum(1 for target in self.targets.values() if target.status in statuses)


class Associations:
    def __init__(self, region: Region) -> None:
        self._region = region
        self.by_id: dict[str, Association] = {}

    def get(self, association_id: str | None) -> Association:
        if association_id not in self.by_id:
            raise ApiError("AssociationDoesNotExist", f"The association {association_id} does not exist.")
        return self.by_id[association_id]

    def using(self, document: str) -> list[str]:
        return [found.id for found in self.by_id.values() if found.spec["Name"].rsplit("document/", 1)[-1] == document]

    def add(self, association: Association) -> None:
        self.by_id[association.id] = association
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
            for instance_id in run.waiting:
                run.targets[instance_id] = RunTarget(instance_id, "Skipped", "Skipped")
            run.waiting.clear()

    def _begin(self, run: Run) -> None:
        earlier = run.association.runs[: run.association.runs.index(run)]
        if run.begun or not all(other.ended for other in earlier) or run.association.id not in self.by_id:
            return
        run.begun = True
        run.status = "InProgress"
        run.waiting = targets.resolve(self._region, run.spec["Targets"])
        run.concurrency, run.errors_allowed = limits({**RATE, **run.spec}, len(run.waiting))
        self._advance(run)

    def _advance(self, run: Run) -> None:
        """Start what may start; end the run when nothing is left."""
        if run.count("Failed", "TimedOut") > run.errors_allowed:
            for instance_id in run.waiting:
                run.targets[instance_id] = RunTarget(instance_id, "Skipped", "Skipped")
            run.waiting.clear()
        while run.waiting and run.count("Pending", "InProgress") < run.concurrency:
            self._send(run, run.waiting.pop(0))
        if not run.waiting and not run.ended and not run.count("Pending", "InProgress"):
            run.status = _outcome(run)
            self.changed(run.association)
            for later in run.association.runs:
                self._begin(later)
        self.changed(run.association)

    def _send(self, run: Run, instance_id: str) -> None:
        target = run.targets[instance_id] = RunTarget(instance_id)
        try:
            command = self._command(run, instance_id)
        except ApiError as error:
            target.status, target.detailed = "Failed", error.code
            return
        command.on_change = lambda invocation: self._heard(run, target, invocation)
        target.command_id = command.id
        self._region.commands.send(command)

    def _command(self, run: Run, instance_id: str) -> Command:
        from lab.api.region import new_id

        document, version = self._region.documents.usable(run.spec["Name"], run.spec.get("DocumentVersion"))
        return Command(
            id=new_id(),
            document=document,
            version=version,
            parameters=run.spec.get("Parameters", {}),
            waiting=[instance_id],
            concurrency=1,
            errors_allowed=0,
            delivery_timeout=self._region.settings.api.delivery_timeout,
            asked={
                "InstanceIds": [instance_id],
                "DocumentVersion": run.spec.get("DocumentVersion", "$DEFAULT"),
                "MaxConcurrency": "1",
                "MaxErrors": "0",
                **_s3(run.spec),
            },
        )

    def _heard(self, run: Run, target: RunTarget, invocation: Invocation) -> None:
        """A command of the run changed. Called while it starts too, for a node that cannot be reached at all."""
        target.status = {"Cancelling": "InProgress", "Cancelled": "Failed"}.get(invocation.status, invocation.status)
        target.detailed = invocation.details
        target.changed = datetime.datetime.now(datetime.UTC)
        if invocation.ended:
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


def _s3(spec: dict[str, Any]) -> dict[str, str]:
    location = spec.get("OutputLocation", {}).get("S3Location", {})
    return {name: location[name] for name in ("OutputS3BucketName", "OutputS3KeyPrefix") if name in location}
