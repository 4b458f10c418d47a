"""Targets of commands and associations: checks, the nodes that they resolve to, and rate control."""

from __future__ import annotations

from typing import Any

from lab.api.errors import ApiError, NotImplementedInLab
from lab.api.nodes.store import Nodes

MOST_KEYS = 5


def check_targets(targets: list[dict[str, Any]]) -> None:
    """Refuse targets that AWS refuses at once, before it resolves them.

    :raises ApiError: InvalidTarget.
    """
    if not targets:
        raise ApiError("InvalidTarget", "The target is not valid or does not exist: no targets were given.")
    for target in targets:
        key, values = target.get("Key"), target.get("Values")
        if not key or not values:
            raise ApiError("InvalidTarget", "The target is not valid: it needs a Key and Values.")
        if key.startswith("resource-groups:"):
            raise NotImplementedInLab("resource groups as targets")
        if key not in ("InstanceIds", "tag-key") and not (key.startswith("tag:") and len(key) > len("tag:")):
            raise ApiError("InvalidTarget", f"The target key {key} is not valid.")
    if len({target["Key"] for target in targets}) != len(targets):
        raise ApiError("InvalidTarget", "A target key is given twice.")
    if len(targets) > 1 and any(target["Key"] == "InstanceIds" for target in targets):
        raise ApiError("InvalidTarget", "InstanceIds can't be mixed with other target keys.")


def resolve_targets(nodes: Nodes, targets: list[dict[str, Any]]) -> list[str]:
    """The instance ids, in a stable order. Several keys are ANDed; the values of one key are ORed."""
    only = targets[0]
    if only["Key"] == "InstanceIds" and only["Values"] != ["*"]:
        return list(dict.fromkeys(only["Values"]))
    found = [instance_id for instance_id in sorted(nodes.instances) if nodes.is_running(instance_id)]
    if only["Key"] == "InstanceIds":
        return [instance_id for instance_id in found if nodes.is_managed(instance_id)]
    for target in targets:
        found = [instance_id for instance_id in found if _tagged(nodes.tags(instance_id), target)]
    return found


def _tagged(tags: dict[str, str], target: dict[str, Any]) -> bool:
    if target["Key"] == "tag-key":
        return any(value in tags for value in target["Values"])
    return tags.get(target["Key"].removeprefix("tag:")) in target["Values"]


def rate_limit(text: str, total: int, *, least: int = 0) -> int:
    """MaxConcurrency or MaxErrors as a number. A percentage of the targets is rounded down."""
    number = total * int(text[:-1]) // 100 if text.endswith("%") else int(text)
    return max(number, least)


def rate_limits(request: dict[str, Any], total: int) -> tuple[int, int]:
    """(concurrency, errors allowed) from the MaxConcurrency and MaxErrors of a request with ``total`` targets."""
    return rate_limit(request["MaxConcurrency"], total, least=1), rate_limit(request["MaxErrors"], total)
