"""Writes docs/docsite/rst/PLAYBOOK_playbook.rst, the page of a playbook's variables, from the argument specs.

Usage: tools/run python tools/docs/playbook_page.py. A test compares the page with what this makes of the specs.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).resolve().parents[2]
COLLECTION = "steadyfleet.aws_patching"
SPECS = ROOT / "playbooks" / "meta" / "argument_specs.yml"
# A playbook, and the roles whose variables it takes.
PLAYBOOKS = {"patch_alb": ("preflight", "patch_hooks", "rollout"), "release": ("restore",)}
ARGUMENTS = {
    "patch_alb": "-i fleet.aws_ec2.yml -e @shop.yml",
    "release": "-e release_instance_ids=i-0123456789abcdef0",
}


def specs_in(path: Path) -> dict[str, Any]:
    """The entry points of a file of argument specs."""
    specs: dict[str, Any] = yaml.safe_load(path.read_text(encoding="utf-8"))["argument_specs"]
    return specs


def page_of(playbook: str) -> Path:
    """The page of a playbook."""
    return ROOT / "docs" / "docsite" / "rst" / f"{playbook}_playbook.rst"


def text_of(playbook: str) -> str:
    """The whole page."""
    spec = specs_in(SPECS)[playbook]
    title = f"Playbook {playbook}"
    lines = [
        f".. _ansible_collections.{COLLECTION}.docsite.{playbook}_playbook:",
        "",
        title,
        "=" * len(title),
        "",
        f"{plain(spec['short_description'])}.",
        "",
        plain(spec["description"]),
        "",
        ".. code-block:: bash",
        "",
        f"    ansible-playbook {COLLECTION}.{playbook} {ARGUMENTS[playbook]} --check",
        "",
        *section(f"Variables of {playbook}", spec["options"]),
    ]
    for role in PLAYBOOKS[playbook]:
        options = specs_in(ROOT / "roles" / role / "meta" / "argument_specs.yml")["main"]["options"]
        given = {name: option for name, option in options.items() if not option.get("required")}
        lines += section(f"Variables of role {role}", given)
    return "\n".join(lines).rstrip() + "\n"


def section(title: str, options: Mapping[str, Any]) -> Iterator[str]:
    """A heading and a table of variables."""
    yield from (title, "-" * len(title), "")
    yield from (".. list-table::", "   :header-rows: 1", "   :widths: 28 12 20 40", "")
    yield from row("Variable", "Type", "Default", "Meaning")
    for name, option in options.items():
        kind = option.get("type", "str")
        kind = f"{kind} of {option['elements']}" if "elements" in option else kind
        choices = ", ".join(f"``{choice}``" for choice in option.get("choices", ()))
        meaning = plain(option["description"]) + (f" One of {choices}." if choices else "")
        yield from row(f"``{name}``", kind, default_of(option), meaning)
    yield ""


def default_of(option: Mapping[str, Any]) -> str:
    """A default as a table shows it."""
    if "default" not in option:
        return "see the meaning"
    default = option["default"]
    if default == "":
        return "empty"
    return f"``{default.strip() if isinstance(default, str) else json.dumps(default)}``"


def row(first: str, *cells: str) -> Iterator[str]:
    """A row of a list table."""
    yield f"   * - {first}"
    yield from (f"     - {' '.join(cell.split())}" for cell in cells)


def plain(text: str | list[str]) -> str:
    """A description without Ansible's markup."""
    joined = text if isinstance(text, str) else " ".join(text)
    joined = re.sub(r"P\(([\w.]+\.)?(\w+)#role\)", r"``\2``", joined)
    return " ".join(re.sub(r"\b[CVO]\(([^)]*)\)", r"``\1``", joined).split())


def main() -> None:
    """Write the page of every playbook."""
    for playbook in PLAYBOOKS:
        page_of(playbook).write_text(text_of(playbook), encoding="utf-8")


if __name__ == "__main__":
    main()
