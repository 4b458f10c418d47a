# Copyright: steadyfleet contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection: may change without notice.

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any, TypeVar

from .._common.wait import Deadline, PollInterval, wait

Observed = TypeVar("Observed")
Operation = TypeVar("Operation", bound="Context")


@dataclass(frozen=True, kw_only=True)
class Context:
    """What every step of an operation needs. A subject that needs more has a subclass of its own."""

    client: Any
    deadline: Deadline
    interval: PollInterval
    # Whether to wait until the requested state is reached and AWS's reads show it.
    wait: bool = True

    def poll_until(
        self,
        done: Callable[[Observed], bool],
        poll: Callable[[], Observed],
        *,
        describe: Callable[[Observed], str],
        failure_of: Callable[[Observed], str | None] = lambda _observed: None,
    ) -> Observed:
        """Poll until ``done``, with this operation's deadline and interval. See :func:`wait`."""
        return wait(
            poll, done, deadline=self.deadline, interval=self.interval, describe=describe, failure_of=failure_of
        )

    def at_most(self: Operation, seconds: float) -> Operation:
        """The same context for one part of the operation, which may take ``seconds`` at most."""
        return replace(self, deadline=self.deadline.at_most(seconds))


@dataclass(frozen=True, kw_only=True)
class SendOnceContext(Context):
    """For operations with requests that must not be repeated: botocore may repeat those of ``client``."""

    # Makes a client that never repeats a request, the first time that one is needed.
    send_once_client: Callable[[], Any]
