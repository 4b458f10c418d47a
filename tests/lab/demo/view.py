"""What a person sees of the demo: a line for every turn of events, a table, a picture."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

_WIDTH = 72
_BARS = {"drain": "░", "patch": "█", "health": "▒"}
_WORDS = {
    "target_deregistered": "leaves {target_group}: no new requests, those in flight go on",
    "target_removed": "has left {target_group}",
    "command_delivered": "runs {document} {operation}",
    "command_ended": "ends {document} {operation}: {status}",
    "reboot": "reboots",
    "boot": "is up again",
    "target_registered": "returns to {target_group}",
    "target_healthy": "is healthy in {target_group}",
    "target_unhealthy": "is UNHEALTHY in {target_group}",
}
_COUNTED = {"target_removed", "target_healthy", "target_unhealthy", "command_ended"}


class Ticker:
    """Prints the lab's events as they are written, with the meter's count beside the ones that matter."""

    def __init__(self, events: Path, names: Mapping[str, str], totals: Callable[[], Mapping[str, Any]]) -> None:
        self._events = events
        self._names = names
        self._totals = totals
        self._begin = time.time()
        self._end = threading.Event()
        self._thread = threading.Thread(target=self._follow, daemon=True)

    def __enter__(self) -> Ticker:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._end.set()
        self._thread.join()

    def _follow(self) -> None:
        with self._events.open() as lines:
            while True:
                ending = self._end.is_set()
                while line := lines.readline():
                    self._tell(json.loads(line))
                if ending:
                    return
                self._end.wait(0.2)

    def _tell(self, event: Mapping[str, Any]) -> None:
        words = _WORDS.get(event["event"])
        if words is None or event["time"] < self._begin or event.get("document") == "AWS-RunShellScript":
            return
        said = words.format(**{"operation": "", **event}).replace("  ", " ").replace(" :", ":")
        count = ""
        if event["event"] in _COUNTED:
            totals = self._totals()
            count = f"   [{totals['requests']:,} requests, {totals['failed']} failed]"
        name = self._names.get(event["instance_id"], event["instance_id"])
        print(f"  · {event['time'] - self._begin:5.1f} s  {name} {said}{count}", flush=True)


def table(summary: Mapping[str, Any]) -> str:
    """Versions before and after, one line an instance."""
    packages = sorted(summary["package_versions"][0]["packages"]) if summary["package_versions"] else []
    rows = [["instance", *packages, "npm dependency", "rebooted"]]
    for item in summary["package_versions"]:
        changes = [_change(item["packages"][package]) for package in packages]
        booted = "yes" if item["boot_id"][0] != item["boot_id"][1] else "no"
        rows.append([item["name"], *changes, _change(item["dependency"]), booted])
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    return "\n".join("  " + "  ".join(c.ljust(w) for c, w in zip(row, widths, strict=True)).rstrip() for row in rows)


def _change(pair: Sequence[Any]) -> str:
    before, after = (str(value) for value in pair)
    return after if before == after else f"{before} -> {after}"


def timeline(summary: Mapping[str, Any]) -> str:
    """One bar an instance: what no tool could have shortened, over the whole run; the gaps are overhead."""
    wall = summary["wall_seconds"]
    rows = []
    for item in summary["package_versions"]:
        bar = [" "] * _WIDTH
        for span in summary["timeline"]:
            if span["instance_id"] == item["instance_id"]:
                first, last = (int(span[edge] / wall * (_WIDTH - 1)) for edge in ("start", "end"))
                bar[first : last + 1] = _BARS[span["kind"]] * (last - first + 1)
        rows.append(f"  {item['name']:8} |{''.join(bar)}|")
    legend = "  ".join(f"{bar} {kind}" for kind, bar in _BARS.items())
    return "\n".join([*rows, f"  {'':8}  0 s{legend:^{_WIDTH - 11}}{wall:5.1f} s"])


def figures(summary: Mapping[str, Any]) -> str:
    """The numbers that matter, in sentences."""
    rate = summary["requests"] / max(summary["load_seconds"], 1)
    wall, inherent = summary["wall_seconds"], summary["inherent_seconds"]
    lines = [
        f"{summary['patched']} of {summary['instances']} patched, {summary['rebooted']} rebooted",
        f"{summary['requests']:,} requests ({rate:.0f}/s), {summary['failed_requests']} failed",
        f"never fewer than {summary['min_healthy_targets']} healthy targets in any target group",
        f"{wall:.1f} s in all, {inherent:.1f} s of it draining, patching and health checks",
        f"{summary['overhead_seconds_per_host']:.1f} s of overhead per host",
        f"{summary['api_calls_per_host']:.0f} API calls per host",
    ]
    return "\n".join(f"  {line}" for line in lines)
