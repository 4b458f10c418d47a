# Copyright: steadyfleet contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection: may change without notice.

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any, TypeVar

from ._aws.ssm_commands import list_invocations, send_command, whole_output
from ._core.errors import AwsError
from ._core.execution import CommandRequest, CommandState, Invocation, Sent, one_line, pending
from ._wait import Deadline, Pace, wait

Answer = TypeVar("Answer")

# Refused before anything was done: asking again is not sending twice.
_THROTTLED = frozenset(
    {"ThrottlingException", "Throttling", "TooManyRequestsException", "RequestLimitExceeded", "RateExceeded"}
)
# The request may have arrived all the same.
_UNANSWERED = frozenset(
    {
        "ReadTimeoutError",
        "ConnectionClosedError",
        "HTTPClientError",
        "ResponseParserError",
        "InternalServerError",
        "InternalFailure",
        "ServiceUnavailable",
        "500",
        "502",
        "503",
        "504",
    }
)


def once(
    act: Callable[[], Answer], deadline: Deadline, pace: Pace, otherwise: str, also: frozenset[str] = frozenset()
) -> Answer:
    """Do what must not be done twice; only a request that AWS turned away for its rate is repeated.

    :param act: makes the call with a client made by ``connect(..., send_once=True)``.
    :param otherwise: what has not happened, for the time-out message.
    :param also: more error codes after which nothing has happened, and asking again helps.
    """
    answers: list[Answer] = []

    def attempt() -> AwsError | None:
        try:
            answers.append(act())
        except AwsError as error:
            if error.code not in _THROTTLED | also:
                raise
            return error
        return None

    wait(
        attempt,
        lambda refusal: refusal is None,
        deadline=deadline,
        pace=pace,
        describe=lambda refusal: f"{otherwise}: {refusal}",
    )
    return answers[0]


def send(client: Any, request: CommandRequest, deadline: Deadline, pace: Pace) -> CommandState:
    """Send a command exactly once.

    :param client: made with ``send_once=True``.
    """
    try:
        return once(lambda: send_command(client, request), deadline, pace, "the command was not sent")
    except AwsError as error:
        if not unanswered(error):
            raise
        said = f"{error}; it is not known whether the command runs: look for it in AWS before sending it again"
        raise AwsError(said, error.code, error.operation) from error


def unanswered(error: AwsError) -> bool:
    """May the request have been carried out all the same?"""
    return error.code in _UNANSWERED


def follow(client: Any, sent: Sequence[Sent], deadline: Deadline, pace: Pace) -> tuple[Invocation, ...]:
    """Wait until every node of every command has ended, well or badly.

    Several commands share the one deadline; a command that has ended is not looked at again. The caller judges:
    see ``problems`` in _core/execution.py.

    :raises WaitTimeout: naming every node that is still due.
    """
    ended: dict[str, tuple[Invocation, ...]] = {}

    def look() -> tuple[Invocation, ...]:
        seen = dict(ended)
        for command in sent:
            if command.command_id not in ended:
                found = list_invocations(client, command.command_id)
                seen[command.command_id] = found
                if not pending([command], found):
                    ended[command.command_id] = found
        return tuple(invocation for command in sent for invocation in seen[command.command_id])

    invocations = wait(
        look,
        lambda seen: not pending(sent, seen),
        deadline=deadline,
        pace=pace,
        describe=lambda seen: f"still due: {one_line(pending(sent, seen))}",
    )
    return with_whole_output(client, invocations)


def with_whole_output(client: Any, invocations: Sequence[Invocation]) -> tuple[Invocation, ...]:
    """Read the whole output of a step only where it failed and the listing cut it: there its last line matters."""
    return tuple(
        replace(
            invocation,
            steps=tuple(
                whole_output(client, invocation, step) if step.failed and step.cut else step
                for step in invocation.steps
            ),
        )
        for invocation in invocations
    )
