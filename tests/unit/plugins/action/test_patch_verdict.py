"""The action plugin beside patch_verdict, run by Ansible: what needs no module is told without any AWS."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[4]
AFTER = "22222222-2222-2222-2222-222222222222"
URL = "http://localhost:443/health-check"
ARGS: dict[str, Any] = {
    "instance_id": "i-00000000000000001",
    "operation_after": "2026-08-01T09:00:00Z",
    "health_url": URL,
    "execution_target": {
        "status": "Success",
        "steps": [
            {
                "name": "CustomerProvidedOnExitHook",
                "status": "Success",
                "output": f"boot_id={AFTER}\nhealth=0 200\nhealth_url={URL}\n",
            }
        ],
    },
    "patch_state": {"operation": "Install", "operation_end_time": "2026-08-01T09:05:00.000Z"},
}


def task(name: str, args: dict[str, Any], **options: Any) -> dict[str, Any]:
    return {"register": name, "steadyfleet.aws_patching.patch_verdict": args, "ignore_errors": True, **options}


def play(tasks: list[dict[str, Any]], folder: Path) -> dict[str, Any]:
    """Run tasks with ansible-playbook where there is no AWS; what they registered."""
    names = [each["register"] for each in tasks]
    content = f"{{{{ dict({names} | zip([{', '.join(names)}])) | to_json }}}}"
    kept = {"content": content, "dest": str(folder / "told.json")}
    written = {
        "hosts": "localhost",
        "gather_facts": False,
        "vars": {"ansible_python_interpreter": sys.executable},
        "tasks": [*tasks, {"ansible.builtin.copy": kept}],
    }
    (folder / "play.json").write_text(json.dumps([written]))
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("AWS_", "ANSIBLE_"))} | {
        "ANSIBLE_COLLECTIONS_PATH": str(ROOT / "build" / "collections"),
        "ANSIBLE_HOME": str(folder),
        "ANSIBLE_REMOTE_TMP": str(folder),
        "AWS_CONFIG_FILE": os.devnull,
        "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
        "AWS_EC2_METADATA_DISABLED": "true",
    }
    command = [sys.executable, "-m", "ansible", "playbook", "-i", "localhost,", "-c", "local", "play.json"]
    subprocess.run(command, cwd=folder, env=environment, capture_output=True, check=True, timeout=120)
    told: dict[str, Any] = json.loads((folder / "told.json").read_text())
    return told


def test_only_what_is_beyond_doubt_needs_no_module(tmp_path: Path) -> None:
    another = {**ARGS, "health_url": "http://localhost:443/another"}
    told = play([task("known", ARGS), task("check", ARGS, check_mode=True), task("doubt", another)], tmp_path)
    assert (told["known"]["failed"], told["known"]["verdict"]["ok"]) == (False, True)
    assert told["known"]["verdict"]["boot_id"] == AFTER
    assert "invocation" not in told["known"]
    assert told["check"]["verdict"]["ok"] is None
    assert told["doubt"]["failed"]
    assert "region" in told["doubt"]["msg"].lower()
