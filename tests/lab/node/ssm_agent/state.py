"""What the agent keeps on disk: commands under way, and the ids of those it has had."""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from .document import Progress
from .result import StepResult


@dataclass(frozen=True, kw_only=True)
class Command:
    """A command as it came, and how far it got when a reboot was asked for."""

    command_id: str
    message_id: str
    payload: Mapping[str, Any]
    # Set only by a reboot the document itself asked for; without it nothing can be resumed.
    progress: Progress | None = None

    def at_reboot(self, steps: Iterable[StepResult]) -> Command:
        *done, interrupted = steps
        return replace(self, progress=Progress(done={one.name: one for one in done}, interrupted=interrupted))


class Store:
    """Commands under a folder: `current/<id>.json` while they run, `completed/<id>` after."""

    def __init__(self, folder: Path) -> None:
        self._current = folder / "current"
        self._completed = folder / "completed"
        for one in (self._current, self._completed):
            one.mkdir(parents=True, exist_ok=True)

    def knows(self, command_id: str) -> bool:
        return self._file(command_id).exists() or (self._completed / command_id).exists()

    def save(self, command: Command) -> None:
        data = {
            "command_id": command.command_id,
            "message_id": command.message_id,
            "payload": command.payload,
            "progress": _dump(command.progress),
        }
        file = self._file(command.command_id)
        part = file.with_suffix(".part")
        with part.open("w", encoding="utf-8") as stream:
            json.dump(data, stream)
            stream.flush()
            os.fsync(stream.fileno())
        part.replace(file)

    def complete(self, command_id: str) -> None:
        (self._completed / command_id).touch()
        self._file(command_id).unlink(missing_ok=True)

    def unfinished(self) -> list[Command]:
        """What was under way when the agent last ended, oldest first."""
        files = sorted(self._current.glob("*.json"), key=lambda file: file.stat().st_mtime)
        return [_load(json.loads(file.read_text(encoding="utf-8"))) for file in files]

    def _file(self, command_id: str) -> Path:
        return self._current / f"{command_id}.json"


def _dump(progress: Progress | None) -> dict[str, Any] | None:
    if progress is None:
        return None
    interrupted = progress.interrupted
    return {
        "done": [one.as_dict() for one in progress.done.values()],
        "interrupted": interrupted.as_dict() if interrupted else None,
    }


def _load(data: Mapping[str, Any]) -> Command:
    saved = data["progress"]
    progress = None
    if saved is not None:
        done = [StepResult.from_dict(one) for one in saved["done"]]
        interrupted = saved["interrupted"]
        progress = Progress(
            done={one.name: one for one in done},
            interrupted=StepResult.from_dict(interrupted) if interrupted else None,
        )
    return Command(
        command_id=data["command_id"], message_id=data["message_id"], payload=data["payload"], progress=progress
    )
