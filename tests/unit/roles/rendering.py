"""The hook documents exactly as the role's own tasks give them to the module."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from ansible.parsing.dataloader import DataLoader
from ansible.template import Templar
from ansible_collections.steadyfleet.aws_patching.plugins.module_utils._patching.hooks import (
    hook_content,
    setting_problems,
)
from ansible_collections.steadyfleet.aws_patching.plugins.module_utils._patching.options import HOOK_DOCUMENTS_SPEC
from ansible_collections.steadyfleet.aws_patching.plugins.plugin_utils._short_way import valid_params

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


def setting_codes(settings: dict[str, Any]) -> list[str]:
    """The codes of the problems with the settings as the role's task gives them to its module."""
    templar = _templar(settings)
    params = valid_params(HOOK_DOCUMENTS_SPEC, templar.template(_validation_of_settings()))
    assert params is not None
    return [problem.code for problem in setting_problems(params["settings"])]


def _validation_of_settings() -> Any:
    [task] = load(HOOKS_ROLE / "tasks" / "validate.yml")
    return task["steadyfleet.aws_patching.patch_hook_documents"]


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
