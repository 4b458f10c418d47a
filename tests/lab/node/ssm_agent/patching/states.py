"""Files the payload keeps on the node between its runs."""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from .apt import Package


class LockedError(Exception):
    """Another patching operation holds the lock."""


@dataclass(frozen=True)
class Paths:
    """Where those files are."""

    log_dir: Path = Path("/var/log/amazon/ssm")
    boot_id_file: Path = Path("/proc/sys/kernel/random/boot_id")

    @property
    def inventory(self) -> Path:
        return self.log_dir / "patch-configuration" / "patch-inventory-from-last-operation.json"

    @property
    def states(self) -> Path:
        return self.log_dir / "patch-configuration" / "patch-states-configuration.json"

    @property
    def lock(self) -> Path:
        return self.log_dir / "patch-baseline-concurrent.lock"

    def boot_id(self) -> str:
        return self.boot_id_file.read_text(encoding="ascii").strip()


@dataclass(kw_only=True)
class States:
    """What earlier operations left behind."""

    boot_id: str = ""
    # Installed in that boot and waiting for it to end.
    pending: list[Package] = field(default_factory=list)
    last_no_reboot_install: str = ""
    # How often one command has asked for a reboot.
    command_id: str = ""
    reboots: int = 0

    @classmethod
    def load(cls, file: Path) -> States:
        try:
            data: dict[str, Any] = json.loads(file.read_text(encoding="utf-8"))
        except FileNotFoundError:
            return cls()
        return cls(**{**data, "pending": [Package(**one) for one in data["pending"]]})

    def save(self, file: Path) -> None:
        write_json(file, {**vars(self), "pending": [vars(one) for one in self.pending]})


def write_json(file: Path, data: Any) -> None:
    """Write the file so that nobody ever reads half of it."""
    file.parent.mkdir(parents=True, exist_ok=True)
    part = file.with_suffix(".part")
    part.write_text(json.dumps(data, indent=4) + "\n", encoding="utf-8")
    part.replace(file)


@contextlib.contextmanager
def lock(file: Path, attempts: int, pause: float) -> Iterator[None]:
    """Hold the lock of patching operations. It ends with its holder, so that a dead one leaves nothing stale."""
    file.parent.mkdir(parents=True, exist_ok=True)
    with file.open("a+", encoding="ascii") as stream:
        for attempt in range(attempts):
            try:
                fcntl.flock(stream, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except BlockingIOError:
                if attempt + 1 == attempts:
                    raise LockedError(f"{file} is held by another patching operation") from None
                time.sleep(pause)
        stream.truncate(0)
        stream.write(f"{os.getpid()}\n")
        stream.flush()
        yield
