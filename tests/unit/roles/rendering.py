"""The hook documents exactly as the role's own task has them kept."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from ansible.parsing.dataloader import DataLoader
from ansible.template import Templar
from ansible_collections.steadyfleet.aws_patching.plugins.module_utils._patching.hooks import hook_content

ROLES = Path(__file__).parents[3] / "roles"
HOOKS_ROLE = ROLES / "patch_hooks"
HOOKS = ("pre", "post", "on_exit")

SHOP = {
    "patch_hooks_application": "shop",
    "patch_hooks_path": "/srv/shop",
    "patch_hooks_name_prefix": "shop",
}


def load(path: Path) -> Any:
    return DataLoader().load_from_file(str(path), trusted_as_template=True)


def _templar(settings: dict[str, Any]) -> Templar:
    variables = {
        **load(HOOKS_ROLE / "defaults" / "main.yml"),
        **settings,
        **load(HOOKS_ROLE / "vars" / "main.yml"),
        "ansible_search_path": [str(HOOKS_ROLE)],
    }
    return Templar(loader=DataLoader(), variables=variables)


def problems(settings: dict[str, Any]) -> list[str]:
    templar = _templar(settings)
    return templar.template(templar.available_variables["__patch_hooks_problems"])


def documents(settings: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """Hook -> its document's content."""
    templar = _templar(settings)
    hooks = templar.template(templar.available_variables["__patch_hooks_hooks"])
    return {step: hook_content(step, hook["name"], hook["script"], hook["timeout"]) for step, hook in hooks.items()}


def scripts(settings: dict[str, Any]) -> dict[str, str]:
    """Hook -> the script as the agent writes it down: its lines, joined by newlines."""
    return {
        hook: "\n".join(content["mainSteps"][0]["inputs"]["runCommand"])
        for hook, content in documents(settings).items()
    }
