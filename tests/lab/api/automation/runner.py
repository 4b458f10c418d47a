"""Runs one execution, step by step, in a thread of its own."""

from __future__ import annotations

import contextlib
import datetime
import logging
import time
from typing import Any

from lab.api.automation.children import run_children
from lab.api.automation.context import CancelledError, ExecutionContext, LabEndedError, StepFailed
from lab.api.automation.model import Step
from lab.api.automation.steps import STEP_ACTIONS
from lab.api.runbooks.content import NO_OUTPUT
from lab.api.runbooks.parameters import typed_value
from lab.api.runbooks.values import fill_references, inputs_as_json

log = logging.getLogger(__name__)

# In seconds; the user guide names a default for these two actions only.
DEFAULT_TIMEOUTS = {"aws:approve": 604_800, "aws:assertAwsResourceProperty": 3_600}


class AbortedError(Exception):
    """A step failed and its onFailure says Abort."""


class Runner:
    """Holds the Region's lock except while it waits, so that no call sees a half-made change."""

    def __init__(self, context: ExecutionContext) -> None:
        self._context = context
        self._clockwork = context.clockwork
        self._execution = context.execution

    def run(self) -> None:
        execution = self._execution
        with self._clockwork.engine.changed:
            try:
                self._run()
            except LabEndedError:
                return
            except CancelledError:
                self._end_cancelled()
            except Exception as error:
                log.exception("automation execution %s broke the lab", execution.id)
                self._end("Failed", f"the lab broke: {error!r}")

    def _look_up(self, name: str) -> Any:
        """The current value of ``{{ name }}``."""
        execution = self._execution
        if name in execution.parameters:
            return typed_value(execution.version.parsed["parameters"][name]["type"], execution.parameters[name])
        now = datetime.datetime.now(datetime.UTC)
        known = {
            "global:ACCOUNT_ID": self._clockwork.account_id,
            "global:REGION": self._clockwork.region_name,
            "global:DATE": now.strftime("%Y-%m-%d"),
            "global:DATE_TIME": now.strftime("%Y-%m-%d_%H.%M.%S"),
            "automation:EXECUTION_ID": execution.id,
        }
        if name in known:
            return known[name]
        step_name, _, output = name.partition(".")
        step = execution.step(step_name)
        return step.values.get(output, NO_OUTPUT) if step is not None else NO_OUTPUT

    def _end(self, status: str, failure: str | None = None) -> None:
        execution = self._execution
        execution.status, execution.failure, execution.current = status, failure, None
        execution.ended = datetime.datetime.now(datetime.UTC)
        self._context.changed()
        self._clockwork.events.emit(
            "automation_ended", execution_id=execution.id, document=execution.document.name, status=status
        )
        on_end, execution.on_end = execution.on_end, None
        if on_end is not None:
            on_end(execution)

    def _run(self) -> None:
        execution = self._execution
        self._context.wait(lambda: False, self._clockwork.settings.api.automation_start)
        self._set_status("InProgress")
        if execution.plan is not None:
            self._end(*run_children(self._context, execution.plan))
            return
        with contextlib.suppress(AbortedError):
            self._run_steps()
        self._end(*self._outcome())

    def _set_status(self, status: str) -> None:
        self._execution.status = status
        self._context.changed()

    def _run_steps(self) -> None:
        step: Step | None = self._execution.steps[0]
        while step is not None:
            if self._execution.interactive and not self._wait_for_start_step(step):
                return
            self._run_step(step)
            step = self._next_step(step)
        if self._execution.interactive:
            self._set_status("Waiting")
            self._context.wait(lambda: self._execution.stop == "Complete")

    def _wait_for_start_step(self, step: Step) -> bool:
        """Mode Interactive: wait for StartStep.

        :return: False when the execution is to be completed instead.
        """
        execution = self._execution
        execution.current = step
        self._set_status("Waiting")
        self._context.wait(lambda: execution.start_step == step.name or execution.stop == "Complete")
        execution.start_step = None
        self._set_status("InProgress")
        return execution.stop is None

    def _run_step(self, step: Step) -> None:
        self._execution.current = step
        step.begin()
        attempts = int(fill_references(step.spec.get("maxAttempts", 1), self._look_up))
        for _attempt in range(max(1, attempts)):
            status, failure = self._attempt(step)
            if status in ("Success", "Cancelled"):
                break
        step.end(status, failure)
        self._set_status("InProgress")

    def _attempt(self, step: Step) -> tuple[str, str | None]:
        try:
            inputs = fill_references(step.spec.get("inputs", {}), self._look_up)
            step.inputs = inputs_as_json(inputs)
            usual = DEFAULT_TIMEOUTS.get(step.action)
            timeout = fill_references(step.spec.get("timeoutSeconds", usual), self._look_up)
            step.expires = time.monotonic() + (float("inf") if timeout is None else float(timeout))
            self._context.changed()
            step.values = STEP_ACTIONS[step.action](self._context, step, inputs)
        except StepFailed as failed:
            step.values |= failed.values
            return failed.status, str(failed)
        return "Success", None

    def _next_step(self, step: Step) -> Step | None:
        if step.spec.get("isEnd") and step.status != "Success":
            return None
        name = step.spec.get("nextStep")
        failure = str(step.spec.get("onFailure", "Abort"))
        if step.status == "Success":
            name = step.next_steps[0] if step.next_steps else name
            if step.spec.get("isEnd") and not step.next_steps:
                return None
        elif failure.startswith("step:"):
            name = failure.removeprefix("step:")
        elif failure == "Abort" and step.status != "Cancelled":
            raise AbortedError
        if name is not None:
            return self._execution.step(name)
        following = self._execution.steps.index(step) + 1
        return self._execution.steps[following] if following < len(self._execution.steps) else None

    def _outcome(self) -> tuple[str, str | None]:
        """(status, failure) of the execution. A failed step fails it when it aborted it or is explicitly critical.

        https://docs.aws.amazon.com/systems-manager/latest/userguide/automation-actions.html#critProp
        """
        for step in self._execution.steps:
            aborted = step.spec.get("onFailure", "Abort") == "Abort" and step.spec.get("isCritical", True)
            if step.status in ("Failed", "TimedOut") and (aborted or step.spec.get("isCritical") is True):
                return step.status, step.failure
        return "Success", None

    def _end_cancelled(self) -> None:
        for child in self._execution.children:
            if not child.over and not child.stop:
                self._context.automations.stop(child)
        engine = self._clockwork.engine
        engine.changed.wait_for(lambda: engine.ended or all(child.over for child in self._execution.children))
        for step in self._execution.steps:
            if step.status in ("InProgress", "Waiting"):
                step.end("Cancelled")
        self._end("Cancelled")
