"""A role's documentation of its variables agrees with what it does with them."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from ansible.parsing.dataloader import DataLoader
from ansible.template import Templar
from unit.roles.rendering import ROLES, load

NAMES = sorted(path.name for path in ROLES.iterdir() if path.is_dir())


def _options(role: str) -> dict[str, dict[str, Any]]:
    return load(ROLES / role / "meta" / "argument_specs.yml")["argument_specs"]["main"]["options"]


def _files(role: str) -> list[Path]:
    return [path for folder in ("tasks", "templates", "vars") for path in (ROLES / role / folder).glob("*")]


def test_there_are_the_seven_roles() -> None:
    assert set(NAMES) >= {
        "preflight",
        "patch_hooks",
        "drain",
        "patch_with_hooks",
        "verify_health",
        "restore",
        "rollout",
    }


@pytest.mark.parametrize("role", NAMES)
def test_the_specs_defaults_are_the_roles_defaults(role: str) -> None:
    documented = {name: option["default"] for name, option in _options(role).items() if "default" in option}
    defaults = load(ROLES / role / "defaults" / "main.yml")

    # A documentation has no place for a dictionary that a template makes. Its description says what the default is.
    templates = {
        name for name, option in _options(role).items() if option["type"] == "dict" and "{{" in str(defaults.get(name))
    }
    assert set(documented) == set(defaults) - templates
    assert {name: _without_settings(defaults[name], documented[name]) for name in documented} == documented


def _without_settings(default: Any, documented: Any) -> Any:
    """What a default is when the playbook's settings are not set. The others are documented as they are written."""
    if default == documented or "| default(" not in str(default):
        return default
    return Templar(loader=DataLoader(), variables={}).template(default)


@pytest.mark.parametrize("role", NAMES)
def test_a_variable_without_default_is_required(role: str) -> None:
    defaults = load(ROLES / role / "defaults" / "main.yml")
    without = [name for name in _options(role) if name not in defaults]

    assert without == [name for name, option in _options(role).items() if option.get("required")]


@pytest.mark.parametrize("role", NAMES)
def test_variables_carry_the_roles_name_and_are_used(role: str) -> None:
    text = "\n".join(path.read_text() for path in _files(role))
    defaults = (ROLES / role / "defaults" / "main.yml").read_text()

    for name, option in _options(role).items():
        assert name.startswith(f"{role}_")
        assert option["description"]
        assert re.search(rf"\b{name}\b", text) or len(re.findall(rf"\b{name}\b", defaults)) > 1, f"{name} is not used"


@pytest.mark.parametrize("role", NAMES)
def test_a_role_uses_only_variables_that_it_has(role: str) -> None:
    text = "\n".join(path.read_text() for path in _files(role))
    registered = set(re.findall(r"register: (\w+)", text)) | {"patch_hooks_ready"}

    used = set(re.findall(rf"\b{role}_\w+", text)) - registered

    assert used <= set(_options(role)) | {f"{role}_result"}


@pytest.mark.parametrize("role", NAMES)
def test_the_readme_names_every_variable(role: str) -> None:
    readme = (ROLES / role / "README.md").read_text()

    assert [name for name in _options(role) if f"`{name}`" not in readme] == []
    for word in ("Outcome", "Roll-back", "Idempotent"):
        assert word in readme


def test_both_entry_points_of_rollout_have_the_same_settings() -> None:
    specs = load(ROLES / "rollout" / "meta" / "argument_specs.yml")["argument_specs"]

    assert specs["validate"]["options"].items() <= specs["main"]["options"].items()
    without_instance = {
        name for name, option in specs["main"]["options"].items() if "changes the default" in str(option)
    }
    assert without_instance - {"rollout_association_name"} <= set(specs["validate"]["options"])
