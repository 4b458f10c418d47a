"""What is promised in one place and kept in another: modules and their documentation, the policy and the calls."""

from __future__ import annotations

import ast
import json
import re
import textwrap
from pathlib import Path
from typing import Any

import botocore.session
import pytest
import yaml

ROOT = Path(__file__).resolve().parents[2]
MODULES = sorted(path for path in (ROOT / "plugins" / "modules").glob("*.py"))
ROLES = sorted(path for path in (ROOT / "roles").iterdir() if path.is_dir())
PLAYBOOKS = sorted((ROOT / "playbooks").glob("*.yml"))
ATTRIBUTES = {"steadyfleet.aws_patching._attributes", "steadyfleet.aws_patching._attributes.info"}


# A file of _aws -> (its service, what the service's actions in a policy begin with); all others are of Systems Manager.
SERVICES = {"elbv2": ("elbv2", "elasticloadbalancing"), "s3": ("s3", "s3")}


def name_of(path: Path) -> str:
    return path.stem


def load(path: Path) -> Any:
    return yaml.safe_load(path.read_text(encoding="utf-8"))


def constants(path: Path) -> dict[str, Any]:
    """A module's DOCUMENTATION, EXAMPLES and RETURN, parsed."""
    found = {}
    for node in ast.parse(path.read_text(encoding="utf-8")).body:
        if isinstance(node, ast.Assign) and isinstance(node.value, ast.Constant):
            (target,) = node.targets
            if isinstance(target, ast.Name) and isinstance(node.value.value, str):
                found[target.id] = yaml.safe_load(node.value.value)
    return found


def test_there_is_something_to_look_at() -> None:
    assert MODULES
    assert ROLES
    assert PLAYBOOKS


def test_the_action_group_lists_every_module_in_order() -> None:
    group = load(ROOT / "meta" / "runtime.yml")["action_groups"]["aws"]
    names = [entry for entry in group if isinstance(entry, str)]
    assert names == [path.stem for path in MODULES]
    assert {"metadata": {"extend_group": ["amazon.aws.aws"]}} in group


@pytest.mark.parametrize("path", MODULES, ids=name_of)
def test_every_module_is_documented(path: Path) -> None:
    texts = constants(path)
    documentation = texts["DOCUMENTATION"]
    assert documentation["module"] == path.stem
    assert texts["EXAMPLES"]
    assert texts["RETURN"]
    told = set(documentation.get("attributes", ())) == {"check_mode", "diff_mode", "idempotent", "action_group"}
    assert told or ATTRIBUTES.intersection(documentation["extends_documentation_fragment"])


@pytest.mark.parametrize("path", MODULES, ids=name_of)
def test_the_examples_use_the_module_by_its_full_name(path: Path) -> None:
    tasks = [task for task in constants(path)["EXAMPLES"] if "block" not in task]
    assert any(f"steadyfleet.aws_patching.{path.stem}" in task for task in tasks)


def test_the_readme_names_everything_the_collection_brings() -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    named = [*(path.stem for path in (*MODULES, *PLAYBOOKS)), *(role.name for role in ROLES)]
    assert [name for name in named if f"`{name}`" not in readme and f"`{name}.yml`" not in readme] == []


def test_the_changelog_tells_of_the_version() -> None:
    version = load(ROOT / "galaxy.yml")["version"]
    assert version in load(ROOT / "changelogs" / "changelog.yaml")["releases"]
    # antsibull-changelog gives every release an anchor; its title is escaped for Markdown.
    assert f"v{version.replace('.', '-')}" in (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")


def operations(service: str) -> dict[str, str]:
    """A service's operations as boto3 methods: describe_document -> DescribeDocument."""
    names = botocore.session.get_session().get_service_model(service).operation_names
    return {botocore.xform_name(name): name for name in names}


def called_actions() -> set[str]:
    """The IAM actions behind every operation that a file of _aws names."""
    found = set()
    for path in (ROOT / "plugins" / "module_utils" / "_aws").glob("*.py"):
        service, prefix = SERVICES.get(path.stem, ("ssm", "ssm"))
        strings = set(re.findall(r'"([a-z_]+)"', path.read_text(encoding="utf-8")))
        found |= {f"{prefix}:{name}" for method, name in operations(service).items() if method in strings}
    return found


def listed(actions: str | list[str]) -> list[str]:
    """A policy may name a single action without a list around it."""
    return [actions] if isinstance(actions, str) else actions


def test_the_policy_in_the_guide_allows_what_the_modules_call() -> None:
    text = (ROOT / "docs" / "docsite" / "rst" / "permissions.rst").read_text(encoding="utf-8")
    block = text.split(".. code-block:: json\n", 1)[1].split("\n\nThe first", 1)[0]
    statements = json.loads(textwrap.dedent(block))["Statement"]
    allowed = {action for statement in statements for action in listed(statement["Action"])}
    called = called_actions()
    assert {"ssm:PutParameter", "elasticloadbalancing:DeregisterTargets"} <= called
    assert called - allowed == set()
    # The inventory plugin's own call is the only one that is not ours.
    assert allowed - called == {"ec2:DescribeInstances"}
