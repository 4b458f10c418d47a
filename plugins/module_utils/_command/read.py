# Copyright: steadyfleet contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection: may change without notice.

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any

from .._aws.s3 import read_text
from .._common.errors import PatchingError
from . import api
from .model import Command, CommandRequest, Invocation, Step
from .output import STDERR_LENGTH, STDOUT_LENGTH, Outputs, StepOutput, is_truncated, listed_output, object_key
from .report import command_result
from .rules import find_by_token
from .transformations import command_filters, has_token

# The content goes through memory and into the module's result.
_MAX_BYTES = 10 * 1024 * 1024
_NO_BUCKET = (
    "AWS keeps 24,000 characters of standard output and 8,000 of standard error: output_s3_bucket_name keeps all of it"
)


def find_command(client: Any, request: CommandRequest, token: str | None, max_age: int) -> Command | None:
    """The command that was sent with this token in the last ``max_age`` seconds, or None.

    :raises Refused: as :func:`find_by_token`.
    """
    if token is None:
        return None
    # For an ARN, AWS's own listing does not find the document.
    name = None if request.document_name.startswith("arn:") else request.document_name
    since = (datetime.now(UTC) - timedelta(seconds=max_age)).isoformat()
    filters = command_filters({"document_name": name, "invoked_after": since})
    return find_by_token(api.list_commands(client, filters), token, request)


def with_complete_output(client: Any, invocations: Sequence[Invocation]) -> tuple[Invocation, ...]:
    """Read the whole output of a step only where the step failed and its listing is cut: its last line matters."""

    def complete(invocation: Invocation, step: Step) -> Step:
        if not (step.failed and step.truncated):
            return step
        output = api.get_step_output(client, invocation, step.name)
        return replace(step, output=output.joined) if output else step

    return tuple(
        replace(invocation, steps=tuple(complete(invocation, step) for step in invocation.steps))
        for invocation in invocations
    )


@dataclass(frozen=True, kw_only=True)
class OutputSource:
    """Where the output of a command's steps is read from."""

    ssm: Any
    # Makes an S3 client. It is called only when an object has to be read.
    s3: Callable[[], Any]
    bucket: str

    def read(self, invocations: Iterable[Invocation]) -> Outputs:
        """The output of every step by instance and step, from wherever all of it is."""
        return {
            (invocation.instance_id, step.name): self._complete(invocation, step)
            if step.truncated
            else listed_output(step)
            for invocation in invocations
            for step in invocation.steps
        }

    def _complete(self, invocation: Invocation, step: Step) -> StepOutput:
        found = api.get_step_output(self.ssm, invocation, step.name)
        if found is None:
            return listed_output(step)
        stdout, stdout_reason = self._stream(found.stdout, STDOUT_LENGTH, step.stdout_url)
        stderr, stderr_reason = self._stream(found.stderr, STDERR_LENGTH, step.stderr_url)
        reasons = dict.fromkeys(reason for reason in (stdout_reason, stderr_reason) if reason)
        return StepOutput(stdout=stdout, stderr=stderr, truncated_reason="; ".join(reasons) or None)

    def _stream(self, text: str, length: int, url: str) -> tuple[str, str]:
        """The stream, and why it is not complete; an empty reason when it is."""
        if not is_truncated(text, length):
            return text, ""
        if not self.bucket:
            return text, _NO_BUCKET
        key = object_key(url, self.bucket)
        if key is None:
            return text, f"AWS names no object in bucket {self.bucket} for it"
        try:
            return read_text(self.s3(), self.bucket, key, _MAX_BYTES), ""
        except PatchingError as error:
            return text, f"s3://{self.bucket}/{key} could not be read: {error}"


def read_commands(client: Any, s3: Callable[[], Any], query: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The commands that the options of ssm_command_info ask for, each as ssm_command returns it.

    :param s3: as in :class:`OutputSource`.
    :param query: the module's options.
    """
    commands = _by_id(client, query["command_ids"]) if query["command_ids"] is not None else _matching(client, query)
    return [_command(client, s3, command, query["include_invocations"]) for command in commands]


def _by_id(client: Any, command_ids: Iterable[str]) -> list[Command]:
    found = (api.get_command(client, command_id) for command_id in dict.fromkeys(command_ids))
    return [command for command in found if command]


def _matching(client: Any, query: Mapping[str, Any]) -> Sequence[Command]:
    token, most = query["client_token"], query["max_commands"]
    # AWS has no filter for the comment, which has the token: every command that matches the rest is read.
    read_at_most = most if token is None else None
    commands = api.list_commands(client, command_filters(query), query["instance_id"], read_at_most)
    return [command for command in commands if token is None or has_token(command.comment, token)][:most]


def _command(client: Any, s3: Callable[[], Any], command: Command, with_invocations: bool) -> dict[str, Any]:
    invocations = api.list_invocations(client, command.command_id) if with_invocations else ()
    outputs = OutputSource(ssm=client, s3=s3, bucket=command.output_s3_bucket_name).read(invocations)
    result: dict[str, Any] = command_result(command, command.status, invocations, outputs)["command"]
    if not with_invocations:
        del result["invocations"]
    return result
