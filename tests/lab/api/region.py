"""The state of the lab's Region, and the table of the actions that it really does."""

from __future__ import annotations

import datetime
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from lab.api.http.faults import Faults
from lab.api.http.wire import Call
from lab.api.load_balancer.balancer import Balancer
from lab.api.runtime.engine import Engine
from lab.api.runtime.history import History
from lab.api.runtime.logs import CallLog, EventLog, JsonLines
from lab.settings import Settings

Result = dict[str, Any] | None
Handler = Callable[["Region", Call], Result]

# (service, action) -> what does it. Together with moto_bridge.ACTIONS the whole of what the lab does.
ACTIONS: dict[tuple[str, str], Handler] = {}


def action(service: str, *names: str) -> Callable[[Handler], Handler]:
    """Register a function as what the lab does for these actions."""

    def register(handler: Handler) -> Handler:
        for name in names:
            ACTIONS[service, name] = handler
        return handler

    return register


@dataclass(frozen=True, kw_only=True)
class InstanceSpec:
    """One EC2 instance to seed; ``zone`` is the zone's letter."""

    instance_id: str
    name: str
    ip: str
    zone: str


class Region:
    """Everything there is in the Region. Every handler runs with ``engine.lock`` held."""

    def __init__(self, settings: Settings, balancer: Balancer, log_dir: Path | None) -> None:
        # Late, because these modules import this one for `action` and for the type.
        from lab.api.associations.store import Associations
        from lab.api.automation.store import Automations
        from lab.api.commands.store import Commands
        from lab.api.documents.store import Documents
        from lab.api.load_balancer.store import TargetGroups
        from lab.api.nodes.store import Nodes
        from lab.api.windows.store import MaintenanceWindows

        self.settings = settings
        self.balancer = balancer
        self.engine = Engine()
        self.history = History()
        self.calls = CallLog(JsonLines(log_dir / "calls.jsonl" if log_dir else None))
        self.events = EventLog(JsonLines(log_dir / "events.jsonl" if log_dir else None))
        self.faults = Faults(
            default_seconds={"slow": settings.api.fault_delay, "stale": settings.api.fault_staleness},
            pause=self.pause,
        )
        self.instances: dict[str, InstanceSpec] = {}
        self.documents = Documents(self)
        self.nodes = Nodes(self)
        self.commands = Commands(self)
        self.associations = Associations(self)
        self.automations = Automations(self)
        self.maintenance_windows = MaintenanceWindows(self)
        self.target_groups = TargetGroups(self)

    @property
    def name(self) -> str:
        return self.settings.account.region

    @property
    def account(self) -> str:
        return self.settings.account.account_id

    def pause(self, seconds: float) -> None:
        """A slow answer; ends early when the lab does."""
        with self.engine.changed:
            self.engine.changed.wait_for(lambda: self.engine.ended, seconds)

    def staleness(self, usual: float = 0.0) -> float:
        return max(usual, self.faults.staleness())

    def close(self) -> None:
        self.engine.close()
        self.automations.close()
        self.calls.sink.close()
        self.events.sink.close()


def now() -> datetime.datetime:
    return datetime.datetime.now(datetime.UTC)


def new_id() -> str:
    return str(uuid.uuid4())


def page(items: list[Any], params: dict[str, Any], default: int = 50) -> tuple[list[Any], str | None]:
    """One page of a list and the token of the next one; tokens are AWS's to make, so callers must not read them."""
    from lab.api.errors import ApiError

    token = params.get("NextToken", "")
    if token and not (token.startswith("lab-") and token[4:].isdigit()):
        raise ApiError("InvalidNextToken", "The specified token is not valid.")
    start = int(token[4:]) if token else 0
    end = start + params.get("MaxResults", default)
    return items[start:end], (f"lab-{end}" if end < len(items) else None)
