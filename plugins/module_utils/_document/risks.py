# Copyright: steadyfleet contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection: may change without notice.

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

_SCRIPTS = ("aws:runShellScript", "aws:runPowerShellScript")
_PARAMETER = re.compile(r"\{\{\s*([A-Za-z0-9]+)\s*\}\}")
# AWS accepts these (Java) and the agent's regular expressions (RE2) do not: the value passes AWS and fails on the node.
_NOT_RE2 = re.compile(r"\(\?(?:=|!|<=|<!)|\\[1-9]")


def risks(parsed: Any) -> list[str]:
    """What AWS accepts although it is dangerous, for the operator.

    AWS replaces ``{{ parameter }}`` in a script as text, before a shell reads it.
    https://docs.aws.amazon.com/systems-manager/latest/userguide/documents-syntax-data-elements-parameters.html
    """
    declared = parsed.get("parameters") if isinstance(parsed, Mapping) else None
    if not isinstance(declared, Mapping):
        return []
    parameters = {str(name): options for name, options in declared.items() if isinstance(options, Mapping)}
    unbounded = [name for name in sorted(_in_scripts(parsed)) if name in parameters and not _bounded(parameters[name])]
    return [_injection(name) for name in unbounded] + [
        f"allowedPattern of parameter {name} contains what the agent's regular expressions do not support: they have "
        "no look-around and no back-references"
        for name, options in parameters.items()
        if _NOT_RE2.search(str(options.get("allowedPattern", "")))
    ]


def _injection(name: str) -> str:
    return (
        f"parameter {name} becomes part of a script as text, so whoever may run the document can add commands to the "
        "script: give the parameter interpolationType ENV_VAR (agent 3.3.2746.0 or later), allowedValues or "
        "allowedPattern"
    )


def _bounded(options: Mapping[str, Any]) -> bool:
    """Whether AWS or the agent limits the values of a parameter."""
    is_variable = options.get("interpolationType") == "ENV_VAR"
    return bool(is_variable or options.get("allowedValues") or options.get("allowedPattern"))


def _in_scripts(parsed: Mapping[str, Any]) -> set[str]:
    """The parameters that are part of a script. A parameter that is the whole script is meant to be code."""
    steps = parsed.get("mainSteps")
    return {name for step in (steps if isinstance(steps, list) else []) for name in _in_script(step)}


def _in_script(step: Any) -> list[str]:
    if not isinstance(step, Mapping) or step.get("action") not in _SCRIPTS:
        return []
    inputs = step.get("inputs")
    lines = inputs.get("runCommand") if isinstance(inputs, Mapping) else None
    return _PARAMETER.findall("\n".join(map(str, lines))) if isinstance(lines, list) else []
