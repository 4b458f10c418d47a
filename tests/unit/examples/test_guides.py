"""The plays and tasks of a guide run, in order, as they are written, against a lab of their own."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from lab.api.kit import Lab
from unit.examples.blocks import Block, blocks
from unit.examples.fleet import QUICK, serve_fleet
from unit.examples.playing import ansible

# No lab has what these are about: modules that are not installed here, and a Classic Load Balancer.
ELSEWHERE = ("community.aws.", "amazon.aws.elb_classic_lb")
GUIDES = ("aws_tutorial", "migrating_from_elb_target")


def code_of(guide: str) -> list[Block]:
    found = [block for block in blocks() if block.name.startswith(f"docs-docsite-rst-{guide}-")]
    return [block for block in found if not any(name in block.text for name in ELSEWHERE)]


@pytest.fixture(params=GUIDES)
def guide(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def lab_api(guide: str) -> Iterator[Lab]:
    with serve_fleet("".join(block.text for block in code_of(guide))) as lab:
        yield lab


def test_the_guide_runs(guide: str, aws: Lab, tmp_path: Path) -> None:
    code = code_of(guide)
    tasks = [task for block in code if block.kind == "tasks" for task in block.content]
    plays: list[dict[str, Any]] = [play for block in code if block.kind == "plays" for play in block.content]
    plays.append({"hosts": "all", "connection": "local", "gather_facts": False, "tasks": tasks})
    quick = [{**play, "module_defaults": QUICK} for play in plays]
    (tmp_path / "guide.yml").write_text(yaml.safe_dump(quick, sort_keys=False), encoding="utf-8")
    host = {"instance_id": aws.instance_ids[0], "ansible_python_interpreter": "{{ ansible_playbook_python }}"}
    (tmp_path / "fleet.yml").write_text(yaml.safe_dump({"all": {"hosts": {"shop-1": host}}}), encoding="utf-8")

    played = ansible("ansible-playbook", "-i", "fleet.yml", "guide.yml", folder=tmp_path)

    assert played.code == 0, played.output
    assert [task for task in played.tasks if task.outcome not in {"ok", "changed"}] == [], played.output
    ran = {task.name for task in played.tasks}
    assert tasks
    assert [
        task["name"] for task in tasks if task["name"] not in ran and "ansible.builtin.import_role" not in task
    ] == []
