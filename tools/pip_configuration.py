"""Writes the user's pip configuration, wherever it comes from, to the file named as the argument.

ansible-test installs its own tools with nothing of the environment but HOME, which is build/home by then: without
this a package index, certificate or proxy that the user configured would be forgotten.
"""

from __future__ import annotations

import ast
import configparser
import os
import subprocess
import sys
from pathlib import Path


def configured() -> dict[str, dict[str, str]]:
    """Section -> option -> value, environment variables counted as [global], as pip itself does."""
    command = [sys.executable, "-m", "pip", "--disable-pip-version-check", "config", "list"]
    listing = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    sections: dict[str, dict[str, str]] = {"global": {}}
    for line in sorted(listing.splitlines(), key=lambda line: line.startswith(":env:")):
        key, value = line.split("=", 1)
        section, option = key.rsplit(".", 1)
        if option not in {"config-file", "cache-dir"}:
            sections.setdefault("global" if section == ":env:" else section, {})[option] = ast.literal_eval(value)
    proxy = os.environ.get("HTTPS_PROXY") or os.environ.get("https_proxy")
    if proxy:
        sections["global"].setdefault("proxy", proxy)
    sections["global"]["quiet"] = "2"  # what pip did matters only when it fails
    return sections


def main() -> None:
    """Write what is configured where the argument says."""
    target = Path(sys.argv[1])
    target.parent.mkdir(parents=True, exist_ok=True)
    parser = configparser.RawConfigParser()
    parser.read_dict(configured())
    target.touch(mode=0o600)  # an index URL may carry a password
    with target.open("w", encoding="utf-8") as file:
        parser.write(file)


if __name__ == "__main__":
    main()
