"""ansible-playbook as an operator runs it, and a record of what became of every task."""

from __future__ import annotations

import dataclasses
import json
import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
ROOT = HERE.parents[2]


@dataclasses.dataclass(frozen=True, kw_only=True)
class Task:
    """What became of one task."""

    name: str
    action: str
    outcome: str
    msg: Any


@dataclasses.dataclass(frozen=True, kw_only=True)
class Played:
    """How a playbook ended."""

    code: int
    output: str
    tasks: Sequence[Task]


def ansible(program: str, *arguments: str, folder: Path) -> Played:
    """Run one of Ansible's programs in a folder, with nothing of this machine's own settings.

    The Region, its address and the credentials are in the environment already (fixture `aws`).
    """
    record = folder / "record.jsonl"
    environment = {name: value for name, value in os.environ.items() if not name.startswith("ANSIBLE_")} | {
        "ANSIBLE_CALLBACKS_ENABLED": "task_record",
        "ANSIBLE_CALLBACK_PLUGINS": str(HERE / "callback"),
        "ANSIBLE_COLLECTIONS_PATH": str(ROOT / "build" / "collections"),
        "ANSIBLE_HOME": str(folder / ".ansible"),
        # Modules of AWS need no inventory: localhost is always there.
        "ANSIBLE_INVENTORY_UNPARSED_WARNING": "false",
        "ANSIBLE_LOCALHOST_WARNING": "false",
        "ANSIBLE_NOCOLOR": "true",
        "ANSIBLE_PIPELINING": "true",
        "ANSIBLE_REMOTE_TMP": str(folder / ".ansible" / "tmp"),
        "TASK_RECORD": str(record),
    }
    ended = subprocess.run(
        [str(Path(sys.executable).with_name(program)), *arguments],
        cwd=folder,
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
        timeout=120,
    )
    lines = record.read_text(encoding="utf-8").splitlines() if record.exists() else []
    return Played(code=ended.returncode, output=ended.stdout, tasks=[Task(**json.loads(line)) for line in lines])
