"""What a running execution uses: the stores, and waits that a cancel interrupts."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from lab.api.automation.model import Execution, Step
from lab.api.automation.store import Automations
from lab.api.commands.store import Commands
from lab.api.nodes.store import Nodes
from lab.api.runtime.clockwork import Clockwork


class LabEndedError(Exception):
    """The lab has ended: the execution's thread ends too, and nobody reads its state any more."""


class CancelledError(Exception):
    """StopAutomationExecution, type Cancel."""


class StepFailed(Exception):
    """A step did not succeed. It may have outputs all the same."""

    def __init__(self, message: str, status: str = "Failed", values: dict[str, Any] | None = None) -> None:
        super().__init__(message)
        self.status = status
        self.values = values or {}


@dataclass(kw_only=True)
class ExecutionContext:
    """Call its methods with the Region's lock held; they release it only while they wait."""

    execution: Execution
    clockwork: Clockwork
    nodes: Nodes
    commands: Commands
    automations: Automations

    def wait(self, done: Callable[[], bool], seconds: float | None = None) -> bool:
        """Wait until something is done, or for so many seconds; returns whether it is done.

        :raises LabEndedError:
        :raises CancelledError:
        """
        engine, execution = self.clockwork.engine, self.execution
        engine.changed.wait_for(lambda: engine.ended or execution.stop == "Cancel" or done(), seconds)
        if engine.ended:
            raise LabEndedError
        if execution.stop == "Cancel":
            raise CancelledError
        return done()

    def wait_in_step(self, step: Step, done: Callable[[], bool], seconds: float = float("inf")) -> bool:
        """Like `wait`, but end at the step's timeout, or when StopStep stops the step.

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
        self.automations.changed(self.execution)
