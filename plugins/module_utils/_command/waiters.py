# Copyright: steadyfleet contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection: may change without notice.

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from .._aws.context import Context
from .._aws.once import once, unanswered
from .._common.errors import AwsError
from .._common.text import one_line
from .._common.wait import Deadline, PollInterval, wait
from .api import list_invocations, send_command, whole_output
from .model import CommandRequest, CommandState, Invocation, Sent, pending


def send(client: Any, request: CommandRequest, deadline: Deadline, interval: PollInterval) -> CommandState:
    """Send a command exactly once.

    :param client: made with ``send_once=True``.
    """
    try:
        return once(
            Context(client=client, deadline=deadline, interval=interval),
            lambda: send_command(client, request),
            "the command was not sent",
        )
    except AwsError as error:
        if not unanswered(error):
            raise
        said = f"{error}; it is not known whether the command runs: look for it in AWS before sending it again"
        raise AwsError(said, error.aws_code, error.operation) from error


def follow(client: Any, sent: Sequence[Sent], deadline: Deadline, interval: PollInterval) -> tuple[Invocation, ...]:
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
        interval=interval,
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
