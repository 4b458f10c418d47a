"""The map of the collection's Python: which folder may know which, and what a file's name allows it to do.

Data goes one way: a module reads everything once (read.py), plans once (plan.py) and applies the plan once (apply.py).
"""

from __future__ import annotations

import ast
import functools
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PLUGINS = ROOT / "plugins"
UTILS = "ansible_collections.steadyfleet.aws_patching.plugins.module_utils"

# Each folder of module_utils, and the folders that its files may import beside their own. It stands below them.
MAP = {
    "_common": set[str](),
    "_aws": {"_common"},
    "_document": {"_common", "_aws"},
    "_runnable": {"_common", "_aws"},
    "_command": {"_common", "_aws", "_runnable"},
    "_automation": {"_common", "_aws", "_runnable"},
    "_maintenance_window": {"_common", "_aws", "_runnable"},
    "_rotation": {"_common", "_aws", "_command"},
    "_association": {"_common", "_aws", "_runnable", "_command", "_automation"},
    "_patching": {"_common", "_aws", "_document", "_command", "_rotation"},
    "_module": {"_common", "_aws"},
}
# What a file of a subject may do is told by its name, the same in every folder.
ACTING = {
    "api": "calls AWS: one small function an operation, from a client and values to values",
    "read": "reads all that a plan depends on; writes nothing",
    "waiters": "polls until something has ended",
    "apply": "carries a plan out, or makes what must be made once",
}
# ... and every other file is pure: it decides, from its arguments alone.
RECURRING = {
    "model": "the values that the other files pass on",
    "transformations": "from options and AWS's responses to values, and from values to requests",
    "rules": "what is refused, before anything is written",
    "plan": "from what is there and what is wanted to what has to be done",
    "report": "what a module returns and says",
}
# _common waits and listens to signals for everybody; _aws is all about calls.
WAITING = {"wait", "signals"}
# Packages from outside the standard library, and where they come in.
OUTSIDE = {
    "ansible.module_utils.common": {"_common", *(folder for folder in MAP if folder not in {"_aws", "_module"})},
    "ansible": {"action", "plugin_utils"},
    "ansible_collections.amazon": {"_aws", "_common/tags.py", "plugin_utils"},
    "ansible_collections.steadyfleet.aws_patching.plugins.plugin_utils": {"action", "plugin_utils"},
    "botocore": {"_aws"},
    "yaml": {"plugin_utils"},
}
# A pure file has no clock, no chance, no input and no output.
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
LONGEST_MODULE = 120  # without its documentation, its argument spec and its imports
LONGEST_FILE = 400
LONGEST_FUNCTION = 40

SOURCES = sorted(PLUGINS.rglob("*.py"))
TOOLS = sorted((ROOT / "tools").glob("*.py"))


def name_of(path: Path) -> str:
    return str(path.relative_to(ROOT))


@functools.cache
def parsed(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"), str(path))


def place_of(path: Path) -> tuple[str, ...]:
    """A file under plugins/ by its parts below module_utils, or by its kind of plugin."""
    kind, *rest = path.relative_to(PLUGINS).with_suffix("").parts
    return tuple(rest) if kind == "module_utils" else (kind, *rest)


def folder_of(path: Path) -> str:
    return place_of(path)[0]


def is_pure(path: Path) -> bool:
    """Whether a file's name says that it only decides."""
    return is_pure_place(place_of(path))


def is_pure_place(place: tuple[str, ...]) -> bool:
    if place[0] == "_common":
        return place[-1] not in WAITING
    return place[0] in MAP and place[0] not in {"_aws", "_module"} and place[-1] not in ACTING


@functools.cache
def imported(path: Path) -> frozenset[str]:
    """Every imported name of a file, in full, wherever in the file it is imported."""
    found: list[str] = []
    here = [*UTILS.split("."), *path.relative_to(PLUGINS).parts[1:-1]]
    for node in ast.walk(parsed(path)):
        if isinstance(node, ast.Import):
            found += [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            base = here[: len(here) - node.level + 1] if node.level else []
            module = ".".join([*base, node.module or ""]).rstrip(".")
            # "from . import ledger" names a file, "from .ledger import Ledger" something inside one.
            found += [f"{module}.{alias.name}" for alias in node.names]
    return frozenset(found)


@functools.cache
def imported_places(path: Path) -> frozenset[tuple[str, ...]]:
    """The files of module_utils that a file imports, by their parts."""
    files = {place_of(other) for other in SOURCES if "module_utils" in other.parts}
    found: set[tuple[str, ...]] = set()
    for name in imported(path):
        if name.startswith(f"{UTILS}."):
            parts = tuple(name.removeprefix(f"{UTILS}.").split("."))
            found |= {parts[:length] for length in range(1, len(parts) + 1) if parts[:length] in files}
    return frozenset(found)


UTILITIES = [path for path in SOURCES if "module_utils" in path.parts]
SUBJECTS = [path for path in UTILITIES if folder_of(path) not in {"_common", "_aws", "_module"}]


@pytest.mark.parametrize("path", UTILITIES, ids=name_of)
def test_a_folder_knows_only_those_below_it(path: Path) -> None:
    folder = folder_of(path)
    assert folder in MAP, f"{path} belongs to no subject: say in MAP what it may know"
    assert {place[0] for place in imported_places(path)} <= MAP[folder] | {folder}


def test_the_map_has_no_circle() -> None:
    above: set[str] = set()
    for folder, known in MAP.items():
        assert known <= above, f"{folder} stands above what it knows"
        above.add(folder)


def test_no_files_import_each_other_in_a_circle() -> None:
    arrows = {place_of(path): imported_places(path) - {place_of(path)} for path in UTILITIES}
    while leaves := {place for place, known in arrows.items() if not known}:
        arrows = {place: known - leaves for place, known in arrows.items() if place not in leaves}
    assert not arrows, f"a circle goes through {sorted('/'.join(place) for place in arrows)}"


@pytest.mark.parametrize("path", [path for path in UTILITIES if is_pure(path)], ids=name_of)
def test_a_file_that_decides_does_nothing_else(path: Path) -> None:
    packages = {name.split(".")[0] for name in imported(path)}
    calls = {called(node) for node in ast.walk(parsed(path)) if isinstance(node, ast.Call)}
    assert not packages & IMPURE_IMPORTS
    assert not calls & IMPURE_CALLS
    assert not {place for place in imported_places(path) if not is_pure_place(place)}


@pytest.mark.parametrize("path", [path for path in SUBJECTS if path.stem in {"api", "read"}], ids=name_of)
def test_a_file_that_reads_neither_waits_nor_writes(path: Path) -> None:
    above = {"api": {"read", "waiters", "apply"}, "read": {"apply"}}[path.stem]
    assert not {place for place in imported_places(path) if place[-1] in above}
    assert ("_common", "wait") not in imported_places(path)


@pytest.mark.parametrize("path", SOURCES, ids=name_of)
def test_packages_from_outside_come_in_at_named_places(path: Path) -> None:
    place = str(path.relative_to(PLUGINS)).removeprefix("module_utils/")
    for name in imported(path):
        if name.startswith(UTILS) or name.split(".")[0] in sys.stdlib_module_names:
            continue
        doors = {door for package, doors in OUTSIDE.items() if f"{name}.".startswith(f"{package}.") for door in doors}
        assert {place, place.split("/")[0]} & doors, f"{name} may not be imported here"


@pytest.mark.parametrize(
    "path", [path for path in SOURCES if folder_of(path) in {"action", "plugin_utils"}], ids=name_of
)
def test_what_ansible_runs_for_each_host_only_decides(path: Path) -> None:
    """An import of boto3 would take 0.3 s for each host."""
    places = imported_places(path)
    assert {place[0] for place in places} <= {"_common", "_patching"}
    assert all(map(is_pure_place, places))


def called(node: ast.Call) -> str:
    """The last part of what is called: now, for datetime.now()."""
    if isinstance(node.func, ast.Attribute):
        return node.func.attr
    return node.func.id if isinstance(node.func, ast.Name) else ""


@pytest.mark.parametrize("path", [path for path in SOURCES if path.stem != "wait"], ids=name_of)
def test_only_wait_sleeps(path: Path) -> None:
    assert "sleep" not in {called(node) for node in ast.walk(parsed(path)) if isinstance(node, ast.Call)}
    assert not {name for name in imported(path) if name.startswith("time.sleep")}


@pytest.mark.parametrize("path", [path for path in UTILITIES if folder_of(path) != "_module"], ids=name_of)
def test_only_the_module_ends_itself(path: Path) -> None:
    calls = {called(node) for node in ast.walk(parsed(path)) if isinstance(node, ast.Call)}
    assert not calls & {"fail_json", "fail_json_aws", "exit_json"}


def code_lines(path: Path) -> int:
    """A file's lines; of a module, those beside its documentation, its argument spec and its imports."""
    lines = len(path.read_text(encoding="utf-8").splitlines())
    if "modules" not in path.parts:
        return lines
    for node in parsed(path).body:
        constant = isinstance(node, ast.Assign | ast.AnnAssign) and isinstance(node.value, ast.Constant | ast.Dict)
        if constant or isinstance(node, ast.ImportFrom):
            lines -= (node.end_lineno or node.lineno) - node.lineno + 1
    return lines


@pytest.mark.parametrize("path", [*SOURCES, *TOOLS], ids=name_of)
def test_files_stay_small(path: Path) -> None:
    assert code_lines(path) <= (LONGEST_MODULE if "modules" in path.parts else LONGEST_FILE)


@pytest.mark.parametrize("path", [*SOURCES, *TOOLS], ids=name_of)
def test_functions_stay_short(path: Path) -> None:
    long = {
        node.name: (node.end_lineno or node.lineno) - node.lineno + 1
        for node in ast.walk(parsed(path))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
    }
    assert not {name: lines for name, lines in long.items() if lines > LONGEST_FUNCTION}


@pytest.mark.parametrize("path", [path for path in UTILITIES if len(place_of(path)) > 1], ids=name_of)
def test_every_file_has_its_tests(path: Path) -> None:
    """What decides has a test file of its own. What acts on AWS is tested through its modules, or has one too."""
    twin = ROOT / "tests" / "unit" / path.relative_to(ROOT).parent / f"test_{path.stem}.py"
    assert twin.exists() or path.stem in ACTING or path.stem in {"model", "errors", "options", "client"}, twin


def test_the_tests_above_see_relative_and_full_imports() -> None:
    """They prove nothing if imports go unseen."""
    module = PLUGINS / "modules" / "elb_rotation.py"
    assert {"_rotation", "_module"} <= {place[0] for place in imported_places(module)}
    assert {"_common", "_aws"} <= {place[0] for place in imported_places(PLUGINS / "module_utils" / "_module.py")}
