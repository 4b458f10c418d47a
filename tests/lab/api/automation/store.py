"""Automation: the executions there are, how one begins, is signalled and is stopped."""

from __future__ import annotations

import datetime
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from lab.api.automation import children as automation_scale
from lab.api.automation import views
from lab.api.automation.caller import Caller
from lab.api.errors import ApiError, NotInThisLab
from lab.api.runbooks import content as automation_content
from lab.api.runbooks import parameters as automation_parameters

if TYPE_CHECKING:
    from lab.api.documents.store import Document, Version
    from lab.api.region import Region

ENDED = frozenset({"Success", "TimedOut", "Cancelled", "Failed"})
MOST_TAGS = 5


@dataclass(kw_only=True)
class Step:
    """One step of an execution; for one with targets, one of its children."""

    id: str
    name: str
    action: str
    # As it stands in the runbook.
    spec: dict[str, Any] = field(default_factory=dict)
    status: str = "Pending"
    started: datetime.datetime | None = None
    ended: datetime.datetime | None = None
    inputs: dict[str, str] = field(default_factory=dict)
    # Outputs as later steps find them: text, list or map.
    values: dict[str, Any] = field(default_factory=dict)
    failure: str | None = None
    next_steps: list[str] = field(default_factory=list)
    # What signals have said: who approved or rejected, Resume, StopStep.
    decisions: dict[str, str] = field(default_factory=dict)
    resumed: bool = False
    stopped: bool = False
    expires: float = float("inf")

    def begin(self) -> None:
        self.status = "InProgress"
        self.started = datetime.datetime.now(datetime.UTC)

    def end(self, status: str, failure: str | None = None) -> None:
        self.status, self.failure = status, failure
        self.ended = datetime.datetime.now(datetime.UTC)

    @property
    def over(self) -> bool:
        return self.status in ENDED


@dataclass(kw_only=True)
class Execution:
    id: str
    document: Document
    version: Version
    # The members of StartAutomationExecution as they were given.
    asked: dict[str, Any]
    parameters: dict[str, list[str]]
    steps: list[Step]
    plan: automation_scale.Plan | None
    parent: Execution | None = None
    target: str | None = None
    association_id: str | None = None
    tags: dict[str, str] = field(default_factory=dict)
    status: str = "Pending"
    started: datetime.datetime = field(default_factory=lambda: datetime.datetime.now(datetime.UTC))
    ended: datetime.datetime | None = None
    failure: str | None = None
    current: Step | None = None
    children: list[Execution] = field(default_factory=list)
    # Cancel or Complete, once it was asked for; the step that StartStep named (Interactive only).
    stop: str | None = None
    start_step: str | None = None
    on_end: Callable[[Execution], None] | None = None

    @property
    def over(self) -> bool:
        return self.status in ENDED

    @property
    def interactive(self) -> bool:
        return self.asked.get("Mode") == "Interactive"

    def step(self, name: str) -> Step | None:
        return next((step for step in self.steps if step.name == name), None)


class Automations:
    def __init__(self, region: Region) -> None:
        self._region = region
        self.by_id: dict[str, Execution] = {}
        self.caller = Caller(region)
        self._by_token: dict[str, Execution] = {}
        self._threads: list[threading.Thread] = []

    def get(self, execution_id: str) -> Execution:
        if execution_id not in self.by_id:
            raise ApiError(
                "AutomationExecutionNotFoundException", f"Execution doesn't exist for execution id: {execution_id}"
            )
        return self.by_id[execution_id]

    def check(self, asked: dict[str, Any]) -> tuple[Document, Version, automation_scale.Plan | None]:
        """Everything that a start is refused for; for whoever only wants to know (an association, a window's task).

        :param asked: members as StartAutomationExecution has them.
        :raises ApiError: as StartAutomationExecution would.
        """
        document, version = self._runbook(asked)
        plan = automation_scale.plan(asked)
        targeted = plan.parameters if plan else frozenset()
        automation_parameters.check(version.parsed, asked.get("Parameters", {}), targeted)
        automation_content.check_doable(version.parsed)
        self.caller.check_doable(version.parsed)
        return document, version, plan

    def start(
        self,
        asked: dict[str, Any],
        *,
        parent: Execution | None = None,
        target: str | None = None,
        association_id: str | None = None,
        on_end: Callable[[Execution], None] | None = None,
    ) -> Execution:
        """Begin an execution; it goes on in a thread of its own. Call it with the region's lock held.

        :param asked: members as StartAutomationExecution has them.
        :param parent: the execution that this one is a part of.
        :param association_id: the association that starts it.
        :param on_end: called once with the execution when it has ended, with the region's lock held.
        :raises ApiError: as StartAutomationExecution would.
        """
        from lab.api.automation.runner import Runner

        document, version, plan = self.check(asked)
        token = asked.get("ClientToken", "").lower()
        if token in self._by_token:
            return self._again(self._by_token[token], asked)
        self._check_limits(asked, parent)
        execution = self._new(document, version, plan, asked)
        execution.parent, execution.target, execution.on_end = parent, target, on_end
        execution.association_id = association_id
        if parent is not None:
            parent.children.append(execution)
        if token:
            self._by_token[token] = execution
        self.by_id[execution.id] = execution
        self.changed(execution)
        thread = threading.Thread(
            target=Runner(self._region, execution).live, name=f"automation-{execution.id}", daemon=True
        )
        self._threads = [*filter(threading.Thread.is_alive, self._threads), thread]
        thread.start()
        return execution

    def stop(self, execution: Execution, kind: str = "Cancel") -> None:
        """:raises ApiError: InvalidAutomationStatusUpdateException when there is nothing to stop."""
        if execution.over or execution.stop:
            raise ApiError(
                "InvalidAutomationStatusUpdateException",
                f"Execution {execution.id} is {execution.status} and can't be stopped.",
            )
        if kind == "Complete" and not execution.interactive:
            raise NotInThisLab("StopAutomationExecution of type Complete for an execution in mode Auto")
        if kind == "Complete" and execution.status != "Waiting":
            raise ApiError(
                "InvalidAutomationStatusUpdateException", f"A step of execution {execution.id} is still running."
            )
        execution.stop = kind
        if kind == "Cancel":
            execution.status = "Cancelling"
        self.changed(execution)

    def changed(self, execution: Execution) -> None:
        """Keep what reads show for those that are behind, and wake whoever waits for it."""
        self._region.history.record(("automation", execution.id), views.execution(execution))
        self._region.engine.changed.notify_all()

    def shown(self, execution: Execution) -> dict[str, Any] | None:
        """The execution as a read may show it; None when the read is so far behind that it is not there yet."""
        key = ("automation", execution.id)
        return self._region.history.at(key, self._region.staleness(), views.execution(execution))

    def close(self) -> None:
        """Wait for the threads, which end when the lab's time has ended. Call it without the region's lock."""
        ends = time.monotonic() + 5
        for thread in self._threads:
            thread.join(max(0.0, ends - time.monotonic()))

    def _runbook(self, asked: dict[str, Any]) -> tuple[Document, Version]:
        """The document, under the names that Automation has for what can be wrong with it."""
        name, wanted = asked["DocumentName"], asked.get("DocumentVersion")
        try:
            document, version = self._region.documents.usable(name, wanted)
        except ApiError as error:
            versioned = error.code == "InvalidDocumentVersion"
            kind = "AutomationDefinitionVersionNotFound" if versioned else "AutomationDefinitionNotFound"
            raise ApiError(f"{kind}Exception", error.message) from error
        if document.type != "Automation":
            raise ApiError("AutomationDefinitionNotFoundException", f"{name} is a {document.type} document.")
        return document, version

    def _again(self, execution: Execution, asked: dict[str, Any]) -> Execution:
        """The same token again: the same execution when it asks for the same."""
        if {**execution.asked, "ClientToken": ""} != {**asked, "ClientToken": ""}:
            raise ApiError(
                "IdempotentParameterMismatch", "The parameters don't match those of the call with the same token."
            )
        return execution

    def _check_limits(self, asked: dict[str, Any], parent: Execution | None) -> None:
        if len(asked.get("Tags", [])) > MOST_TAGS:
            raise ApiError("ValidationException", f"At most {MOST_TAGS} tags can be given to an automation.")
        running = sum(1 for execution in self.by_id.values() if execution.parent is None and not execution.over)
        if parent is None and running >= self._region.settings.api.automation_limit:
            raise ApiError("AutomationExecutionLimitExceededException", f"{running} executions are running already.")

    @staticmethod
    def _new(
        document: Document, version: Version, plan: automation_scale.Plan | None, asked: dict[str, Any]
    ) -> Execution:
        from lab.api.region import new_id

        steps = []
        if plan is None:
            steps = [
                Step(id=new_id(), name=spec["name"], action=spec["action"], spec=spec)
                for spec in version.parsed["mainSteps"]
            ]
        return Execution(
            id=new_id(),
            document=document,
            version=version,
            asked=asked,
            parameters=automation_parameters.resolved(version.parsed, asked.get("Parameters", {})),
            steps=steps,
            plan=plan,
            tags={tag["Key"]: tag["Value"] for tag in asked.get("Tags", [])},
        )
