# Copyright: steadyfleet contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection: may change without notice.

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

_SCRIPTS = ("aws:runShellScript", "aws:runPowerShellScript")
_NAMED = re.compile(r"\{\{\s*([A-Za-z0-9]+)\s*\}\}")
# What Java takes and the agent's regular expressions (RE2) don't: the value passes AWS and fails on the node.
_NOT_RE2 = re.compile(r"\(\?(?:=|!|<=|<!)|\\[1-9]")


def risks(parsed: Any) -> list[str]:
    """What AWS takes and is dangerous all the same, for the operator.

    AWS puts ``{{ parameter }}`` into a script as text, before a shell reads it.
    https://docs.aws.amazon.com/systems-manager/latest/userguide/documents-syntax-data-elements-parameters.html
    """
    declared = parsed.get("parameters") if isinstance(parsed, Mapping) else None
    if not isinstance(declared, Mapping):
        return []
    rules = {str(name): rule for name, rule in declared.items() if isinstance(rule, Mapping)}
    return [_as_text(name) for name in sorted(_in_scripts(parsed)) if name in rules and not _bounded(rules[name])] + [
        f"allowedPattern of parameter {name} holds what the agent's regular expressions don't know: no look-around and "
        "no references back"
        for name, rule in rules.items()
        if _NOT_RE2.search(str(rule.get("allowedPattern", "")))
    ]


def _as_text(name: str) -> str:
    return (
        f"parameter {name} becomes part of a script as text, so that whoever may run the document can put commands "
        "there: give it interpolationType ENV_VAR (agent 3.3.2746.0 or later), allowedValues or allowedPattern"
    )


def _bounded(rule: Mapping[str, Any]) -> bool:
    """Whether AWS or the agent stands between a value and the shell."""
    return bool(rule.get("interpolationType") == "ENV_VAR" or rule.get("allowedValues") or rule.get("allowedPattern"))


def _in_scripts(parsed: Mapping[str, Any]) -> set[str]:
    """The parameters that stand among other text of a script. One that is the whole script is meant to be."""
    steps = parsed.get("mainSteps")
    return {name for step in (steps if isinstance(steps, list) else []) for name in _in_script(step)}


def _in_script(step: Any) -> list[str]:
    if not isinstance(step, Mapping) or step.get("action") not in _SCRIPTS:
        return []
    inputs = step.get("inputs")
    lines = inputs.get("runCommand") if isinstance(inputs, Mapping) else None
    return _NAMED.findall("\n".join(map(str, lines))) if isinstance(lines, list) else []
