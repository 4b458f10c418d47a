"""The page of a playbook on the site, and its README, have the variables that the argument specs have."""

from __future__ import annotations

import importlib.util
import re
from typing import Any

import pytest
from unit.roles.rendering import ROLES, load

ROOT = ROLES.parent
SPECS = load(ROOT / "playbooks" / "meta" / "argument_specs.yml")["argument_specs"]


def page_module() -> Any:
    spec = importlib.util.spec_from_file_location("playbook_page", ROOT / "tools" / "docs" / "playbook_page.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.mark.parametrize("playbook", SPECS)
def test_the_page_is_made_of_the_specs(playbook: str) -> None:
    """Mend it with tools/run python tools/docs/playbook_page.py."""
    module = page_module()
    text = module.page_of(playbook).read_text(encoding="utf-8")

    assert text == module.text_of(playbook)
    assert [name for name in SPECS[playbook]["options"] if f"``{name}``" not in text] == []


@pytest.mark.parametrize("playbook", SPECS)
def test_the_readme_names_every_variable(playbook: str) -> None:
    readme = (ROOT / "playbooks" / "README.md").read_text(encoding="utf-8")

    assert [name for name in SPECS[playbook]["options"] if f"`{name}`" not in readme] == []


def test_there_is_a_spec_for_every_playbook() -> None:
    assert {path.stem for path in (ROOT / "playbooks").glob("*.yml")} == set(SPECS)


def test_every_variable_of_the_playbook_that_a_role_takes_is_in_the_spec() -> None:
    """Otherwise the playbook would refuse it."""
    text = "\n".join(path.read_text(encoding="utf-8") for path in ROLES.glob("*/*/main.yml"))
    names = set(re.findall(r"\bpatch_alb_\w+", text)) - {"patch_alb_queue"}

    assert names <= set(SPECS["patch_alb"]["options"])
