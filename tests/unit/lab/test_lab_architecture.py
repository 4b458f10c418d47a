"""The folders of the lab's API, and which of them may import which."""

from __future__ import annotations

import ast
import graphlib
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

LAB = Path(__file__).resolve().parents[2] / "lab"
API = LAB / "api"
TESTS = Path(__file__).parent / "api"

# The map of tests/lab/api. A row is a folder or a file at the top; it imports the rows that it names, which stand above
# it. "actions" are the handlers of API actions: every actions.py and *_actions.py, in whatever folder.
MAP: dict[str, set[str]] = {
    # what everything stands on
    "errors": set(),
    "runtime": set(),
    "registry": {"errors"},
    # requests and answers, and what moto does
    "http": {"errors", "runtime"},
    "moto_bridge": {"http"},
    # one folder a subject: what it keeps (store.py), refuses (rules.py), shows (views.py)
    "runbooks": {"errors", "http"},
    "nodes": {"errors", "runtime", "moto_bridge"},
    "windows": {"errors", "runtime", "nodes"},
    "parameters": {"errors", "http"},
    "load_balancer": {"errors", "runtime", "moto_bridge", "nodes"},
    "documents": {"errors", "runtime", "http", "moto_bridge", "runbooks"},
    "commands": {"errors", "runtime", "moto_bridge", "nodes", "documents"},
    "automation": {
        "errors", "runtime", "registry", "http", "moto_bridge", "runbooks", "nodes", "documents", "commands"
    },
    "associations": {"errors", "runtime", "registry", "nodes", "documents", "commands", "automation"},
    # the stores put together, and seeded
    "region": {
        "runtime", "http", "nodes", "windows", "load_balancer", "documents", "commands", "automation", "associations"
    },
    "seed": {"moto_bridge", "nodes", "load_balancer", "documents", "region"},
    # what answers, and the server
    "actions": {
        "errors", "registry", "http", "moto_bridge", "nodes", "windows", "parameters", "load_balancer", "documents",
        "commands", "automation", "associations", "region",
    },
    "handlers": {"errors", "registry", "http", "moto_bridge", "region", "actions"},
    "server": {
        "errors", "runtime", "http", "moto_bridge", "nodes", "load_balancer", "region", "seed", "handlers"
    },
    # what tests hold in their hands
    "testing": {"errors", "runtime", "moto_bridge", "nodes", "load_balancer", "server"},
}  # fmt: skip
LONGEST_FILE = 400
LONGEST_FUNCTION = 40


def row_of(path: Path) -> str:
    """The row of MAP that a file belongs to."""
    if path.stem == "actions" or path.stem.endswith("_actions"):
        return "actions"
    return path.relative_to(API).parts[0].removesuffix(".py")


def parsed(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"), str(path))


def imported_names(path: Path, node: ast.AST) -> list[str]:
    """The full names that one statement imports; none when it is no import."""
    if isinstance(node, ast.Import):
        return [alias.name for alias in node.names]
    if not isinstance(node, ast.ImportFrom):
        return []
    package = path.relative_to(LAB.parent).parts[:-1]
    base = package[: len(package) - node.level + 1] if node.level else ()
    module = ".".join([*base, *filter(None, [node.module])])
    # "from lab.api.nodes import store" names a file, "from lab.api.nodes.store import Nodes" something inside one.
    return [f"{module}.{alias.name}" for alias in node.names]


def file_of(name: str) -> Path | None:
    """The file of tests/lab/api that an imported name stands for, or stands in."""
    parts = name.split(".")
    if parts[:2] != ["lab", "api"]:
        return None
    for length in (len(parts), len(parts) - 1):
        path = LAB.parent.joinpath(*parts[:length])
        for file in (path.with_suffix(".py"), path / "__init__.py"):
            if file.is_file():
                return file
    return None


def imported_files(path: Path) -> Iterator[Path]:
    """Every file of tests/lab/api that a file imports: inside functions and under TYPE_CHECKING too."""
    for node in ast.walk(parsed(path)):
        for name in imported_names(path, node):
            file = file_of(name)
            if file is not None and file != path:
                yield file


def name_of(path: Path) -> str:
    return str(path.relative_to(LAB.parent))


LAB_FILES = sorted(LAB.rglob("*.py"))
API_FILES = [path for path in LAB_FILES if API in path.parents and path.stem != "__init__"]
IMPORTED = {path: set(imported_files(path)) for path in API_FILES}


def test_every_row_imports_what_the_map_says() -> None:
    """Neither more nor less: a map with arrows that are not there would soon be no map."""
    found: dict[str, set[str]] = {row_of(path): set() for path in API_FILES}
    for path, files in IMPORTED.items():
        found[row_of(path)] |= {row_of(file) for file in files} - {row_of(path)}
    assert found == MAP


def test_the_map_goes_one_way() -> None:
    rows = list(MAP)
    upward = {row: [name for name in named if rows.index(name) >= rows.index(row)] for row, named in MAP.items()}
    assert not {row: named for row, named in upward.items() if named}


def test_no_files_import_each_other_in_a_circle() -> None:
    """The map knows rows only; this looks at the files inside them too."""
    graphlib.TopologicalSorter(IMPORTED).prepare()


@pytest.mark.parametrize("path", API_FILES, ids=name_of)
def test_the_lab_s_own_files_are_imported_at_the_top(path: Path) -> None:
    """An import inside a function or under TYPE_CHECKING hides an arrow from the reader."""
    tree = parsed(path)
    hidden = {
        name
        for node in ast.walk(tree)
        if node not in tree.body
        for name in imported_names(path, node)
        if name.startswith("lab.")
    }
    assert not hidden


def test_the_walk_sees_every_form_of_import(tmp_path: Path) -> None:
    """The tests above prove nothing if imports go unseen."""
    lines = [
        "from lab.api import errors",
        "from lab.api.nodes import store",
        "from lab.api.http.wire import Call",
        "import lab.api.region",
        "from ..api.registry import action",
        "if TYPE_CHECKING:\n    from lab.api.server import LabApi",
        "def late():\n    from lab.api import seed",
    ]
    node = ast.parse("\n".join(lines))
    inside = LAB / "host" / "somewhere.py"
    found = {file_of(name) for part in ast.walk(node) for name in imported_names(inside, part)}
    tops = {API / f"{stem}.py" for stem in ("errors", "region", "registry", "server", "seed")}
    assert found == {*tops, API / "nodes" / "store.py", API / "http" / "wire.py"}


def test_the_tests_of_the_api_stand_in_the_same_folders() -> None:
    tested = {path.relative_to(TESTS).parts[0] for path in TESTS.rglob("test_*.py")}
    assert tested
    assert tested <= {path.name for path in API.iterdir() if path.is_dir()}


@pytest.mark.parametrize("path", [path for path in LAB_FILES if LAB / "node" in path.parents], ids=name_of)
def test_what_runs_on_a_node_needs_python_and_pyyaml_alone(path: Path) -> None:
    absolute = [node for node in ast.walk(parsed(path)) if isinstance(node, ast.ImportFrom) and not node.level]
    names = {(node.module or "").split(".")[0] for node in absolute}
    names |= {
        alias.name.split(".")[0]
        for node in ast.walk(parsed(path))
        if isinstance(node, ast.Import)
        for alias in node.names
    }
    assert names - sys.stdlib_module_names <= {"lab", "ssm_agent", "yaml"}


@pytest.mark.parametrize("path", LAB_FILES, ids=name_of)
def test_the_lab_judges_the_collection_without_using_it(path: Path) -> None:
    assert "ansible_collections.steadyfleet" not in path.read_text(encoding="utf-8")


@pytest.mark.parametrize("path", LAB_FILES, ids=name_of)
def test_files_and_functions_stay_small(path: Path) -> None:
    assert len(path.read_text(encoding="utf-8").splitlines()) <= LONGEST_FILE
    lengths = {
        node.name: (node.end_lineno or node.lineno) - node.lineno + 1
        for node in ast.walk(parsed(path))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
    }
    assert not {name: lines for name, lines in lengths.items() if lines > LONGEST_FUNCTION}
