"""Builds the HTML site in build/docs/html: antsibull-docs writes a page for every module and role, and Sphinx does the
rest. Any warning is a failure. Nothing is downloaded.
"""

from __future__ import annotations

import html
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent.parent
SITE = ROOT / "build" / "docs"
NAME = "steadyfleet.aws_patching"
# "C(" of unbalanced parentheses, "\\)" where nothing had to be escaped, ":ansopt:`" of a role that is not known.
REMAINS = re.compile(r".{0,30}(?:\\\)|\b(?:[BCIMOPUV]|RV|HORIZONTALLINE)\(|:[a-z]+:`|``).{0,30}")


def wanted_pages() -> list[str]:
    """What the site must have, whatever the tools think of it."""
    modules = [f"{path.stem}_module" for path in (ROOT / "plugins" / "modules").glob("*.py")]
    roles = [f"{path.name}_role" for path in (ROOT / "roles").iterdir() if path.is_dir()]
    guides = [f"docsite/{path.stem}" for path in (ROOT / "docs" / "docsite" / "rst").glob("*.rst")]
    return sorted([*modules, *roles, *guides, "index"])


def run(*command: str) -> bool:
    """Run a command to its end, and tell whether it succeeded."""
    return subprocess.run(command, cwd=ROOT, check=False).returncode == 0


def build() -> bool:
    """Make the site new, from nothing."""
    shutil.rmtree(SITE, ignore_errors=True)
    pages, html = SITE / "rst", SITE / "html"
    # antsibull-docs refuses to write where others may, whatever the user's umask allows them.
    os.umask(0o022)
    pages.mkdir(parents=True)
    antsibull_docs = ["antsibull-docs", "--config-file", str(HERE / "antsibull-docs.cfg"), "collection"]
    options = ["--use-current", "--squash-hierarchy", "--fail-on-error", "--dest-dir", str(pages)]
    sphinx = ["sphinx-build", "-b", "html", "-q", "-W", "--keep-going", "-n", "-c", str(HERE)]
    return run(*antsibull_docs, *options, NAME) and run(*sphinx, "-d", str(SITE / "doctrees"), str(pages), str(html))


def garbled(page: Path) -> list[str]:
    """What the tools left of markup that they did not understand, in the text that a reader sees outside code."""
    text = re.sub(r"<(pre|script|style)\b.*?</\1>", "", page.read_text(encoding="utf-8"), flags=re.DOTALL)
    return REMAINS.findall(html.unescape(re.sub(r"<[^>]+>", "", text)))


def main() -> int:
    """Build the site and look whether all of it is there."""
    if not build():
        return 1
    missing = [page for page in wanted_pages() if not (SITE / "html" / f"{page}.html").is_file()]
    if missing:
        print(f"no page was made for {', '.join(missing)}", file=sys.stderr)
        return 1
    wrong = {path.name: found for path in sorted((SITE / "html").glob("**/*.html")) if (found := garbled(path))}
    if wrong:
        lines = [f"garbled in {name}: {text}" for name, found in wrong.items() for text in found]
        print("\n".join(lines), file=sys.stderr)
        return 1
    print(f"{len(wanted_pages())} pages: {(SITE / 'html' / 'index.html').relative_to(ROOT)}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
