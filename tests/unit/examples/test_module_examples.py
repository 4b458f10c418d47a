"""Every module's EXAMPLES run as they are written: in order, by ansible-playbook, against a lab of their own.

The lab's four instances bear the ids that the examples name. `files/` is what an operator would have beside the
playbook. `before/MODULE.yml` brings about what a module's examples take as given: plain tasks, run in this process.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from lab.api.testing.kit import Lab, RunModule
from unit.examples.fleet import COLLECTION, MODULES, QUICK, serve_fleet, text_of
from unit.examples.playing import HERE, ansible


@pytest.fixture(params=MODULES)
def module(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def lab_api(module: str) -> Iterator[Lab]:
    with serve_fleet(text_of(module, "EXAMPLES")) as lab:
        yield lab


def names_in(tasks: list[dict[str, Any]]) -> list[str]:
    """Every task's name, blocks included; what stands under rescue waits for a failure, and there is none."""
    found: list[str] = []
    for task in tasks:
        inner = [*task.get("block", []), *task.get("always", [])]
        found += names_in(inner) if inner else [task["name"]]
    return found


def write_playbook(folder: Path, module: str) -> Path:
    for name in ("files", "templates"):
        (folder / name).symlink_to(HERE / "files")
    (folder / "examples.yml").write_text(text_of(module, "EXAMPLES"), encoding="utf-8")
    play = {
        "name": module,
        "hosts": "localhost",
        "gather_facts": False,
        "module_defaults": QUICK,
        "tasks": [{"name": "As they are written", "ansible.builtin.import_tasks": "examples.yml"}],
    }
    playbook = folder / "playbook.yml"
    playbook.write_text(yaml.safe_dump([play], sort_keys=False), encoding="utf-8")
    return playbook


@pytest.fixture
def situation(module: str, run_module: RunModule) -> None:
    file = HERE / "before" / f"{module}.yml"
    for task in yaml.safe_load(file.read_text(encoding="utf-8")) if file.exists() else []:
        ((action, args),) = ((key, value) for key, value in task.items() if key != "name")
        result = run_module(action.removeprefix(f"{COLLECTION}."), {**QUICK.get(action, {}), **args})
        assert result["changed"], result


@pytest.mark.usefixtures("situation")
def test_the_examples_run(module: str, tmp_path: Path) -> None:
    played = ansible("ansible-playbook", str(write_playbook(tmp_path, module)), folder=tmp_path)

    assert played.code == 0, played.output
    assert [task for task in played.tasks if task.outcome not in {"ok", "changed"}] == [], played.output
    ran = [task.name for task in played.tasks]
    wanted = names_in(yaml.safe_load(text_of(module, "EXAMPLES")))
    assert [name for name in wanted if name not in ran] == []
    assert f"{COLLECTION}.{module}" in {task.action for task in played.tasks if task.name in wanted}
    warnings = [line for line in played.output.splitlines() if "WARNING" in line]
    # Examples name a part of the lab's fleet.
    assert [line for line in warnings if "These targets are not in this run" not in line] == [], played.output


def test_nothing_is_made_ready_for_a_module_that_is_none() -> None:
    assert {path.stem for path in (HERE / "before").glob("*.yml")} <= set(MODULES)
