"""Runs ansible-test sanity on a copy of what is published: it wants a real .../ansible_collections/NAMESPACE/NAME."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
COLLECTIONS = ROOT / "build" / "sanity" / "ansible_collections"
# Not part of the published collection (galaxy.yml, build_ignore), and linted by our own stricter configuration.
UNPUBLISHED = {".ci", "bin", "tools", "tests/lab", "tests/unit"}
COPY = COLLECTIONS / "steadyfleet" / "aws_patching"
# ansible-test fetches this script from a place of its own to put pip into each of its environments. Python has a pip
# inside, so nothing has to be fetched.
GET_PIP = "import ensurepip\n\nensurepip.bootstrap()\n"


def published_files() -> list[Path]:
    """Everything that ansible-test is to look at."""
    return [name for name in repository_files() if UNPUBLISHED.isdisjoint(map(str, name.parents))]


def repository_files() -> list[Path]:
    """What belongs to the repository, as paths relative to its root: git's answer, or in an unpacked archive all files
    but the ones that tools leave behind.
    """
    git = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    listing = subprocess.run(git, cwd=ROOT, check=False, capture_output=True, text=True)
    if listing.returncode == 0 and (ROOT / ".git").exists():
        names = [Path(name) for name in listing.stdout.split("\0") if name]
        return [name for name in names if (ROOT / name).is_file()]
    made = {"build", ".ansible", ".git", "__pycache__", "node_modules"}
    files = [path.relative_to(ROOT) for path in ROOT.rglob("*") if path.is_file()]
    return [path for path in files if not made.intersection(path.parts)]


def copy_collection() -> None:
    """Make the copy new, as a git repository of its own: without one ansible-test would ask the repository around it,
    which ignores everything under build/.
    """
    shutil.rmtree(COPY, ignore_errors=True)
    for name in published_files():
        target = COPY / name
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(ROOT / name, target)
    subprocess.run(["git", "init", "--quiet"], cwd=COPY, check=True)
    amazon = COLLECTIONS / "amazon"
    if not amazon.exists():
        amazon.symlink_to(os.path.relpath(ROOT / "build/collections/ansible_collections/amazon", COLLECTIONS))


def place_get_pip() -> None:
    """Put our two lines where ansible-test keeps the script it has fetched once. The name carries a version."""
    package = find_spec("ansible_test")
    if package is None or not package.submodule_search_locations:
        sys.exit("ansible-test is not installed: run make setup")
    source = Path(package.submodule_search_locations[0]) / "_internal" / "python_requirements.py"
    for version in re.findall(r"\bpip='([0-9.]+)'", source.read_text(encoding="utf-8")):
        script = Path.home() / ".ansible" / "test" / "cache" / f"get_pip_{version.replace('.', '_')}.py"
        script.parent.mkdir(parents=True, exist_ok=True)
        script.write_text(GET_PIP, encoding="utf-8")


def main(arguments: list[str]) -> int:
    """Run what the arguments ask for, or the whole suite."""
    copy_collection()
    place_get_pip()
    # Compiled files beside the sources are what ansible-test's import test expects to be free to switch off itself.
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONPYCACHEPREFIX"}
    python = f"{sys.version_info.major}.{sys.version_info.minor}"
    command = ["ansible-test", "sanity", "--local", "--python", python, *arguments]
    return subprocess.run(command, cwd=COPY, check=False, env=environment).returncode


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
