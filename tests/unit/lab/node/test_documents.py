"""The lab's copies of AWS's own documents."""

from __future__ import annotations

import json
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from lab import documents as documents_package
from lab.node.ssm_agent import re2
from unit.lab.node.fake_service import Outcome
from unit.lab.node.node_under_test import Node, document, step

FOLDER = Path(next(iter(documents_package.__path__)))
DOCUMENTS: dict[str, dict[str, Any]] = {file.stem: json.loads(file.read_text()) for file in FOLDER.glob("*.json")}
HOOKS = DOCUMENTS["AWS-RunPatchBaselineWithHooks"]
GUID = "0a1b2c3d-0000-4000-8000-111122223333"
SCRIPTS = [
    (f"{name}/{one['name']}", "\n".join(one["inputs"]["runCommand"]))
    for name, content in DOCUMENTS.items()
    for one in content["mainSteps"]
    if one["action"] == "aws:runShellScript" and isinstance(one["inputs"]["runCommand"], list)
]


def test_all_four_are_there() -> None:
    assert sorted(DOCUMENTS) == [
        "AWS-Noop",
        "AWS-RunPatchBaseline",
        "AWS-RunPatchBaselineWithHooks",
        "AWS-RunShellScript",
    ]


def test_the_steps_have_awss_names_in_awss_order() -> None:
    assert [one["name"] for one in HOOKS["mainSteps"]] == [
        "PreInstallScan",
        "VerifyLocalPatchStatesLinux",
        "VerifyLocalPatchStatesWindows",
        "CustomerProvidedPrePatchHook",
        "InstallNoReboot",
        "CustomerProvidedPostInstallHook",
        "VerifyIfShouldRebootLinux",
        "VerifyIfShouldRebootWindows",
        "RebootHandlingAndReporting",
        "CustomerProvidedOnExitHook",
    ]


def test_the_parameters_are_awss() -> None:
    given = {name: one.get("default") for name, one in HOOKS["parameters"].items()}
    assert given == {
        "Operation": None,
        "SnapshotId": "",
        "RebootOption": "RebootIfNeeded",
        "PreInstallHookDocName": "AWS-Noop",
        "PostInstallHookDocName": "AWS-Noop",
        "OnExitHookDocName": "AWS-Noop",
    }
    assert HOOKS["parameters"]["PreInstallHookDocName"]["allowedPattern"] == r"(^$)|^[a-zA-Z0-9_\-.:\/]{3,200}$"
    assert HOOKS["parameters"]["Operation"]["allowedValues"] == ["Scan", "Install"]


@pytest.mark.parametrize(
    ("name", "value", "allowed"),
    [
        ("SnapshotId", "", True),
        ("SnapshotId", GUID, True),
        ("SnapshotId", "not-a-guid", False),
        ("OnExitHookDocName", "arn:aws:ssm:eu-central-1:123456789012:document/Hook:3", True),
        ("OnExitHookDocName", "$(reboot)", False),
    ],
)
def test_patterns_let_through_what_aws_does(name: str, value: str, allowed: bool) -> None:
    assert re2.search(HOOKS["parameters"][name]["allowedPattern"], value) is allowed


@pytest.mark.parametrize(("value", "allowed"), [("1", True), ("36000", True), ("0", False), ("36001", False)])
def test_the_step_timeout_is_at_most_ten_hours(value: str, allowed: bool) -> None:
    pattern = DOCUMENTS["AWS-RunPatchBaseline"]["parameters"]["StepTimeoutSeconds"]["allowedPattern"]
    assert re2.search(pattern, value) is allowed


@pytest.mark.skipif(shutil.which("shellcheck") is None, reason="shellcheck is not installed")
@pytest.mark.parametrize("script", [row[1] for row in SCRIPTS], ids=[row[0] for row in SCRIPTS])
def test_scripts_pass_shellcheck(script: str) -> None:
    # The first line names another shell where one is needed.
    shell = [] if script.startswith("#!") else ["--shell=sh"]
    done = subprocess.run(["shellcheck", *shell, "-"], input=script, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout


def test_run_shell_script(node: Node) -> None:
    parameters = {"commands": ["pwd", "exit 3"], "workingDirectory": ["/usr"], "executionTimeout": ["60"]}
    outcome = node.run(DOCUMENTS["AWS-RunShellScript"], parameters)
    assert outcome.summary() == {"aws:runShellScript": ("Failed", 3)}
    assert outcome.text() == "/usr\n"


@dataclass
class Machine:
    """A node where AWS-RunPatchBaseline is a script that counts, as it was for the real agent."""

    node: Node
    folder: Path

    def prepare(self, missing: int, pending: int) -> None:
        (self.folder / "missing").write_text(f"{missing}\n")
        (self.folder / "pending").write_text(f"{pending}\n")
        self.node.service.documents["AWS-RunPatchBaseline"] = document(
            step("PatchLinux", *PATCHING.format(folder=self.folder, inventory=self.inventory).splitlines()),
            Operation={"type": "String"},
            SnapshotId={"type": "String", "default": ""},
            RebootOption={"type": "String", "default": "RebootIfNeeded"},
        )
        for hook in ("Pre", "Post", "Exit"):
            self.node.service.documents[f"{hook}Hook"] = document(
                step(
                    "hook", f"echo {hook} >> '{self.folder}/ran'", f"exit $(cat '{self.folder}/{hook}.code' || echo 0)"
                )
            )

    @property
    def inventory(self) -> Path:
        return self.folder / "patch-configuration" / "patch-inventory-from-last-operation.json"

    @property
    def ran(self) -> list[str]:
        file = self.folder / "ran"
        return file.read_text().split() if file.exists() else []

    def run(self, *, reboots: int, **parameters: str) -> Outcome:
        content = json.loads(json.dumps(HOOKS).replace("/var/log/amazon/ssm", f"'{self.folder}'"))
        hooks = {
            "PreInstallHookDocName": "PreHook",
            "PostInstallHookDocName": "PostHook",
            "OnExitHookDocName": "ExitHook",
        }
        given = {name: [value] for name, value in ({"SnapshotId": GUID} | hooks | parameters).items()}
        return self.node.run_with_reboots(content, given, reboots=reboots)


PATCHING = """\
echo "[{{{{ SnapshotId }}}}]" >> '{folder}'/snapshots
echo "patch {{{{ Operation }}}} {{{{ RebootOption }}}}" >> '{folder}'/ran
[ ! -e '{folder}'/broken-{{{{ Operation }}}} ] || exit 4
missing=$(cat '{folder}'/missing)
pending=$(cat '{folder}'/pending)
if [ "{{{{ Operation }}}}" = Install ]; then
    pending=$((pending + missing))
    missing=0
fi
code=0
if [ "{{{{ RebootOption }}}}" = RebootIfNeeded ] && [ "$pending" -gt 0 ]; then
    pending=0
    code=194
fi
echo "$missing" > '{folder}'/missing
echo "$pending" > '{folder}'/pending
mkdir -p '{folder}'/patch-configuration
printf '    "MissingCount": "%s",\\n    "InstalledPendingRebootCount": "%s",\\n' "$missing" "$pending" > '{inventory}'
exit $code
"""
SCAN, INSTALL, FINISH = "patch Scan NoReboot", "patch Install NoReboot", "patch Install RebootIfNeeded"


@pytest.fixture
def machine(own_node: Node, tmp_path: Path) -> Machine:
    folder = tmp_path / "machine"
    folder.mkdir()
    return Machine(own_node, folder)


@dataclass(frozen=True)
class Row:
    """A situation, and which hooks and patch runs it leads to."""

    about: str
    ran: tuple[str, ...]
    missing: int = 2
    pending: int = 0
    operation: str = "Install"
    reboot_option: str = "RebootIfNeeded"
    broken: str = ""
    failing: str = ""
    status: str = "Success"

    @property
    def reboots(self) -> int:
        return max(0, self.ran.count(FINISH) - 1)


ROWS = (
    Row("Scan", (SCAN,), operation="Scan"),
    Row("nothing missing", (SCAN, "Exit"), missing=0),
    Row("waiting for a reboot that may not come", (SCAN, "Exit"), missing=0, pending=1, reboot_option="NoReboot"),
    Row("waiting for a reboot", (SCAN, "Pre", INSTALL, "Post", FINISH, FINISH, "Exit"), missing=0, pending=1),
    Row("patches missing", (SCAN, "Pre", INSTALL, "Post", FINISH, FINISH, "Exit")),
    Row("patches missing, no reboot", (SCAN, "Pre", INSTALL, "Post", "Exit"), reboot_option="NoReboot"),
    Row("the scan fails", (SCAN, "Exit"), broken="Scan", status="Failed"),
    Row("the pre hook fails", (SCAN, "Pre", "Exit"), failing="Pre", status="Failed"),
    Row("the install fails", (SCAN, "Pre", INSTALL, "Exit"), broken="Install", status="Failed"),
    Row("the post hook fails", (SCAN, "Pre", INSTALL, "Post", "Exit"), failing="Post", status="Failed"),
    Row(
        "the exit hook fails",
        (SCAN, "Pre", INSTALL, "Post", FINISH, FINISH, "Exit"),
        failing="Exit",
        status="Failed",
    ),
    Row(
        "the exit hook fails without a reboot",
        (SCAN, "Pre", INSTALL, "Post", "Exit"),
        failing="Exit",
        reboot_option="NoReboot",
        status="Failed",
    ),
)


@pytest.mark.parametrize("row", ROWS, ids=[row.about for row in ROWS])
def test_hooks_run_when_they_do_at_aws(machine: Machine, row: Row) -> None:
    machine.prepare(row.missing, row.pending)
    if row.broken:
        (machine.folder / f"broken-{row.broken}").touch()
    if row.failing:
        (machine.folder / f"{row.failing}.code").write_text("9")
    outcome = machine.run(reboots=row.reboots, Operation=row.operation, RebootOption=row.reboot_option)
    assert " ".join(machine.ran) == " ".join(row.ran)
    assert outcome.status == row.status
    assert len(outcome.steps) == len(HOOKS["mainSteps"])


@pytest.mark.parametrize("snapshot", [GUID, ""])
def test_its_parameters_for_children_are_no_json(machine: Machine, snapshot: str) -> None:
    """AWS writes `"SnapshotId": {{ SnapshotId }}` without quotes. An empty one leaves the child its default."""
    machine.prepare(2, 0)
    [text] = {
        one["inputs"]["documentParameters"].partition(",")[2]
        for one in HOOKS["mainSteps"]
        if one["name"] in ("PreInstallScan", "InstallNoReboot")
    }
    assert text == ' "SnapshotId": {{ SnapshotId }}, "RebootOption": "NoReboot"}'
    outcome = machine.run(reboots=0, Operation="Install", SnapshotId=snapshot, RebootOption="NoReboot")
    assert outcome.status == "Success"
    assert (machine.folder / "snapshots").read_text().splitlines() == [f"[{snapshot}]"] * 2


def test_nothing_missing_is_told_by_168(machine: Machine) -> None:
    machine.prepare(0, 0)
    steps = machine.run(reboots=0, Operation="Install").summary()
    assert steps["VerifyLocalPatchStatesLinux"] == ("Success", 168)
    assert steps["CustomerProvidedPrePatchHook"] == ("Skipped", 0)
    assert steps["CustomerProvidedOnExitHook"] == ("Success", 0)


@pytest.mark.parametrize("content", [None, "{}"])
def test_an_inventory_that_cannot_be_read_stops_everything_but_on_exit(machine: Machine, content: str | None) -> None:
    machine.prepare(2, 0)
    machine.node.service.documents["AWS-RunPatchBaseline"] = document(step("PatchLinux", "true"))
    if content is not None:
        machine.inventory.parent.mkdir()
        machine.inventory.write_text(content)
    outcome = machine.run(reboots=0, Operation="Install")
    assert outcome.status == "Failed"
    assert outcome.summary()["VerifyLocalPatchStatesLinux"] == ("Failed", 169)
    assert machine.ran == ["Exit"]
