# Copyright: steadyfleet contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection: may change without notice.

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from .._common import yaml
from .model import Content
from .plain_scalars import readings

# A runbook is read by AWS only.
_READ_BY_AGENT = ("Command", "Policy", "Session")
_SCRIPTS = ("aws:runShellScript", "aws:runPowerShellScript", "aws:psModule")
_PARAMETER = re.compile(r"\{\{\s*([A-Za-z0-9]+)\s*\}\}")
# The parts of a regular expression that matter here: escaped characters, classes, groups and quantifiers.
_REGEX_PARTS = re.compile(r"\\.|\[\^?\]?(?:\\.|[^\]\\])*\]|\(\?<?[=!>]|[*+?}][+]|\{[0-9,]+\}(?!\+)", re.DOTALL)
# Go's limit of a repetition. https://pkg.go.dev/regexp/syntax
_MOST_REPETITIONS = 1000


def risks(content: Content, document_type: str) -> list[str]:
    """What AWS accepts although it is dangerous or not certain, for the operator."""
    found = list(_uncertain_scalars(content))
    if document_type in _READ_BY_AGENT and isinstance(content.parsed, Mapping):
        declared = content.parsed.get("parameters")
        named = declared.items() if isinstance(declared, Mapping) else ()
        parameters = {str(name): options for name, options in named if isinstance(options, Mapping)}
        found += _injections(content.parsed, parameters)
        found += _patterns(parameters)
    return found


def _uncertain_scalars(content: Content) -> Iterator[str]:
    """It is not known which version of YAML AWS uses."""
    for path, scalar in yaml.plain_scalars(content.text) if content.format == "YAML" else ():
        if both := readings(scalar):
            yield (
                f"{path} is {scalar} without quotes, which YAML 1.1 reads as {both[0]} and YAML 1.2 as {both[1]}, and "
                f'it is not known which of them AWS uses: write "{scalar}" if you mean the text, and otherwise write '
                "the value in a form that both read alike"
            )


def _injections(parsed: Mapping[str, Any], parameters: Mapping[str, Mapping[str, Any]]) -> Iterator[str]:
    """AWS replaces ``{{ parameter }}`` in a script as text, before a shell reads it.

    https://docs.aws.amazon.com/systems-manager/latest/userguide/documents-syntax-data-elements-parameters.html
    """
    # Only schema 2.2 has variables for parameters.
    remedy = "interpolationType ENV_VAR (agent 3.3.2746.0 or later), " if parsed.get("schemaVersion") == "2.2" else ""
    for name in sorted({name for script in _scripts(parsed) for name in _PARAMETER.findall(script)}):
        if name in parameters and not _bounded(parameters[name]):
            yield (
                f"parameter {name} becomes part of a script as text, so whoever may run the document can add commands "
                f"to the script: give the parameter {remedy}allowedValues or allowedPattern"
            )


def _bounded(options: Mapping[str, Any]) -> bool:
    """Whether AWS or the agent limits the values of a parameter."""
    is_variable = options.get("interpolationType") == "ENV_VAR"
    return bool(is_variable or options.get("allowedValues") or options.get("allowedPattern"))


def _scripts(parsed: Mapping[str, Any]) -> Iterator[str]:
    """The scripts of a document, without those that are one parameter and nothing else: that is meant to be code."""
    for step in _mappings(parsed.get("mainSteps")):  # schema 2.0 and 2.2
        if step.get("action") in _SCRIPTS:
            yield from _run_commands(step.get("inputs"))
    runtime = parsed.get("runtimeConfig")  # schema 1.2
    for plugin in _SCRIPTS:
        for config in _mappings(runtime.get(plugin)) if isinstance(runtime, Mapping) else ():
            yield from _run_commands(config.get("properties"))
    properties = parsed.get("properties")  # schema 1.0, of sessions
    for platform in _mappings([*properties.values()]) if isinstance(properties, Mapping) else ():
        commands = platform.get("commands")
        if isinstance(commands, str) and not _PARAMETER.fullmatch(commands.strip()):
            yield commands


def _run_commands(inputs: Any) -> Iterator[str]:
    for each in _mappings(inputs):
        lines = each.get("runCommand")
        if isinstance(lines, list):
            yield "\n".join(map(str, lines))


def _mappings(value: Any) -> list[Mapping[str, Any]]:
    """The mappings in a list, or the one mapping that stands in place of a list."""
    return [each for each in (value if isinstance(value, list) else [value]) if isinstance(each, Mapping)]


def _patterns(parameters: Mapping[str, Mapping[str, Any]]) -> Iterator[str]:
    """AWS reads allowedPattern as Java does and the agent as Go does: a value passes AWS and fails on the node."""
    for name, options in parameters.items():
        parts = _REGEX_PARTS.findall(str(options.get("allowedPattern", "")))
        if unsupported := next(filter(_not_in_go, parts), None):
            yield (
                f"allowedPattern of parameter {name} contains {unsupported}, which the agent's regular expressions do "
                "not support: they have no look-around, no back-references, no possessive quantifiers and at most "
                f"{_MOST_REPETITIONS} repetitions"
            )


def _not_in_go(part: str) -> bool:
    if part.startswith("{"):
        return any(int(number) > _MOST_REPETITIONS for number in part.strip("{}").split(",") if number)
    is_escape, is_class = part.startswith("\\"), part.startswith("[")
    return part[1] in "123456789kGRXZhHue" if is_escape else not is_class
