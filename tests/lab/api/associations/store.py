"""State Manager: the associations, and their runs over their targets.

Schedules are checked and stored, but they never fire. A run starts when an association is created or updated, when its
document changes, or by StartAssociationsOnce.
"""

from __future__ import annotations

import datetime
from typing import Any

from lab.api.associations import views
from lab.api.associations.engines import AssociationEngine, AutomationEngine, RunCommandEngine
from lab.api.associations.model import Association, Run, RunTarget
from lab.api.automation.store import Automations
from lab.api.commands.store import Commands
from lab.api.documents.store import Documents
from lab.api.errors import ApiError, NotImplementedInLab
from lab.api.nodes.store import Nodes
from lab.api.nodes.targets import rate_limits
from lab.api.registry import new_id, now
from lab.api.runtime.clockwork import Clockwork

# AWS's defaults: 50 targets at a time, and errors never stop a run.
RATE = {"MaxConcurrency": "50", "MaxErrors": "100%"}
# field of an association -> what its run would need. The lab has none of it.
NOT_RUN = {
    "TargetLocations": "in other accounts and Regions",
    "CalendarNames": "with Change Calendars",
    "AlarmConfiguration": "with CloudWatch alarms",
}


class Associations:
    def __init__(
        self, clockwork: Clockwork, nodes: Nodes, documents: Documents, commands: Commands, automations: Automations
    ) -> None:
        self._clockwork = clockwork
        # type of the document -> the engine that runs its associations
        self._engines: dict[str, AssociationEngine] = {
            "Command": RunCommandEngine(clockwork.settings, nodes, documents, commands),
            "Automation": AutomationEngine(nodes, automations),
        }
        self.by_id: dict[str, Association] = {}
        # Deleted associations are included: stale reads may still show them.
        self.ids: list[str] = []

    def get(self, association_id: str | None) -> Association:
        if association_id not in self.by_id:
            raise ApiError("AssociationDoesNotExist", f"The association {association_id} does not exist.")
        return self.by_id[association_id]

    def ids_using_document(self, document: str) -> list[str]:
        return [found.id for found in self.by_id.values() if found.spec["Name"].rsplit("document/", 1)[-1] == document]

    def add(self, association: Association) -> None:
        self.by_id[association.id] = association
        self.ids.append(association.id)
        self.changed(association)

    def remove(self, association: Association) -> None:
        """Delete an association. As in AWS, targets that have started finish; the others never start."""
        for run in association.runs:
            run.waiting.clear()
        del self.by_id[association.id]
        self._clockwork.history.record(("association", association.id), None)

    def check_runnable(self, document_type: str, spec: dict[str, Any]) -> None:
        """Refuse an association that the lab cannot run, before anything is changed.

        :raises NotImplementedInLab:
        """
        if document_type not in self._engines:
            raise NotImplementedInLab(f"running associations of {document_type} documents")
        for member, what in NOT_RUN.items():
            if spec.get(member):
                raise NotImplementedInLab(f"running associations {what}")
        self._engines[document_type].check_supported(spec)

    def start(self, association: Association, delay: float = 0.0) -> Run:
        """Start a new run. It begins when all earlier runs have ended.

        :param delay: seconds that it waits in addition to ``api.association_start``.
        """
        self.check_runnable(association.type, association.spec)
        run = Run(new_id(), association, association.version, dict(association.spec), now())
        association.runs.append(run)
        self.changed(association)
        delay += self._clockwork.settings.api.association_start
        self._clockwork.engine.later(delay, lambda: self._begin(run))
        return run

    def document_changed(self, name: str, bound: str) -> None:
        """Start the associations bound to `$LATEST` or `$DEFAULT` again when that means another version.

        :param bound: `$LATEST` or `$DEFAULT`, whichever has changed.
        """
        for association_id in self.ids_using_document(name):
            association = self.by_id[association_id]
            spec = association.spec
            if spec.get("DocumentVersion", "$DEFAULT") == bound and not spec.get("ApplyOnlyAtCronInterval"):
                delay = self._clockwork.settings.api.document_activation if bound == "$LATEST" else 0.0
                self.start(association, delay)

    def stop_waiting(self, association: Association) -> None:
        """Skip the targets that have not started, as an update does. Targets that have started finish."""
        for run in association.runs:
            for resource_id in run.waiting:
                run.targets[resource_id] = RunTarget(resource_id, "Skipped", "Skipped")
            run.waiting.clear()

    def _engine(self, run: Run) -> AssociationEngine:
        return self._engines[run.association.type]

    def _begin(self, run: Run) -> None:
        earlier = run.association.runs[: run.association.runs.index(run)]
        if run.begun or not all(other.ended for other in earlier) or run.association.id not in self.by_id:
            return
        run.begun = True
        run.status = "InProgress"
        run.waiting = self._engine(run).resolve(run.spec)
        run.concurrency, run.errors_allowed = rate_limits({**RATE, **run.spec}, len(run.waiting))
        self._advance(run)

    def _advance(self, run: Run) -> None:
        """Start as many targets as the rate allows; end the run when no target is left."""
        if run.count("Failed", "TimedOut") > run.errors_allowed:
            for resource_id in run.waiting:
                run.targets[resource_id] = RunTarget(resource_id, "Skipped", "Skipped")
            run.waiting.clear()
        while run.waiting and run.count("Pending", "InProgress") < run.concurrency:
            self._start_target(run, run.waiting.pop(0))
        if not run.waiting and not run.ended and not run.count("Pending", "InProgress"):
            run.status = _outcome(run)
            self.changed(run.association)
            for later in run.association.runs:
                self._begin(later)
        self.changed(run.association)

    def _start_target(self, run: Run, resource_id: str) -> None:
        target = run.targets[resource_id] = RunTarget(resource_id)
        try:
            self._engine(run).start(run, target, lambda *change: self._target_changed(run, target, *change))
        except ApiError as error:
            target.status, target.detailed = "Failed", error.code

    def _target_changed(self, run: Run, target: RunTarget, status: str, detailed: str, ended: bool) -> None:
        """Record a target's new status. A node that cannot be reached reports one while it is being started."""
        target.status, target.detailed = status, detailed
        target.changed = datetime.datetime.now(datetime.UTC)
        if ended:
            self._clockwork.engine.later(0, lambda: self._advance(run))
        self.changed(run.association)

    def changed(self, association: Association) -> None:
        """Record the new state, so that stale reads can still show the earlier one."""
        history = self._clockwork.history
        if association.id in self.by_id:
            history.record(("association", association.id), views.association_description(association))
        history.record(("runs", association.id), [views.association_execution_view(run) for run in association.runs])
        for run in association.runs:
            history.record(
                ("targets", run.id), [views.execution_target_view(run, target) for target in run.targets.values()]
            )


def _outcome(run: Run) -> str:
    if not run.targets:
        return "Skipped"
    if run.count("Failed") or run.count("Skipped"):
        return "Failed"
    return "TimedOut" if run.count("TimedOut") else "Success"
