"""Patched and serving, or every reason why not."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest
from ansible_collections.steadyfleet.aws_patching.plugins.module_utils._patching.patch_state import PatchState
from ansible_collections.steadyfleet.aws_patching.plugins.module_utils._patching.probe import Probe
from ansible_collections.steadyfleet.aws_patching.plugins.module_utils._patching.verdict import (
    Evidence,
    is_untouched,
    reasons_against,
    reboot_due,
)

BEFORE, AFTER = "11111111-1111-1111-1111-111111111111", "22222222-2222-2222-2222-222222222222"
URL = "http://localhost:443/health-check"
NINE = datetime(2026, 8, 1, 9, 0, tzinfo=UTC)
TEN = datetime(2026, 8, 1, 10, 0, tzinfo=UTC)


def step(name: str, status: str = "Success", code: int = 0, output: str = "") -> dict[str, Any]:
    return {
        "name": name,
        "status": status,
        "status_details": status,
        "response_code": code,
        "output": output,
        "started_at": None,
        "ended_at": None,
        "skipped": False,
    }


SKIPPED = "Step execution skipped due to exit code 168"
STEPS = [step("PreInstallScan"), step("InstallNoReboot"), step("RebootHandlingAndReporting")]
STATE = PatchState(instance_id="i-1", operation="Install", operation_end_time=TEN, snapshot_id="s")
PROBE = Probe(boot_id=AFTER, health_ok=True, health_message="it answered 200")
GOOD = Evidence(
    probe=PROBE,
    patch_state=STATE,
    operation_after=NINE,
    snapshot_id="s",
    boot_id_before=BEFORE,
    health_url=URL,
    execution={"status": "Success", "detailed_status": "Success", "steps": STEPS},
)


def ran(*steps: dict[str, Any], status: str = "Success", detail: str = "") -> dict[str, Any]:
    return {"execution": {"status": status, "detailed_status": detail or status, "steps": list(steps)}}


def test_all_good() -> None:
    assert reasons_against(GOOD) == ()


CASES = [
    # The patch run
    (
        ran(step("InstallNoReboot", "Failed", 4, "lock held"), status="Failed"),
        ["step InstallNoReboot Failed (exit code 4): lock held"],
    ),
    (
        ran(step("CustomerProvidedPrePatchHook", "TimedOut", 137)),
        ["step CustomerProvidedPrePatchHook TimedOut (exit code 137)"],
    ),
    (ran(*STEPS, status="Failed", detail="Undeliverable"), ["the patch run ended as Failed (Undeliverable)"]),
    (ran(*STEPS, status="Skipped"), ["the patch run ended as Skipped"]),
    (ran(*STEPS, status=""), ["the patch run ended as unknown"]),
    (ran(), ["the patch run's steps are not known"]),
    # The patch state
    ({"patch_state": None}, ["no patch state was reported"]),
    (
        {"patch_state": replace(STATE, operation_end_time=NINE)},
        [
            "the patch state is not of this run: its operation ended at 2026-08-01T09:00:00.000Z, "
            "not after 2026-08-01T09:00:00.000Z"
        ],
    ),
    ({"patch_state": replace(STATE, snapshot_id="other")}, ["the patch state is of snapshot other, not s"]),
    ({"patch_state": replace(STATE, missing_count=1)}, ["patches are 1 missing"]),
    (
        {"patch_state": replace(STATE, failed_count=1, installed_pending_reboot_count=2)},
        ["patches are 1 failed, 2 waiting for a reboot"],
    ),
    # The boot
    ({"probe": replace(PROBE, boot_id=BEFORE)}, ["a reboot was due and did not happen"]),
    ({"probe": replace(PROBE, boot_id=None)}, ["its boot id is not known"]),
    (
        {"boot_id_before": ""},
        ["a reboot was due, and the boot id before it is not known: whether it happened cannot be proven"],
    ),
    ({"probe": None, "health_url": None}, ["its boot id is not known"]),
    # The application
    (
        {"probe": Probe(boot_id=AFTER, health_ok=False, health_message="curl: (22) error: 500")},
        [f"{URL} is not healthy on the instance: curl: (22) error: 500"],
    ),
    ({"probe": Probe(boot_id=AFTER)}, [f"{URL} is not healthy on the instance: the probe reported nothing about it"]),
    ({"probe": Probe(failure="the probe failed: i-1: Undeliverable")}, ["the probe failed: i-1: Undeliverable"]),
    ({"target_health": "shop-web:443 unhealthy"}, ["shop-web:443 unhealthy"]),
    # The kernel
    (
        {"probe": replace(PROBE, kernel="6.8.0-9-aws", installed_kernels=("6.8.0-9-aws", "6.8.0-10-aws"))},
        ["it runs kernel 6.8.0-9-aws, and the newer kernel 6.8.0-10-aws is installed: it needs a reboot"],
    ),
    # Several at once: none hides another.
    (
        {"patch_state": None, "probe": Probe(boot_id=BEFORE, health_ok=False, health_message="it answered 302")},
        [
            "no patch state was reported",
            "a reboot was due and did not happen",
            f"{URL} is not healthy on the instance: it answered 302",
        ],
    ),
]


@pytest.mark.parametrize(("change", "reasons"), CASES)
def test_reasons(change: dict[str, Any], reasons: list[str]) -> None:
    assert list(reasons_against(replace(GOOD, **change))) == reasons


OLD_KERNEL = replace(PROBE, kernel="6.8.0-9-aws", installed_kernels=("6.8.0-9-aws", "6.8.0-10-aws"))
FINE: list[dict[str, Any]] = [
    {"probe": OLD_KERNEL, "reboot_option": "NoReboot"},
    {"probe": OLD_KERNEL, "check_kernel": False},
    {"probe": replace(PROBE, kernel="6.18.44-fc")},
    {"snapshot_id": ""},
    {"execution": None, "boot_id_before": ""},
    {"health_url": None, "probe": Probe(boot_id=AFTER)},
    # No reboot came due: the same boot is right.
    {**ran(step("InstallNoReboot")), "probe": replace(PROBE, boot_id=BEFORE)},
    {**ran(*STEPS[:2], step("RebootHandlingAndReporting", output=SKIPPED)), "boot_id_before": ""},
    {**ran(step("VerifyLocalPatchStatesLinux", code=168)), "probe": replace(PROBE, boot_id=BEFORE)},
    {"reboot_option": "NoReboot", "patch_state": replace(STATE, installed_pending_reboot_count=2)},
    {"probe": replace(PROBE, boot_id=AFTER), "boot_id_before": BEFORE.upper()},
]


@pytest.mark.parametrize("change", FINE)
def test_what_is_no_reason(change: dict[str, Any]) -> None:
    assert reasons_against(replace(GOOD, **change)) == ()


def test_a_skipped_reboot_step_is_no_reboot() -> None:
    assert reboot_due(GOOD)
    assert not reboot_due(replace(GOOD, **ran(step("RebootHandlingAndReporting", output=SKIPPED))))
    assert not reboot_due(replace(GOOD, **ran(step("RebootHandlingAndReporting", status="Skipped"))))


WORDS = "Plugin with name aws:runDocument and id x skipped due to prior step with an exit condition"
PRE, INSTALL, POST, REBOOT, EXIT = (
    "CustomerProvidedPrePatchHook",
    "InstallNoReboot",
    "CustomerProvidedPostInstallHook",
    "RebootHandlingAndReporting",
    "CustomerProvidedOnExitHook",
)
TOLD = step(PRE, "Failed", 1, "nothing_changed=yes\n----------ERROR-------\nerror: there is no application")
REST = [*(step(name, output=WORDS) for name in (INSTALL, POST, REBOOT)), step(EXIT)]
SCAN_FAILED = step("PreInstallScan", "Failed", 1)


@pytest.mark.parametrize(
    ("steps", "expected"),
    [
        ([step("PreInstallScan"), TOLD, *REST], True),
        ([SCAN_FAILED, step(PRE, output=WORDS), *REST], True),
        # The pre hook had begun to change something, or did not say.
        ([step(PRE, "Failed", 1, "error: it could not be stopped"), *REST], False),
        ([step(PRE, "TimedOut", 137, "nothing_changed=yes"), *REST], False),
        # Something ran after it.
        ([TOLD, step(INSTALL), *REST[1:]], False),
        ([TOLD, *REST[:2], step(REBOOT), step(EXIT)], False),
        ([TOLD, *REST[:1], step(POST), *REST[2:]], False),
        # Not known is not untouched.
        ([TOLD, step(EXIT)], False),
        ([TOLD, *REST[:3]], False),
        ([TOLD, *REST[:3], step(EXIT, "Failed", 1)], False),
        ([TOLD, *REST[:3], step(EXIT, output=WORDS)], False),
        # Nothing failed: there was nothing to install.
        ([step(PRE, output=WORDS), *REST], False),
        ([], False),
    ],
)
def test_what_a_failed_run_has_left_untouched(steps: list[dict[str, Any]], expected: bool) -> None:
    assert is_untouched({"status": "Failed", "steps": steps}) is expected
