# Copyright: steadyfleet contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection: may change without notice.

from __future__ import annotations

import random
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TypeVar

from .errors import WaitFailed, WaitTimeout

Observed = TypeVar("Observed")


@dataclass(frozen=True, kw_only=True)
class Clock:
    """Time as a value, so that a test waits for hours in no time. All values are seconds."""

    now: Callable[[], float] = time.monotonic
    sleep: Callable[[float], None] = time.sleep
    jitter: Callable[[], float] = field(default=lambda: random.uniform(0.8, 1.0))  # noqa: S311 - not a secret


@dataclass(frozen=True)
class Deadline:
    """The one deadline of a whole operation. Every wait of the operation gets the same one."""

    ends: float
    seconds: float
    clock: Clock

    @classmethod
    def after(cls, seconds: float, clock: Clock | None = None) -> Deadline:
        clock = clock or Clock()
        return cls(ends=clock.now() + seconds, seconds=seconds, clock=clock)

    def remaining(self) -> float:
        """Seconds that are left; never negative."""
        return max(0.0, self.ends - self.clock.now())

    def at_most(self, seconds: float) -> Deadline:
        """A deadline for one part of the operation: ``seconds`` from now, but no later than this one."""
        return Deadline.after(min(seconds, self.remaining()), self.clock)


@dataclass(frozen=True, kw_only=True)
class PollInterval:
    """Seconds between two polls: ``initial`` at first, ``growth`` times as long each time, at most ``limit`` times
    ``initial``, each shortened by jitter.

    ``not_before``: seconds from the start before which success is impossible, such as a deregistration delay. There is
    one poll at the start and none until then, which saves calls and costs no time at the end.
    """

    initial: float = 1.0
    growth: float = 1.1
    limit: float = 3.0
    not_before: float = 0.0


def wait(
    poll: Callable[[], Observed],
    done: Callable[[Observed], bool],
    *,
    deadline: Deadline,
    interval: PollInterval,
    describe: Callable[[Observed], str],
    failure_of: Callable[[Observed], str | None] = lambda _observed: None,
) -> Observed:
    """Poll until ``done``. This is the only place in the collection that sleeps.

    :param describe: the observed state in words for the operator. It ends the time-out message.
    :param failure_of: why ``done`` can never come true, or None. A reason ends the wait at once.
    :raises WaitFailed: when ``failure_of`` gives a reason.
    :raises WaitTimeout: when the deadline passes. There is always one poll at or after the deadline.
    """
    clock = deadline.clock
    earliest = clock.now() + interval.not_before
    pause = interval.initial
    while True:
        last_poll = deadline.remaining() <= 0
        observed = poll()
        if done(observed):
            return observed
        if reason := failure_of(observed):
            raise WaitFailed(reason)
        if last_poll:
            raise WaitTimeout(f"gave up after {deadline.seconds:g} s: {describe(observed)}")
        if (early := earliest - clock.now()) > 0:
            clock.sleep(min(early, deadline.remaining()))
            continue
        clock.sleep(min(pause * clock.jitter(), deadline.remaining()))
        pause = min(pause * interval.growth, interval.initial * interval.limit)
