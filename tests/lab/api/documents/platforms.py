"""The platforms of a document."""

from __future__ import annotations

from typing import Any

_WINDOWS_ACTIONS = frozenset({"aws:runPowerShellScript", "aws:psModule", "aws:applications"})
_ANYWHERE = ("Windows", "Linux", "MacOS")


def platforms(parsed: dict[str, Any]) -> list[str]:
    """The platforms that the document's actions can run on, in AWS's order. Preconditions are left to the node."""
    steps = parsed.get("mainSteps", [])
    actions = {step["action"] for step in steps if "action" in step} | set(parsed.get("runtimeConfig", {}))
    if actions and actions <= _WINDOWS_ACTIONS:
        return ["Windows"]
    return [name for name in _ANYWHERE if name != "Windows" or actions != {"aws:runShellScript"}]
