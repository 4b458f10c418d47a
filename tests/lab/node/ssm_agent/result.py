"""Results of steps and documents, and how they add up."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

CODE_EXIT_SUCCESS = 168
CODE_EXIT_FAILURE = 169
CODE_KILLED = 137
CODE_REBOOT = 194


class Status(StrEnum):
    """What the service is told about a step or a document."""

    IN_PROGRESS = "InProgress"
    SUCCESS = "Success"
    FAILED = "Failed"
    TIMED_OUT = "TimedOut"
    CANCELLED = "Cancelled"
    SKIPPED = "Skipped"
    REBOOT = "SuccessAndReboot"


PRECEDENCE = (Status.REBOOT, Status.FAILED, Status.TIMED_OUT, Status.CANCELLED)
# The statuses of a child's steps, and of the properties of a step of schema 1.2, are merged in another order.
MERGED = (Status.SKIPPED, Status.SUCCESS, Status.REBOOT, Status.FAILED, Status.CANCELLED, Status.TIMED_OUT)


@dataclass(frozen=True, kw_only=True)
class StepResult:
    """One step of one document, finished or interrupted by a reboot."""

    name: str
    action: str
    status: Status
    code: int = 0
    stdout: str = ""
    stderr: str = ""
    # Both streams together, without the agent's remarks on what follows from the exit code.
    output: str = ""
    # Why the step failed without having run: then it is all that `output` says.
    error: str = ""
    started: float = 0.0
    ended: float = 0.0
    # No later step of this document runs, a finallyStep excepted.
    ends_document: bool = False

    def as_dict(self) -> dict[str, Any]:
        return {**dataclasses.asdict(self), "status": self.status.value}

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> StepResult:
        return cls(**{**data, "status": Status(data["status"])})


@dataclass(frozen=True, kw_only=True)
class DocumentResult:
    """All the steps of one document."""

    status: Status
    steps: tuple[StepResult, ...] = ()
    trace: str = ""


def aggregate(statuses: Iterable[Status]) -> Status:
    """The document's status: the worst of its steps', where a skipped step is a success."""
    seen = set(statuses)
    return next((status for status in PRECEDENCE if status in seen), Status.SUCCESS)


def merge(statuses: Iterable[Status]) -> Status:
    """The status of a step that is made of several; of none, a success."""
    return max(statuses, key=MERGED.index, default=Status.SUCCESS)
