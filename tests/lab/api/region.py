"""The state of the lab's Region. This file alone composes the stores."""

from __future__ import annotations

from pathlib import Path

from lab.api.associations.store import Associations
from lab.api.automation.caller import Caller
from lab.api.automation.context import ExecutionContext
from lab.api.automation.model import Execution
from lab.api.automation.runner import Runner
from lab.api.automation.store import Automations
from lab.api.commands.store import Commands
from lab.api.documents.store import Documents
from lab.api.http.faults import Faults
from lab.api.load_balancer.balancer import Balancer
from lab.api.load_balancer.store import TargetGroups
from lab.api.nodes.store import Nodes
from lab.api.runtime.clockwork import Clockwork
from lab.api.runtime.engine import Engine
from lab.api.runtime.history import History
from lab.api.runtime.logs import CallLog, EventLog, JsonLines
from lab.api.windows.store import MaintenanceWindows
from lab.settings import Settings


class Region:
    """All stores of the Region, and the clockwork that they share. Handlers run with ``engine.lock`` held."""

    def __init__(self, settings: Settings, balancer: Balancer, log_dir: Path | None) -> None:
        self.settings = settings
        self.engine = Engine()
        self.history = History()
        self.calls = CallLog(JsonLines(log_dir / "calls.jsonl" if log_dir else None))
        self.events = EventLog(JsonLines(log_dir / "events.jsonl" if log_dir else None))
        self.faults = Faults(
            default_seconds={"slow": settings.api.fault_delay, "stale": settings.api.fault_staleness},
            pause=self.engine.pause,
        )
        self._clockwork = Clockwork(
            settings=settings,
            engine=self.engine,
            history=self.history,
            events=self.events,
            fault_staleness=self.faults.staleness,
        )
        self.nodes = Nodes(self._clockwork)
        self.documents = Documents(self._clockwork, self.faults)
        self.commands = Commands(self._clockwork, self.nodes)
        self.automations = Automations(self._clockwork, self.documents, Caller(self.name), self._run_execution)
        self.associations = Associations(self._clockwork, self.nodes, self.documents, self.commands, self.automations)
        self.maintenance_windows = MaintenanceWindows(self._clockwork)
        self.target_groups = TargetGroups(self._clockwork, balancer, self.nodes)

    @property
    def name(self) -> str:
        return self.settings.account.region

    @property
    def account(self) -> str:
        return self.settings.account.account_id

    def staleness(self, usual: float = 0.0) -> float:
        return self._clockwork.staleness(usual)

    def close(self) -> None:
        self.engine.close()
        self.automations.close()
        self.calls.sink.close()
        self.events.sink.close()

    def _run_execution(self, execution: Execution) -> None:
        context = ExecutionContext(
            execution=execution,
            clockwork=self._clockwork,
            nodes=self.nodes,
            commands=self.commands,
            automations=self.automations,
        )
        Runner(context).run()
