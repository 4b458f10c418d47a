"""The patching payload, with real apt and dpkg on a repository and a database of the test's own."""

from __future__ import annotations

import fcntl
import json
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from lab.host.packages import build_debs
from lab.node.ssm_agent.patching.main import main
from unit.lab.node.fake_service import INSTANCE, FakeService

pytestmark = pytest.mark.skipif(shutil.which("apt-get") is None, reason="apt is not installed")
PACKAGES = {"steady-base": ("1.0", "1.1"), "steady-other": ("1.0", "1.1")}
GUID = "0a1b2c3d-0000-4000-8000-111122223333"
# No hook, source or cache of the machine's own has a say.
APT_CONFIG = """\
Dir "{folder}/apt";
Dir::Bin::Methods "/usr/lib/apt/methods";
Dir::State::status "{folder}/dpkg/status";
APT::Sandbox::User "";
Acquire::Languages "none";
DPkg::Options {{
  "--admindir={folder}/dpkg"; "--instdir={folder}/root"; "--force-not-root"; "--force-script-chrootless";
  "--log=/dev/null"; "--force-bad-path";
}};
"""


class Machine:
    """A node with its own packages and boots."""

    def __init__(self, folder: Path, service: FakeService) -> None:
        self.folder = folder
        self.service = service
        self.boots = 0
        for name in ("apt/etc/apt", "apt/var/lib/apt/lists/partial", "apt/var/cache/apt/archives/partial", "root"):
            (folder / name).mkdir(parents=True)
        for name in ("info", "updates", "triggers"):
            (folder / "dpkg" / name).mkdir(parents=True)
        for name in ("status", "available"):
            (folder / "dpkg" / name).touch()
        build_debs(PACKAGES, folder / "repository")
        source = f"deb [trusted=yes] copy:{quote(str(folder))}/repository/ ./\n"
        (folder / "apt/etc/apt/sources.list").write_text(source)
        (folder / "apt.conf").write_text(APT_CONFIG.format(folder=folder))
        self.reboot()

    def put_in(self, **versions: str) -> None:
        pool = self.folder / "repository" / "pool"
        debs = [str(pool / f"{name.replace('_', '-')}_{version}_all.deb") for name, version in versions.items()]
        options = [f"--admindir={self.folder}/dpkg", f"--instdir={self.folder}/root"]
        options += ["--force-not-root", "--force-bad-path"]
        subprocess.run(["dpkg", *options, "--log=/dev/null", "--install", *debs], check=True, capture_output=True)

    def reboot(self) -> None:
        self.boots += 1
        (self.folder / "boot_id").write_text(f"boot-{self.boots}\n")

    def patch(self, operation: str = "Install", reboot_option: str = "NoReboot", *more: str) -> int:
        options = ["--operation", operation, "--reboot-option", reboot_option, "--snapshot-id", GUID]
        files = ["--log-dir", f"{self.folder}/log", "--boot-id-file", f"{self.folder}/boot_id"]
        return main([*options, *files, *more])

    @property
    def log(self) -> Path:
        return self.folder / "log"

    def summary(self) -> dict[str, str]:
        """The last AWS:PatchSummary the service was told."""
        items = self.items()
        content: list[dict[str, str]] = items["AWS:PatchSummary"]["Content"]
        return content[0]

    def items(self) -> dict[str, dict[str, Any]]:
        bodies = [body for action, body in self.service.calls if action == "PutInventory"]
        return {item["TypeName"]: item for item in bodies[-1]["Items"]}

    def counts(self) -> dict[str, int]:
        short = {"Installed": "ok", "InstalledPendingReboot": "pending", "Missing": "missing", "Failed": "failed"}
        return {short[name]: int(self.summary()[f"{name}Count"]) for name in short}


@pytest.fixture
def machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Machine]:
    service = FakeService()
    one = Machine(tmp_path, service)
    one.put_in(steady_base="1.0", steady_other="1.0")
    monkeypatch.setenv("APT_CONFIG", str(tmp_path / "apt.conf"))
    monkeypatch.setenv("DPKG_ADMINDIR", str(tmp_path / "dpkg"))
    monkeypatch.setenv("AWS_ENDPOINT_URL", service.endpoint)
    monkeypatch.setenv("AWS_SSM_REGION_NAME", "eu-central-1")
    monkeypatch.setenv("AWS_SSM_INSTANCE_ID", INSTANCE)
    monkeypatch.setenv("SSM_COMMAND_ID", "the-command")
    yield one
    service.close()


def test_a_scan_counts_and_changes_nothing(machine: Machine) -> None:
    assert machine.patch("Scan") == 0
    assert machine.counts() == {"ok": 0, "pending": 0, "missing": 2, "failed": 0}
    assert not list(machine.folder.glob("root/usr/share/steady-base/1.1"))
    summary = machine.summary()
    assert (summary["OperationType"], summary["SnapshotId"], summary["RebootOption"]) == ("Scan", GUID, "NoReboot")
    assert summary["OperationStartTime"] <= summary["OperationEndTime"]
    assert len(summary["BaselineId"]) == 20


def test_a_scan_never_reboots(machine: Machine) -> None:
    assert machine.patch() == 0
    assert machine.patch("Scan", "RebootIfNeeded") == 0
    assert machine.counts() == {"ok": 0, "pending": 2, "missing": 0, "failed": 0}


def test_an_install_waits_for_its_reboot_and_not_longer(machine: Machine) -> None:
    assert machine.patch() == 0
    assert (machine.folder / "root/usr/share/steady-base/version").read_text() == "1.1\n"
    assert machine.counts() == {"ok": 0, "pending": 2, "missing": 0, "failed": 0}
    assert machine.patch("Install", "RebootIfNeeded") == 194
    machine.reboot()
    assert machine.patch("Install", "RebootIfNeeded") == 0
    assert machine.counts() == {"ok": 2, "pending": 0, "missing": 0, "failed": 0}
    assert machine.summary()["LastNoRebootInstallOperationTime"]


def test_any_installed_patch_asks_for_a_reboot(machine: Machine) -> None:
    assert machine.patch("Install", "RebootIfNeeded") == 194
    machine.reboot()
    assert machine.patch("Install", "RebootIfNeeded") == 0


def test_nothing_to_install_asks_for_no_reboot(machine: Machine) -> None:
    machine.put_in(steady_base="1.1", steady_other="1.1")
    assert machine.patch("Install", "RebootIfNeeded") == 0
    # Installed by somebody else: never waiting for a reboot.
    assert machine.counts() == {"ok": 2, "pending": 0, "missing": 0, "failed": 0}


def test_a_package_that_cannot_be_installed_is_failed_not_missing(machine: Machine) -> None:
    (machine.folder / "repository/pool/steady-other_1.1_all.deb").write_bytes(b"broken")
    assert machine.patch() == 1
    counts = machine.counts()
    assert (counts["missing"], counts["failed"]) == (0, counts["failed"])
    assert counts["failed"] >= 1


def test_a_repository_that_cannot_be_read_fails_the_operation(
    machine: Machine, capsys: pytest.CaptureFixture[str]
) -> None:
    shutil.rmtree(machine.folder / "repository")
    assert machine.patch("Scan") == 1
    assert "apt-get update failed" in capsys.readouterr().err
    assert "PutInventory" not in machine.service.actions()


def test_a_held_lock_is_exit_code_4(machine: Machine, capsys: pytest.CaptureFixture[str]) -> None:
    machine.log.mkdir()
    with (machine.log / "patch-baseline-concurrent.lock").open("w") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        assert machine.patch("Scan", "NoReboot", "--lock-attempts", "2", "--lock-pause", "0.05") == 4
    assert "held by another patching operation" in capsys.readouterr().err
    assert machine.patch("Scan") == 0


def test_the_local_inventory_is_what_the_service_was_told(machine: Machine) -> None:
    machine.patch("Scan")
    written = json.loads((machine.log / "patch-configuration/patch-inventory-from-last-operation.json").read_text())
    assert written == machine.items()["AWS:PatchSummary"]


def test_every_patch_is_told_with_its_state(machine: Machine) -> None:
    machine.patch()
    item = machine.items()["AWS:ComplianceItem"]
    assert item["Context"]["ComplianceType"] == "Patch"
    assert {(one["Title"], one["PatchState"], one["Status"]) for one in item["Content"]} == {
        ("steady-base:1.1", "InstalledPendingReboot", "NON_COMPLIANT"),
        ("steady-other:1.1", "InstalledPendingReboot", "NON_COMPLIANT"),
    }


def test_a_service_that_stumbles_is_asked_again(machine: Machine) -> None:
    machine.service.failing["PutInventory"] = 1
    assert machine.patch("Scan") == 0
    assert machine.counts()["missing"] == 2


def test_reboots_that_do_not_help_come_to_an_end(machine: Machine, monkeypatch: pytest.MonkeyPatch) -> None:
    # Without a new boot id the packages stay pending for ever.
    assert [machine.patch("Install", "RebootIfNeeded") for _ in range(7)] == [194] * 6 + [3]
    monkeypatch.setenv("SSM_COMMAND_ID", "another-command")
    assert machine.patch("Install", "RebootIfNeeded") == 194
