# Copyright: steadyfleet contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection: may change without notice.

from __future__ import annotations

import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType
from typing import NoReturn

_STOPPING = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP)


class Interrupted(BaseException):
    """Somebody ended this run while it was at work.

    As KeyboardInterrupt, no Exception: botocore turns any Exception that meets it within a request into a network
    error, and tries again.
    """


@contextmanager
def interruptible() -> Iterator[Callable[[], None]]:
    """Turn the first signal that would end the process into an exception, so that what must be tidied up is.

    Yields a function to call before tidying: from then on signals are ignored, as they are after the first one.
    SIGKILL can't be caught; whatever uses this must also be able to carry on after that.
    """
    if threading.current_thread() is not threading.main_thread():
        yield lambda: None  # signals only ever reach the main thread
        return

    def shield() -> None:
        for each in _STOPPING:
            signal.signal(each, signal.SIG_IGN)

    def stop(number: int, _frame: FrameType | None) -> NoReturn:
        shield()
        raise Interrupted(f"stopped by {signal.Signals(number).name}")

    before = {each: signal.signal(each, stop) for each in _STOPPING}
    try:
        yield shield
    finally:
        for each, handler in before.items():
            signal.signal(each, handler)
