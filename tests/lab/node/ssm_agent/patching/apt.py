"""apt-get and dpkg-query: as few runs as will do."""

from __future__ import annotations

import os
import re
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass

# "Inst name [installed] (offered origin [architecture])"; without an installed version it is a new package.
UPGRADE = re.compile(r"^Inst (?P<name>\S+) \[(?P<installed>[^\]]+)\] \((?P<offered>\S+)")
INSTALL = (
    "--yes",
    "--quiet",
    "--only-upgrade",
    "-oDpkg::Use-Pty=0",
    "-oDPkg::Lock::Timeout=60",
    "-oDpkg::Options::=--force-confdef",
    "-oDpkg::Options::=--force-confold",
)


class AptError(Exception):
    """apt-get could not do it; the text is its own."""


@dataclass(frozen=True, order=True)
class Package:
    """A package in one version."""

    name: str
    version: str

    @property
    def title(self) -> str:
        return f"{self.name}:{self.version}"


def update() -> None:
    """Read the repositories' indexes anew."""
    done = _run(["apt-get", "--quiet", "--quiet", "-oAPT::Update::Error-Mode=any", "update"])
    if done.returncode != 0:
        raise AptError(f"apt-get update failed: {_last_line(done)}")


def upgradable() -> list[Package]:
    """What the repositories offer in a newer version than the installed one."""
    done = _run(["apt-get", "--simulate", "--with-new-pkgs", "upgrade"])
    if done.returncode != 0:
        raise AptError(f"apt-get upgrade --simulate failed: {_last_line(done)}")
    matches = (UPGRADE.match(line) for line in done.stdout.splitlines())
    return sorted(Package(match["name"], match["offered"]) for match in matches if match)


def installed() -> list[Package]:
    """Every installed package."""
    form = "${db:Status-Status} ${Package} ${Version}\\n"
    done = _run(["dpkg-query", "--show", f"--showformat={form}"])
    rows = (line.split() for line in done.stdout.splitlines())
    return sorted(Package(row[1], row[2]) for row in rows if len(row) == 3 and row[0] == "installed")


def install(packages: Sequence[Package]) -> tuple[bool, str]:
    """Upgrade these packages. Returns whether apt-get was content, and what it said."""
    done = _run(["apt-get", *INSTALL, "install", *(f"{one.name}={one.version}" for one in packages)])
    return done.returncode == 0, done.stdout + done.stderr


def _run(command: list[str]) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive", "LC_ALL": "C"}
    return subprocess.run(
        command, env=environment, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False
    )


def _last_line(done: subprocess.CompletedProcess[str]) -> str:
    lines = [line for line in done.stderr.splitlines() if line.strip()]
    return lines[-1] if lines else f"exit status {done.returncode}"
