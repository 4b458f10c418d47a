"""What the lab's repositories offer: Debian packages with an apt index, and npm packages with their documents."""

from __future__ import annotations

import base64
import hashlib
import io
import json
import tarfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from .commands import find, run

MAINTAINER = "Steadyfleet lab <lab@example.com>"
# The package whose update asks for a reboot, the way Debian's kernel packages do.
REBOOTING = "steady-kernel"
REBOOT_SCRIPT = """#!/bin/sh
set -e
if [ "$1" = configure ] && [ -n "$2" ]; then
    touch /run/reboot-required
    echo {name} >> /run/reboot-required.pkgs
fi
"""


def build_debs(packages: Mapping[str, tuple[str, str]], folder: Path) -> None:
    """Build every package in both versions, and the index apt reads."""
    pool = folder / "pool"
    pool.mkdir(parents=True)
    stanzas = []
    for name, versions in packages.items():
        for version in dict.fromkeys(versions):
            deb = _build_deb(name, version, folder / "tree" / f"{name}-{version}", pool)
            stanzas.append(_stanza(deb, folder))
    index = "\n".join(stanzas).encode()
    (folder / "Packages").write_bytes(index)
    # With a Release file apt asks for exactly what there is.
    line = f" {hashlib.sha256(index).hexdigest()} {len(index)} Packages"
    (folder / "Release").write_text(f"Origin: lab\nSuite: stable\nSHA256:\n{line}\n")


def _build_deb(name: str, version: str, tree: Path, pool: Path) -> Path:
    shared = tree / "usr/share" / name
    shared.mkdir(parents=True)
    (shared / "version").write_text(f"{version}\n")
    control = tree / "DEBIAN"
    control.mkdir()
    (control / "control").write_text(
        f"Package: {name}\nVersion: {version}\nArchitecture: all\nMaintainer: {MAINTAINER}\n"
        f"Section: misc\nPriority: optional\nDescription: the lab's package {name}\n"
    )
    if name == REBOOTING:
        script = control / "postinst"
        script.write_text(REBOOT_SCRIPT.format(name=name))
        script.chmod(0o755)
    deb = pool / f"{name}_{version}_all.deb"
    run(find("dpkg-deb"), "--root-owner-group", "-Znone", "--build", str(tree), str(deb))
    return deb


def _stanza(deb: Path, folder: Path) -> str:
    content = deb.read_bytes()
    fields = run(find("dpkg-deb"), "--field", str(deb)).strip()
    return (
        f"{fields}\nFilename: ./{deb.relative_to(folder)}\nSize: {len(content)}\n"
        f"MD5sum: {hashlib.md5(content, usedforsecurity=False).hexdigest()}\n"
        f"SHA256: {hashlib.sha256(content).hexdigest()}\n"
    )


def build_npm(packages: Mapping[str, tuple[str, str]], folder: Path, url: str) -> None:
    """Write each package's document (as `name`) and its tarballs (below `-/`)."""
    (folder / "-").mkdir(parents=True)
    for name, versions in packages.items():
        described = {version: _npm_version(name, version, folder, url) for version in dict.fromkeys(versions)}
        document = {"name": name, "dist-tags": {"latest": versions[-1]}, "versions": described}
        (folder / name).write_text(json.dumps(document))


def _npm_version(name: str, version: str, folder: Path, url: str) -> dict[str, Any]:
    manifest = {"name": name, "version": version, "description": "the lab's package", "main": "index.js"}
    code = f'"use strict";\n\nmodule.exports = {{ name: "{name}", version: "{version}" }};\n'
    tarball = _tarball({"package/package.json": json.dumps(manifest), "package/index.js": code})
    file = f"{name}-{version}.tgz"
    (folder / "-" / file).write_bytes(tarball)
    return {
        **manifest,
        "dist": {
            "tarball": f"{url}/-/{file}",
            "shasum": hashlib.sha1(tarball, usedforsecurity=False).hexdigest(),
            "integrity": "sha512-" + base64.b64encode(hashlib.sha512(tarball).digest()).decode(),
        },
    }


def _tarball(files: Mapping[str, str]) -> bytes:
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w:gz") as archive:
        for name, text in files.items():
            entry = tarfile.TarInfo(name)
            entry.size = len(text.encode())
            entry.mode = 0o644
            archive.addfile(entry, io.BytesIO(text.encode()))
    return packed.getvalue()
