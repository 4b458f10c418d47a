# Copyright: steadyfleet contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection: may change without notice.

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from .._aws.context import Context
from .._common.errors import WaitFailed
from .._common.text import one_line
from . import api
from .model import Command, CommandRequest, Invocation, SentCommand
from .read import with_complete_output
from .report import invocation_failures, pending


def await_invocations(context: Context, commands: Sequence[SentCommand]) -> tuple[Invocation, ...]:
    """Wait until every node of every command has ended, and read the complete output of its failed steps.

    The commands share the one deadline. A command that has ended is not polled again. The caller judges the results:
    a node whose turn never came (because the command was cancelled, say) has none.

    :raises WaitTimeout: naming every node without a result.
    """
    results: dict[str, tuple[Invocation, ...]] = {}
    ended: set[str] = set()
    polls_after_end: Counter[str] = Counter()

    def ended_without_all(command_id: str) -> bool:
        """Whether the command is over although AWS never showed some of its nodes."""
        invocations = results[command_id]
        if not invocations or not all(found.ended for found in invocations):
            return False
        state = api.get_command(context.client, command_id)
        polls_after_end[command_id] += 1 if state and state.ended else 0
        return polls_after_end[command_id] > 1  # not at once: AWS may show the last node a moment later

    def poll() -> tuple[Invocation, ...]:
        for command in commands:
            if command.command_id not in ended:
                found = results[command.command_id] = api.list_invocations(context.client, command.command_id)
                if not pending([command], found) or ended_without_all(command.command_id):
                    ended.add(command.command_id)
        return tuple(invocation for command in commands for invocation in results[command.command_id])

    invocations = context.poll_until(
        lambda _invocations: len(ended) == len(commands),
        poll,
        describe=lambda found: f"no result yet: {one_line(pending(commands, found))}",
    )
    return with_complete_output(context.client, invocations)


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
