"""A verdict from what the caller has in hand, where nothing has to be asked and nothing is in doubt."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.steadyfleet.aws_patching.plugins.module_utils._patching.verdict import beyond_doubt

INSTANCE = "i-00000000000000001"
BEFORE, AFTER = "11111111-1111-1111-1111-111111111111", "22222222-2222-2222-2222-222222222222"
URL = "http://localhost:443/health-check"
Args = dict[str, Any]


def steps(**last: Any) -> list[Args]:
    told = f"boot_id={AFTER}\nhealth=0 200\nhealth_url={URL}\n"
    return [
        {"name": "RebootHandlingAndReporting", "status": "Success", "output": ""},
        {"name": "CustomerProvidedOnExitHook", "status": "Success", "output": told, **last},
    ]


def args() -> Args:
    return {
        "instance_id": INSTANCE,
        "operation_after": "2026-08-01T09:00:00Z",
        "snapshot_id": "7f1f9a4c-2d1b-4a0f-9a33-0d3f6c0c4d11",
        "boot_id_before": BEFORE,
        "health_url": URL,
        "execution_target": {"status": "Success", "steps": steps()},
        "patch_state": {
            "operation": "Install",
            "operation_end_time": "2026-08-01T09:05:00.000Z",
            "snapshot_id": "7f1f9a4c-2d1b-4a0f-9a33-0d3f6c0c4d11",
            "missing_count": 0,
        },
    }


def test_what_is_known_and_good_is_enough() -> None:
    verdict = beyond_doubt(args())
    assert verdict
    assert (verdict["ok"], verdict["reasons"], verdict["reboot_due"], verdict["rebooted"]) == (True, [], True, True)
    assert verdict["boot_id"] == AFTER
    assert verdict["patch_state"]["operation_end_time"] == "2026-08-01T09:05:00.000Z"


@pytest.mark.parametrize(
    "change",
    [
        {"patch_state": {}},
        {"patch_state": {**args()["patch_state"], "operation_end_time": "2026-08-01T09:00:00Z"}},
        {"patch_state": {**args()["patch_state"], "missing_count": 1}},
        {"patch_state": {**args()["patch_state"], "snapshot_id": "another"}},
        {"patch_state": {**args()["patch_state"], "operation_end_time": "soon"}},
        {"patch_state": "nonsense"},
        {"boot_id_before": AFTER},
        {"boot_id_before": ""},
        {"health_url": "http://localhost:443/other"},
        {"operation_after": "yesterday"},
        {"execution_target": {"status": "Failed", "steps": steps()}},
        {"execution_target": {"status": "Success", "steps": steps(status="TimedOut")}},
        {"execution_target": {"status": "Success", "steps": steps(output=f"boot_id={AFTER}\n")}},
        {"execution_target": {"status": "Success", "steps": "nonsense"}},
        {"execution_target": None},
        {"target_group_arns": ["arn:aws:elasticloadbalancing:eu-central-1:1:targetgroup/a/1"]},
    ],
    ids=str,
)
def test_whatever_is_to_be_asked_or_in_doubt_is_not(change: Args) -> None:
    assert beyond_doubt({**args(), **change}) is None
