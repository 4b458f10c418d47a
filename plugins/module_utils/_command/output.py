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

# What GetCommandInvocation gives of each stream; the agent ends what it cut with the mark.
STDOUT_KEPT, STDERR_KEPT = 24_000, 8_000
_CUT_MARK = "--output truncated--"
_LISTED = "AWS lists 2,500 characters of a step's output, and did not show more of it"
# Of both streams in one, as a module returns it: as much as AWS keeps of the two.
_OUTPUT_SHOWN = STDOUT_KEPT + STDERR_KEPT


# By instance and name of the step.
Outputs = Mapping[tuple[str, str], "StepOutput"]


@dataclass(frozen=True, kw_only=True, slots=True)
class StepOutput:
    """What a step said, and why that is not all when it isn't."""

    stdout: str = ""
    stderr: str = ""
    truncated_reason: str | None = None

    @property
    def joined(self) -> str:
        return f"{self.stdout}{SEPARATOR}{self.stderr}" if self.stderr else self.stdout

    def as_dict(self) -> dict[str, Any]:
        return {**asdict(self), "truncated": self.truncated_reason is not None}


def listed(step: Step) -> StepOutput:
    """What the listing has of a step."""
    stdout, _separator, stderr = step.output.partition(SEPARATOR)
    return StepOutput(stdout=stdout, stderr=stderr, truncated_reason=_LISTED if step.cut else None)


def cut(text: str, kept: int) -> bool:
    """Did the stream say more than this?"""
    return len(text) >= kept or text.endswith(_CUT_MARK)


def location(url: str, bucket: str) -> str | None:
    """The key of an object in ``bucket`` at AWS's address of it, with the bucket in the path or in the host."""
    parts = urlsplit(url)
    path = unquote(parts.path).removeprefix("/")
    if path.startswith(f"{bucket}/"):
        return path.removeprefix(f"{bucket}/")
    return path if parts.netloc.startswith(f"{bucket}.") and path else None


def with_outputs(invocations: Iterable[Invocation], outputs: Outputs) -> tuple[Invocation, ...]:
    """Invocations whose steps say all that is known of their output."""

    def whole(found: Invocation, step: Step) -> Step:
        output = outputs.get((found.instance_id, step.name))
        return replace(step, output=output.joined) if output else step

    return tuple(replace(found, steps=tuple(whole(found, step) for step in found.steps)) for found in invocations)


def shortened(invocations: Iterable[Invocation]) -> tuple[Invocation, ...]:
    """Invocations whose steps' joined outputs are no longer than what AWS keeps."""
    return tuple(
        replace(found, steps=tuple(replace(step, output=step.output[:_OUTPUT_SHOWN]) for step in found.steps))
        for found in invocations
    )


def shown(found: Invocation, outputs: Outputs) -> dict[str, Any]:
    """An invocation as the module returns it, with each step's streams."""
    steps = [
        {**step.as_dict(), **(outputs.get((found.instance_id, step.name)) or listed(step)).as_dict()}
        for step in found.steps
    ]
    return {**found.as_dict(), "steps": steps}
