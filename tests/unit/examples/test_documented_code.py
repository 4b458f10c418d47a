"""The code in guides, READMEs and examples/ is real: it parses, and everything it names is there."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from lab.api.moto_bridge import services
from lab.api.testing.kit import Lab
from unit.examples.blocks import TEXTS, Block, blocks, import_of, tasks_in
from unit.examples.playing import ROOT, ansible

COLLECTION = "steadyfleet.aws_patching"
# What our playbooks are migrated from is not installed here: such code is read as YAML and no further.
FOREIGN = re.compile(r"^ *community\.\w+\.\w+:", re.MULTILINE)
OURS = [block for block in blocks() if not FOREIGN.search(block.text)]


def of_kind(*kinds: str) -> list[Block]:
    return [block for block in OURS if block.kind in kinds]


def unlike(found: list[Block]) -> list[Block]:
    """Each once that says the same in several places; a comment makes no difference."""
    return list({repr(block.content): block for block in found}.values())


def name_of(block: Block) -> str:
    return block.name


@pytest.fixture(scope="module")
def options(tmp_path_factory: pytest.TempPathFactory) -> dict[str, dict[str, Any]]:
    """The options of every module of ours, as ansible-doc tells them."""
    names = [f"{COLLECTION}.{path.stem}" for path in sorted((ROOT / "plugins" / "modules").glob("*.py"))]
    told = ansible("ansible-doc", "-t", "module", "--json", *names, folder=tmp_path_factory.mktemp("doc"))
    assert told.code == 0, told.output
    documented = json.loads(told.output)
    return {name: documented[name]["doc"]["options"] for name in names}


def role_variables(role: str = "*") -> set[str]:
    files = sorted((ROOT / "roles").glob(f"{role}/meta/argument_specs.yml"))
    assert files, f"there is no role {role}"
    specs = [yaml.safe_load(file.read_text(encoding="utf-8"))["argument_specs"]["main"] for file in files]
    return {name for spec in specs for name in spec["options"]}


def playbook_variables() -> set[str]:
    """The settings of the playbooks, and those that the roles' defaults take."""
    paths = [*(ROOT / "playbooks").glob("*.yml"), *(ROOT / "roles").glob("*/defaults/main.yml")]
    texts = [path.read_text(encoding="utf-8") for path in paths]
    return {name for text in texts for name in re.findall(r"\b(patch_\w+) \| default\(", text)}


def roles_in(block: Block) -> Iterator[tuple[str, set[str]]]:
    """Each of our roles that a block uses, and the variables that it gives it."""
    for play in block.content if block.kind == "plays" else []:
        for role in play.get("roles", []):
            yield role["role"], {name for name in role if name not in {"role", "tags", "when", "vars"}}
    for task in tasks_in(block.content):
        for action in ("import_role", "include_role"):
            if f"ansible.builtin.{action}" in task:
                yield task[f"ansible.builtin.{action}"]["name"], set(task.get("vars", {}))


def test_there_is_code_of_every_kind() -> None:
    assert {block.kind for block in OURS} == {"plays", "tasks", "inventory", "variables"}
    assert len(OURS) >= 20
    assert len(blocks()) - len(OURS) == 1  # what the guide to migration begins with


@pytest.mark.live
def test_ansible_takes_every_playbook(tmp_path: Path) -> None:
    files = []
    for block in of_kind("plays", "tasks"):
        play = {"name": block.name, "hosts": "all", "gather_facts": False, "tasks": block.content}
        files.append(f"{block.name.removesuffix('.yml')}.yml")
        (tmp_path / files[-1]).write_text(
            block.text if block.kind == "plays" else yaml.safe_dump([play]), encoding="utf-8"
        )

    checked = ansible("ansible-playbook", "--syntax-check", *files, folder=tmp_path)

    assert checked.code == 0, checked.output
    assert [file for file in files if f"playbook: {file}" not in checked.output] == []


@pytest.mark.parametrize("block", of_kind("plays", "tasks"), ids=name_of)
def test_every_option_is_one(block: Block, options: dict[str, dict[str, Any]]) -> None:
    for task in tasks_in(block.content):
        for action in set(task) & set(options):
            known, given = options[action], task[action]
            assert set(given) - set(known) == set(), action
            assert {name for name, option in known.items() if option.get("required")} - set(given) == set(), action
            chosen = {name: known[name]["choices"] for name in given if known[name].get("choices")}
            assert [name for name, choices in chosen.items() if given[name] not in choices] == [], action


@pytest.mark.parametrize("block", of_kind("plays", "tasks", "variables"), ids=name_of)
def test_every_variable_is_one(block: Block) -> None:
    known = role_variables() | playbook_variables()
    if block.kind == "variables":
        assert set(block.content) - known == set()
        return
    for role, given in roles_in(block):
        assert given - role_variables(role.removeprefix(f"{COLLECTION}.")) == set(), role
    for item in block.content:
        if import_of(item):
            assert set(item.get("vars", {})) - known == set()


@pytest.mark.parametrize("block", unlike(of_kind("inventory")), ids=name_of)
def test_every_inventory_finds_the_fleet(block: Block, aws: Lab, tmp_path: Path) -> None:
    tags = {
        key.removeprefix("tag:"): value for key, value in block.content["filters"].items() if key.startswith("tag:")
    }
    services.ec2(aws.settings.account).create_tags(list(aws.instance_ids), tags)
    (tmp_path / "fleet.aws_ec2.yml").write_text(block.text, encoding="utf-8")

    listed = ansible("ansible-inventory", "-i", "fleet.aws_ec2.yml", "--list", folder=tmp_path)

    hosts = json.loads(listed.output[listed.output.index("{") :])["_meta"]["hostvars"]
    # Ansible wraps a value that came from outside: the id is looked for, whatever is around it.
    found = {name: re.findall(r"i-[0-9a-f]{17}", str(host["instance_id"])) for name, host in hosts.items()}
    assert found == {each: [each] for each in aws.instance_ids}


@pytest.mark.parametrize("path", TEXTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_whatever_of_ours_a_text_names_is_there(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    named = set(re.findall(rf"(?<!ansible_collections\.){re.escape(COLLECTION)}\.(\w+)", text))
    files = [
        *(ROOT / "plugins" / "modules").glob("*.py"),
        *(ROOT / "playbooks").glob("*.yml"),
        *(ROOT / "roles").iterdir(),
    ]
    there = {file.stem for file in files}
    assert named - there - {"aws"} == set()  # the action group
