"""Options of patch_verdict with which everything is known and good."""

from __future__ import annotations

from typing import Any

BEFORE, AFTER = "11111111-1111-1111-1111-111111111111", "22222222-2222-2222-2222-222222222222"
URL = "http://localhost:443/health-check"
REPORT = f"boot_id={AFTER}\nhealth=0 200\nhealth_url={URL}\n"


def steps(**last: Any) -> list[dict[str, Any]]:
    return [
        {"name": "RebootHandlingAndReporting", "status": "Success", "output": ""},
        {"name": "CustomerProvidedOnExitHook", "status": "Success", "output": REPORT, **last},
    ]


OPTIONS: dict[str, Any] = {
    "instance_id": "i-00000000000000001",
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
    "reboot_option": "RebootIfNeeded",
    "check_kernel": True,
    "target_group_arns": None,
}


def changed(option: str, **values: Any) -> dict[str, Any]:
    """The options, with other values inside one of them."""
    return {**OPTIONS, option: {**OPTIONS[option], **values}}
