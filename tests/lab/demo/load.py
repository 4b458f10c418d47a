"""The load generator's process, and what it has counted so far."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import threading
from pathlib import Path
from typing import Any

from ..host.commands import LabError, find
from ..host.layout import TOOLS_NPM
from ..settings import Demo

SCRIPT = Path(__file__).with_name("load.js")


class Load:
    """A constant rate of requests, from entering the context until `end` (or leaving it)."""

    def __init__(self, url: str, settings: Demo, folder: Path) -> None:
        options = {
            "url": url,
            "rate": settings.rate,
            "timeout": settings.request_timeout,
            "paths": settings.paths,
            "failures": str(folder / "failures.jsonl"),
        }
        self._patience = settings.request_timeout + 5
        self.counts: dict[str, Any] = {"requests": 0, "ok": 0, "failed": 0}
        self._process = subprocess.Popen(
            [find("node"), str(SCRIPT), json.dumps(options)],
            env={**os.environ, "NODE_PATH": str(TOOLS_NPM / "node_modules")},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        self._reader = threading.Thread(target=self._read, name="load", daemon=True)
        self._reader.start()

    def __enter__(self) -> Load:
        return self

    def __exit__(self, *_: object) -> None:
        if self._process.poll() is None:
            self._process.kill()
        self._process.wait()

    def _read(self) -> None:
        assert self._process.stdout is not None
        for line in self._process.stdout:
            self.counts = json.loads(line)

    def check(self) -> None:
        if self._process.poll() is not None:
            raise LabError(f"the load generator ended with {self._process.returncode}")

    def end(self) -> dict[str, Any]:
        """Stop sending, let every request under way come to its end, and return the whole account."""
        self.check()
        self._process.send_signal(signal.SIGTERM)
        self._reader.join(self._patience)
        if not self.counts.get("final"):
            raise LabError("the load generator gave no account of its requests")
        return self.counts
