"""Running the system's tools, with an error that says which one failed and why."""

from __future__ import annotations

import json
import shutil
import subprocess
import threading
import time
from pathlib import Path
from typing import Any

SYSTEM_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
TOOLS = {
    "ip": "iproute2",
    "iptables": "iptables",
    "haproxy": "haproxy",
    "nsenter": "util-linux",
    "dpkg-deb": "dpkg",
    "apt-get": "apt",
    "curl": "curl",
    "node": "nodejs",
    "npm": "npm",
}


class LabError(Exception):
    """One line for whoever started the lab."""


def find(tool: str) -> str:
    # An ordinary user's PATH often lacks the sbin folders haproxy and ip live in.
    found = shutil.which(tool) or shutil.which(tool, path=SYSTEM_PATH)
    if found is None:
        raise LabError(f"{tool} is missing: install the package {TOOLS.get(tool, tool)}")
    return found


def check_tools() -> None:
    missing = [tool for tool in TOOLS if not (shutil.which(tool) or shutil.which(tool, path=SYSTEM_PATH))]
    if missing:
        packages = " ".join(TOOLS[tool] for tool in missing)
        raise LabError(f"the lab needs {', '.join(missing)}: apt-get install {packages}")


def run(*command: str, stdin: str | None = None) -> str:
    """Run a command to its end; a failure carries its own words."""
    done = subprocess.run(command, input=stdin, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        words = (done.stderr or done.stdout).strip().replace("\n", "; ")
        raise LabError(f"{' '.join(command[:4])} failed with {done.returncode}: {words}")
    return done.stdout


class EventLog:
    """Appends one JSON line an event; each is a single write, so writers do not have to know each other."""

    def __init__(self, path: Path) -> None:
        self._file = path.open("a", buffering=1)
        self._lock = threading.Lock()

    def __call__(self, event: str, **details: Any) -> None:
        with self._lock:
            self._file.write(json.dumps({"time": round(time.time(), 3), "event": event, **details}) + "\n")
