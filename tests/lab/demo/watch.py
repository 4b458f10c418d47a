"""Telling what happens while it happens: one line an event that matters, with the load's counts so far."""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, TextIO

from .load import Load
from .summary import PATCHING


def describe(event: Mapping[str, Any]) -> str | None:
    """An event in words, or None for one that would only fill the screen."""
    kind, group = event["event"], event.get("target_group")
    if kind.startswith("command_"):
        return _describe_command(event)
    words = {
        "target_deregistered": f"draining from {group}",
        "target_removed": f"out of {group}",
        "target_registered": f"back in {group}, not yet healthy",
        "target_healthy": f"healthy in {group}",
        "target_unhealthy": f"UNHEALTHY in {group}",
        "reboot": "rebooting",
        "boot": "booting",
    }
    return words.get(kind)


def _describe_command(event: Mapping[str, Any]) -> str | None:
    if event.get("document") != PATCHING:
        return None
    if event["event"] == "command_delivered":
        return "patching"
    return f"patching ended: {event.get('status')}"


class Watch:
    """Follows the lab's event file; `step` prints what is new."""

    def __init__(
        self, events: Path, names: Mapping[str, str], load: Load, start: float, out: TextIO = sys.stdout
    ) -> None:
        self._file = events.open()
        self._names = names
        self._load = load
        self._start = start
        self._out = out
        self._healthy: dict[str, int] = {}
        self._last = 0.0

    def skip(self) -> None:
        """Take what has happened by now as the state of things, without a word."""
        for line in self._file:
            self._note(json.loads(line))

    def step(self) -> None:
        for line in self._file:
            event = json.loads(line)
            self._note(event)
            text = describe(event)
            if text is not None:
                self._print(event["time"], self._names.get(event.get("instance_id", ""), ""), text)
        if self._out.isatty() and time.time() - self._last > 0.5:
            self._last = time.time()
            self._status()

    def _note(self, event: Mapping[str, Any]) -> None:
        if event["event"] == "healthy_count":
            self._healthy[event["target_group"]] = event["count"]

    def counts(self) -> str:
        counts = self._load.counts
        healthy = ", ".join(f"{name} {count}" for name, count in self._healthy.items())
        return f"{counts['requests']:6} requests {counts['failed']:4} failed  healthy: {healthy}"

    def _print(self, moment: float, name: str, text: str) -> None:
        clear = "\r\033[K" if self._out.isatty() else ""
        print(f"{clear}{moment - self._start:6.1f} s  {name:8} {text:34} {self.counts()}", file=self._out, flush=True)

    def _status(self) -> None:
        print(f"\r\033[K{time.time() - self._start:6.1f} s  {self.counts()}", end="", file=self._out, flush=True)


def follow(running: Callable[[], bool], watch: Watch, load: Load, pause: float = 0.1) -> None:
    while running():
        watch.step()
        load.check()
        time.sleep(pause)
    watch.step()
