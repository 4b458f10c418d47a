"""The one loop that sleeps, run for real on a clock of its own."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

import pytest
from ansible_collections.steadyfleet.aws_patching.plugins.module_utils._common.errors import WaitFailed, WaitTimeout
from ansible_collections.steadyfleet.aws_patching.plugins.module_utils._common.wait import (
    Clock,
    Deadline,
    PollInterval,
    wait,
)


@dataclass
class Hours:
    """A clock that passes only when somebody sleeps, or when a look takes time."""

    time: float = 1000.0
    slept: list[float] = field(default_factory=list)

    def clock(self, jitter: float = 1.0) -> Clock:
        return Clock(now=lambda: self.time, sleep=self._sleep, jitter=lambda: jitter)

    def _sleep(self, seconds: float) -> None:
        assert seconds >= 0
        self.slept.append(round(seconds, 6))
        self.time += seconds

    def looks(self, took: float = 0.0) -> Callable[[], float]:
        """What is seen is how many seconds have passed."""

        def look() -> float:
            self.time += took
            return self.time - 1000

        return look


def until(
    hours: Hours, done_at: float, *, seconds: float = 100, interval: PollInterval | None = None, took: float = 0.0
) -> float:
    return wait(
        hours.looks(took),
        lambda seen: seen >= done_at,
        deadline=Deadline.after(seconds, hours.clock()),
        interval=interval or PollInterval(),
        describe=lambda seen: f"{seen:g} s have passed",
    )


def test_what_is_done_at_once_costs_no_sleep() -> None:
    hours = Hours()
    assert until(hours, 0) == 0
    assert hours.slept == []


def test_pauses_grow_to_a_multiple_of_the_first() -> None:
    hours = Hours()
    until(hours, 60, interval=PollInterval(initial=4, growth=2, limit=3))
    assert hours.slept == [4, 8, 12, 12, 12, 12]


def test_jitter_only_shortens() -> None:
    hours = Hours()
    wait(
        hours.looks(),
        lambda seen: seen >= 8,
        deadline=Deadline.after(100, hours.clock(jitter=0.8)),
        interval=PollInterval(initial=5, growth=1),
        describe=str,
    )
    assert hours.slept == [4, 4]


def test_nobody_looks_while_success_is_impossible() -> None:
    hours = Hours()
    until(hours, 31, seconds=300, interval=PollInterval(initial=1, growth=1, not_before=30))
    assert hours.slept == [30, 1]


def test_the_deadline_is_a_failure_with_the_last_seen_state() -> None:
    hours = Hours()
    with pytest.raises(WaitTimeout, match=r"^gave up after 10 s: 10 s have passed$"):
        until(hours, 11, seconds=10, interval=PollInterval(initial=4, growth=1))
    assert hours.slept == [4, 4, 2]


def test_there_is_a_look_at_the_deadline_itself() -> None:
    assert until(Hours(), 10, seconds=10, interval=PollInterval(initial=7, growth=1)) == 10


def test_a_slow_look_that_succeeds_after_the_deadline_counts() -> None:
    assert until(Hours(), 12, seconds=10, took=12) == 12


def test_a_slow_look_across_the_deadline_is_not_the_last() -> None:
    assert until(Hours(), 19, seconds=10, took=6) == 19


def test_a_deadline_that_has_passed_still_allows_one_look() -> None:
    hours = Hours()
    deadline = Deadline.after(5, hours.clock())
    hours.time += 60
    assert wait(lambda: "seen", lambda _: True, deadline=deadline, interval=PollInterval(), describe=str) == "seen"
    with pytest.raises(WaitTimeout):
        wait(lambda: "seen", lambda _: False, deadline=deadline, interval=PollInterval(), describe=str)
    assert hours.slept == []


def test_waits_share_one_deadline() -> None:
    hours = Hours()
    deadline = Deadline.after(10, hours.clock())
    wait(hours.looks(), lambda seen: seen >= 4, deadline=deadline, interval=PollInterval(initial=1), describe=str)
    wait(hours.looks(), lambda seen: seen >= 8, deadline=deadline, interval=PollInterval(initial=1), describe=str)
    with pytest.raises(WaitTimeout, match="after 10 s"):
        wait(hours.looks(), lambda seen: seen >= 12, deadline=deadline, interval=PollInterval(initial=1), describe=str)
    assert hours.time == pytest.approx(1010)


def test_what_is_hopeless_is_not_waited_for() -> None:
    hours = Hours()
    with pytest.raises(WaitFailed, match=r"^it is broken$"):
        wait(
            hours.looks(),
            lambda seen: seen >= 50,
            deadline=Deadline.after(100, hours.clock()),
            interval=PollInterval(initial=5, growth=1),
            describe=str,
            failure_of=lambda seen: "it is broken" if seen >= 10 else None,
        )
    assert hours.slept == [5, 5]


def test_done_wins_over_hopeless() -> None:
    hours = Hours()
    deadline = Deadline.after(1, hours.clock())
    assert (
        wait(lambda: 1, bool, deadline=deadline, interval=PollInterval(), describe=str, failure_of=lambda _: "no") == 1
    )
