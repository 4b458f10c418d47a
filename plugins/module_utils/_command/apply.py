# Copyright: steadyfleet contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection: may change without notice.

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from .._aws.once import unanswered
from .._common.errors import AwsError, PatchingError, WaitFailed, WaitTimeout
from .._common.text import one_line
from .._common.wait import Deadline, PollInterval, wait
from . import api
from .model import CommandRequest, CommandState, Invocation, Sent, pending, problems
from .report import mine, shortfalls
from .waiters import send

# AWS shows a new command a moment after it has taken it.
_SHOWN_WITHIN = 30.0


@dataclass(kw_only=True)
class Run:
    """One command of the module: what is asked for, and what has been seen of it so far."""

    client: Any
    # Makes the client that never repeats a request by itself.
    once: Callable[[], Any]
    request: CommandRequest
    token: str | None
    token_max_age: int
    deadline: Deadline
    interval: PollInterval
    command: CommandState | None = None
    attached: bool = False
    cancel_requested: bool = False
    invocations: tuple[Invocation, ...] = ()
    # When the wait is over before every node has a result: the command itself, ended.
    _over: list[CommandState] = field(default_factory=list)

    def attach(self) -> bool:
        """Take the command of this token for ours, when there is one."""
        if self.token is None:
            return False
        # By its ARN, AWS's own listing does not name a document.
        name = None if self.request.document_name.startswith("arn:") else self.request.document_name
        since = datetime.now(UTC) - timedelta(seconds=self.token_max_age)
        found = mine(api.list_recent(self.client, name, since), self.token, self.request)
        self.command, self.attached = found or self.command, found is not None
        return self.attached

    def send(self) -> None:
        """Send the command once. When no answer comes, it is looked for under its token before that is a failure."""
        try:
            self.command = send(self.once(), self.request, self.deadline, self.interval)
        except AwsError as error:
            if self.token is None or not unanswered(error) or not self._sent_all_the_same():
                raise

    def _sent_all_the_same(self) -> bool:
        soon = self.deadline.at_most(_SHOWN_WITHIN)
        with suppress(WaitTimeout):
            wait(self.attach, bool, deadline=soon, interval=self.interval, describe=str)
        sent, self.attached = self.attached, False
        return sent

    def follow(self) -> None:
        """Wait until every node has ended, well or badly. The caller judges: see ``shortfalls`` in command_run.py."""
        if self.request.instance_ids:
            self._follow_instances()
        else:
            self._follow_targets()

    def _follow_instances(self) -> None:
        """Whoever was named is due, also those that AWS has not started yet: one call a look."""
        due = [Sent(command_id=self.command_id, instance_ids=frozenset(self.request.instance_ids))]
        wait(
            self._look,
            lambda seen: not pending(due, seen) or self._ended_without(seen),
            deadline=self.deadline,
            interval=self.interval,
            describe=lambda seen: f"still due: {one_line(pending(due, seen))}",
        )

    def _ended_without(self, seen: tuple[Invocation, ...]) -> bool:
        """Is the command over, although AWS never showed some of its nodes (cancelled before their turn)?"""
        if not seen or not all(found.ended for found in seen):
            return False
        state = api.get_command(self.client, self.command_id)
        if state.ended:
            self._over.append(self._know(state))
        return len(self._over) > 1  # not at once: the last of them may just not be shown yet

    def _follow_targets(self) -> None:
        """Who is due is only known when the command has ended; then AWS must show as many nodes as it counts."""
        command = self.known()
        if not command.ended:
            command = wait(
                lambda: self._know(api.get_command(self.client, self.command_id)),
                lambda seen: seen.ended,
                deadline=self.deadline,
                interval=self.interval,
                describe=lambda seen: f"command {self.command_id} is {seen.status_details or seen.status}",
            )
        if command.target_count == 0:
            details = command.status_details or command.status
            raise WaitFailed(f"command {self.command_id} ran nowhere ({details}): no node matches its targets")
        count = command.target_count
        wait(
            self._look,
            lambda seen: len(seen) >= count and all(found.ended for found in seen),
            deadline=self.deadline,
            interval=self.interval,
            describe=lambda seen: f"{len(seen)} of {count} nodes have a result: {one_line(problems(seen))}",
        )

    def cancel(self) -> str:
        """Ask AWS to cancel what is under way; what came of it, in words."""
        try:
            api.cancel_command(self.client, self.command_id)
        except PatchingError as error:
            return f"cancelling it failed, it may be running on: {error}"
        self.cancel_requested = True
        with suppress(PatchingError):
            self._look()
        return "it is being cancelled, which AWS does not promise to stop what already runs"

    def judge(self, seen: tuple[Invocation, ...], expected: int | None) -> tuple[str, ...]:
        """Every reason why the command is no success; an alarm that stopped it is one AWS tells apart."""
        found = shortfalls(self.known(), self.request, seen, expected)
        if found and self.request.alarm_configuration:
            state = self._know(api.get_command(self.client, self.command_id))
            found = shortfalls(state, self.request, seen, expected)
        return found

    def known(self) -> CommandState:
        """The command, as last seen; only after it was attached to or sent."""
        if self.command is None:
            raise RuntimeError("the command was neither sent nor found")
        return self.command

    @property
    def command_id(self) -> str:
        return self.known().command_id

    def _look(self) -> tuple[Invocation, ...]:
        self.invocations = api.list_invocations(self.client, self.command_id)
        return self.invocations

    def _know(self, state: CommandState) -> CommandState:
        """Keep the command's newest state; one that AWS does not show yet says nothing."""
        if state.requested_at:
            self.command = state
        return state
