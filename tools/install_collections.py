"""Takes the collections named in tools/collections.txt out of the Python package that carries them all.

That package unpacks to half a gigabyte, and we build on one collection of it.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
TARGET = ROOT / "build" / "collections"


def wanted() -> tuple[str, list[str]]:
    """The package to fetch and the folders to take out of it."""
    lines = (ROOT / "tools" / "collections.txt").read_text(encoding="utf-8").splitlines()
    package, *names = [line for line in lines if line and not line.startswith("#")]
    return package, ["ansible_collections/" + name.replace(".", "/") + "/" for name in names]


def main() -> None:
    """Download, unpack, forget the download."""
    package, folders = wanted()
    cache = ROOT / "build" / "cache" / "pip"
    with tempfile.TemporaryDirectory(dir=ROOT / "build" / "tmp") as folder:
        download = [sys.executable, "-m", "pip", "download", "--no-deps", "--only-binary=:all:", package]
        subprocess.run([*download, "--cache-dir", str(cache), "--dest", folder], check=True)
        (wheel,) = Path(folder).glob("*.whl")
        with zipfile.ZipFile(wheel) as archive:
            for place in folders:
                shutil.rmtree(TARGET / place, ignore_errors=True)
                archive.extractall(TARGET, [name for name in archive.namelist() if name.startswith(place)])


if __name__ == "__main__":
    main()
