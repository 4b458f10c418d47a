"""The code in guides and READMEs."""

from __future__ import annotations

import dataclasses
import re
import textwrap
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml
from unit.examples.playing import ROOT

TEXTS = sorted(
    [
        ROOT / "README.md",
        *(ROOT / "docs" / "docsite" / "rst").glob("*.rst"),
        *(ROOT / "examples").glob("*.md"),
        *(ROOT / "playbooks").glob("*.md"),
        *(ROOT / "roles").glob("*/README.md"),
    ]
)
_RST = re.compile(r"^\.\. code-block:: *yaml\n((?: +:.*\n)*)\n((?:(?: +.*)?\n)+)", re.MULTILINE)
_HOLDERS = ("pre_tasks", "tasks", "post_tasks", "handlers", "block", "rescue", "always")
_MARKDOWN = re.compile(r"^```yaml\n(.*?)^```", re.MULTILINE | re.DOTALL)


@dataclasses.dataclass(frozen=True, kw_only=True)
class Block:
    """A piece of YAML, and where it stands."""

    name: str
    text: str

    @property
    def content(self) -> Any:
        return yaml.safe_load(self.text)

    @property
    def kind(self) -> str:
        """What an operator would take it for: plays, tasks, inventory or variables."""
        content = self.content
        if isinstance(content, list):
            return "plays" if any("hosts" in item or import_of(item) for item in content) else "tasks"
        return "inventory" if "plugin" in content else "variables"


def import_of(item: dict[str, Any]) -> str | None:
    """The playbook that an entry of a playbook imports."""
    return item.get("ansible.builtin.import_playbook")


def blocks() -> list[Block]:
    """Every piece of YAML in the texts, and every file in examples/."""
    found = [Block(name=path.name, text=path.read_text(encoding="utf-8")) for path in (ROOT / "examples").glob("*.yml")]
    for path in TEXTS:
        for number, text in enumerate(pieces(path), start=1):
            name = "-".join(path.relative_to(ROOT).with_suffix("").parts)
            found.append(Block(name=f"{name}-{number}", text=text))
    return sorted(found, key=lambda block: block.name)


def pieces(path: Path) -> Iterator[str]:
    text = path.read_text(encoding="utf-8")
    if path.suffix == ".rst":
        return (textwrap.dedent(found[2]) for found in _RST.finditer(text))
    return (found[1] for found in _MARKDOWN.finditer(text))


def tasks_in(content: list[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    """Every task in plays or tasks, blocks and handlers included."""
    for item in content:
        parts = [
            item.get(key, []) for key in ("pre_tasks", "tasks", "post_tasks", "handlers", "block", "rescue", "always")
        ]
        if not any(parts):
            yield item
        for part in parts:
            yield from tasks_in(part)
