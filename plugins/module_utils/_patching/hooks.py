# Copyright: steadyfleet contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection: may change without notice.

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from .._common.errors import Problem
from .._document.rules import name_problems

HOOKS = ("pre", "post", "on_exit")
PATCH_DOCUMENT = "AWS-RunPatchBaselineWithHooks"
_SHORTEST, _LONGEST = 5, 172_800  # timeoutSeconds of a step
# The step of AWS-RunPatchBaselineWithHooks that runs a hook ends after an hour. A hook does more than what its setting
# limits, and must come to its own end before.
_LONGEST_SETTING = 3000

_APPLICATION = (r"[^\x00-\x1f\x7f]+", "must name the application, in one line without control characters")
_UNIT = (r"[a-zA-Z0-9:_.@\\-]+", "must be the name of one systemd unit")
_PATH = (r"/[^\x00-\x1f\x7f]*", "must be an absolute path, to run patch_hooks_update_command in")
_HEALTH_URL = (r"https?://[^\x00-\x20\x7f]+", "must be an http or https URL")
_USER = (r"[a-zA-Z0-9_][a-zA-Z0-9_.-]*", "must be the name of a user on the node")
_NAME_PREFIX = (
    r"(?i:(?!aws|amazon|amzn)[a-z0-9_.-]{3,118})",
    "must have 3 to 118 of the characters a-z A-Z 0-9 _ . - and must not begin with aws, amazon or amzn",
)
_VARIABLE = re.compile(r"[a-zA-Z_][a-zA-Z0-9_]*")


def hook_content(step: str, name: str, script: str, timeout: int) -> dict[str, Any]:
    """A command document that runs a shell script, on Linux only.

    :param timeout: seconds until the agent ends it, which does not stop the patching.
    """
    return {
        "schemaVersion": "2.2",
        "description": f"{name}, rendered by steadyfleet.aws_patching",
        "mainSteps": [
            {
                "action": "aws:runShellScript",
                "name": step,
                "precondition": {"StringEquals": ["platformType", "Linux"]},
                "inputs": {"timeoutSeconds": timeout, "runCommand": script.strip().split("\n")},
            }
        ],
    }


def hook_problems(hooks: Mapping[str, Mapping[str, Any]]) -> list[Problem]:
    """What is wrong with the hooks that are to be kept."""
    kept = {step: hook for step, hook in hooks.items() if hook["script"]}
    names = [hook["name"] for hook in kept.values()]
    problems = [
        Problem(f"{step}: {each.message}", each.code)
        for step, hook in kept.items()
        for each in name_problems(hook["name"])
    ]
    problems += [
        Problem(
            f"{step}: timeout must be {_SHORTEST} to {_LONGEST} seconds, not {hook['timeout']}", "hook_timeout_invalid"
        )
        for step, hook in kept.items()
        if not _SHORTEST <= hook["timeout"] <= _LONGEST
    ]
    return problems + [
        Problem(f"{name} is named for two hooks", "hook_name_repeated")
        for name in sorted(set(names))
        if names.count(name) > 1
    ]


def setting_problems(settings: Mapping[str, Any]) -> list[Problem]:
    """What is wrong with the settings of role patch_hooks; each problem names the role's variable.

    Settings are values for the scripts that the role renders. With ``kind: custom`` it renders none.
    """
    if settings["kind"] == "custom":
        return []
    return [
        Problem(f"patch_hooks_{name} {limit}, not {settings[name]!r}", f"patch_hooks_{name}_invalid")
        for name, limit in _exceeded_limits(settings)
    ] + [*_environment_problems(settings), *_stop_problems(settings)]


def _exceeded_limits(settings: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """The name of each setting that does not keep its limit, and the limit."""
    patterns = {
        "application": _UNIT if settings["kind"] == "systemd" else _APPLICATION,
        "health_url": _HEALTH_URL,
        "user": _USER,
        "name_prefix": _NAME_PREFIX,
    }
    if settings["update_command"]:
        patterns["path"] = _PATH
    for name, (pattern, limit) in patterns.items():
        if not re.fullmatch(pattern, settings[name]):
            yield name, limit
    if not 1 <= settings["port"] <= 65535:
        yield "port", "must be a port from 1 to 65535"
    for name in ("start_timeout", "update_timeout"):
        if not 1 <= settings[name] <= _LONGEST_SETTING:
            yield name, f"must be from 1 to {_LONGEST_SETTING} seconds"
    if settings["stop_timeout"] < 1:
        yield "stop_timeout", "must be at least 1 second"


def _environment_problems(settings: Mapping[str, Any]) -> Iterator[Problem]:
    if wrong := [str(name) for name in settings["environment"] if not _VARIABLE.fullmatch(str(name))]:
        message = f"the keys of patch_hooks_environment must be names of environment variables, not {wrong}"
        yield Problem(message, "patch_hooks_environment_invalid")


def _stop_problems(settings: Mapping[str, Any]) -> Iterator[Problem]:
    seconds = settings["connection_grace"] + settings["stop_timeout"]
    if seconds > _LONGEST_SETTING:
        message = (
            "patch_hooks_connection_grace and patch_hooks_stop_timeout must not exceed "
            f"{_LONGEST_SETTING} seconds together, not {seconds}"
        )
        yield Problem(message, "patch_hooks_stop_timeout_invalid")
