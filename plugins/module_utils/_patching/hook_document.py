# Copyright: steadyfleet contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection: may change without notice.

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from .._common.errors import Problem
from .._document.model import Document

# The agent's own name for no hook at all. With a version it is an ordinary document.
NOOP = "AWS-Noop"
_PARAMETER = re.compile(r"\{\{\s*([A-Za-z0-9]+)\s*\}\}")
_PLATFORM = "platformType"
# What the agent reads in a document that aws:runDocument calls. It reads 1.0, 2.0.1 and others too, which AWS does not
# take for a Command document.
# https://github.com/aws/amazon-ssm-agent/blob/mainline/agent/appconfig/constants.go (SupportedDocumentVersions)
_SCHEMAS = ("1.2", "2.0", "2.2")
# The agent knows these actions and has no plugin for them on Linux. With schema 2.2 it skips their steps, which counts
# as a success.
# https://github.com/aws/amazon-ssm-agent/blob/mainline/agent/framework/processor/executer/plugin/plugin_unix.go
_WINDOWS_ACTIONS = frozenset({"aws:applications", "aws:cloudWatch", "aws:psModule"})
_POWERSHELL = "aws:runPowerShellScript"


def split_version(name: str) -> tuple[str, str]:
    """The name or ARN of a document, and the version behind it: a number, ``$DEFAULT``, ``$LATEST`` or the name of a
    version. It is empty when there is none."""
    path, slash, last = name.rpartition("/")
    if name.startswith("arn:") and not slash:
        return name, ""
    document, _colon, version = last.partition(":")
    return f"{path}{slash}{document}", version


def is_numbered(version: str) -> bool:
    """Whether AWS takes this as DocumentVersion. Every other text is the name of a version."""
    return version.isdecimal() or version in ("$DEFAULT", "$LATEST")


def lookup_problem(hook: str, name: str, found: Document | None) -> Problem | None:
    """Why the document of a hook is not there, or cannot be run now."""
    if found is None:
        document, version = split_version(name)
        message = f"{hook}: document {document} does not exist in this account and Region"
        if version:
            message += f", or has no version {version}"
        return Problem(f"{message}: correct the name, or create the document", "hook_document_not_found")
    if found.status != "Active":
        message = f"{hook}: document {name} is {found.status}, not Active: wait until it is, or name another version"
        return Problem(message, "hook_document_not_active")
    return None


def kind_problem(hook: str, name: str, found: Document) -> Problem | None:
    """Why aws:runDocument cannot run a document of this type and schema."""
    if found.document_type != "Command":
        message = f"{hook}: document {name} is of type {found.document_type}: a hook must be of type Command"
        return Problem(message, "hook_document_type_unsupported")
    if found.schema_version not in _SCHEMAS:
        message = (
            f"{hook}: document {name} has schema version {found.schema_version}, which the agent does not run as a "
            f"hook: write it with one of {', '.join(_SCHEMAS)}"
        )
        return Problem(message, "hook_document_schema_unsupported")
    return None


def content_problems(hook: str, name: str, content: Mapping[str, Any]) -> list[Problem]:
    """Why a document would fail as a hook, or do nothing on a Linux node.

    :param content: the structure of the document.
    """
    what = f"{hook}: document {name}"
    declared = _mapping(content.get("parameters"))
    open_parameters = [key for key, options in declared.items() if "default" not in _mapping(options)]
    problems = []
    if open_parameters:
        message = (
            f"{what} needs a value for {', '.join(open_parameters)}, and AWS-RunPatchBaselineWithHooks passes no "
            "parameters to a hook: give each of its parameters a default"
        )
        problems.append(Problem(message, "hook_document_parameter_required"))
    if content.get("schemaVersion") == "1.2":
        return problems + _old_step_problems(what, content)
    return [*problems, *_step_problems(what, content, declared)]


def _old_step_problems(what: str, content: Mapping[str, Any]) -> list[Problem]:
    actions = [str(action) for action in _mapping(content.get("runtimeConfig"))]
    if any(_fits_linux(action, explicit=False) for action in actions):
        return []
    return [_skipped_everywhere(what, actions)]


def _step_problems(what: str, content: Mapping[str, Any], declared: Mapping[str, Any]) -> Iterator[Problem]:
    steps = [step for step in content.get("mainSteps") or () if isinstance(step, Mapping)]
    defaults = {key: _mapping(options).get("default") for key, options in declared.items()}
    old = content.get("schemaVersion") == "2.0"
    runs = False
    for step in steps:
        action, precondition = str(step.get("action")), _mapping(step.get("precondition"))
        wrong = old and (
            "a precondition needs schema version 2.2"
            if precondition
            else f"there is no action {action} on Linux"
            if action in _WINDOWS_ACTIONS
            else ""
        )
        holds, unreadable = _judge(precondition, defaults)
        if wrong := wrong or unreadable:
            yield Problem(
                f"{what}: step {step.get('name')} fails on every node: {wrong}: correct the step",
                "hook_document_step_invalid",
            )
        runs = runs or bool(wrong) or (holds and _fits_linux(action, explicit=_names_linux(precondition)))
    if not runs:
        yield _skipped_everywhere(what, [str(step.get("action")) for step in steps])


def _skipped_everywhere(what: str, actions: list[str]) -> Problem:
    return Problem(
        f"{what} has no step that runs on Linux ({', '.join(dict.fromkeys(actions)) or 'no step at all'}): the agent "
        "would skip all of it and report a success: add a step with aws:runShellScript",
        "hook_document_not_for_linux",
    )


def _fits_linux(action: str, explicit: bool) -> bool:
    """Whether the agent runs the action on Linux.

    :param explicit: whether a precondition says that the step is for Linux. PowerShell is rarely on a Linux node.
    """
    return action not in _WINDOWS_ACTIONS and (explicit or action != _POWERSHELL)


def _names_linux(precondition: Mapping[str, Any]) -> bool:
    return "linux" in [str(operand).lower() for operand in precondition.get("StringEquals") or ()]


def _judge(precondition: Mapping[str, Any], defaults: Mapping[str, Any]) -> tuple[bool, str]:
    """Whether a precondition holds on Linux with the defaults of the document's parameters, and why the agent cannot
    judge it. It fails such a step.

    https://github.com/aws/amazon-ssm-agent/blob/mainline/agent/framework/runpluginutil/runpluginutil.go
    """
    results = [_judge_one(operator, operands, defaults) for operator, operands in precondition.items()]
    return all(holds for holds, _wrong in results), next((wrong for _holds, wrong in results if wrong), "")


def _judge_one(operator: str, operands: Any, defaults: Mapping[str, Any]) -> tuple[bool, str]:
    if operator != "StringEquals":
        return True, f"the agent does not know the precondition {operator}"
    if not isinstance(operands, list) or len(operands) != 2:
        return True, "a precondition StringEquals needs exactly two texts"
    return _judge_equality(str(operands[0]), str(operands[1]), defaults)


def _judge_equality(left: str, right: str, defaults: Mapping[str, Any]) -> tuple[bool, str]:
    if left == right:
        return True, f"both sides of its precondition are {left!r}"
    if "{{ssm" in f"{left}{right}".replace(" ", ""):
        return True, "its precondition contains a reference to Parameter Store"
    if _PLATFORM in (left, right):
        platform = right if left == _PLATFORM else left
        wrong = "its precondition compares platformType with a parameter" if _PARAMETER.search(platform) else ""
        return platform.lower() == "linux", wrong
    filled = [_filled(text, defaults) for text in (left, right)]
    if filled == [left, right]:
        return True, f"its precondition needs platformType or a parameter of the document, not {left!r} and {right!r}"
    return filled[0] == filled[1], ""


def _filled(text: str, defaults: Mapping[str, Any]) -> str:
    """A text with the defaults of the parameters in it."""
    return _PARAMETER.sub(lambda match: str(defaults[match[1]]) if match[1] in defaults else match[0], text)


def _mapping(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}
