"""A role's documentation of its variables agrees with what it does with them."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
import yaml
from unit.roles.rendering import ROLES, load

NAMES = sorted(path.name for path in ROLES.iterdir() if path.is_dir())
# A default that another variable sets, with a literal where nobody has set it.
SET_ELSEWHERE = re.compile(r"\{\{ (?P<by>\w+) \| default\((?P<literal>'[^'~]*'|[\d.]+|true|false|\[\])\) \}\}")


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


def _defaults(role: str) -> dict[str, Any]:
    return load(ROLES / role / "defaults" / "main.yml")


def _documented(option: dict[str, Any], default: Any) -> dict[str, Any]:
    """What the spec says of a default. It must have the option's type, which no template has but that of a text."""
    if not isinstance(default, str):
        return {"default": default}
    if match := SET_ELSEWHERE.fullmatch(default):
        return {"default": yaml.safe_load(match["literal"])}
    return {"default": default} if option["type"] == "str" else {}


@pytest.mark.parametrize("role", NAMES)
def test_the_specs_defaults_are_the_roles_defaults(role: str) -> None:
    options = _options(role)
    said = {
        name: {"default": option["default"]} if "default" in option else {}
        for name, option in options.items()
        if not option.get("required")
    }

    assert said == {name: _documented(options[name], default) for name, default in _defaults(role).items()}


@pytest.mark.parametrize("role", NAMES)
def test_the_description_says_what_the_default_does_not(role: str) -> None:
    defaults = _defaults(role)
    for name, option in _options(role).items():
        description = str(option["description"])
        default = str(defaults.get(name))
        if match := SET_ELSEWHERE.fullmatch(default):
            assert f"C({match['by']}) sets the default." in description
        if name in defaults and "default" not in option:
            assert "The default is " in description


@pytest.mark.parametrize("role", NAMES)
def test_a_required_variable_has_no_default(role: str) -> None:
    required = {name for name, option in _options(role).items() if option.get("required")}

    assert required == set(_options(role)) - set(_defaults(role))


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
    without_instance = {name for name, option in specs["main"]["options"].items() if "patch_alb_" in str(option)}
    assert without_instance < set(specs["validate"]["options"])
