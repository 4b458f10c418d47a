"""One boot of an instance, from a fresh process: `python -m lab.host.boot PLAN.json`.

Moves into new namespaces, tells the id of the instance's first process on stdout, and stays to return its exit code:
94 is a reboot the agent asked for. Commands for the first process come in on stdin, one word a line.
"""

from __future__ import annotations

import json
import os
import socket
import sys
import traceback
import uuid
from pathlib import Path
from typing import Any

from . import network, rootfs, syscalls
from .init import Init, provision


def main(plan_file: str) -> int:
    plan = json.loads(Path(plan_file).read_text())
    os.unshare(os.CLONE_NEWNS | os.CLONE_NEWPID | os.CLONE_NEWNET | os.CLONE_NEWIPC | os.CLONE_NEWUTS)
    child = os.fork()
    if child == 0:
        os._exit(_first_process(plan))
    print(json.dumps({"pid": child}), flush=True)
    _, status = os.waitpid(child, 0)
    code = os.waitstatus_to_exitcode(status)
    return code if code >= 0 else 128 - code


def _first_process(plan: dict[str, Any]) -> int:
    try:
        syscalls.die_with_parent()
        syscalls.make_mounts_private()
        os.dup2(2, 1)  # stdout was for the process id; from here on everything goes to the log
        socket.sethostname(plan["name"])
        boot_id = Path(plan["disk"]) / "boot_id"
        boot_id.write_text(f"{uuid.uuid4()}\n")
        # Before the new root: the tool that sets up the network is found by the host's PATH.
        _wait_for("network")
        network.configure_inside(plan["ip"], plan["prefix_length"])
        rootfs.assemble(rootfs.Disk(Path(plan["disk"])), boot_id, plan["binds"])
        os.umask(0o022)
        if plan.get("provision"):
            return provision(plan["provision"], plan["environment"])
        return Init(plan["services"], plan["environment"]).run()
    except BaseException:
        traceback.print_exc()
        return 1


def _wait_for(word: str) -> None:
    line = _read_line()
    if line != word:
        raise RuntimeError(f"the lab said {line!r} where {word!r} was due")


def _read_line() -> str:
    """Read one line of stdin without taking more: the rest is for the first process."""
    text = b""
    while not text.endswith(b"\n"):
        byte = os.read(0, 1)
        if not byte:
            raise RuntimeError("the lab has gone")
        text += byte
    return text.decode().strip()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
