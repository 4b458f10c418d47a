"""The load generator's process and its running count."""

from __future__ import annotations

import itertools
import json
import signal
import subprocess
import threading
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from ..host.commands import find

SCRIPT = Path(__file__).with_name("load.js")


class Load:
    """Runs from entry to exit; ``requests`` and ``failed`` count from the start.

    :param paths: The requests take them in turn.
    :param rate: Requests per second.
    :param timeout: Seconds until a request without a complete answer fails.
    :param grace: Seconds that the requests in flight get at the end. The default lets all of them end.
    :param out: The folder of ``failures.jsonl``, a line for each failed request.
    """

    def __init__(
        self, url: str, paths: Sequence[str], *, rate: int, timeout: float, out: Path, grace: float | None = None
    ) -> None:
        self._grace = timeout + 1 if grace is None else grace
        self._out = out
        self._arguments: dict[str, Any] = {
            "url": url,
            "paths": list(paths),
            "rate": rate,
            "timeout": timeout,
            "grace": self._grace,
            "failures": str(out / "failures.jsonl"),
        }
        self._ticks: list[dict[str, Any]] = []
        self._process: subprocess.Popen[str] | None = None
        self._reader = threading.Thread(target=self._read, daemon=True)

    def __enter__(self) -> Load:
        # Not this process's own stderr: node makes what it inherits non-blocking, and Ansible refuses to write to that.
        errors = (self._out / "load.log").open("w")
        self._process = subprocess.Popen(
            [find("node"), str(SCRIPT), json.dumps(self._arguments)],
            stdin=subprocess.PIPE,  # when it closes, the demo is gone, and the load ends by itself
            stdout=subprocess.PIPE,
            stderr=errors,
            text=True,
            start_new_session=True,  # Ctrl-C is for the demo, which ends the load in its own order
        )
        errors.close()
        self._reader.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def stop(self) -> None:
        """Let requests in flight end, then end the process; the last count is then complete."""
        if self._process and self._process.poll() is None:
            self._process.send_signal(signal.SIGTERM)
            try:
                self._process.wait(self._grace + 5)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait()
        if self._reader.is_alive():
            self._reader.join(5)

    def alive(self) -> bool:
        return self._process is not None and self._process.poll() is None

    def complete(self) -> bool:
        """Has every request that was sent been accounted for?"""
        return bool(self._ticks) and bool(self._ticks[-1].get("final"))

    def totals(self) -> dict[str, Any]:
        """Counts so far, and the fewest outcomes in any full second between the first and the last."""
        ticks = list(self._ticks)
        last = ticks[-1] if ticks else {"requests": 0, "failed": 0}
        full = [tick for tick in ticks if not tick.get("final")]
        rates = [
            (after["requests"] - before["requests"]) / (after["time"] - before["time"])
            for before, after in itertools.pairwise(full)
        ]
        # The first second also has the start of every connection.
        return {**last, "slowest_second": round(min(rates[1:], default=0.0), 1)}

    def _read(self) -> None:
        assert self._process is not None
        assert self._process.stdout is not None
        for line in self._process.stdout:
            self._ticks.append(json.loads(line))
