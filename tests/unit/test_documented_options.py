"""Every option as it is documented, fragments included, is the option that the module takes."""

from __future__ import annotations

import importlib
from pathlib import Path
from typing import Any

import pytest
import yaml
from ansible_collections.amazon.aws.plugins.doc_fragments import tags

ROOT = Path(__file__).resolve().parents[2]
COLLECTION = "ansible_collections.steadyfleet.aws_patching.plugins"
# A module without code is documentation of its action plugin.
MODULES = sorted(
    path.stem for path in (ROOT / "plugins" / "modules").glob("*.py") if "def main" in path.read_text(encoding="utf-8")
)
OURS = "steadyfleet.aws_patching."


def documented(name: str) -> dict[str, Any]:
    """The options of a module; one that a fragment has too is the fragment's with the module's own words over it."""
    text = yaml.safe_load(importlib.import_module(f"{COLLECTION}.modules.{name}").DOCUMENTATION)
    options: dict[str, Any] = {}
    for fragment in text["extends_documentation_fragment"]:
        if fragment.startswith(OURS):
            where, _, which = fragment.removeprefix(OURS).partition(".")
            holder = importlib.import_module(f"{COLLECTION}.doc_fragments.{where}").ModuleDocFragment
            options |= yaml.safe_load(getattr(holder, which.upper() or "DOCUMENTATION")).get("options", {})
        elif fragment == "amazon.aws.tags":
            options |= yaml.safe_load(tags.ModuleDocFragment.DOCUMENTATION)["options"]
    for option, told in text.get("options", {}).items():
        options[option] = {**options.get(option, {}), **told}
    return options


def facts(options: dict[str, Any], inside: str) -> dict[str, Any]:
    """What a documentation and an argument spec both tell of options."""
    return {
        name: {
            "type": told.get("type", "str"),
            "required": told.get("required", False),
            "default": told.get("default"),
            "choices": list(told.get("choices") or []),
            "elements": told.get("elements"),
            "aliases": list(told.get("aliases") or []),
            "inside": facts(told.get(inside) or {}, inside),
        }
        for name, told in options.items()
    }


@pytest.mark.parametrize("name", MODULES)
def test_the_options_are_as_documented(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    module = importlib.import_module(f"{COLLECTION}.modules.{name}")
    taken: list[dict[str, Any]] = []
    monkeypatch.setattr(module, "run", lambda _body, spec, **_rules: taken.append(spec))
    module.main()
    assert facts(documented(name), "suboptions") == facts(taken[0], "options")


def test_the_options_of_patch_settings_are_as_documented() -> None:
    action = importlib.import_module(f"{COLLECTION}.action.patch_settings")
    text = yaml.safe_load(importlib.import_module(f"{COLLECTION}.modules.patch_settings").DOCUMENTATION)
    assert facts(text["options"], "suboptions") == facts(action.SPEC, "options")
