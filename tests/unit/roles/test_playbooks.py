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


def play(playbook: Path | str, *arguments: str, **settings: str) -> subprocess.CompletedProcess[str]:
    """Run a playbook.

    :param settings: environment variables, by which a user configures Ansible.
    """
    program = Path(sys.executable).with_name("ansible-playbook")
    environment = {
        **os.environ,
        "ANSIBLE_COLLECTIONS_PATH": str(ROOT / "build" / "collections"),
        "ANSIBLE_LOCALHOST_WARNING": "false",
        "MOLECULE_PROJECT_DIRECTORY": str(ROOT),
        **settings,
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


def script_of(folder: Path, hosts: dict[str, str]) -> Path:
    """An inventory of host name -> instance id whose names nobody parses. Those in a file are patterns."""
    variables = {name: {"instance_id": each} for name, each in hosts.items()}
    content = json.dumps({"shops": {"hosts": list(hosts)}, "_meta": {"hostvars": variables}})
    path = folder / "inventory.sh"
    path.write_text(f"#!/bin/sh\ncat <<'END'\n{content}\nEND\n")
    path.chmod(0o755)
    return path


@pytest.fixture
def patch_alb(tmp_path: Path, aws: Lab, nodes: dict[str, ScriptedNode]) -> Play:
    """patch_alb.yml, as the collection installs it, on three hosts."""
    inventory = inventory_of(tmp_path, dict(zip(NAMES, aws.instance_ids, strict=False)))
    return lambda *arguments, **settings: play(FQCN, "-i", str(inventory), *SHOP, *arguments, **settings)


def results_of(task: str, output: str) -> list[str]:
    """The hosts of which the task has given a result, in their order."""
    parts = re.split(r"^(?:TASK|PLAY) (?:RECAP )?\[?", output, flags=re.MULTILINE)
    return [
        host
        for part in parts
        if part.startswith(f"steadyfleet.aws_patching.rollout : {task}]")
        for host in re.findall(r"^(?:ok|changed): \[(.+?)\](?=$| )", part, flags=re.MULTILINE)
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


@pytest.mark.parametrize("names", [("a,b", "shop 1", "web*"), ("!web", "&web", "web[1:2]", "web:1")])
def test_every_host_has_its_turn_whatever_its_name(
    tmp_path: Path, aws: Lab, nodes: dict[str, ScriptedNode], names: tuple[str, ...]
) -> None:
    """An inventory by the tag Name has whatever people write there. In a host pattern some of it has a meaning."""
    inventory = script_of(tmp_path, dict(zip(names, aws.instance_ids, strict=False)))

    played = play(FQCN, "-i", str(inventory), *SHOP, "--check")

    assert played.returncode == 0, played.stdout
    assert results_of("Restore", played.stdout) == sorted(names)


def test_the_batches_are_those_that_the_preflight_has_judged(
    tmp_path: Path, aws: Lab, nodes: dict[str, ScriptedNode]
) -> None:
    """Also when the inventory sets their size."""
    hosts = {name: {"instance_id": each} for name, each in zip(NAMES, aws.instance_ids, strict=False)}
    inventory = tmp_path / "shops.yml"
    inventory.write_text(json.dumps({"shops": {"hosts": hosts, "vars": {"patch_alb_serial": [1, 2]}}}))

    played = play(FQCN, "-i", str(inventory), *SHOP, "--check")

    assert played.returncode == 0, played.stdout
    assert played.stdout.count("PLAY [Patch one batch after another]") == 2


def test_a_host_that_was_due_and_had_no_turn_fails_the_run(patch_alb: Play) -> None:
    """With its own name for the group, the fleet lines up where the playbook does not look."""
    played = patch_alb("--check", "--limit", "web-1", "-e", "preflight_queue_group=elsewhere")

    assert played.returncode == 2
    assert "1 of 1 hosts that were due had no turn: web-1." in played.stdout


# What an ansible.cfg or an environment may say, and what a run of the playbook depends on.
USER_SETTINGS = [
    {
        "ANSIBLE_STRATEGY": "free",
        "ANSIBLE_FORKS": "1",
        "ANSIBLE_GATHERING": "implicit",
        "ANSIBLE_TASK_TIMEOUT": "1",
        "ANSIBLE_NO_LOG": "true",
        "ANSIBLE_ENABLE_TASK_DEBUGGER": "true",
        "ANSIBLE_BECOME": "true",
        "ANSIBLE_TRANSPORT": "ssh",
    },
    {
        "ANSIBLE_STRATEGY": "host_pinned",
        "ANSIBLE_ANY_ERRORS_FATAL": "true",
        "ANSIBLE_HASH_BEHAVIOUR": "merge",
        "ANSIBLE_JINJA2_NATIVE": "true",
        "ANSIBLE_ERROR_ON_UNDEFINED_VARS": "false",
        "ANSIBLE_PRIVATE_ROLE_VARS": "true",
        "ANSIBLE_INJECT_FACT_VARS": "false",
        "ANSIBLE_CACHE_PLUGIN": "jsonfile",
        "ANSIBLE_STDOUT_CALLBACK": "minimal",
        "ANSIBLE_REMOTE_PORT": "1",
        "ANSIBLE_FORCE_HANDLERS": "true",
        "ANSIBLE_TRANSFORM_INVALID_GROUP_CHARS": "always",
    },
]


def test_no_setting_of_the_user_changes_a_run(
    tmp_path: Path, patch_alb: Play, aws: Lab, nodes: dict[str, ScriptedNode]
) -> None:
    def calls(*arguments: str, **settings: str) -> list[str]:
        aws.forget_calls()
        played = patch_alb("--check", *arguments, **settings)
        assert played.returncode == 0, played.stdout
        return sorted(record.action for record in aws.calls())

    expected = calls()

    for settings in USER_SETTINGS:
        assert calls(**settings, ANSIBLE_CACHE_PLUGIN_CONNECTION=str(tmp_path / "facts")) == expected, settings
    assert calls("--become", "-c", "ssh", "-u", "nobody") == expected


def test_a_run_that_tags_would_cut_is_refused(patch_alb: Play, aws: Lab) -> None:
    for settings in ({"ANSIBLE_RUN_TAGS": "web"}, {"ANSIBLE_SKIP_TAGS": "untagged"}):
        played = patch_alb(**settings)
        assert played.returncode == 2
        assert "--tags and --skip-tags" in played.stdout
    assert aws.calls() == []


@pytest.mark.parametrize(
    ("arguments", "facts"),
    [
        (
            (
                "patch_with_hooks_engine=RunCommand",
                "restore_healthy_polls=three",
                "patch_alb_serial=two",
                "drain_wait_timeout=-1",
                "patch_alb_reboot_option=never",
                "patch_alb_region=Frankfurt",
                "patch_alb_min_healthy_targets=many",
                "patch_alb_poll_interval=nan",
                "patch_alb_target_group_arns=shop-web",
                "patch_hooks_port=0",
                "patch_hooks_tags=shop",
                '{"patch_hooks_user": ["root"], "patch_hooks_path": "/srv/{{ nobody }}"}',
            ),
            (
                "patch_with_hooks_engine must be one of association, run_command, not 'RunCommand'",
                "restore_healthy_polls must be a whole number from 1, not 'three'",
                "patch_alb_serial must be a number of hosts from 1",
                "drain_wait_timeout must be a whole number of seconds from 1, not '-1'",
                "patch_alb_reboot_option must be one of RebootIfNeeded, NoReboot, not 'never'",
                "patch_alb_region must be an AWS Region such as eu-central-1, not 'Frankfurt'",
                "patch_alb_min_healthy_targets must be a whole number from 0, not 'many'",
                "patch_alb_poll_interval must be a number of seconds above 0, not 'nan'",
                "patch_alb_target_group_arns must be a list of ARNs",
                "patch_hooks_port must be a port from 1 to 65535, not '0'",
                "patch_hooks_tags must be a mapping",
                "patch_hooks_user must be a text, not a list",
                "patch_hooks_path cannot be templated: 'nobody' is undefined",
            ),
        ),
        (
            ("patch_alb_min_healthy_target=2", "patch_hooks_prot=80", "path_alb_serial=2", "ansible_connection=ssh"),
            (
                "did you mean patch_alb_min_healthy_targets?",
                "did you mean patch_hooks_port?",
                "did you mean patch_alb_serial?",
                "ansible_connection must be local",
            ),
        ),
        (('{"patch_hooks_kind": "custom", "patch_hooks_documents": {"on-exit": "shop"}}',), ("on-exit",)),
        (("patch_hooks_kind=systemd", "patch_hooks_application=a/b"), ("patch_hooks_application must be the name",)),
        (('{"patch_alb_hosts": ["web-1", "web-22"]}',), ("No host matches 'web-22' in patch_alb_hosts",)),
    ],
)
@pytest.mark.parametrize("mode", [(), ("--check",)], ids=["real", "check"])
def test_wrong_settings_are_refused_together_before_the_first_call(
    patch_alb: Play, aws: Lab, arguments: tuple[str, ...], facts: tuple[str, ...], mode: tuple[str, ...]
) -> None:
    played = patch_alb(*mode, *(word for argument in arguments for word in ("-e", argument)))

    assert played.returncode == 2
    assert [fact for fact in facts if fact not in played.stdout] == []
    assert aws.calls() == []


def test_what_hosts_say_differently_is_refused_unless_it_is_for_each_host(tmp_path: Path, aws: Lab) -> None:
    hosts = {
        "web-1": {"instance_id": "i-1", "patch_hooks_port": 1, "rollout_health_timeout": 5, "patch_alb_hosts": "x"},
        "web-2": {"instance_id": "i-2", "patch_hooks_port": 2, "rollout_health_timeout": "long"},
    }
    inventory = tmp_path / "shops.yml"
    inventory.write_text(json.dumps({"shops": {"hosts": hosts}}))

    played = play(FQCN, "-i", str(inventory), *SHOP)

    assert played.returncode == 2
    assert "patch_hooks_port is not the same on every host (web-1; web-2)" in played.stdout
    assert "rollout_health_timeout must be a whole number of seconds from 1, not 'long' (on web-2)" in played.stdout
    assert "patch_alb_hosts has no effect as a variable of hosts" in played.stdout
    assert aws.calls() == []


def test_a_key_that_a_file_has_twice_is_refused(tmp_path: Path, patch_alb: Play, aws: Lab) -> None:
    settings = tmp_path / "shop.yml"
    settings.write_text("patch_hooks_port: 1\nother: 1\nother: 2\npatch_hooks_port: 2\n")

    played = patch_alb("-e", f"@{settings}")

    assert played.returncode == 2
    assert f"{settings}: the key patch_hooks_port is in line 1 and again in line 4" in played.stdout
    assert "the key other" not in played.stdout
    assert aws.calls() == []


def test_a_variable_of_the_users_own_may_be_named(patch_alb: Play, aws: Lab) -> None:
    own = '{"patch_alb_own_variables": ["restore_bucket*"], "restore_bucket_name": "x", "rollout_owner": "ops"}'
    played = patch_alb("-e", own)

    assert "rollout_owner is no variable of this collection" in played.stdout
    assert "restore_bucket_name" not in played.stdout
    assert aws.calls() == []


def last_line(played: subprocess.CompletedProcess[str]) -> str:
    """The last line of a run that says why it failed."""
    return [line for line in played.stdout.splitlines() if line.startswith("fatal:")][-1]


def test_no_credentials_are_told_at_the_first_call(patch_alb: Play, monkeypatch: pytest.MonkeyPatch, aws: Lab) -> None:
    monkeypatch.delenv("AWS_ACCESS_KEY_ID")
    monkeypatch.delenv("AWS_SECRET_ACCESS_KEY")

    played = patch_alb("--check")

    assert played.returncode == 2
    assert "credentials" in last_line(played)
    assert aws.calls() == []


def test_credentials_that_have_expired_are_told_at_the_first_call(patch_alb: Play, aws: Lab) -> None:
    aws.fault("crash_point", action="DescribeInstanceInformation")

    played = patch_alb("--check")

    assert played.returncode == 2
    assert "the AWS credentials have expired: refresh them and run again" in last_line(played)
    assert aws.writes() == []


def test_a_failure_names_instance_step_and_reason_and_stops_the_rollout(
    patch_alb: Play, aws: Lab, nodes: dict[str, ScriptedNode]
) -> None:
    """The nodes of this API run no Linux. Their patch run reports no health, so that the verification fails."""
    region = aws.settings.account.region
    own = ("-e", f"patch_alb_region={region}", "-e", "patch_alb_ledger_prefix=/shop/ledger")
    played = patch_alb("-e", "verify_health_timeout=1", "-e", '{"preflight_hook_settings": {}}', *own)

    first = aws.instance_ids[NAMES.index("web-1")]
    assert played.returncode == 2
    assert f"{first} (web-1) failed at 'Verify': {first}: " in played.stdout
    release = (
        f"ansible-playbook steadyfleet.aws_patching.release -e release_instance_ids={first} "
        f"-e patch_alb_region={region} -e patch_alb_ledger_prefix=/shop/ledger"
    )
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
