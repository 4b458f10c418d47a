# Copyright: steadyfleet contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection: may change without notice.

from __future__ import annotations

import difflib
import fnmatch
import math
import re
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from typing import Any

from ansible.module_utils.common.validation import check_type_bool, check_type_list

# How the variables of this collection begin.
PREFIXES = (
    "drain_",
    "patch_alb_",
    "patch_hooks_",
    "patch_with_hooks_",
    "preflight_",
    "restore_",
    "rollout_",
    "verify_health_",
)
# What the roles leave behind, under the same prefixes.
RESULTS = frozenset(
    {
        "drain_result",
        "patch_hooks_ready",
        "patch_with_hooks_result",
        "preflight_result",
        "restore_result",
        "rollout_drain_result",
        "rollout_patch_result",
        "rollout_put_back_result",
        "rollout_quarantine_result",
        "rollout_restore_result",
        "rollout_untouched_result",
        "rollout_verify_result",
        "verify_health_result",
    }
)
# Former names, which still work.
FORMER_NAMES = {"patch_with_hooks_token": "patch_with_hooks_client_token"}
# A name this similar to that of a setting is a misspelling of it, even where its prefix is misspelt.
_MISSPELT = 0.92
_REGION = r"[a-z]{2,3}(-[a-z]+)+-[0-9]+"
_TARGET_GROUP = r"arn:aws[a-z-]*:elasticloadbalancing:[a-z0-9-]+:[0-9]{12}:targetgroup/[^\s/]+/[0-9a-zA-Z]+"
_GUID = r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}"
# The form of a text, by the end of the variable's name; for a list, that of each element.
FORMS = {
    "_region": (_REGION, "an AWS Region such as eu-central-1"),
    "_target_group_arns": (_TARGET_GROUP, "ARNs of target groups (arn:aws:elasticloadbalancing:…:targetgroup/…)"),
    "_ledger_prefix": (r"(/[a-zA-Z0-9_.-]+)+/?", "a path such as /steadyfleet/aws_patching/ledger"),
    "_snapshot_id": (rf"({_GUID})?", "a GUID, or empty"),
    "_agent_version": (r"[0-9]+(\.[0-9]+){1,3}", "a version such as 3.0.502.0"),
    "_document_version": (r"([0-9]+|\$DEFAULT|\$LATEST)?", "a number, $DEFAULT or $LATEST"),
    "_url": (r"(https?://[^\x00-\x20\x7f]+)?", "an http or https URL"),
}
# The range of a number, by the end of the variable's name.
RANGES: Mapping[str, tuple[float, float, str]] = {
    "_port": (1, 65535, "a port from 1 to 65535"),
    "_timeout": (1, math.inf, "a whole number of seconds from 1"),
    "_interval": (0.001, math.inf, "a number of seconds above 0"),
    "_grace": (0, math.inf, "a whole number of seconds from 0"),
    "_polls": (1, math.inf, "a whole number from 1"),
    "_min_healthy_targets": (0, math.inf, "a whole number from 0"),
}


def is_ours(name: str) -> bool:
    """Whether a variable's name begins like those of this collection."""
    return name.startswith(PREFIXES)


def misspellings(names: Iterable[str], known: Collection[str], own: Collection[str]) -> Iterator[str]:
    """A line for each name that is meant to be a setting and is none.

    :param known: the names of all settings.
    :param own: names and wildcards of variables that are the user's own.
    """
    for name in sorted(set(names) - set(known) - RESULTS - set(FORMER_NAMES)):
        if any(fnmatch.fnmatchcase(name, pattern) for pattern in own):
            continue
        nearest = difflib.get_close_matches(name, known, n=1, cutoff=0.75 if is_ours(name) else _MISSPELT)
        if nearest:
            yield (
                f"{name} is no variable of this collection; did you mean {nearest[0]}? "
                "(name a variable of your own in patch_alb_own_variables)"
            )
        elif is_ours(name):
            yield (
                f"{name} is no variable of this collection, but begins like one; remove it, or name it in "
                "patch_alb_own_variables if it is your own"
            )


def value_problem(name: str, option: Mapping[str, Any], value: Any) -> str | None:
    """What is wrong with the value of a setting, in one line; None when nothing is.

    :param option: the setting in the argument spec.
    :param value: the templated value.
    """
    if value is None:
        return f"{name} must be {wanted(name, option)}, and it has no value (null); leave it out or give it one"
    kind = option.get("type", "str")
    if kind == "dict":
        return _mapping_problem(name, option, value)
    if kind == "list":
        return _list_problem(name, option, value)
    fits = {"int": _number_fits, "float": _number_fits, "bool": _flag_fits, "raw": _raw_fits}.get(kind, _text_fits)
    return None if fits(name, option, value) else _unfit(name, option, value)


def _unfit(name: str, option: Mapping[str, Any], value: Any) -> str:
    return f"{name} must be {wanted(name, option)}, not {_shown(value)}"


def wanted(name: str, option: Mapping[str, Any]) -> str:
    """What a setting takes, in words."""
    kind = option.get("type", "str")
    if option.get("choices"):
        return f"one of {', '.join(map(str, option['choices']))}"
    words = {
        "bool": "true or false",
        "dict": "a mapping (with -e as JSON)",
        "list": f"a list of {_form(name)[1] or 'texts'}",
        "str": _form(name)[1] or "a text",
    }
    if kind in {"int", "float"}:
        return _range(name)[2]
    return _raw(name)[1] or words.get(kind, kind)


def _form(name: str) -> tuple[str, str]:
    return next((form for end, form in FORMS.items() if name.endswith(end)), ("", ""))


def _range(name: str) -> tuple[float, float, str]:
    return next((limits for end, limits in RANGES.items() if name.endswith(end)), (-math.inf, math.inf, "a number"))


def _shown(value: Any) -> str:
    """A value in a message: a container only by its kind, because it may hold anything."""
    if isinstance(value, Mapping):
        return "a mapping"
    if isinstance(value, list | tuple):
        return "a list"
    if isinstance(value, bool):
        return "true" if value else "false"
    text = repr(str(value)) if isinstance(value, str) else str(value)
    return text if len(text) <= 80 else f"{text[:77]}..."


def _is_text(value: Any) -> bool:
    """Whether a value is a text as it stands, or a number that is one without doubt."""
    return isinstance(value, str | int | float) and not isinstance(value, bool)


def _text_fits(name: str, option: Mapping[str, Any], value: Any) -> bool:
    if not _is_text(value):
        return False
    if choices := option.get("choices"):
        return str(value) in choices
    form = _form(name)[0]
    return not form or re.fullmatch(form, str(value)) is not None


def _flag_fits(_name: str, _option: Mapping[str, Any], value: Any) -> bool:
    try:
        check_type_bool(value)
    except TypeError:
        return False
    return True


def _number_fits(name: str, option: Mapping[str, Any], value: Any) -> bool:
    if not _is_text(value):
        return False
    try:
        number = float(value)
    except (ValueError, OverflowError):
        return False
    whole = option["type"] == "float" or re.fullmatch(r"\s*[+-]?\d+\s*", str(value)) is not None
    lowest, highest, _words = _range(name)
    return math.isfinite(number) and whole and lowest <= number <= highest


def _mapping_problem(name: str, option: Mapping[str, Any], value: Any) -> str | None:
    if not isinstance(value, Mapping):
        return _unfit(name, option, value)
    inner = option.get("options")
    if not inner:
        return None
    if unknown := sorted(str(key) for key in value if key not in inner):
        return f"{name} has the unknown key {', '.join(unknown)}; its keys are {', '.join(inner)}"
    problems = (value_problem(f"{name}.{key}", inner[key], each) for key, each in value.items())
    return next((problem for problem in problems if problem), None)


def _list_problem(name: str, option: Mapping[str, Any], value: Any) -> str | None:
    try:
        elements = check_type_list(value)
    except TypeError:
        return _unfit(name, option, value)
    wrong = [each for each in elements if not _text_fits(name, {**option, "type": "str"}, each)]
    return f"{name} must be {wanted(name, option)}, not with {_shown(wrong[0])} in it" if wrong else None


def _is_size(value: Any) -> bool:
    """Whether a value is one size of a batch: a number of hosts, or a percentage."""
    if not _is_text(value):
        return False
    found = re.fullmatch(r"0*([1-9][0-9]*)(%?)", str(value))
    return found is not None and (not found[2] or int(found[1]) <= 100)


def _raw_fits(name: str, _option: Mapping[str, Any], value: Any) -> bool:
    return _raw(name)[0](value)


def _raw(name: str) -> tuple[Callable[[Any], bool], str]:
    return next((rule for end, rule in _RAW.items() if name.endswith(end)), (lambda _value: True, ""))


def _is_serial(value: Any) -> bool:
    return all(map(_is_size, value)) and bool(value) if isinstance(value, list | tuple) else _is_size(value)


def _is_pattern(value: Any) -> bool:
    parts = value if isinstance(value, list | tuple) else [value]
    return bool(parts) and all(isinstance(part, str) and part.strip() for part in parts)


# What a setting takes of which no type of Ansible says it, by the end of its name.
_RAW = {
    "_serial": (_is_serial, "a number of hosts from 1, a percentage from 1% to 100%, or a list of them"),
    "patch_alb_hosts": (_is_pattern, "a pattern of hosts or a list of them"),
}
