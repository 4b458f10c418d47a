"""What reads may show when they are behind: the state of some seconds ago."""

from __future__ import annotations

import copy
import time
from collections import defaultdict
from collections.abc import Callable, Hashable
from typing import Any

KEPT_SECONDS = 120.0


class History:
    """Values by key as they were; a key is any tuple, as ("parameter", name)."""

    def __init__(self, now: Callable[[], float] = time.monotonic) -> None:
        self._now = now
        self._kept: dict[Hashable, list[tuple[float, Any]]] = defaultdict(list)

    def record(self, key: Hashable, value: Any) -> None:
        """The value from now on; None means that there is none any more."""
        entries = self._kept[key]
        now = self._now()
        if entries and entries[-1][1] == value:
            return
        entries.append((now, copy.deepcopy(value)))
        while len(entries) > 1 and entries[1][0] < now - KEPT_SECONDS:
            del entries[0]

    def at(self, key: Hashable, age: float, current: Any) -> Any:
        """The value ``age`` seconds ago: None when there was none yet, ``current`` when nothing is known of the key."""
        entries = self._kept.get(key)
        if age <= 0 or not entries:
            return current
        wanted = self._now() - age
        found = None
        for when, value in entries:
            if when <= wanted:
                found = value
        return copy.deepcopy(found)
