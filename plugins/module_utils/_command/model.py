# Copyright: steadyfleet contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection: may change without notice.

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

# Run Command's own words. Everything else (Pending, InProgress, Delayed, Cancelling) is in progress.
ENDED = frozenset({"Success", "Cancelled", "TimedOut", "Failed"})
# How the names of the documents begin that patch a node: also AWS-RunPatchBaselineWithHooks and ...Association.
PATCH_DOCUMENTS = "AWS-RunPatchBaseline"

# The agent separates and marks output in this way (TruncateOutput in its source).
SEPARATOR = "\n----------ERROR-------\n"
_TRUNCATED = ("---Output truncated---", "---Error truncated----")
_LISTED_OUTPUT_LENGTH = 2500
_SKIPPED = re.compile(r"^(Step execution skipped|Plugin with name .* skipped due to )")


@dataclass(frozen=True, kw_only=True, slots=True)
class Step:
    """One step (plugin) of a command document on one node."""

    name: str
    status: str
    status_details: str = ""
    response_code: int | None = None
    output: str = ""
    started_at: str | None = None
    ended_at: str | None = None
    # Where in S3 the whole of each stream is, when the command has a bucket.
    stdout_url: str = ""
    stderr_url: str = ""

    @property
    def skipped(self) -> bool:
        """Whether the agent skipped the step. Run Command has no such status and reports Success with code 0."""
        return "Skipped" in (self.status, self.status_details) or bool(_SKIPPED.match(self.output))

    @property
    def failed(self) -> bool:
        return self.status in ENDED and self.status != "Success"

    @property
    def truncated(self) -> bool:
        """Whether the listed output is not the whole output of the step."""
        return len(self.output) >= _LISTED_OUTPUT_LENGTH or any(mark in self.output for mark in _TRUNCATED)

    def as_dict(self) -> dict[str, Any]:
        values = {**asdict(self), "skipped": self.skipped}
        return {name: value for name, value in values.items() if not name.endswith("_url")}


@dataclass(frozen=True, kw_only=True, slots=True)
class Invocation:
    """One command on one node."""

    command_id: str
    instance_id: str
    status: str
    status_details: str = ""
    trace: str = ""
    steps: tuple[Step, ...] = ()

    @property
    def ended(self) -> bool:
        return self.status in ENDED

    @property
    def succeeded(self) -> bool:
        return self.status == "Success"

    @property
    def failed_step(self) -> Step | None:
        return next((step for step in self.steps if step.failed), None)

    def as_dict(self) -> dict[str, Any]:
        return {
            "command_id": self.command_id,
            "instance_id": self.instance_id,
            "status": self.status,
            "status_details": self.status_details,
            "steps": [step.as_dict() for step in self.steps],
        }


@dataclass(frozen=True, kw_only=True)
class CommandRequest:
    """The request of SendCommand, with exactly one of ``instance_ids`` and ``targets``."""

    document_name: str
    instance_ids: tuple[str, ...] = ()
    # With ``key`` and ``values``.
    targets: tuple[Mapping[str, Any], ...] = ()
    parameters: Mapping[str, list[str]] = field(default_factory=dict)
    comment: str | None = None
    # Further members, by their names in snake_case.
    options: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class SentCommand:
    """A command that was sent, and the nodes that must report a result."""

    command_id: str
    instance_ids: frozenset[str]


@dataclass(frozen=True, kw_only=True)
class Command:
    """A command as a whole. Its Success does not mean that it succeeded on every node."""

    command_id: str
    status: str
    status_details: str = ""
    target_count: int = 0
    document_name: str = ""
    comment: str = ""
    instance_ids: tuple[str, ...] = ()
    # With ``key`` and ``values``.
    targets: tuple[Mapping[str, Any], ...] = ()
    output_s3_bucket_name: str = ""
    requested_at: str | None = None
    expires_at: str | None = None
    # Names of the CloudWatch alarms that stopped the command.
    triggered_alarms: tuple[str, ...] = ()

    @property
    def ended(self) -> bool:
        return self.status in ENDED
