"""Automation: the executions, and how one is started and stopped."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import Any

from lab.api.automation.caller import Caller
from lab.api.automation.model import Execution, Step
from lab.api.automation.targets import TargetPlan, plan_targets
from lab.api.automation.views import execution_view
from lab.api.documents.store import Document, Documents, Version
from lab.api.errors import ApiError, NotImplementedInLab
from lab.api.registry import new_id
from lab.api.runbooks.content import check_runbook_supported
from lab.api.runbooks.parameters import check_runbook_parameters, parameter_values
from lab.api.runtime.clockwork import Clockwork

MOST_TAGS = 5


class Automations:
    """All executions.

    :param run: runs one execution to its end; called in a thread of the execution's own. It is passed in, and not
        imported, because it starts and stops other executions in this store.
    """

    def __init__(
        self, clockwork: Clockwork, documents: Documents, caller: Caller, run: Callable[[Execution], None]
    ) -> None:
        self._clockwork = clockwork
        self._documents = documents
        self._run = run
        self.caller = caller
        self.by_id: dict[str, Execution] = {}
        self._by_token: dict[str, Execution] = {}
        self._threads: list[threading.Thread] = []

    def get(self, execution_id: str) -> Execution:
        if execution_id not in self.by_id:
            raise ApiError(
                "AutomationExecutionNotFoundException", f"Execution doesn't exist for execution id: {execution_id}"
            )
        return self.by_id[execution_id]

    def check_request(self, request: dict[str, Any]) -> tuple[Document, Version, TargetPlan | None]:
        """Make every check of a start without starting, as an association needs it.

        :param request: the members of StartAutomationExecution.
        :raises ApiError: as StartAutomationExecution would.
        """
        document, version = self._runbook(request)
        plan = plan_targets(request)
        targeted = plan.parameters if plan else frozenset()
        check_runbook_parameters(version.parsed, request.get("Parameters", {}), targeted)
        check_runbook_supported(version.parsed)
        self.caller.check_calls_supported(version.parsed)
        return document, version, plan

    def start(
        self,
        request: dict[str, Any],
        *,
        parent: Execution | None = None,
        target: str | None = None,
        association_id: str | None = None,
        on_end: Callable[[Execution], None] | None = None,
    ) -> Execution:
        """Start an execution, which then runs in a thread of its own. Call this with the Region's lock held.

        :param request: the members of StartAutomationExecution.
        :param parent: the execution that starts this one.
        :param association_id: the association that starts it.
        :param on_end: called once when the execution has ended, with the Region's lock held.
        :raises ApiError: as StartAutomationExecution would.
        """
        document, version, plan = self.check_request(request)
        token = request.get("ClientToken", "").lower()
        if token in self._by_token:
            return self._earlier_execution(self._by_token[token], request)
        self._check_limits(request, parent)
        execution = self._new(document, version, plan, request)
        execution.parent, execution.target, execution.on_end = parent, target, on_end
        execution.association_id = association_id
        if parent is not None:
            parent.children.append(execution)
        if token:
            self._by_token[token] = execution
        self.by_id[execution.id] = execution
        self.changed(execution)
        thread = threading.Thread(target=self._run, args=(execution,), name=f"automation-{execution.id}", daemon=True)
        self._threads = [*filter(threading.Thread.is_alive, self._threads), thread]
        thread.start()
        return execution

    def stop(self, execution: Execution, kind: str = "Cancel") -> None:
        """Ask an execution to stop.

        :param kind: Cancel or Complete.
        :raises ApiError: InvalidAutomationStatusUpdateException when there is nothing to stop.
        """
        if execution.over or execution.stop:
            raise ApiError(
                "InvalidAutomationStatusUpdateException",
                f"Execution {execution.id} is {execution.status} and can't be stopped.",
            )
        if kind == "Complete" and not execution.interactive:
            raise NotImplementedInLab("StopAutomationExecution of type Complete for an execution in mode Auto")
        if kind == "Complete" and execution.status != "Waiting":
            raise ApiError(
                "InvalidAutomationStatusUpdateException", f"A step of execution {execution.id} is still running."
            )
        execution.stop = kind
        if kind == "Cancel":
            execution.status = "Cancelling"
        self.changed(execution)

    def changed(self, execution: Execution) -> None:
        """Record the new state for stale reads, and wake everybody who waits for a change."""
        self._clockwork.history.record(("automation", execution.id), execution_view(execution))
        self._clockwork.engine.changed.notify_all()

    def visible_execution(self, execution: Execution) -> dict[str, Any] | None:
        """The execution as reads show it, which may be stale; None when they do not show it yet."""
        key = ("automation", execution.id)
        return self._clockwork.history.at(key, self._clockwork.staleness(), execution_view(execution))

    def close(self) -> None:
        """Wait for the threads, which end when the engine has ended. Call this without the Region's lock."""
        ends = time.monotonic() + 5
        for thread in self._threads:
            thread.join(max(0.0, ends - time.monotonic()))

    def _runbook(self, request: dict[str, Any]) -> tuple[Document, Version]:
        """The document and its version.

        :raises ApiError: with Automation's own codes for a document that it cannot use.
        """
        name, version_specifier = request["DocumentName"], request.get("DocumentVersion")
        try:
            document, version = self._documents.runnable_version(name, version_specifier)
        except ApiError as error:
            versioned = error.code == "InvalidDocumentVersion"
            kind = "AutomationDefinitionVersionNotFound" if versioned else "AutomationDefinitionNotFound"
            raise ApiError(f"{kind}Exception", error.message) from error
        if document.type != "Automation":
            raise ApiError("AutomationDefinitionNotFoundException", f"{name} is a {document.type} document.")
        return document, version

    def _earlier_execution(self, execution: Execution, request: dict[str, Any]) -> Execution:
        """The execution that the same ClientToken started before.

        :raises ApiError: IdempotentParameterMismatch when the parameters are others.
        """
        if {**execution.request, "ClientToken": ""} != {**request, "ClientToken": ""}:
            raise ApiError(
                "IdempotentParameterMismatch", "The parameters don't match those of the call with the same token."
            )
        return execution

    def _check_limits(self, request: dict[str, Any], parent: Execution | None) -> None:
        if len(request.get("Tags", [])) > MOST_TAGS:
            raise ApiError("ValidationException", f"At most {MOST_TAGS} tags can be given to an automation.")
        running = sum(1 for execution in self.by_id.values() if execution.parent is None and not execution.over)
        if parent is None and running >= self._clockwork.settings.api.automation_limit:
            raise ApiError("AutomationExecutionLimitExceededException", f"{running} executions are running already.")

    @staticmethod
    def _new(document: Document, version: Version, plan: TargetPlan | None, request: dict[str, Any]) -> Execution:
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
            request=request,
            parameters=parameter_values(version.parsed, request.get("Parameters", {})),
            steps=steps,
            plan=plan,
            tags={tag["Key"]: tag["Value"] for tag in request.get("Tags", [])},
        )
