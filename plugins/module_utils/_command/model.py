# Copyright: steadyfleet contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection: may change without notice.

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import asdict, dataclass, field
from typing import Any

# Run Command's own words; everything else (Pending, InProgress, Delayed, Cancelling) is still under way.
ENDED = frozenset({"Success", "Cancelled", "TimedOut", "Failed"})

# How the agent marks what it cut away (TruncateOutput in its source).
SEPARATOR = "\n----------ERROR-------\n"
_CUT = ("---Output truncated---", "---Error truncated----")
_LISTED_OUTPUT_LENGTH = 2500
_SKIPPED = re.compile(r"^(Step execution skipped|Plugin with name .* skipped due to )")
# What the agent adds to a script's own words: remarks, the cut marks, and the line where standard error begins.
_AGENT_WORDS = re.compile(
    r"^(failed to run commands: exit status \d+|Step was found to have onFailure property\..*"
    r"|Step exited with code \d+\. Therefore, .*|-{3,}.*-{3,})$"
)
# An invocation that never came to a step has only this to say for itself.
_NO_STEP = {
    "DeliveryTimedOut": "the command was never picked up: is its SSM Agent running?",
    "Undeliverable": "the command could not be delivered: is its SSM Agent running?",
    "Terminated": "not started, because too many others had failed",
    "InvalidPlatform": "the document is not for its platform",
    "AccessDenied": "AWS refused to run the command there",
}
_MAX_LINE = 300


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
    # Where in S3 the whole of each stream is, when the command had a bucket.
    stdout_url: str = ""
    stderr_url: str = ""

    @property
    def skipped(self) -> bool:
        """The agent passed over it. Run Command has no such status and calls it Success, code 0."""
        return "Skipped" in (self.status, self.status_details) or bool(_SKIPPED.match(self.output))

    @property
    def failed(self) -> bool:
        return self.status in ENDED and self.status != "Success"

    @property
    def cut(self) -> bool:
        """The listing's output is not all that the step said."""
        return len(self.output) >= _LISTED_OUTPUT_LENGTH or any(mark in self.output for mark in _CUT)

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

    def step(self, name: str) -> Step | None:
        return next((step for step in self.steps if step.name == name), None)

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
    """What SendCommand is asked for; exactly one of ``instance_ids`` and ``targets``."""

    document_name: str
    document_version: str | None = None
    document_hash: str | None = None
    document_hash_type: str | None = None
    instance_ids: tuple[str, ...] = ()
    targets: tuple[dict[str, Any], ...] = ()
    parameters: dict[str, list[str]] = field(default_factory=dict)
    comment: str | None = None
    timeout_seconds: int | None = None
    max_concurrency: str | None = None
    max_errors: str | None = None
    output_s3_bucket_name: str | None = None
    output_s3_key_prefix: str | None = None
    service_role_arn: str | None = None
    notification_config: dict[str, Any] | None = None
    cloud_watch_output_config: dict[str, Any] | None = None
    alarm_configuration: dict[str, Any] | None = None


@dataclass(frozen=True, kw_only=True)
class Sent:
    """A command that was sent, and the nodes from which an answer is due."""

    command_id: str
    instance_ids: frozenset[str]


@dataclass(frozen=True, kw_only=True)
class CommandState:
    """A command as a whole; its Success does not mean that every node succeeded."""

    command_id: str
    status: str
    status_details: str
    target_count: int
    document_name: str = ""
    comment: str = ""
    instance_ids: tuple[str, ...] = ()
    targets: tuple[dict[str, Any], ...] = ()
    output_s3_bucket_name: str = ""
    requested_at: str | None = None
    expires_at: str | None = None
    # Names of the CloudWatch alarms that stopped it.
    triggered_alarms: tuple[str, ...] = ()

    @property
    def ended(self) -> bool:
        return self.status in ENDED


def last_line(output: str) -> str:
    """The last line that says something. Standard error stands after standard output, so its lines come first."""
    lines = (line.strip() for line in reversed(output.splitlines()))
    found = next((line for line in lines if line and not _AGENT_WORDS.match(line)), "")
    return found if len(found) <= _MAX_LINE else found[: _MAX_LINE - 1] + "…"


def problem(invocation: Invocation) -> str | None:
    """Why this invocation did not succeed, in one line that names instance, step and code; None if it did."""
    if invocation.succeeded:
        return None
    details = invocation.status_details or invocation.status
    if (step := invocation.failed_step) and details not in _NO_STEP:
        return f"{invocation.instance_id}: {describe_step(step)}"
    said = _NO_STEP.get(details) or last_line(invocation.trace)
    return f"{invocation.instance_id}: {details}" + (f": {said}" if said else "")


def describe_step(step: Step) -> str:
    """``step X Failed (exit code 1): its last words``."""
    code = "" if step.response_code is None else f" (exit code {step.response_code})"
    said = last_line(step.output)
    return f"step {step.name} {step.status}{code}" + (f": {said}" if said else "")


def problems(invocations: Iterable[Invocation]) -> tuple[str, ...]:
    return tuple(line for line in map(problem, invocations) if line)


def pending(sent: Iterable[Sent], seen: Iterable[Invocation]) -> tuple[str, ...]:
    """Who is still due, as ``i-1 InProgress``; a node of which nothing is heard yet is ``not started``."""
    seen = tuple(seen)
    waiting = []
    for command in sent:
        known = {found.instance_id: found for found in seen if found.command_id == command.command_id}
        for instance_id in sorted(command.instance_ids):
            invocation = known.get(instance_id)
            if invocation is None or not invocation.ended:
                waiting.append(f"{instance_id} {_progress(invocation)}")
    return tuple(waiting)


def _progress(invocation: Invocation | None) -> str:
    if invocation is None:
        return "not started"
    running = next((step.name for step in reversed(invocation.steps) if step.status == "InProgress"), "")
    return f"{invocation.status} in step {running}" if running else invocation.status
