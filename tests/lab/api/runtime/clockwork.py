"""The part of the Region that every store is given: settings, engine, history and the log of events."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from lab.api.runtime.engine import Engine
from lab.api.runtime.history import History
from lab.api.runtime.logs import EventLog
from lab.settings import Settings


@dataclass(frozen=True, kw_only=True)
class Clockwork:
    settings: Settings
    engine: Engine
    history: History
    events: EventLog
    # Returns the seconds by which reads are stale through the fault "stale".
    fault_staleness: Callable[[], float]

    @property
    def region_name(self) -> str:
        return self.settings.account.region

    @property
    def account_id(self) -> str:
        return self.settings.account.account_id

    def staleness(self, usual: float = 0.0) -> float:
        """Seconds by which a read is stale now.

        :param usual: seconds for this kind of read without a fault.
        """
        return max(usual, self.fault_staleness())
