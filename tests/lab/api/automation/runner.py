"""One execution from its beginning to its end, step by step, in a thread of its own."""

from __future__ import annotations

import contextlib
import datetime
import logging
import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from lab.api.automation import children as automation_scale
from lab.api.automation import steps as automation_actions
from lab.api.automation.steps import StepFailed
from lab.api.automation.store import Execution, Step
from lab.api.runbooks import values as automation_values
from lab.api.runbooks.content import NO_OUTPUT
from lab.api.runbooks.parameters import typed

if TYPE_CHECKING:
    from lab.api.region import Region

log = logging.getLogger(__name__)

# The two of which the user guide names one, in seconds.
DEFAULT_TIMEOUTS = {"aws:approve": 604_800, "aws:assertAwsResourceProperty": 3_600}


class LabEndedError(Exception):
    """The lab's time is over: the thread ends, and nobody looks any more."""


class CancelledError(Exception):
    """StopAutomationExecution, type Cancel."""


class AbortedError(Exception):
    """A step failed and its onFailure says Abort."""


class Runner:
    """Holds the region's lock except while it waits, so that nobody ever sees half a change."""

    def __init__(self, region: Region, execution: Execution) -> None:
        self.region = region
        self.execution = execution

    def live(self) -> None:
        execution = self.execution
        with self.region.engine.changed:
            try:
                self._live()
            except LabEndedError:
                return
            except CancelledError:
                self._cancelled()
            except Exception as error:
                log.exception("automation execution %s broke the lab", execution.id)
                self.end("Failed", f"the lab broke: {error!r}")

    def wait(self, done: Callable[[], bool], seconds: float | None = None) -> bool:
        """Let the world go on until something is done, or for so long; tells whether it is done."""
        engine, execution = self.region.engine, self.execution
        engine.changed.wait_for(lambda: engine.ended or execution.stop == "Cancel" or done(), seconds)
        if engine.ended:
            raise LabEndedError
        if execution.stop == "Cancel":
            raise CancelledError
        return done()

    def wait_in_step(self, step: Step, done: Callable[[], bool], seconds: float = float("inf")) -> bool:
        """As `wait`, within the time that the step has, and until StopStep.

        :raises StepFailed: TimedOut or Cancelled.
        """
        left = min(seconds, step.expires - time.monotonic())
        reached = self.wait(lambda: step.stopped or done(), None if left == float("inf") else max(0.0, left))
        if step.stopped:
            raise StepFailed("The step was stopped.", "Cancelled")
        if not done() and time.monotonic() >= step.expires:
            raise StepFailed("Step timed out.", "TimedOut")
        return reached

    def changed(self) -> None:
        self.region.automations.changed(self.execution)

    def look_up(self, name: str) -> Any:
        """What ``{{ name }}`` stands for just now."""
        execution = self.execution
        if name in execution.parameters:
            return typed(execution.version.parsed["parameters"][name]["type"], execution.parameters[name])
        now = datetime.datetime.now(datetime.UTC)
        known = {
            "global:ACCOUNT_ID": self.region.account,
            "global:REGION": self.region.name,
            "global:DATE": now.strftime("%Y-%m-%d"),
            "global:DATE_TIME": now.strftime("%Y-%m-%d_%H.%M.%S"),
            "automation:EXECUTION_ID": execution.id,
        }
        if name in known:
            return known[name]
        step_name, _, output = name.partition(".")
        step = execution.step(step_name)
        return step.values.get(output, NO_OUTPUT) if step is not None else NO_OUTPUT

    def end(self, status: str, failure: str | None = None) -> None:
        execution = self.execution
        execution.status, execution.failure, execution.current = status, failure, None
        execution.ended = datetime.datetime.now(datetime.UTC)
        self.changed()
        self.region.events.emit(
            "automation_ended", execution_id=execution.id, document=execution.document.name, status=status
        )
        told, execution.on_end = execution.on_end, None
        if told is not None:
            told(execution)

    def _live(self) -> None:
        execution = self.execution
        self.wait(lambda: False, self.region.settings.api.automation_start)
        self._status("InProgress")
        if execution.plan is not None:
            self.end(*automation_scale.run(self, execution.plan))
            return
        with contextlib.suppress(AbortedError):
            self._walk()
        self.end(*self._verdict())

    def _status(self, status: str) -> None:
        self.execution.status = status
        self.changed()

    def _walk(self) -> None:
        step: Step | None = self.execution.steps[0]
        while step is not None:
            if self.execution.interactive and not self._told_to_start(step):
                return
            self._run(step)
            step = self._next(step)
        if self.execution.interactive:
            self._status("Waiting")
            self.wait(lambda: self.execution.stop == "Complete")

    def _told_to_start(self, step: Step) -> bool:
        """Interactive: every step begins when StartStep says so. False: the execution is to be completed instead."""
        execution = self.execution
        execution.current = step
        self._status("Waiting")
        self.wait(lambda: execution.start_step == step.name or execution.stop == "Complete")
        execution.start_step = None
        self._status("InProgress")
        return execution.stop is None

    def _run(self, step: Step) -> None:
        self.execution.current = step
        step.begin()
        attempts = int(automation_values.fill(step.spec.get("maxAttempts", 1), self.look_up))
        for _attempt in range(max(1, attempts)):
            status, failure = self._attempt(step)
            if status in ("Success", "Cancelled"):
                break
        step.end(status, failure)
        self._status("InProgress")

    def _attempt(self, step: Step) -> tuple[str, str | None]:
        try:
            inputs = automation_values.fill(step.spec.get("inputs", {}), self.look_up)
            step.inputs = automation_values.shown(inputs)
            usual = DEFAULT_TIMEOUTS.get(step.action)
            timeout = automation_values.fill(step.spec.get("timeoutSeconds", usual), self.look_up)
            step.expires = time.monotonic() + (float("inf") if timeout is None else float(timeout))
            self.changed()
            step.values = automation_actions.ACTIONS[step.action](self, step, inputs)
        except StepFailed as failed:
            step.values |= failed.values
            return failed.status, str(failed)
        return "Success", None

    def _next(self, step: Step) -> Step | None:
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
            return self.execution.step(name)
        following = self.execution.steps.index(step) + 1
        return self.execution.steps[following] if following < len(self.execution.steps) else None

    def _verdict(self) -> tuple[str, str | None]:
        """A failed step fails the whole when it ended it, or says explicitly that it is critical.

        https://docs.aws.amazon.com/systems-manager/latest/userguide/automation-actions.html#critProp
        """
        for step in self.execution.steps:
            aborted = step.spec.get("onFailure", "Abort") == "Abort" and step.spec.get("isCritical", True)
            if step.status in ("Failed", "TimedOut") and (aborted or step.spec.get("isCritical") is True):
                return step.status, step.failure
        return "Success", None

    def _cancelled(self) -> None:
        for child in self.execution.children:
            if not child.over and not child.stop:
                self.region.automations.stop(child)
        engine = self.region.engine
        engine.changed.wait_for(lambda: engine.ended or all(child.over for child in self.execution.children))
        for step in self.execution.steps:
            if step.status in ("InProgress", "Waiting"):
                step.end("Cancelled")
        self.end("Cancelled")
