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

Seen = TypeVar("Seen")


@dataclass(frozen=True, kw_only=True)
class Clock:
    """Time as a value, so that a test waits for hours in no time. All values are seconds."""

    now: Callable[[], float] = time.monotonic
    sleep: Callable[[float], None] = time.sleep
    jitter: Callable[[], float] = field(default=lambda: random.uniform(0.8, 1.0))  # noqa: S311 - not a secret


@dataclass(frozen=True)
class Deadline:
    """The one deadline of a whole operation, handed to every wait in it."""

    ends: float
    seconds: float
    clock: Clock

    @classmethod
    def after(cls, seconds: float, clock: Clock | None = None) -> Deadline:
        clock = clock or Clock()
        return cls(ends=clock.now() + seconds, seconds=seconds, clock=clock)

    def left(self) -> float:
        return max(0.0, self.ends - self.clock.now())


@dataclass(frozen=True, kw_only=True)
class Pace:
    """How often to look: pauses grow from ``first`` seconds by ``growth``, up to ``most`` times ``first``, each
    shortened by jitter.

    ``not_before``: seconds from the start before which success is impossible (a deregistration delay, say); there is
    one look at the start and then none until that moment, which saves calls without losing a second at the end.
    """

    first: float = 1.0
    growth: float = 1.1
    most: float = 3.0
    not_before: float = 0.0


def wait(
    look: Callable[[], Seen],
    done: Callable[[Seen], bool],
    *,
    deadline: Deadline,
    pace: Pace,
    describe: Callable[[Seen], str],
    hopeless: Callable[[Seen], str | None] = lambda _seen: None,
) -> Seen:
    """Look until ``done``; the only place in the collection that sleeps.

    :param describe: what was seen, in words for the operator; ends the time-out message.
    :param hopeless: a reason why it can never be done, or None; ends the wait at once.
    :raises WaitFailed: when ``hopeless`` gives a reason.
    :raises WaitTimeout: when the deadline passes; there is always one look at or after the deadline.
    """
    clock = deadline.clock
    earliest = clock.now() + pace.not_before
    pause = pace.first
    while True:
        last_look = deadline.left() <= 0
        seen = look()
        if done(seen):
            return seen
        if reason := hopeless(seen):
            raise WaitFailed(reason)
        if last_look:
            raise WaitTimeout(f"gave up after {deadline.seconds:g} s: {describe(seen)}")
        if (early := earliest - clock.now()) > 0:
            clock.sleep(min(early, deadline.left()))
            continue
        clock.sleep(min(pause * clock.jitter(), deadline.left()))
        pause = min(pause * pace.growth, pace.first * pace.most)
