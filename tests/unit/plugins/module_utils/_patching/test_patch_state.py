"""What a patch state means for an instance."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from ansible_collections.steadyfleet.aws_patching.plugins.module_utils._patching.patch_state import (
    PatchState,
    install_reason,
    is_newer,
    unknown_instances,
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
    assert install_reason(state, option) == said


def test_what_no_install_can_change_is_not_due() -> None:
    state = PatchState(instance_id="i-1", installed_rejected_count=1, other_non_compliant_count=1)
    assert install_reason(state) == ""


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
    assert is_newer(PatchState(instance_id="i-1", operation_end_time=ended), before) is expected


def test_no_state_is_not_new() -> None:
    assert is_newer(None, None) is False


def test_only_unknown_instances_are_named() -> None:
    [problem] = unknown_instances(["i-1", "i-2"], {"i-1"})
    assert problem.code == "instance_unknown"
    assert problem.message.startswith("i-2 ")


def test_times_are_returned_in_utc() -> None:
    state = PatchState(instance_id="i-1", operation="Scan", operation_end_time=NINE + timedelta(milliseconds=250))
    assert state.as_dict()["operation_end_time"] == "2026-08-01T09:00:00.250Z"
    assert state.as_dict()["operation_start_time"] is None
    assert "instance_id" not in state.as_dict()
