"""A window, its targets and its tasks as AWS shows them, and plans for them."""

from __future__ import annotations

from typing import Any

from ansible_collections.steadyfleet.aws_patching.plugins.module_utils._maintenance_window.model import (
    DesiredWindow,
    ObservedWindow,
    RegisteredItem,
)
from ansible_collections.steadyfleet.aws_patching.plugins.module_utils._maintenance_window.plan import (
    WindowPlan,
    plan_window,
)
from ansible_collections.steadyfleet.aws_patching.plugins.module_utils._maintenance_window.transformations import (
    observed_target,
    observed_task,
)

WINDOW = {
    "name": "night",
    "schedule": "rate(1 day)",
    "duration": 2,
    "cutoff": 1,
    "allow_unassociated_targets": False,
    "enabled": True,
}
WINDOW_ID = "mw-0123456789abcdef0"
ONE, TWO, THREE = (f"{number * 8}-0000-0000-0000-000000000000" for number in "123")


def target(item_id: str, name: str | None = "web", key: str = "tag:App") -> RegisteredItem:
    kind = "RESOURCE_GROUP" if key.startswith("resource") else "INSTANCE"
    response = {"WindowTargetId": item_id, "ResourceType": kind, "Targets": [{"Key": key, "Values": ["a"]}]}
    return observed_target({**response, "Name": name})


def task(item_id: str, targets: tuple[RegisteredItem, ...] = (), **fields: Any) -> RegisteredItem:
    response = {"WindowTaskId": item_id, "Name": "patch", "Type": "RUN_COMMAND", "TaskArn": "AWS-Noop", "Priority": 1}
    if targets:
        named = {"Key": "WindowTargetIds", "Values": [item.item_id for item in targets]}
        response |= {"Targets": [named], "MaxErrors": "0", "MaxConcurrency": "1"}
    return observed_task({**response, **fields}, targets, is_complete=False)


def observed(targets: tuple[RegisteredItem, ...] = (), tasks: tuple[RegisteredItem, ...] = ()) -> ObservedWindow:
    return ObservedWindow(window_id=WINDOW_ID, fields=WINDOW, targets=targets, tasks=tasks)


def desired(**options: Any) -> DesiredWindow:
    return DesiredWindow(**{"fields": {"name": "night"}, **options})


def planned(
    targets: tuple[RegisteredItem, ...] = (), tasks: tuple[RegisteredItem, ...] = (), /, **options: Any
) -> WindowPlan:
    return plan_window(observed(targets, tasks), desired(**options))
