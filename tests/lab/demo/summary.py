"""From what the lab recorded to the numbers of the summary. Pure: records in, numbers out."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

Record = Mapping[str, Any]
PATCHING = "AWS-RunPatchBaselineWithHooks"


@dataclass(frozen=True)
class Window:
    """From the start of the playbook to its end, in seconds since the epoch."""

    start: float
    end: float

    @property
    def seconds(self) -> float:
        return self.end - self.start

    def cut(self, records: Iterable[Record]) -> list[Record]:
        return [record for record in records if self.start <= record["time"] <= self.end]


@dataclass(frozen=True)
class Span:
    """A stretch of one host's way that no controller can shorten; in seconds since the start of the run."""

    kind: str
    instance_id: str
    start: float
    end: float

    @property
    def seconds(self) -> float:
        return self.end - self.start


# What a host has one of in every target group, so that a stretch lasts from the first one's begin to the last one's end.
STRETCHES = {
    "target_deregistered": ("drain", "target_removed"),
    "target_registered": ("health", "target_healthy"),
}


def spans(events: Iterable[Record], window: Window) -> list[Span]:
    """Every drain, patch command and wait for health checks that began and ended in the window, as they ended."""
    found: list[Span] = []
    begun: dict[tuple[str, str], float] = {}
    waiting: dict[tuple[str, str], set[str]] = {}
    for event in sorted(window.cut(events), key=lambda event: event["time"]):
        for kind, what, begins in _marks(event):
            key = (kind, event["instance_id"])
            if begins:
                begun.setdefault(key, event["time"])
                waiting.setdefault(key, set()).add(what)
            elif key in begun:
                waiting[key].discard(what)
                if not waiting[key]:
                    start = begun.pop(key)
                    found.append(Span(kind, key[1], start - window.start, event["time"] - window.start))
    return found


def _marks(event: Record) -> list[tuple[str, str, bool]]:
    """(kind of stretch, which of the things it waits for, whether it begins it) for an event."""
    name = event["event"]
    if name in ("command_delivered", "command_ended"):
        is_install = event.get("document") == PATCHING and event.get("operation") == "Install"
        return [("patch", event["command_id"], name == "command_delivered")] if is_install else []
    return [
        (kind, event["target_group"], name == begin) for begin, (kind, end) in STRETCHES.items() if name in (begin, end)
    ]


def inherent_seconds(events: Iterable[Record], window: Window) -> float:
    """Drain, patch command and health checks, summed over the hosts."""
    return sum(span.seconds for span in spans(events, window))


def min_healthy(events: Sequence[Record], window: Window) -> int:
    """The fewest healthy targets that the load balancer's checks saw in any group at any moment of the window."""
    at_start: dict[str, int] = {}
    during: list[int] = []
    for event in events:
        if event["event"] != "healthy_count":
            continue
        if event["time"] < window.start:
            at_start[event["target_group"]] = event["count"]
        elif event["time"] <= window.end:
            during.append(event["count"])
    counts = [*at_start.values(), *during]
    if not counts:
        raise ValueError("there is no count of healthy targets among the events")
    return min(counts)


def api_calls(calls: Iterable[Record], window: Window) -> dict[str, int]:
    """The controller's calls by action, most frequent first."""
    counted = Counter(call["action"] for call in window.cut(calls) if call["source"] == "controller")
    return dict(counted.most_common())


@dataclass(frozen=True, kw_only=True)
class Versions:
    """What an instance itself says: its boot and what is installed on it."""

    instance_id: str
    name: str
    boot_id: str
    packages: Mapping[str, str]
    dependency: str

    def listed(self, dependency_name: str) -> dict[str, str]:
        return {**self.packages, dependency_name: self.dependency}


def patched(before: Versions, after: Versions, offered: Mapping[str, str]) -> bool:
    """Did this run bring every package to the offered version?"""
    return dict(before.packages) != dict(after.packages) and all(
        after.packages.get(name) == version for name, version in offered.items()
    )


def rebooted(before: Versions, after: Versions) -> bool:
    return before.boot_id != after.boot_id


def timeline(events: Iterable[Record], instance_id: str, window: Window) -> list[dict[str, Any]]:
    """Everything that happened to one host, in seconds since the start."""
    return [
        {
            "seconds": round(event["time"] - window.start, 2),
            "event": event["event"],
            **{key: event[key] for key in ("target_group", "document", "status") if event.get(key)},
        }
        for event in window.cut(events)
        if event.get("instance_id") == instance_id
    ]
