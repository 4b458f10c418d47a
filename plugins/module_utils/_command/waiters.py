# Copyright: steadyfleet contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection: may change without notice.

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from .._aws.context import Context
from .._common.errors import WaitFailed
from .._common.text import one_line
from . import api
from .model import Command, CommandRequest, Invocation, SentCommand
from .report import invocation_failures, pending

# How often AWS must show that a command has ended before the nodes that it does not list count as never started. The
# list of nodes may be a moment older than the command.
_POLLS_AFTER_END = 2


@dataclass(frozen=True, kw_only=True)
class _Progress:
    """What AWS has shown of one command so far."""

    command: SentCommand
    invocations: tuple[Invocation, ...] = ()
    ended: bool = False
    polls_after_end: int = 0


def await_invocations(context: Context, commands: Sequence[SentCommand]) -> tuple[Invocation, ...]:
    """Wait until every node of every command has ended.

    The commands share the one deadline. A command that has ended is not polled again. The caller judges the results by
    :func:`sent_failures`: a node whose turn never came, for example because the command was cancelled, has none.

    :raises WaitTimeout: naming every node without a result.
    """
    progress = tuple(_Progress(command=command) for command in commands)

    def poll() -> tuple[Invocation, ...]:
        nonlocal progress
        progress = tuple(each if each.ended else _polled(context.client, each) for each in progress)
        return tuple(invocation for each in progress for invocation in each.invocations)

    return context.poll_until(
        lambda _invocations: all(each.ended for each in progress),
        poll,
        describe=lambda found: f"no result yet: {one_line(pending(commands, found))}",
    )


def _polled(client: Any, progress: _Progress) -> _Progress:
    command_id = progress.command.command_id
    invocations = api.list_invocations(client, command_id)
    ended, polls = not pending([progress.command], invocations), progress.polls_after_end
    if not ended and invocations and all(invocation.ended for invocation in invocations):
        state = api.get_command(client, command_id)
        polls += 1 if state and state.ended else 0
        ended = polls >= _POLLS_AFTER_END
    return replace(progress, invocations=invocations, ended=ended, polls_after_end=polls)


def await_command(context: Context, command: Command, request: CommandRequest) -> tuple[Invocation, ...]:
    """Wait until a command has ended on every node.

    :raises WaitFailed: when no node matches its targets.
    :raises WaitTimeout: naming what is still in progress.
    """
    if request.instance_ids:
        sent = SentCommand(command_id=command.command_id, instance_ids=frozenset(request.instance_ids))
        return await_invocations(context, [sent])
    count = _await_end(context, command).target_count
    return context.poll_until(
        lambda found: len(found) >= count and all(each.ended for each in found),
        lambda: api.list_invocations(context.client, command.command_id),
        describe=lambda found: f"{len(found)} of {count} nodes have a result: {one_line(invocation_failures(found))}",
    )


def _await_end(context: Context, command: Command) -> Command:
    """Which nodes the targets match is known only when the command has ended."""
    ended = command
    if not command.ended:
        found = context.poll_until(
            lambda found: found is not None and found.ended,
            lambda: api.get_command(context.client, command.command_id),
            describe=lambda found: f"command {command.command_id} is {_status(found)}",
        )
        ended = found or command
    if ended.target_count == 0:
        raise WaitFailed(
            f"command {command.command_id} ran nowhere ({_status(ended)}): no node matches its targets",
            code="no_matching_node",
        )
    return ended


def _status(command: Command | None) -> str:
    return command.status_details or command.status if command else "not visible yet"
