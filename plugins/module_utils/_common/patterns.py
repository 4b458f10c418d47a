# Copyright: steadyfleet contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection: may change without notice.

from __future__ import annotations

import functools
import re

# AWS's patterns are written for Java. Python's re lacks Unicode categories; these classes hold at least what the
# categories hold, so that nothing is refused here that AWS accepts.
_CATEGORIES = {r"\p{L}": r"\w", r"\p{N}": r"\w", r"\p{Z}": r"\s"}


@functools.cache
def java_pattern(pattern: str) -> re.Pattern[str] | None:
    """None when Python cannot read the pattern. Then AWS alone checks the value."""
    for category, characters in _CATEGORIES.items():
        pattern = pattern.replace(category, characters)
    try:
        # Java reads the dash behind a class as a dash, Python as a bad range.
        return re.compile(pattern.replace(r"\w-", r"\w\-"))
    except re.error:
        return None
