# Copyright: steadyfleet contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection: may change without notice.

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from .._aws.s3 import read_text
from .._common.errors import PatchingError
from .api import read_output
from .model import Invocation, Step
from .output import STDERR_KEPT, STDOUT_KEPT, Outputs, StepOutput, cut, listed, location

# All of it goes through memory and into the module's result.
_MOST_BYTES = 10 * 1024 * 1024
_NO_BUCKET = (
    "AWS keeps 24,000 characters of standard output and 8,000 of standard error: output_s3_bucket keeps all of it"
)


@dataclass(frozen=True, kw_only=True)
class Source:
    """Where the output of a command's steps is read from."""

    ssm: Any
    # Makes a client of S3: only asked when something has to be read there.
    s3: Callable[[], Any]
    bucket: str

    def read(self, invocations: Iterable[Invocation]) -> Outputs:
        """Every step's output by instance and step, from wherever all of it is."""
        return {
            (invocation.instance_id, step.name): self._whole(invocation, step) if step.cut else listed(step)
            for invocation in invocations
            for step in invocation.steps
        }

    def _whole(self, invocation: Invocation, step: Step) -> StepOutput:
        found = read_output(self.ssm, invocation, step)
        if found is None or not (found.stdout or found.stderr):
            return listed(step)
        stdout, why_out = self._stream(found.stdout, STDOUT_KEPT, step.stdout_url)
        stderr, why_err = self._stream(found.stderr, STDERR_KEPT, step.stderr_url)
        reasons = dict.fromkeys(why for why in (why_out, why_err) if why)
        return StepOutput(stdout=stdout, stderr=stderr, truncated_reason="; ".join(reasons) or None)

    def _stream(self, text: str, kept: int, url: str) -> tuple[str, str]:
        """(the whole stream, nothing), or (what there is of it, why that is not all)."""
        if not cut(text, kept):
            return text, ""
        if not self.bucket:
            return text, _NO_BUCKET
        key = location(url, self.bucket)
        if key is None:
            return text, f"AWS names no object in bucket {self.bucket} for it"
        try:
            return read_text(self.s3(), self.bucket, key, _MOST_BYTES), ""
        except PatchingError as error:
            return text, f"s3://{self.bucket}/{key} could not be read: {error}"
