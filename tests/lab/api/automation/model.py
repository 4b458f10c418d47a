"""An execution of a runbook, and its steps."""

from __future__ import annotations

import datetime
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from lab.api.automation.targets import TargetPlan
from lab.api.documents.store import Document, Version

ENDED = frozenset({"Success", "TimedOut", "Cancelled", "Failed"})


@dataclass(kw_only=True)
class Step:
    """One step of an execution. An execution with targets has a step for each child."""

    id: str
    name: str
    action: str
    # The step as the runbook defines it.
    spec: dict[str, Any] = field(default_factory=dict)
    status: str = "Pending"
    started: datetime.datetime | None = None
    ended: datetime.datetime | None = None
    inputs: dict[str, str] = field(default_factory=dict)
    # Outputs as later steps read them: text, list or map.
    values: dict[str, Any] = field(default_factory=dict)
    failure: str | None = None
    next_steps: list[str] = field(default_factory=list)
    # What signals have set: who approved or rejected, Resume, StopStep.
    decisions: dict[str, str] = field(default_factory=dict)
    resumed: bool = False
    stopped: bool = False
    # On the monotonic clock.
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
    request: dict[str, Any]
    parameters: dict[str, list[str]]
    steps: list[Step]
    plan: TargetPlan | None
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
    # Cancel or Complete, once StopAutomationExecution has asked for it.
    stop: str | None = None
    # The step that StartStep has named (Interactive only).
    start_step: str | None = None
    on_end: Callable[[Execution], None] | None = None

    @property
    def over(self) -> bool:
        return self.status in ENDED

    @property
    def interactive(self) -> bool:
        return self.request.get("Mode") == "Interactive"

    def step(self, name: str) -> Step | None:
        return next((step for step in self.steps if step.name == name), None)
