"""Results of steps and documents, and how they add up."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

SEPARATOR = "\n----------ERROR-------\n"
OUTPUT_LIMIT = 2500
STREAM_LIMIT = 24000
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


@dataclass(frozen=True, kw_only=True)
class StepResult:
    """One step of one document, finished or interrupted by a reboot."""

    name: str
    action: str
    status: Status
    code: int = 0
    stdout: str = ""
    stderr: str = ""
    started: float = 0.0
    ended: float = 0.0
    # No later step of this document runs, a finallyStep excepted.
    ends_document: bool = False

    def as_dict(self) -> dict[str, Any]:
        return {**dataclasses.asdict(self), "status": self.status.value}

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> StepResult:
        return cls(**{**data, "status": Status(data["status"])})

    def after(self, earlier: StepResult) -> StepResult:
        """This result with the output of the pass before the reboot in front of it."""
        return dataclasses.replace(
            self,
            stdout=earlier.stdout + self.stdout,
            stderr=earlier.stderr + self.stderr,
            started=earlier.started,
        )


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


def join_output(stdout: str, stderr: str) -> str:
    """The `output` of a step: both streams with a line between them, cut to what the service takes."""
    if not stderr:
        return stdout[:OUTPUT_LIMIT]
    if len(stdout) + len(SEPARATOR) + len(stderr) <= OUTPUT_LIMIT:
        return stdout + SEPARATOR + stderr
    room = OUTPUT_LIMIT - len(SEPARATOR)
    # Neither stream may push the other out.
    kept_err = stderr[: max(room - len(stdout), room // 2)]
    return stdout[: room - len(kept_err)] + SEPARATOR + kept_err
