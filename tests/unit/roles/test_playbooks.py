"""The playbooks, run by ansible-playbook."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from lab.api.testing.kit import Lab
from lab.api.testing.scripted_node import Job, Reply, ScriptedNode, Step
from unit.roles.rendering import ROLES

ROOT = ROLES.parent
MOLECULE = ROOT / "extensions" / "molecule"
FQCN = "steadyfleet.aws_patching.patch_alb"
SHOP = ("-e", "patch_hooks_application=shop", "-e", "patch_hooks_path=/srv/shop", "-e", "patch_alb_poll_interval=0.1")
# In the order of an inventory. Sorted by name they are web-1, web-10, web-2.
NAMES = ("web-2", "web-10", "web-1")
# What an inventory says about reaching its hosts. Nobody listens at this address (RFC 5737).
LOGIN = {
    "ansible_connection": "ssh",
    "ansible_host": "192.0.2.1",
    "ansible_ssh_common_args": "-oConnectTimeout=1",
    "ansible_become": True,
    "ansible_become_user": "nobody",
    "ansible_python_interpreter": "/no/such/python",
    "ansible_pipelining": False,
}

pytestmark = pytest.mark.live
Play = Callable[..., subprocess.CompletedProcess[str]]


def play(playbook: Path | str, *arguments: str) -> subprocess.CompletedProcess[str]:
    program = Path(sys.executable).with_name("ansible-playbook")
    environment = {
        **os.environ,
        "ANSIBLE_COLLECTIONS_PATH": str(ROOT / "build" / "collections"),
        "ANSIBLE_LOCALHOST_WARNING": "false",
        "MOLECULE_PROJECT_DIRECTORY": str(ROOT),
    }
    return subprocess.run(
        [str(program), *arguments, str(playbook)], env=environment, capture_output=True, text=True, check=False
    )


def inventory_of(folder: Path, hosts: dict[str, str]) -> Path:
    """An inventory of host name -> instance id, on each host and on its group what LOGIN says."""
    group = {"hosts": {name: {"instance_id": each, **LOGIN} for name, each in hosts.items()}, "vars": LOGIN}
    path = folder / "shops.yml"
    path.write_text(json.dumps({"shops": group}))
    return path


@pytest.fixture
def patch_alb(tmp_path: Path, aws: Lab, nodes: dict[str, ScriptedNode]) -> Play:
    """patch_alb.yml, as the collection installs it, on three hosts."""
    inventory = inventory_of(tmp_path, dict(zip(NAMES, aws.instance_ids, strict=False)))
    return lambda *arguments: play(FQCN, "-i", str(inventory), *SHOP, *arguments)


def results_of(task: str, output: str) -> list[str]:
    """The hosts of which the task has given a result, in their order."""
    parts = re.split(r"^(?:TASK|PLAY) (?:RECAP )?\[?", output, flags=re.MULTILINE)
    return [
        host
        for part in parts
        if part.startswith(f"steadyfleet.aws_patching.rollout : {task}]")
        for host in re.findall(r"^(?:ok|changed): \[([^\]]+)\]", part, flags=re.MULTILINE)
    ]


def test_an_empty_fleet_is_refused_in_one_line(tmp_path: Path) -> None:
    inventory = tmp_path / "empty.ini"
    inventory.write_text("[shops]\n")

    played = play(ROOT / "playbooks" / "patch_alb.yml", "-i", str(inventory), "-e", "patch_alb_hosts=shops")

    assert played.returncode == 2
    assert "No host matches 'shops': check the inventory (-i) and patch_alb_hosts" in played.stdout
    assert "Check the fleet" not in played.stdout


def test_no_task_runs_anywhere_else_whatever_the_inventory_says(patch_alb: Play, aws: Lab) -> None:
    """An inventory made for SSH or for the aws_ssm connection must not send AWS's modules to the instances."""
    played = patch_alb("--check")

    assert played.returncode == 0, played.stdout
    assert "UNREACHABLE" not in played.stdout
    for task in ("Drain", "Patch", "Verify", "Restore"):
        assert results_of(task, played.stdout) == ["web-1", "web-10", "web-2"], "sorted by name, whatever the inventory"
    assert aws.writes() == []


def test_what_an_interrupted_run_has_drained_comes_first(
    patch_alb: Play, run_module: Callable[..., dict[str, bool]], aws: Lab
) -> None:
    run_module("elb_rotation", {"instance_id": aws.instance_ids[0], "state": "drained", "poll_interval": 0.1})

    played = patch_alb("--check")

    assert played.returncode == 0, played.stdout
    assert results_of("Patch", played.stdout) == ["web-2", "web-1", "web-10"]


def test_every_host_has_its_turn_whatever_its_name(tmp_path: Path, aws: Lab, nodes: dict[str, ScriptedNode]) -> None:
    """An inventory by the tag Name has whatever people write there. In a host pattern some of it has a meaning."""
    names = ("a,b", "shop 1", "web*")
    inventory = inventory_of(tmp_path, dict(zip(names, aws.instance_ids, strict=False)))

    played = play(FQCN, "-i", str(inventory), *SHOP, "--check")

    assert played.returncode == 0, played.stdout
    assert results_of("Restore", played.stdout) == list(names)


@pytest.mark.parametrize(
    ("setting", "fact"),
    [
        ("patch_with_hooks_engine=fast", "value of rollout_engine must be one of: association, run_command, got: fast"),
        ("patch_alb_reboot_option=Never", "value of rollout_reboot_option must be one of"),
        ("patch_alb_min_healthy_targets=many", "rollout_min_healthy_targets"),
        ("drain_wait_timeout=long", "rollout_drain_timeout"),
        ("patch_hooks_port=0", "patch_hooks_port must be a port from 1 to 65535, not 0"),
        ("patch_hooks_kind=cgi", "cgi"),
        ("patch_hooks_tags=shop", "patch_hooks_tags"),
        ('{"patch_hooks_kind": "custom", "patch_hooks_documents": {"on-exit": "shop"}}', "on-exit"),
    ],
)
def test_a_wrong_setting_is_refused_before_the_first_call(patch_alb: Play, aws: Lab, setting: str, fact: str) -> None:
    played = patch_alb("-e", setting)

    assert played.returncode == 2
    assert fact in played.stdout
    assert aws.calls() == []


def test_a_failure_names_instance_step_and_reason_and_stops_the_rollout(
    patch_alb: Play, aws: Lab, nodes: dict[str, ScriptedNode]
) -> None:
    """The nodes of this API run no Linux. Their patch run reports no health, so that the verification fails."""
    played = patch_alb("-e", "verify_health_timeout=1", "-e", '{"preflight_hook_settings": {}}')

    first = aws.instance_ids[NAMES.index("web-1")]
    assert played.returncode == 2
    assert f"{first} (web-1) failed at 'Verify': {first}: " in played.stdout
    release = f"ansible-playbook steadyfleet.aws_patching.release -e release_instance_ids={first}"
    assert (
        f"it stays out of rotation, in quarantine: repair it, then release it with {release}; the rollout stops here"
        in played.stdout
    )
    assert results_of("Drain", played.stdout) == ["web-1"]


def failed_before_a_change(job: Job) -> Reply:
    """What the agent reports when the pre hook fails before it has changed anything."""
    skipped = Step(stdout="Plugin with name aws:runDocument and id x skipped due to prior step with an exit condition")
    names = ("InstallNoReboot", "CustomerProvidedPostInstallHook", "RebootHandlingAndReporting")
    words = "error: there is no application shop\nfailed to run commands: exit status 1"
    pre = Step(status="Failed", code=1, stdout="nothing_changed=yes\n", stderr=words)
    return Reply(steps={**dict.fromkeys(names, skipped), "CustomerProvidedPrePatchHook": pre})


@pytest.mark.parametrize("engine", ["association", "run_command"])
def test_an_instance_that_the_failed_run_has_not_changed_is_put_back(
    patch_alb: Play, aws: Lab, nodes: dict[str, ScriptedNode], engine: str
) -> None:
    first = aws.instance_ids[NAMES.index("web-1")]
    nodes[first].scripts["AWS-RunPatchBaselineWithHooks"] = failed_before_a_change

    played = patch_alb("-e", f"patch_with_hooks_engine={engine}", "-e", '{"preflight_hook_settings": {}}')

    assert played.returncode == 2
    assert f"{first} (web-1) failed at 'Patch': {first}: step CustomerProvidedPrePatchHook Failed" in played.stdout
    assert "there is no application shop; nothing was changed on it, and it was put back; the rollout" in played.stdout
    assert "quarantine;" not in played.stdout
    assert len(aws.calls("RegisterTargets")) == 2
    assert results_of("Drain", played.stdout) == ["web-1"], "the rollout stops"


@pytest.mark.parametrize("verify", sorted(MOLECULE.glob("*/verify.yml")), ids=lambda path: path.parent.name)
def test_no_verify_playbook_takes_no_hosts_for_a_success(verify: Path, tmp_path: Path) -> None:
    inventory = tmp_path / "empty.ini"
    inventory.write_text("")

    played = play(verify, "-i", str(inventory), "-e", f"@{MOLECULE / 'vars.yml'}")

    assert played.returncode == 2
    assert "0 hosts matched, not 3" in played.stdout


def test_there_is_something_to_verify() -> None:
    assert {path.parent.name for path in MOLECULE.glob("*/verify.yml")} >= {
        "rollout",
        "application_failure",
        "run_command_engine",
    }
