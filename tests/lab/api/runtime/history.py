"""Earlier states, for stale reads."""

from __future__ import annotations

import copy
import time
from collections import defaultdict
from collections.abc import Callable, Hashable
from typing import Any

KEPT_SECONDS = 120.0


class History:
    """The earlier values of keys. A key is a tuple, such as ("document", name)."""

    def __init__(self, now: Callable[[], float] = time.monotonic) -> None:
        self._now = now
        self._kept: dict[Hashable, list[tuple[float, Any]]] = defaultdict(list)

    def record(self, key: Hashable, value: Any) -> None:
        """Record the value from now on; None when it is deleted."""
        entries = self._kept[key]
        now = self._now()
        if entries and entries[-1][1] == value:
            return
        entries.append((now, copy.deepcopy(value)))
        while len(entries) > 1 and entries[1][0] < now - KEPT_SECONDS:
            del entries[0]

    def at(self, key: Hashable, age: float, current: Any) -> Any:
        """The value ``age`` seconds ago: None when it did not exist, ``current`` when the key was never recorded."""
        entries = self._kept.get(key)
        if age <= 0 or not entries:
            return current
        wanted = self._now() - age
        found = None
        for when, value in entries:
            if when <= wanted:
                found = value
        return copy.deepcopy(found)
