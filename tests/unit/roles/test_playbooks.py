"""What the playbooks do when there is nobody to do it to."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from unit.roles.rendering import ROLES

ROOT = ROLES.parent
MOLECULE = ROOT / "extensions" / "molecule"


def play(playbook: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    program = Path(sys.executable).with_name("ansible-playbook")
    environment = {
        **os.environ,
        "ANSIBLE_COLLECTIONS_PATH": str(ROOT / "build" / "collections"),
        "ANSIBLE_LOCALHOST_WARNING": "false",
        "MOLECULE_PROJECT_DIRECTORY": str(ROOT),
    }
    return subprocess.run(
        [str(program), *arguments, str(playbook)], env=environment, capture_output=True, text=True, check=False
    )


def test_an_empty_fleet_is_refused_in_one_line(tmp_path: Path) -> None:
    inventory = tmp_path / "empty.ini"
    inventory.write_text("[shops]\n")

    played = play(ROOT / "playbooks" / "patch_alb.yml", "-i", str(inventory), "-e", "patch_alb_hosts=shops")

    assert played.returncode == 2
    assert "No host matches 'shops': check the inventory (-i) and patch_alb_hosts" in played.stdout
    assert "Look at the whole fleet" not in played.stdout


@pytest.mark.parametrize("verify", sorted(MOLECULE.glob("*/verify.yml")), ids=lambda path: path.parent.name)
def test_no_verify_playbook_takes_no_hosts_for_a_success(verify: Path, tmp_path: Path) -> None:
    inventory = tmp_path / "empty.ini"
    inventory.write_text("")

    played = play(verify, "-i", str(inventory), "-e", f"@{MOLECULE / 'vars.yml'}")

    assert played.returncode == 2
    assert "0 hosts matched, not 3" in played.stdout


def test_there_is_something_to_verify() -> None:
    assert {path.parent.name for path in MOLECULE.glob("*/verify.yml")} >= {
        "rollout",
        "application_failure",
        "run_command_engine",
    }


def test_everything_that_says_how_to_reach_a_host_is_overruled() -> None:
    """An inventory made for SSH or for the aws_ssm connection must not send AWS's modules to the instances."""
    text = (ROOT / "playbooks" / "patch_alb.yml").read_text()

    for setting in ("ansible_connection: local", "ansible_become: false", "ansible_python_interpreter:"):
        assert setting in text
