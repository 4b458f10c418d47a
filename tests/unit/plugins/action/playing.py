"""Tasks run by Ansible itself on a controller that has no AWS, and where an import of boto3 is noticed."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[4]
NO_LIBRARY = "raise ImportError('no AWS library is here')\n"


def play(tasks: Mapping[str, dict[str, Any]], folder: Path) -> dict[str, dict[str, Any]]:
    """Run tasks with ansible-playbook, each of them although others fail; the result of each, by its name.

    boto3 and botocore cannot be imported, by Ansible or by a module.
    """
    libraries = folder / "libraries"
    libraries.mkdir()
    for library in ("boto3", "botocore"):
        (libraries / f"{library}.py").write_text(NO_LIBRARY)
    content = f"{{{{ dict({list(tasks)} | zip([{', '.join(tasks)}])) | to_json }}}}"
    written = {
        "hosts": "localhost",
        "gather_facts": False,
        "vars": {"ansible_python_interpreter": sys.executable},
        "tasks": [
            *({"register": name, "ignore_errors": True, **task} for name, task in tasks.items()),
            {"ansible.builtin.copy": {"content": content, "dest": str(folder / "results.json")}},
        ],
    }
    (folder / "play.json").write_text(json.dumps([written]))
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("AWS_", "ANSIBLE_"))} | {
        "ANSIBLE_COLLECTIONS_PATH": str(ROOT / "build" / "collections"),
        "ANSIBLE_HOME": str(folder),
        "ANSIBLE_REMOTE_TMP": str(folder),
        "PYTHONPATH": str(libraries),
    }
    command = [sys.executable, "-m", "ansible", "playbook", "-i", "localhost,", "-c", "local", "play.json"]
    subprocess.run(command, cwd=folder, env=environment, capture_output=True, check=True, timeout=120)
    results: dict[str, dict[str, Any]] = json.loads((folder / "results.json").read_text())
    return results


def ran_module(result: Mapping[str, Any]) -> bool:
    """Whether a module made this result: it says how it was invoked, or which library it lacks."""
    return "invocation" in result or "botocore" in str(result.get("msg"))
