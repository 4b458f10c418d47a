"""What is promised in one place and kept in another: modules and their documentation, the policy and the calls."""

from __future__ import annotations

import ast
import functools
import json
import os
import re
import textwrap
from pathlib import Path
from typing import Any

import botocore.session
import pytest
import yaml
from ansible_collections.amazon.aws.plugins.module_utils import botocore as botocore_utils

ROOT = Path(__file__).resolve().parents[2]
COLLECTION = "steadyfleet.aws_patching"
MODULES = sorted(path for path in (ROOT / "plugins" / "modules").glob("*.py"))
ROLES = sorted(path for path in (ROOT / "roles").iterdir() if path.is_dir())
PLAYBOOKS = sorted((ROOT / "playbooks").glob("*.yml"))
ATTRIBUTES = {"steadyfleet.aws_patching._attributes", "steadyfleet.aws_patching._attributes.info"}

# Modules that are documentation only. Their action plugins call nothing.
CALLING_NOTHING = {"patch_settings"}

MODULE_UTILS = ROOT / "plugins" / "module_utils"
# The service that the clients in a file are of, and what the service's actions in a policy begin with. All other files
# have clients of Systems Manager.
SERVICES = {
    "_rotation/api.py": ("elbv2", "elasticloadbalancing"),
    "_aws/autoscaling.py": ("autoscaling", "autoscaling"),
    "_aws/classic_elb.py": ("elb", "elasticloadbalancing"),
    "_aws/ec2.py": ("ec2", "ec2"),
    "_aws/s3.py": ("s3", "s3"),
}
AWS_CALLERS = ("autoscaling", "classic_elb", "ec2", "nodes", "parameter_store", "s3", "tags")


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
    assert names == [path.stem for path in MODULES if path.stem not in CALLING_NOTHING]
    assert {"metadata": {"extend_group": ["amazon.aws.aws"]}} in group


@pytest.mark.parametrize("path", MODULES, ids=name_of)
def test_every_module_is_documented(path: Path) -> None:
    texts = constants(path)
    documentation = texts["DOCUMENTATION"]
    assert documentation["module"] == path.stem
    assert texts["EXAMPLES"]
    assert texts["RETURN"]
    # A module that calls nothing is in no action group.
    told = {"check_mode", "diff_mode", "idempotent"} <= set(documentation.get("attributes", ()))
    assert told or ATTRIBUTES.intersection(documentation.get("extends_documentation_fragment", ()))


@pytest.mark.parametrize("path", MODULES, ids=name_of)
def test_the_examples_use_the_module_by_its_full_name(path: Path) -> None:
    tasks = [task for task in constants(path)["EXAMPLES"] if "block" not in task]
    assert any(f"steadyfleet.aws_patching.{path.stem}" in task for task in tasks)


def test_every_documentation_fragment_is_used() -> None:
    used = {
        name for path in MODULES for name in constants(path)["DOCUMENTATION"].get("extends_documentation_fragment", ())
    }
    there = set()
    for path in (ROOT / "plugins" / "doc_fragments").glob("*.py"):
        for name in re.findall(r"^    ([A-Z]+) = r\"\"\"", path.read_text(encoding="utf-8"), re.MULTILINE):
            part = "" if name == "DOCUMENTATION" else f".{name.lower()}"
            there.add(f"{COLLECTION}.{path.stem}{part}")
    assert there == {name for name in used if name.startswith(f"{COLLECTION}.")}


@pytest.mark.parametrize("path", MODULES, ids=name_of)
def test_every_module_s_page_says_which_python_it_needs(path: Path) -> None:
    documentation = constants(path)["DOCUMENTATION"]
    fragments = documentation.get("extends_documentation_fragment", [])
    # A module that calls nothing needs no boto3.
    needs_python = "python >= 3.12" in documentation.get("requirements", [])
    assert f"{COLLECTION}._requirements" in fragments or needs_python
    assert "amazon.aws.boto3" not in fragments, "it names an older Python"


def test_the_libraries_that_are_needed_are_those_of_amazon_aws() -> None:
    """Of the amazon.aws that the tests install. A newer one (make next) may need more, and says so itself."""
    fragment = (ROOT / "plugins" / "doc_fragments" / "_requirements.py").read_text(encoding="utf-8")
    named = dict(re.findall(r"- (boto\w+) >= ([\d.]+)", fragment))
    needed = {"boto3": botocore_utils.MINIMUM_BOTO3_VERSION, "botocore": botocore_utils.MINIMUM_BOTOCORE_VERSION}
    if "STEADYFLEET_COLLECTIONS" in os.environ:
        assert {name: max(named[name], needed[name], key=numbers) for name in needed} == needed
    else:
        assert named == needed


def numbers(version: str) -> list[int]:
    return [int(part) for part in version.split(".")]


def test_the_readme_names_everything_the_collection_brings() -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    named = [*(path.stem for path in (*MODULES, *PLAYBOOKS)), *(role.name for role in ROLES)]
    assert [name for name in named if f"`{name}`" not in readme and f"`{name}.yml`" not in readme] == []


def test_the_changelog_tells_of_the_version() -> None:
    version = load(ROOT / "galaxy.yml")["version"]
    assert version in load(ROOT / "changelogs" / "changelog.yaml")["releases"]
    # antsibull-changelog gives every release an anchor; its title is escaped for Markdown.
    assert f"v{version.replace('.', '-')}" in (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")


@functools.cache
def operations(service: str) -> dict[str, str]:
    """A service's operations as boto3 methods: describe_document -> DescribeDocument."""
    names = botocore.session.get_session().get_service_model(service).operation_names
    return {botocore.xform_name(name): name for name in names}


def files_with_calls() -> list[Path]:
    """Every file that imports what makes a call."""
    makes_calls = re.compile(r"^from [\w.]*\bcall import .*\b(call|paginate)\b", re.MULTILINE)
    return [
        path
        for path in sorted((ROOT / "plugins").rglob("*.py"))
        if makes_calls.search(path.read_text(encoding="utf-8"))
    ]


def called_operations(path: Path) -> set[str]:
    """The boto3 methods that a file names, in a call or in a variable."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    service, _prefix = SERVICES.get(str(path.relative_to(MODULE_UTILS)), ("ssm", "ssm"))
    texts = {node.value for node in ast.walk(tree) if isinstance(node, ast.Constant) and isinstance(node.value, str)}
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in ("call", "paginate"):
            operation = node.args[1]
            if isinstance(operation, ast.Constant):
                name = str(operation.value)
                assert name in operations(service), f"{path.name}: {name} is not of {service}"
    return texts & set(operations(service))


def called_actions() -> set[str]:
    """The IAM actions behind every operation that the collection calls."""
    found = set()
    for path in files_with_calls():
        service, prefix = SERVICES.get(str(path.relative_to(MODULE_UTILS)), ("ssm", "ssm"))
        found |= {f"{prefix}:{operations(service)[method]}" for method in called_operations(path)}
    return found


def test_only_the_api_files_make_calls() -> None:
    """What reads the calls, above, depends on it: a call elsewhere would need no permission."""
    subjects = {path.name for path in MODULE_UTILS.glob("_*") if path.is_dir()} - {"_aws", "_common", "__pycache__"}
    files = {str(path.relative_to(MODULE_UTILS)) for path in files_with_calls()}
    assert files == {f"{name}/api.py" for name in subjects} | {f"_aws/{name}.py" for name in AWS_CALLERS}
    assert [file for file in files if not called_operations(MODULE_UTILS / file)] == []
    assert set(SERVICES) <= files


def listed(actions: str | list[str]) -> list[str]:
    """A policy may name a single action without a list around it."""
    return [actions] if isinstance(actions, str) else actions


def test_the_policy_in_the_guide_allows_what_the_modules_call() -> None:
    text = (ROOT / "docs" / "docsite" / "rst" / "permissions.rst").read_text(encoding="utf-8")
    [block] = re.findall(r"^\.\. code-block:: json\n((?:\n| {4}.*\n)+)", text, re.MULTILINE)
    statements = json.loads(textwrap.dedent(block))["Statement"]
    allowed = {action for statement in statements for action in listed(statement["Action"])}
    called = called_actions()
    assert {"ssm:PutParameter", "elasticloadbalancing:DeregisterTargets"} <= called
    assert called - allowed == set()
    assert allowed - called == set()
    # What the text beside the policy names is in the policy, and the tables name every module that makes calls.
    named = set(re.findall(r"``((?:ssm|s3|ec2|autoscaling|elasticloadbalancing):\w+)``", text))
    assert named - allowed == {"s3:PutObject", "ssm:resourceTag"}
    assert {path.stem for path in MODULES} - set(re.findall(rf"{COLLECTION}\.(\w+)#module`", text)) == set()
