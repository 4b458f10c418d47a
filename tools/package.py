"""Builds the collection, installs it from the file and uses it: what is in it is of use, and nothing is missing."""

from __future__ import annotations

import fnmatch
import json
import os
import re
import shutil
import subprocess
import sys
import tarfile
from collections.abc import Iterable, Sequence
from pathlib import Path

from tools.sanity import repository_files

ROOT = Path(__file__).resolve().parent.parent
PLACE = ROOT / "build" / "package"
NAME = "steadyfleet.aws_patching"
COLLECTIONS = PLACE / "collections" / "ansible_collections"
INSTALLED = COLLECTIONS / "steadyfleet" / "aws_patching"
# What a user of the collection has a use for. fnmatch: a * takes any number of folders.
BELONGS = (
    "CHANGELOG.md", "COPYING", "README.md", "changelogs/changelog.yaml", "docs/docsite/*", "examples/*", "meta/*",
    "playbooks/*", "plugins/*", "roles/*",
)  # fmt: skip
MADE = {"MANIFEST.json", "FILES.json"}
METADATA = ("documentation", "homepage", "issues", "repository")
LINK = re.compile(r"\]\(([^)\s]+)\)")


class Wrong(Exception):
    """One line for each thing that is wrong with the package."""


def run(*command: str) -> str:
    """Run one of Ansible's programs with the installed collection, and give what it printed."""
    # Without PYTHONPATH, where Ansible would find the clone itself.
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    environment["ANSIBLE_COLLECTIONS_PATH"] = str(PLACE / "collections")
    done = subprocess.run(command, cwd=PLACE, env=environment, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise Wrong(f"{' '.join(command[:4])} failed:\n{done.stdout}{done.stderr}")
    return done.stdout


def build() -> Path:
    """The package's file, made new."""
    shutil.rmtree(PLACE, ignore_errors=True)
    COLLECTIONS.mkdir(parents=True)
    run("ansible-galaxy", "collection", "build", str(ROOT), "--output-path", str(PLACE))
    (package,) = PLACE.glob("*.tar.gz")
    return package


def expected() -> set[str]:
    """The files of the repository that belong into the package."""
    names = [path.as_posix() for path in repository_files()]
    return {name for name in names if any(fnmatch.fnmatchcase(name, pattern) for pattern in BELONGS)}


def check_files(package: Path) -> None:
    """Compare what is in the file with what belongs there."""
    with tarfile.open(package) as archive:
        packed = {member.name for member in archive if not member.isdir()} - MADE
    wanted = expected()
    wrong = [f"{name} is in the package; add it to build_ignore in galaxy.yml" for name in sorted(packed - wanted)]
    wrong += [f"{name} is missing in the package" for name in sorted(wanted - packed)]
    raise_any(wrong)


def raise_any(wrong: Iterable[str]) -> None:
    """Raise one exception for all lines, if there are any."""
    lines = list(wrong)
    if lines:
        raise Wrong("\n".join(lines))


def check_metadata() -> None:
    """Galaxy's page links to all of these."""
    information = json.loads((INSTALLED / "MANIFEST.json").read_text(encoding="utf-8"))["collection_info"]
    raise_any(f"galaxy.yml: {key} is not set" for key in METADATA if not information[key])


def check_links() -> None:
    """Every relative link of a Markdown file leads to a file of the package."""
    raise_any(
        f"{page.relative_to(INSTALLED)} links to {link}, which is not in the package"
        for page in sorted(INSTALLED.rglob("*.md"))
        for link in LINK.findall(page.read_text(encoding="utf-8"))
        if "://" not in link and not (page.parent / link.partition("#")[0]).exists()
    )


def check_use() -> None:
    """Ansible finds every module and role in it, and takes its playbooks."""
    listed = json.loads(run("ansible-doc", "--list", "--json", NAME))
    roles = json.loads(run("ansible-doc", "--type", "role", "--list", "--json", NAME))
    modules = [path.stem for path in (ROOT / "plugins" / "modules").glob("*.py")]
    folders = [path.name for path in (ROOT / "roles").iterdir() if path.is_dir()]
    raise_any(f"ansible-doc does not find {NAME}.{name}" for name in modules if f"{NAME}.{name}" not in listed)
    raise_any(f"ansible-doc does not find role {NAME}.{name}" for name in folders if f"{NAME}.{name}" not in roles)
    for playbook in sorted((ROOT / "playbooks").glob("*.yml")):
        run("ansible-playbook", "--syntax-check", "--inventory", "localhost,", f"{NAME}.{playbook.stem}")


def main(_arguments: Sequence[str]) -> int:
    """Build, compare, install, use."""
    try:
        package = build()
        check_files(package)
        install = ("ansible-galaxy", "collection", "install", "--offline", "--no-deps", "--pre")
        run(*install, "--collections-path", str(PLACE / "collections"), str(package))
        # The dependency is not what is tested here; it comes from where the checks have it.
        (COLLECTIONS / "amazon").symlink_to(ROOT / "build" / "collections" / "ansible_collections" / "amazon")
        check_metadata()
        check_links()
        check_use()
    except Wrong as wrong:
        print(wrong, file=sys.stderr)
        return 1
    print(f"{len(expected())} files: {package.relative_to(ROOT)}")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
