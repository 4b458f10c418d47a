"""The repositories: what dpkg and npm check, they find right."""

from __future__ import annotations

import base64
import hashlib
import io
import json
import subprocess
import tarfile
from pathlib import Path

import pytest
from lab.host import packages

DEBS = {"steady-base": ("1.0", "1.1"), "steady-kernel": ("1.0", "1.1")}
URL = "http://registry.test"


@pytest.fixture
def apt(tmp_path: Path) -> Path:
    packages.build_debs(DEBS, tmp_path / "apt")
    return tmp_path / "apt"


def test_the_index_describes_every_package_as_it_is(apt: Path) -> None:
    stanzas = [_fields(stanza) for stanza in (apt / "Packages").read_text().strip().split("\n\n")]

    assert [(stanza["Package"], stanza["Version"]) for stanza in stanzas] == [
        (name, version) for name, versions in DEBS.items() for version in versions
    ]
    for stanza in stanzas:
        content = (apt / stanza["Filename"]).read_bytes()
        assert stanza["Size"] == str(len(content))
        assert stanza["SHA256"] == hashlib.sha256(content).hexdigest()


def test_the_release_file_vouches_for_the_index(apt: Path) -> None:
    index = (apt / "Packages").read_bytes()

    assert f" {hashlib.sha256(index).hexdigest()} {len(index)} Packages\n" in (apt / "Release").read_text()


def _fields(stanza: str) -> dict[str, str]:
    return dict(line.split(": ", 1) for line in stanza.splitlines() if not line.startswith(" "))


@pytest.mark.parametrize(("name", "asks"), [("steady-base", False), ("steady-kernel", True)])
def test_only_one_package_asks_for_a_reboot(apt: Path, tmp_path: Path, name: str, asks: bool) -> None:
    control = tmp_path / "control"
    deb = apt / "pool" / f"{name}_1.1_all.deb"
    subprocess.run(["dpkg-deb", "--control", str(deb), str(control)], check=True)

    assert (control / "postinst").exists() is asks


def test_owner_of_what_is_installed_is_root(apt: Path) -> None:
    deb = apt / "pool" / "steady-base_1.1_all.deb"
    listing = subprocess.run(["dpkg-deb", "--contents", str(deb)], check=True, capture_output=True, text=True).stdout

    assert {line.split()[1] for line in listing.splitlines()} == {"root/root"}


def test_npm_packages_are_what_their_document_says(tmp_path: Path) -> None:
    packages.build_npm({"steady-greeting": ("1.0.0", "1.1.0")}, tmp_path / "npm", URL)

    document = json.loads((tmp_path / "npm" / "steady-greeting").read_text())

    assert document["dist-tags"] == {"latest": "1.1.0"}
    assert list(document["versions"]) == ["1.0.0", "1.1.0"]
    for version, described in document["versions"].items():
        tarball = (tmp_path / "npm" / described["dist"]["tarball"].removeprefix(f"{URL}/")).read_bytes()
        integrity = base64.b64encode(hashlib.sha512(tarball).digest()).decode()
        assert described["dist"]["integrity"] == f"sha512-{integrity}"
        with tarfile.open(fileobj=io.BytesIO(tarball)) as archive:
            manifest = archive.extractfile("package/package.json")
            assert manifest is not None
            assert json.load(manifest)["version"] == version
