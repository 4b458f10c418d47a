# Copyright: steadyfleet contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection: may change without notice.

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from .errors import InvalidInput


def text_lists(parameters: Mapping[str, Any], what: str = "parameter") -> dict[str, list[str]]:
    """Document parameters as AWS wants them: every value a list of texts.

    :param what: what each of them is, for the message.
    :raises InvalidInput: for a value of which it can't be told which text is meant.
    """
    return {
        name: [_text(f"{what} {name}", item) for item in (value if isinstance(value, list) else [value])]
        for name, value in parameters.items()
    }


def _text(name: str, value: Any) -> str:
    if isinstance(value, bool) or not isinstance(value, (str, int, float)):
        raise InvalidInput(
            f"{name} must be text or a list of texts, not {value!r}: put it in quotes", code="parameter_not_text"
        )
    return str(value)
