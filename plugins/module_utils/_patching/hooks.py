# Copyright: steadyfleet contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection: may change without notice.

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

NAMES = ("pre", "post", "on_exit")
# The agent's own name for no hook at all.
NOOP = "AWS-Noop"
PATCH_DOCUMENT = "AWS-RunPatchBaselineWithHooks"
_SHORTEST, _LONGEST = 5, 172_800  # timeoutSeconds of a step


def document(step: str, name: str, script: str, timeout: int) -> dict[str, Any]:
    """A command document that runs a shell script, on Linux only.

    :param timeout: seconds until the agent ends it. A hook that comes to that does not stop the patching.
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


def settled(name: str) -> bool:
    """Whether a name already says all: no hook, or a document with its version."""
    return name == NOOP or re.search(r":[0-9]+$", name) is not None


def problems(hooks: Mapping[str, Mapping[str, Any]], name_problems: Callable[[str], list[str]]) -> list[str]:
    """What is wrong with the hooks that are to be kept."""
    ours = {step: hook for step, hook in hooks.items() if hook["script"]}
    found = [f"{step}: {problem}" for step, hook in ours.items() for problem in name_problems(hook["name"])]
    found += [
        f"{step}: timeout must be {_SHORTEST} to {_LONGEST} seconds, not {hook['timeout']}"
        for step, hook in ours.items()
        if not _SHORTEST <= hook["timeout"] <= _LONGEST
    ]
    names = [hook["name"] for hook in ours.values()]
    return found + [f"{name} is named for two hooks" for name in sorted({n for n in names if names.count(n) > 1})]
