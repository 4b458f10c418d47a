"""An association, its runs, and the targets of a run."""

from __future__ import annotations

import datetime
from dataclasses import dataclass, field
from typing import Any

# AWS shows these targets for an association of a runbook without targets.
NO_TARGETS = [{"Key": "aws:NoOpAutomationTag", "Values": ["AWS-NoOpAutomationTarget-Value"]}]
MANAGED_INSTANCE = "ManagedInstance"


@dataclass
class Association:
    id: str
    # The type of its document: Command or Automation.
    type: str
    # The fields of each version as they were given, the oldest first. The last version is in effect.
    versions: list[dict[str, Any]]
    created: datetime.datetime
    updated: datetime.datetime
    tags: dict[str, str] = field(default_factory=dict)
    runs: list[Run] = field(default_factory=list)

    @property
    def spec(self) -> dict[str, Any]:
        return self.versions[-1]

    @property
    def version(self) -> str:
        return str(len(self.versions))


@dataclass
class RunTarget:
    resource_id: str
    status: str = "Pending"
    detailed: str = "Pending"
    # The id of the command or of the execution that runs on it.
    output_id: str | None = None
    changed: datetime.datetime = field(default_factory=lambda: datetime.datetime.now(datetime.UTC))


@dataclass
class Run:
    id: str
    association: Association
    version: str
    spec: dict[str, Any]
    created: datetime.datetime
    status: str = "Pending"
    begun: bool = False
    waiting: list[str] = field(default_factory=list)
    targets: dict[str, RunTarget] = field(default_factory=dict)
    concurrency: int = 1
    errors_allowed: int = 0

    @property
    def output_type(self) -> str:
        """The OutputSourceType of its targets."""
        return "Automation" if self.association.type == "Automation" else "RunCommand"

    @property
    def resource_type(self) -> str:
        """The ResourceType of its targets."""
        if self.association.type != "Automation":
            return MANAGED_INSTANCE
        if self.spec.get("TargetMaps"):
            return "TargetMaps"
        key = str((self.spec.get("Targets") or NO_TARGETS)[0]["Key"])
        return key if key in ("ParameterValues", NO_TARGETS[0]["Key"]) else MANAGED_INSTANCE

    @property
    def ended(self) -> bool:
        return self.status not in ("Pending", "InProgress")

    def count(self, *statuses: str) -> int:
        return sum(1 for target in self.targets.values() if target.status in statuses)
