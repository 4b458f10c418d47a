"""The agent's log: one line an event, on stderr."""

from __future__ import annotations

import sys
import time


def info(message: str) -> None:
    print(f"{time.strftime('%H:%M:%S')} INFO {message}", file=sys.stderr, flush=True)


def error(message: str) -> None:
    print(f"{time.strftime('%H:%M:%S')} ERROR {message}", file=sys.stderr, flush=True)
