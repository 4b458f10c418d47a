# Copyright: steadyfleet contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection: may change without notice.

from __future__ import annotations

import re

# YAML 1.1, as PyYAML and SnakeYAML read it. https://yaml.org/type/
_BOOLEAN = {
    **dict.fromkeys(("yes", "Yes", "YES", "on", "On", "ON"), "true"),
    **dict.fromkeys(("no", "No", "NO", "off", "Off", "OFF"), "false"),
    **dict.fromkeys(("y", "Y"), "true or text"),
    **dict.fromkeys(("n", "N"), "false or text"),
}
_SPECIAL = {"<<": "a merge of mappings", "=": "a default value"}
_OCTAL = re.compile(r"[-+]?0[0-7_]+")
_BASE_60 = re.compile(r"[-+]?[0-9][0-9_]*(:[0-5]?[0-9])+(\.[0-9_]*)?")
_DATE = re.compile(r"[0-9]{4}-[0-9]{1,2}-[0-9]{1,2}([Tt \t].*)?")
_NUMBER = re.compile(
    r"[-+]?(0b[01_]+|0x[0-9a-fA-F_]+|0|[1-9][0-9_]*|([0-9][0-9_]*\.[0-9_]*|\.[0-9][0-9_]*)([eE][-+][0-9]+)?)"
)
# YAML 1.2. https://yaml.org/spec/1.2.2/#1032-tag-resolution
_CORE_NUMBER = re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?|0o[0-7]+|0x[0-9a-fA-F]+")


def readings(scalar: str) -> tuple[str, str] | None:
    """How YAML 1.1 and YAML 1.2 read a scalar without quotes; None when they read it alike."""
    first = _reading_of_1_1(scalar)
    second = _reading_of_1_2(scalar)
    return None if first == second else (first, second)


def _reading_of_1_1(scalar: str) -> str:
    if special := {**_BOOLEAN, **_SPECIAL}.get(scalar):
        return special
    if _OCTAL.fullmatch(scalar):
        digits = scalar.replace("_", "")
        return str(int(digits, 8)) if digits.strip("-+") else "text"
    if _BASE_60.fullmatch(scalar):
        return "a number in base 60"
    if _DATE.fullmatch(scalar):
        return "a date"
    return "a number" if _NUMBER.fullmatch(scalar) else "text"


def _reading_of_1_2(scalar: str) -> str:
    if not _CORE_NUMBER.fullmatch(scalar):
        return "text"
    # Numbers with a leading zero are the only ones that both read as numbers, with different values.
    return str(int(scalar)) if _OCTAL.fullmatch(scalar) else "a number"
