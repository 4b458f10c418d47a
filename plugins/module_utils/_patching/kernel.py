# Copyright: steadyfleet contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection: may change without notice.

from __future__ import annotations

import re
from collections.abc import Iterable

# The numbers at the beginning of a release, as 6.8.0-1012 of 6.8.0-1012-aws. The flavour is behind them.
_NUMBERS = re.compile(r"\d[\d.]*(?:-\d[\d.]*)?")


def newer_kernel(running: str, installed: Iterable[str]) -> str:
    """The newest installed kernel of the running one's flavour, when it is newer than the running one; else empty.

    A node can report no reboot due and still run an old kernel.
    https://github.com/amazonlinux/amazon-linux-2023/issues/1125

    :param running: as ``uname -r`` prints it.
    :param installed: the releases of the installed kernels. Without the running one among them, as in a container, it
        cannot be told.
    """
    kernels = set(installed)
    if running not in kernels:
        return ""
    newest = max((each for each in kernels if _flavour(each) == _flavour(running)), key=_version)
    return newest if _version(newest) > _version(running) else ""


def _flavour(release: str) -> tuple[str, str]:
    """What must be the same for one kernel to be the successor of another.

    Amazon Linux has each series in a package of its own (kernel, kernel6.12), which may be installed side by side.
    """
    match = _NUMBERS.match(release)
    numbers, rest = (match[0], release[match.end() :]) if match else ("", release)
    series = ".".join(numbers.split(".")[:2]) if "amzn" in rest else ""
    return re.sub(r"[\d_]+", "", rest), series


def _version(release: str) -> list[tuple[int, int, str]]:
    """A sort key: numbers count as numbers, and come after letters."""
    parts = re.findall(r"\d+|[a-zA-Z]+", release)
    return [(1, int(part), "") if part.isdigit() else (0, 0, part) for part in parts]
