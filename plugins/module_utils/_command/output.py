# Copyright: steadyfleet contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection: may change without notice.

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, replace
from typing import Any
from urllib.parse import unquote, urlsplit

from .model import SEPARATOR, Invocation, Step

# How many characters GetCommandInvocation returns of each stream. The agent ends a truncated stream with the mark.
STDOUT_LENGTH, STDERR_LENGTH = 24_000, 8_000
_TRUNCATION_MARK = "--output truncated--"
_LISTED_ONLY = "AWS lists 2,500 characters of a step's output, and did not show more of it"
# The length of both streams in one, as a module returns them.
_OUTPUT_LENGTH = STDOUT_LENGTH + STDERR_LENGTH

# By instance and name of the step.
Outputs = Mapping[tuple[str, str], "StepOutput"]


@dataclass(frozen=True, kw_only=True, slots=True)
class StepOutput:
    """The output of a step, and why it is not complete when it is not."""

    stdout: str = ""
    stderr: str = ""
    truncated_reason: str | None = None

    @property
    def joined(self) -> str:
        return f"{self.stdout}{SEPARATOR}{self.stderr}" if self.stderr else self.stdout

    def as_dict(self) -> dict[str, Any]:
        return {**asdict(self), "truncated": self.truncated_reason is not None}


def listed_output(step: Step) -> StepOutput:
    """The output that the listing has of a step."""
    stdout, _separator, stderr = step.output.partition(SEPARATOR)
    return StepOutput(stdout=stdout, stderr=stderr, truncated_reason=_LISTED_ONLY if step.truncated else None)


def is_truncated(text: str, length: int) -> bool:
    """Whether the stream is longer than this text."""
    return len(text) >= length or text.endswith(_TRUNCATION_MARK)


def object_key(url: str, bucket: str) -> str | None:
    """The key of an object in ``bucket``, from AWS's URL of it with the bucket in the path or in the host name."""
    parts = urlsplit(url)
    path = unquote(parts.path).removeprefix("/")
    if path.startswith(f"{bucket}/"):
        return path.removeprefix(f"{bucket}/")
    return path if parts.netloc.startswith(f"{bucket}.") and path else None


def with_outputs(invocations: Iterable[Invocation], outputs: Outputs) -> tuple[Invocation, ...]:
    """Invocations whose steps have all the output that is known of them."""

    def complete(found: Invocation, step: Step) -> Step:
        output = outputs.get((found.instance_id, step.name))
        return replace(step, output=output.joined) if output else step

    return tuple(replace(found, steps=tuple(complete(found, step) for step in found.steps)) for found in invocations)


def with_shortened_output(invocations: Iterable[Invocation]) -> tuple[Invocation, ...]:
    """Invocations whose steps' joined outputs are no longer than what AWS keeps."""
    return tuple(
        replace(found, steps=tuple(replace(step, output=step.output[:_OUTPUT_LENGTH]) for step in found.steps))
        for found in invocations
    )


def invocation_result(found: Invocation, outputs: Outputs) -> dict[str, Any]:
    """An invocation as the module returns it, with both streams of each step."""
    steps = [
        {**step.as_dict(), **(outputs.get((found.instance_id, step.name)) or listed_output(step)).as_dict()}
        for step in found.steps
    ]
    return {**found.as_dict(), "steps": steps}
