"""What a rollout took and what it cost, from the lab's own records: no word of Ansible's is used here. Pure."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

Event = Mapping[str, Any]
PATCH_DOCUMENT = "AWS-RunPatchBaselineWithHooks"


@dataclass(frozen=True, kw_only=True)
class Window:
    """The playbook's run; epoch seconds."""

    start: float
    end: float

    @property
    def seconds(self) -> float:
        return self.end - self.start

    def of(self, records: Iterable[Event]) -> list[Event]:
        return [record for record in records if self.start <= record["time"] <= self.end]


@dataclass(frozen=True, kw_only=True)
class Span:
    """One stretch of one instance's way through that no tool could shorten; seconds from the playbook's start."""

    instance_id: str
    kind: str  # drain | patch | health
    start: float
    end: float


def spans(events: Iterable[Event], window: Window) -> list[Span]:
    """Deregistered until removed, command delivered until ended, registered until healthy.

    With several target groups a stretch lasts from the first group's start to the last group's end.
    """
    found: list[Span] = []
    open_since: dict[tuple[str, str], float] = {}
    pending: dict[tuple[str, str], set[str]] = defaultdict(set)
    for event in sorted(window.of(events), key=lambda event: event["time"]):
        step = _STEPS.get(event["event"])
        if step is None or (step.kind == "patch" and not _installs(event)):
            continue
        key = (event["instance_id"], step.kind)
        part = event.get("target_group") or event.get("command_id") or ""
        if step.opens:
            open_since.setdefault(key, event["time"])
            pending[key].add(part)
        elif part in pending[key]:
            pending[key].discard(part)
            if not pending[key]:
                start = open_since.pop(key) - window.start
                found.append(Span(instance_id=key[0], kind=key[1], start=start, end=event["time"] - window.start))
    return found


@dataclass(frozen=True)
class _Step:
    kind: str
    opens: bool


_STEPS = {
    "target_deregistered": _Step("drain", True),
    "target_removed": _Step("drain", False),
    "command_delivered": _Step("patch", True),
    "command_ended": _Step("patch", False),
    "target_registered": _Step("health", True),
    "target_healthy": _Step("health", False),
}


def _installs(event: Event) -> bool:
    return event.get("document") == PATCH_DOCUMENT and event.get("operation") == "Install"


def min_healthy(events: Iterable[Event], window: Window) -> int:
    """The fewest healthy targets that any target group had at any moment of the run, as HAProxy's checks saw it.

    :raises ValueError: when nothing was recorded: "not measured" must not read as a number.
    """
    before: dict[str, Event] = {}
    during: list[Event] = []
    for event in sorted(events, key=lambda event: event["time"]):
        if event["event"] != "healthy_count" or event["time"] > window.end:
            continue
        if event["time"] < window.start:
            before[event["target_group"]] = event
        else:
            during.append(event)
    counts = [event["count"] for event in (*before.values(), *during)]
    if not counts:
        raise ValueError("the lab recorded no count of healthy targets")
    return min(counts)


def api_calls(calls: Iterable[Event], window: Window) -> dict[str, int]:
    """The controller's calls by action, most frequent first."""
    count = Counter(call["action"] for call in window.of(calls) if call.get("source") == "controller")
    return dict(count.most_common())


@dataclass(frozen=True, kw_only=True)
class Versions:
    """What one instance says of itself."""

    instance_id: str
    name: str
    boot_id: str
    packages: Mapping[str, str]
    dependency: str


def patched(before: Versions, after: Versions, offered: Mapping[str, str]) -> bool:
    """Every package is at the version that the repository offers, and at least one was not before."""
    return dict(after.packages) == dict(offered) and dict(before.packages) != dict(offered)


def rebooted(before: Versions, after: Versions) -> bool:
    return bool(after.boot_id) and before.boot_id != after.boot_id


def summarize(  # noqa: PLR0913 - every source of the summary, named
    *,
    scenario: str,
    window: Window,
    events: Sequence[Event],
    calls: Sequence[Event],
    versions: Sequence[tuple[Versions, Versions]],
    offered: Mapping[str, str],
    load: Mapping[str, Any],
) -> dict[str, Any]:
    stretches = spans(events, window)
    inherent = sum(span.end - span.start for span in stretches)
    hosts = len(versions)
    by_action = api_calls(calls, window)
    return {
        "scenario": scenario,
        "instances": hosts,
        "patched": sum(patched(before, after, offered) for before, after in versions),
        "rebooted": sum(rebooted(before, after) for before, after in versions),
        "requests": load["requests"],
        "failed_requests": load["failed"],
        "min_requests_per_second": load["slowest_second"],
        "min_healthy_targets": min_healthy(events, window),
        "wall_seconds": round(window.seconds, 2),
        "inherent_seconds": round(inherent, 2),
        "overhead_seconds_per_host": round((window.seconds - inherent) / hosts, 2),
        "api_calls": by_action,
        "api_calls_per_host": round(sum(by_action.values()) / hosts, 1),
        "package_versions": [_change(before, after) for before, after in versions],
        "timeline": [
            {"instance_id": s.instance_id, "kind": s.kind, "start": round(s.start, 2), "end": round(s.end, 2)}
            for s in stretches
        ],
    }


def _change(before: Versions, after: Versions) -> dict[str, Any]:
    return {
        "instance_id": before.instance_id,
        "name": before.name,
        "packages": {name: [before.packages.get(name), after.packages.get(name)] for name in after.packages},
        "dependency": [before.dependency, after.dependency],
        "boot_id": [before.boot_id, after.boot_id],
    }
