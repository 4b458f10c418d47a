"""What a patch state means for an instance."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from ansible_collections.steadyfleet.aws_patching.plugins.module_utils._patching.patch_state import (
    Node,
    PatchState,
    due,
    info,
    moment,
    newer,
    reread,
    unknown,
)

NINE = datetime(2026, 8, 1, 9, 0, tzinfo=UTC)
TEN = datetime(2026, 8, 1, 10, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("missing", "failed", "pending", "option", "said"),
    [
        (0, 0, 0, "RebootIfNeeded", ""),
        (2, 0, 0, "RebootIfNeeded", "2 missing"),
        (0, 1, 0, "RebootIfNeeded", "1 failed"),
        (0, 0, 3, "RebootIfNeeded", "3 waiting for a reboot"),
        (0, 0, 3, "NoReboot", ""),
        (2, 1, 3, "RebootIfNeeded", "2 missing, 1 failed, 3 waiting for a reboot"),
        (2, 1, 3, "NoReboot", "2 missing, 1 failed"),
    ],
)
def test_what_is_due(missing: int, failed: int, pending: int, option: str, said: str) -> None:
    state = PatchState(
        instance_id="i-1", missing_count=missing, failed_count=failed, installed_pending_reboot_count=pending
    )
    assert due(state, option) == said


def test_what_no_install_can_change_is_not_due() -> None:
    state = PatchState(instance_id="i-1", installed_rejected_count=1, other_non_compliant_count=1)
    assert due(state) == ""


@pytest.mark.parametrize(
    ("ended", "before", "expected"),
    [
        (TEN, NINE, True),
        (NINE, NINE, False),
        (NINE, TEN, False),
        (None, NINE, False),
        (None, None, False),
        (TEN, None, True),
    ],
)
def test_newer(ended: datetime | None, before: datetime | None, expected: bool) -> None:
    assert newer(PatchState(instance_id="i-1", operation_end_time=ended), before) is expected


def test_no_state_is_not_new() -> None:
    assert newer(None, None) is False


@pytest.mark.parametrize("text", ["2026-08-01T09:00:00Z", "2026-08-01T11:00:00+02:00", "2026-08-01T09:00:00.000Z"])
def test_moments(text: str) -> None:
    assert moment(text) == NINE


@pytest.mark.parametrize("text", ["", "yesterday", "2026-08-01T09:00:00"])
def test_no_moments(text: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        moment(text)


def test_only_unknown_instances_are_named() -> None:
    (line,) = unknown(["i-1", "i-2"], ["i-1"])
    assert line.startswith("i-2 is not known to SSM in this Region: check the id")


def test_times_are_told_in_utc() -> None:
    state = PatchState(instance_id="i-1", operation="Scan", operation_end_time=NINE + timedelta(milliseconds=250))
    said = info(Node(instance_id="i-1", ping_status="Online", last_ping_at=TEN), state)
    assert said["last_ping_at"] == "2026-08-01T10:00:00.000Z"
    assert said["patch_state"]["operation_end_time"] == "2026-08-01T09:00:00.250Z"
    assert said["patch_state"]["operation_start_time"] is None
    assert info(Node(instance_id="i-1"), None)["patch_state"] is None


def test_what_a_module_returned_is_read_again_as_it_was() -> None:
    state = PatchState(
        instance_id="i-1",
        operation="Install",
        operation_start_time=NINE,
        operation_end_time=TEN,
        last_no_reboot_install_operation_time=NINE,
        missing_count=2,
        install_override_list="s3://b/k",
    )
    assert reread("i-1", state.as_dict()) == state
