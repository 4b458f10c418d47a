"""The logs of calls and of events, in memory and as the files calls.jsonl and events.jsonl."""

from __future__ import annotations

import dataclasses
import json
import threading
import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any

READ_PREFIXES = ("Describe", "Get", "List")


@dataclass(frozen=True, kw_only=True)
class CallRecord:
    time: float
    service: str
    action: str
    parameters: dict[str, Any]
    status: int
    source: str
    error_code: str | None = None

    @property
    def writes(self) -> bool:
        return not self.action.startswith(READ_PREFIXES)


class JsonLines:
    """Appends objects to a file, one whole line for each."""

    def __init__(self, path: Path | None) -> None:
        self._lock = threading.Lock()
        self._file: IO[str] | None = None
        if path is not None:
            path.parent.mkdir(parents=True, exist_ok=True)
            self._file = path.open("a", encoding="utf-8", buffering=1)

    def write(self, record: dict[str, Any]) -> None:
        if self._file is not None:
            line = json.dumps(record, default=str) + "\n"
            with self._lock:
                self._file.write(line)

    def close(self) -> None:
        if self._file is not None:
            self._file.close()
            self._file = None


@dataclass
class CallLog:
    """All calls. `controller()` has those of the operator's tools."""

    sink: JsonLines
    records: list[CallRecord] = field(default_factory=list)

    def add(self, record: CallRecord) -> None:
        self.records.append(record)
        fields = dataclasses.asdict(record)
        if record.error_code is None:
            del fields["error_code"]
        self.sink.write(fields)

    def controller(self) -> list[CallRecord]:
        return [record for record in self.records if record.source == "controller"]

    def writes(self) -> list[CallRecord]:
        """The controller's calls that change something, refused calls included."""
        return [record for record in self.controller() if record.writes]

    def count(self) -> Counter[str]:
        return Counter(record.action for record in self.controller())

    def clear(self) -> None:
        self.records.clear()


@dataclass
class EventLog:
    """The events of the lab, with their times."""

    sink: JsonLines
    events: list[dict[str, Any]] = field(default_factory=list)

    def emit(self, event: str, **details: Any) -> None:
        record = {"time": time.time(), "event": event, **details}
        self.events.append(record)
        self.sink.write(record)

    def named(self, *names: str) -> list[dict[str, Any]]:
        return [event for event in self.events if event["event"] in names]
