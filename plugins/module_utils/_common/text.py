# Copyright: steadyfleet contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection: may change without notice.

from __future__ import annotations

from collections.abc import Sequence

# How many problems one line names.
SHOWN_IN_LINE = 3


def one_line(lines: Sequence[str], shown: int = SHOWN_IN_LINE) -> str:
    """Join problems to one line. A long list is cut; the module's result holds all of it."""
    more = f"; and {len(lines) - shown} more" if len(lines) > shown else ""
    return "; ".join(lines[:shown]) + more
