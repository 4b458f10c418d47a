"""The tutorial's guide runs: its tasks in order, as they are written, on one host of a lab."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml
from lab.api.kit import Lab
from unit.examples.blocks import blocks
from unit.examples.fleet import QUICK, serve_fleet
from unit.examples.playing import ansible

GUIDE = [block for block in blocks() if block.name.startswith("docs-docsite-rst-aws_tutorial-")]


@pytest.fixture
def lab_api() -> Iterator[Lab]:
    with serve_fleet("") as lab:
        yield lab


def test_the_guide_runs(aws: Lab, tmp_path: Path) -> None:
    tasks = [task for block in GUIDE if block.kind == "tasks" for task in block.content]
    host = {"instance_id": aws.instance_ids[0], "ansible_python_interpreter": "{{ ansible_playbook_python }}"}
    play = {
        "name": "As it is written",
        "hosts": "all",
        "connection": "local",
        "gather_facts": False,
        "module_defaults": QUICK,
        "tasks": tasks,
    }
    (tmp_path / "fleet.yml").write_text(yaml.safe_dump({"all": {"hosts": {"shop-1": host}}}), encoding="utf-8")
    (tmp_path / "guide.yml").write_text(yaml.safe_dump([play], sort_keys=False), encoding="utf-8")

    played = ansible("ansible-playbook", "-i", "fleet.yml", "guide.yml", folder=tmp_path)

    assert played.code == 0, played.output
    assert [task for task in played.tasks if task.outcome not in {"ok", "changed"}] == [], played.output
    ran = {task.name for task in played.tasks}
    # The import of a role is no task that runs: its tasks are.
    own = [task["name"] for task in tasks if "ansible.builtin.import_role" not in task]
    assert own
    assert [name for name in own if name not in ran] == []
