"""The demo's figures come from the lab's records; each figure is shown to move when the records do."""

from __future__ import annotations

from typing import Any

import pytest
from lab.demo.summary import Versions, Window, api_calls, min_healthy, patched, rebooted, spans

WINDOW = Window(start=100.0, end=200.0)
INSTALL = {"document": "AWS-RunPatchBaselineWithHooks", "operation": "Install"}


def event(time: float, name: str, **rest: Any) -> dict[str, Any]:
    return {"time": time, "event": name, "instance_id": "i-1", **rest}


def found(*events: dict[str, Any]) -> list[tuple[str, float, float]]:
    return [(span.kind, span.start, span.end) for span in spans(events, WINDOW)]


def test_a_stretch_lasts_from_the_first_groups_start_to_the_last_groups_end() -> None:
    assert found(
        event(101, "target_deregistered", target_group="web"),
        event(102, "target_deregistered", target_group="api"),
        event(106, "target_removed", target_group="web"),
        event(107, "target_removed", target_group="api"),
    ) == [("drain", 1.0, 7.0)]


def test_two_instances_are_kept_apart() -> None:
    assert found(
        event(101, "target_registered", target_group="web"),
        event(102, "target_registered", target_group="web", instance_id="i-2"),
        event(103, "target_healthy", target_group="web", instance_id="i-2"),
        event(105, "target_healthy", target_group="web"),
    ) == [("health", 2.0, 3.0), ("health", 1.0, 5.0)]


@pytest.mark.parametrize(
    ("document", "expected"),
    [
        (INSTALL, [("patch", 10.0, 30.0)]),
        ({**INSTALL, "operation": "Scan"}, []),
        ({"document": "AWS-RunShellScript"}, []),
        ({"document": "AWS-RunPatchBaseline", "operation": "Install"}, []),
    ],
    ids=["install", "scan", "shell", "without-hooks"],
)
def test_only_the_install_with_hooks_is_inherent(document: dict[str, str], expected: list[Any]) -> None:
    assert (
        found(
            event(110, "command_delivered", command_id="c", **document),
            event(130, "command_ended", command_id="c", **document),
        )
        == expected
    )


def test_what_happens_outside_the_run_is_not_counted() -> None:
    assert (
        found(event(90, "target_registered", target_group="web"), event(95, "target_healthy", target_group="web")) == []
    )
    assert found(event(150, "target_deregistered", target_group="web")) == []


@pytest.mark.parametrize(
    ("counts", "expected"),
    [
        ([(50, "web", 4)], 4),
        ([(50, "web", 2), (60, "web", 4)], 4),
        ([(50, "web", 4), (120, "web", 3), (130, "web", 4)], 3),
        ([(50, "web", 4), (50, "api", 4), (120, "api", 1)], 1),
        ([(50, "web", 4), (250, "web", 0)], 4),
    ],
    ids=["nothing-happens", "start-up-does-not-count", "a-dip", "either-group", "after-the-run"],
)
def test_min_healthy(counts: list[tuple[float, str, int]], expected: int) -> None:
    events = [event(time, "healthy_count", target_group=group, count=count) for time, group, count in counts]
    assert min_healthy(events, WINDOW) == expected


def test_no_measurement_is_not_a_number() -> None:
    with pytest.raises(ValueError, match="no count"):
        min_healthy([], WINDOW)


def test_api_calls_are_the_controllers_within_the_run() -> None:
    calls = [
        {"time": 101, "action": "DescribeTargetHealth", "source": "controller"},
        {"time": 102, "action": "DescribeTargetHealth", "source": "controller"},
        {"time": 103, "action": "PutParameter", "source": "controller"},
        {"time": 104, "action": "PutInventory", "source": "node"},
        {"time": 50, "action": "SendCommand", "source": "controller"},
    ]
    assert api_calls(calls, WINDOW) == {"DescribeTargetHealth": 2, "PutParameter": 1}


def versions(boot: str, **packages: str) -> Versions:
    return Versions(instance_id="i-1", name="shop-1", boot_id=boot, packages=packages, dependency="1.0.0")


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [("1.0", "1.1", True), ("1.1", "1.1", False), ("1.0", "1.0", False)],
    ids=["upgraded", "was-already", "missed"],
)
def test_patched(before: str, after: str, expected: bool) -> None:
    assert patched(versions("a", base=before), versions("a", base=after), {"base": "1.1"}) is expected


def test_rebooted_is_a_new_boot_id() -> None:
    assert rebooted(versions("a"), versions("b"))
    assert not rebooted(versions("a"), versions("a"))
