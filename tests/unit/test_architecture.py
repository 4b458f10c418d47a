"""What may know what: imports go downward only, and nothing grows out of sight.

modules -> _module -> walks (_rotation, ...) -> _aws -> _core
                                            `-> _wait -> _core
"""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PLUGINS = ROOT / "plugins"
UTILS = "ansible_collections.steadyfleet.aws_patching.plugins.module_utils"

# Who may import whom. A walk is one operation from beginning to end (drain, follow a command): it reads, lets _core
# decide, waits and acts, and knows no Ansible module.
ALLOWED = {
    "_core": {"_core"},
    "_wait": {"_core"},
    "_aws": {"_core", "_aws"},
    "walk": {"_core", "_wait", "_aws", "walk"},
    "_module": {"_core", "_wait", "_aws", "walk"},
    "modules": {"_core", "_wait", "_aws", "walk", "_module"},
    "doc_fragments": set(),
    # An action plugin runs in Ansible's own process, before the module of its name: it only decides.
    "action": {"_core"},
}
# Packages from outside the standard library. amazon.aws has one door, and so has Ansible's YAML.
OUTSIDE = {"_aws": {"botocore"}, "action": {"ansible"}}
DOORS = {"module_utils/_aws/client.py": "ansible_collections", "module_utils/_yaml.py": "ansible"}
# _core has no clock, no chance, no input and no output: what it decides depends on its arguments alone.
IMPURE_IMPORTS = {"io", "os", "pathlib", "random", "secrets", "signal", "socket", "subprocess", "tempfile", "threading"}
IMPURE_CALLS = {
    "now",
    "utcnow",
    "today",
    "monotonic",
    "perf_counter",
    "time",
    "sleep",
    "open",
    "print",
    "input",
    "uuid4",
}

SOURCES = sorted(PLUGINS.rglob("*.py"))
# A module's documentation is not code; neither are tables of test cases.
LONGEST_MODULE = 120
LONGEST_FILE = 250
LONGEST_FUNCTION = 40


def name_of(path: Path) -> str:
    return str(path.relative_to(ROOT))


def parsed(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"), str(path))


def layer_of(path: Path) -> str:
    """The layer a file under plugins/ belongs to."""
    kind, *rest = path.relative_to(PLUGINS).parts
    if kind != "module_utils":
        return kind
    first = rest[0].removesuffix(".py")
    return first if first in ALLOWED else "walk"


def imported(path: Path) -> Iterator[str]:
    """Every imported name of a file, in full; our own module_utils as a path below UTILS."""
    here = [*UTILS.split("."), *path.relative_to(PLUGINS).parts[1:-1]]
    for node in ast.walk(parsed(path)):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = here[: len(here) - node.level + 1] if node.level else []
            module = ".".join([*base, node.module or ""]).rstrip(".")
            # "from ._core import ledger" names a file, "from ._core.ledger import Ledger" something inside one.
            yield from (f"{module}.{alias.name}" for alias in node.names)


def imported_layer(name: str) -> str | None:
    """The layer of an import of ours, None for anybody else's."""
    if not name.startswith(UTILS + "."):
        return None
    first = name.removeprefix(UTILS + ".").split(".")[0]
    return first if first in ALLOWED else "walk"


@pytest.mark.parametrize("path", SOURCES, ids=name_of)
def test_imports_go_downward_only(path: Path) -> None:
    layer = layer_of(path)
    assert layer in ALLOWED, f"{path} belongs to no layer: say in ALLOWED what it may know"
    upward = {name for name in imported(path) if imported_layer(name) not in {None, *ALLOWED[layer]}}
    assert not upward


@pytest.mark.parametrize("path", SOURCES, ids=name_of)
def test_what_is_not_ours_comes_in_by_its_door(path: Path) -> None:
    strangers = {name for name in imported(path) if imported_layer(name) is None} - {"__future__.annotations"}
    packages = {name.split(".")[0] for name in strangers} - sys.stdlib_module_names
    allowed = set(OUTSIDE.get(layer_of(path), ()))
    assert packages <= allowed | {DOORS.get(str(path.relative_to(PLUGINS)), "")}


@pytest.mark.parametrize("path", [path for path in SOURCES if layer_of(path) == "_core"], ids=name_of)
def test_core_is_pure(path: Path) -> None:
    packages = {name.split(".")[0] for name in imported(path)}
    calls = {called(node) for node in ast.walk(parsed(path)) if isinstance(node, ast.Call)}
    assert not packages & IMPURE_IMPORTS
    assert not calls & IMPURE_CALLS


def called(node: ast.Call) -> str:
    """The last part of what is called: now, for datetime.now()."""
    if isinstance(node.func, ast.Attribute):
        return node.func.attr
    return node.func.id if isinstance(node.func, ast.Name) else ""


@pytest.mark.parametrize("path", [path for path in SOURCES if path.stem != "_wait"], ids=name_of)
def test_only_wait_sleeps(path: Path) -> None:
    assert "sleep" not in {called(node) for node in ast.walk(parsed(path)) if isinstance(node, ast.Call)}
    assert not {name for name in imported(path) if name.startswith("time.sleep")}


@pytest.mark.parametrize("path", [path for path in SOURCES if layer_of(path) in {"_aws", "_wait", "walk"}], ids=name_of)
def test_below_the_module_nobody_ends_it(path: Path) -> None:
    calls = {called(node) for node in ast.walk(parsed(path)) if isinstance(node, ast.Call)}
    assert not calls & {"fail_json", "fail_json_aws", "exit_json"}


def code_lines(path: Path) -> int:
    """A file's lines without the documentation that Ansible wants in string constants."""
    lines = len(path.read_text(encoding="utf-8").splitlines())
    for node in parsed(path).body:
        if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name) and node.targets[0].id.isupper():
            value = node.value
            if isinstance(value, ast.Constant) and isinstance(value.value, str):
                lines -= (node.end_lineno or node.lineno) - node.lineno + 1
    return lines


@pytest.mark.parametrize("path", SOURCES, ids=name_of)
def test_files_stay_small(path: Path) -> None:
    limit = LONGEST_MODULE if "modules" in path.relative_to(ROOT).parts else LONGEST_FILE
    assert code_lines(path) <= limit


@pytest.mark.parametrize("path", [*SOURCES, *sorted((ROOT / "tools").glob("*.py"))], ids=name_of)
def test_functions_stay_short(path: Path) -> None:
    long = {
        node.name: (node.end_lineno or node.lineno) - node.lineno + 1
        for node in ast.walk(parsed(path))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
    }
    assert not {name: lines for name, lines in long.items() if lines > LONGEST_FUNCTION}


def test_the_walk_reads_relative_and_full_imports() -> None:
    """The tests above prove nothing if imports go unseen."""
    seen = {
        imported_layer(name) for path in SOURCES if layer_of(path) in {"modules", "_module"} for name in imported(path)
    }
    assert {"_aws", "_core", "_wait", "_module"} <= seen
