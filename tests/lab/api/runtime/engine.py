"""Time in the lab: one thread that does what is due, so that nothing polls."""

from __future__ import annotations

import heapq
import itertools
import logging
import threading
import time
from collections.abc import Callable

log = logging.getLogger(__name__)


class Engine:
    """Runs functions later, each with the region's lock held.

    ``changed`` is that lock as a condition: whoever waits for the region to change (a long poll) waits on it.
    """

    def __init__(self) -> None:
        self.lock = threading.RLock()
        self.changed = threading.Condition(self.lock)
        self._due: list[tuple[float, int, Callable[[], None]]] = []
        self._numbers = itertools.count()
        self._wake = threading.Condition(threading.Lock())
        self._ended = False
        self._thread: threading.Thread | None = None

    def later(self, seconds: float, work: Callable[[], None]) -> None:
        """Do ``work`` after so long; at once, still from the engine's thread, for 0."""
        with self._wake:
            heapq.heappush(self._due, (time.monotonic() + seconds, next(self._numbers), work))
            self._wake.notify()

    def every(self, seconds: float, work: Callable[[], None]) -> None:
        def again() -> None:
            work()
            self.later(seconds, again)

        self.later(seconds, again)

    def pause(self, seconds: float) -> None:
        """Let a caller wait, with the Region's lock free; ends early when the lab does."""
        with self.changed:
            self.changed.wait_for(lambda: self.ended, seconds)

    def start(self) -> None:
        if self._thread is None:
            self._thread = threading.Thread(target=self._run, name="lab-engine", daemon=True)
            self._thread.start()

    def close(self) -> None:
        with self._wake:
            self._ended = True
            self._wake.notify()
        with self.lock:
            self.changed.notify_all()
        if self._thread is not None:
            self._thread.join(5)

    @property
    def ended(self) -> bool:
        return self._ended

    def _run(self) -> None:
        while (work := self._next()) is not None:
            with self.lock:
                try:
                    work()
                except Exception:
                    # One broken piece of work must not stop the lab's time for everything else.
                    log.exception("the lab's engine failed in %s", work)

    def _next(self) -> Callable[[], None] | None:
        with self._wake:
            while not self._ended:
                if not self._due:
                    self._wake.wait()
                elif (left := self._due[0][0] - time.monotonic()) > 0:
                    self._wake.wait(left)
                else:
                    return heapq.heappop(self._due)[2]
        return None
