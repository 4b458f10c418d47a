"""A demo that is killed leaves its lab and its playbook: the next demo and `make clean` say so and end them."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from lab.host import leftovers
from lab.host.layout import Layout

ROOT = Path(__file__).parents[4]


@pytest.fixture
def clone() -> Iterator[Path]:
    """What a demo needs of a clone. Its path has a space, and it is short: Ansible opens sockets below it."""
    clone = Path(tempfile.mkdtemp(prefix="a b"))
    (clone / "build").mkdir(parents=True)
    for name in ("bin", "tools", "playbooks", "tests/lab"):
        shutil.copytree(ROOT / name, clone / name, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "Makefile", clone)
    for name in ("venv", "npm", "collections"):
        (clone / "build" / name).symlink_to(ROOT / "build" / name)
    yield clone
    leftovers.end(left_in(clone))
    shutil.rmtree(clone)


def left_in(clone: Path) -> list[leftovers.Process]:
    return leftovers.of_lab(Layout(clone / "build" / "demo" / "lab"))


def demo(clone: Path, until: str) -> str:
    """Start a demo, kill it when it has said `until`, and give what it said."""
    process = subprocess.Popen(
        [clone / "tools" / "run", "python", "-u", "-m", "lab.demo"],
        cwd=clone,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    )
    assert process.stdout is not None
    said = ""
    for line in process.stdout:
        said += line
        if until in line:
            break
    process.kill()
    process.wait()
    assert until in said, said
    return said


def test_what_a_killed_demo_leaves_is_ended_by_the_next_and_by_make_clean(clone: Path) -> None:
    demo(clone, "shop-1 leaves")
    first = left_in(clone)
    assert {"lab", "ansible-playbook"} <= {process.name for process in first}

    said = demo(clone, "ready: ")

    assert "demo: ended what an earlier demo left behind: its lab, " in said
    assert "ansible-playbook (process " in said
    assert [process for process in first if not process.is_gone()] == []

    still = left_in(clone)
    assert "lab" in {process.name for process in still}

    cleaned = subprocess.run(["make", "clean"], cwd=clone, env=os.environ, capture_output=True, text=True, check=True)

    assert "clean: ended what still ran from this folder: lab" in cleaned.stdout
    assert [process for process in still if not process.is_gone()] == []
    assert not (clone / "build").exists()
