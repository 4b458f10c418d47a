"""Time in the lab: one thread that calls functions when they are due, so that nothing has to poll."""

from __future__ import annotations

import heapq
import itertools
import logging
import threading
import time
from collections.abc import Callable

log = logging.getLogger(__name__)


class Engine:
    """Calls functions later, each with the Region's lock held.

    ``changed`` is a condition with that lock. Wait on it for changes of the Region, as long polls do.
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
        """Call ``work`` after so many seconds. With 0 it is called at once, from the engine's thread."""
        with self._wake:
            heapq.heappush(self._due, (time.monotonic() + seconds, next(self._numbers), work))
            self._wake.notify()

    def every(self, seconds: float, work: Callable[[], None]) -> None:
        def again() -> None:
            work()
            self.later(seconds, again)

        self.later(seconds, again)

    def pause(self, seconds: float) -> None:
        """Wait for so many seconds, or until the lab ends. Call this without the Region's lock."""
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
                    # An error in one function must not stop the engine for all others.
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
