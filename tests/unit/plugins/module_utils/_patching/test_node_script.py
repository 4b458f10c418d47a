"""The script that looks at a node, run by real shells on a node whose tools keep a record."""

from __future__ import annotations

import getpass
import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.steadyfleet.aws_patching.plugins.module_utils._command.model import Step
from ansible_collections.steadyfleet.aws_patching.plugins.module_utils._patching.node_check import (
    NodeCheck,
    NodeReport,
    check_script,
    node_report,
)
from unit.roles.node import Node, running_node

pytestmark = pytest.mark.live

ONE = "i-00000000000000001"


@pytest.fixture
def node(tmp_path: Path) -> Iterator[Node]:
    with running_node(tmp_path) as running:
        running.change_tool("ss", "#!/bin/sh\necho LISTEN 0 511 0.0.0.0:443\n")
        (tmp_path / "proc").mkdir()
        yield running


def settings(node: Node, **changes: Any) -> dict[str, Any]:
    return {
        "kind": "nodejs_pm2",
        "application": "shop",
        "path": str(node.root / "app"),
        "port": 443,
        "health_url": node.url,
        "user": getpass.getuser(),
        "environment": {"PM2_HOME": str(node.root / "pm2")},
        "update_command": "echo updated",
        "block_port": True,
        **changes,
    }


def look(node: Node, shell: str = "sh", space: dict[str, int] | None = None, **changes: Any) -> NodeReport:
    """Run the script as the agent does, on a node whose processes and packages are files of the test."""
    check = NodeCheck(settings=settings(node, **changes), min_free_space=space or {})
    text = check_script(check)
    assert "{{" not in text
    for real, ours in {
        '"/proc/$pid/cmdline" 2> /dev/null; then\n  finding application': (
            '"/real/$pid/cmdline" 2> /dev/null; then\n  finding application'
        ),
        # Below the working directory, whose path may have a space.
        "/proc/net/if_inet6": "proc_net_if_inet6",
        "/proc/net/tcp6": "no_such_file",
        "/proc/net/tcp": "proc_net_tcp",
        "/proc/sys": "/real/sys",
        "/proc/": "./proc/",
        "/real/": "/proc/",
        "/var/lib/dpkg": "dpkg",
        "/etc/": "./etc/",
        "sleep 1": "sleep 0.02",
        "+ 20))": "+ 0))",
    }.items():
        text = text.replace(real, ours)
    before = sorted(map(str, node.root.rglob("*")))
    done = subprocess.run(
        [shell, "-c", text],
        cwd=node.root,
        env={"PATH": f"{node.root / 'bin'}:{os.environ['PATH']}"},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")
    after = sorted(map(str, node.root.rglob("*")))
    assert [path for path in after if path not in before and not path.endswith("asked.jsonl")] == []
    return node_report(ONE, [Step(name="check", status="Success", output=done.stdout)], check)


def codes(report: NodeReport) -> list[str]:
    assert all(problem.message.startswith(f"{ONE}: ") for problem in report.problems)
    assert all("\n" not in problem.message for problem in report.problems)
    return [problem.code for problem in report.problems]


@pytest.mark.parametrize("shell", [shell for shell in ("sh", "dash", "bash") if shutil.which(shell)])
def test_a_node_that_has_everything(node: Node, shell: str) -> None:
    report = look(node, shell, space={"/": 1, "/no/such/path": 10**9})
    assert (report.problems, report.warnings) == ((), ())
    assert report.boot_id == Path("/proc/sys/kernel/random/boot_id").read_text(encoding="ascii").strip()


WRONG: list[tuple[dict[str, Any], list[str]]] = [
    ({"application": "other"}, ["node_application_missing"]),
    ({"application": "all"}, ["node_application_missing"]),
    ({"path": "/no/such/folder"}, ["node_path_missing"]),
    ({"path": "/no/such/folder", "update_command": ""}, []),
    ({"update_command": "no-such-tool --now"}, ["node_update_tool_missing"]),
    ({"update_command": "cd x && npm update"}, []),
    ({"update_command": "./no-such-script"}, ["node_update_tool_missing"]),
    ({"user": "nosuchuser"}, ["node_user_missing"]),
    ({"environment": {"PM2_HOME": "/no/such/home"}}, ["node_application_missing"]),
    ({"kind": "systemd", "application": "other.service"}, ["node_application_missing"]),
    ({"health_url": "http://127.0.0.1:9/"}, ["node_health_url_unhealthy"]),
    ({"health_url": ""}, []),
]


@pytest.mark.parametrize(("changes", "expected"), WRONG)
def test_a_wrong_setting_is_found(node: Node, changes: dict[str, Any], expected: list[str]) -> None:
    assert codes(look(node, **changes)) == expected


@pytest.mark.parametrize("answer", [500, 302, 404])
def test_only_2xx_is_healthy(node: Node, answer: int) -> None:
    node.answers.extend([answer] * 99)
    report = look(node)
    assert codes(report) == ["node_health_url_unhealthy"]
    assert str(answer) in report.problems[0].message


def test_a_port_that_nobody_listens_on(node: Node) -> None:
    node.change_tool("ss", "#!/bin/sh\nexit 0\n")
    assert codes(look(node)) == ["node_port_closed"]
    node.change_tool("ss", "#!/bin/sh\nexit 1\n")
    assert codes(look(node)) == ["node_port_closed"]
    node.connections("01BB 00000000 0A")
    assert codes(look(node)) == []


def test_a_firewall_that_does_not_answer(node: Node) -> None:
    node.change(firewalls_broken=["iptables"])
    assert codes(look(node)) == ["node_firewall_unusable"]
    assert codes(look(node, block_port=False)) == []


def test_a_disk_that_is_too_full(node: Node) -> None:
    report = look(node, space={"/": 10**9})
    assert codes(report) == ["node_space_low"]
    assert "needs 1000000000 MiB" in report.problems[0].message


def process(node: Node, pid: int | str, name: str, parent: int, cmdline: str = "") -> None:
    folder = node.root / "proc" / str(pid)
    folder.mkdir()
    (folder / "comm").write_text(f"{name}\n")
    (folder / "cmdline").write_text(cmdline or name)
    (folder / "stat").write_text(f"{pid} ({name}) S {parent} 1 1 0\n")


@pytest.mark.parametrize("name", ["apt-get", "dpkg", "unattended-upgr", "dnf", "yum", "zypper"])
def test_a_package_manager_that_runs(node: Node, name: str) -> None:
    process(node, 4711, name, 1)
    report = look(node)
    assert codes(report) == ["node_package_manager_busy"]
    assert f"{name} (process 4711)" in report.problems[0].message


def test_our_own_scan_and_idle_services_are_no_obstacle(node: Node) -> None:
    process(node, 100, "ssm-agent-worker", 1)
    process(node, "self", "sh", 100)
    process(node, 101, "python3", 100)
    process(node, 102, "apt-get", 101)
    process(node, 103, "unattended-upgr", 1, "python3\0unattended-upgrade-shutdown")
    process(node, 104, "bash", 1)
    assert codes(look(node)) == []


def test_an_install_that_was_interrupted(node: Node) -> None:
    (node.root / "dpkg" / "updates").mkdir(parents=True)
    (node.root / "dpkg" / "updates" / "0001").touch()
    assert codes(look(node)) == ["node_packages_interrupted"]


def test_a_release_lock_is_a_warning(node: Node) -> None:
    (node.root / "etc").mkdir()
    (node.root / "etc" / "os-release").write_text('NAME="Amazon Linux"\nID="amzn"\nVERSION_ID="2023"\n')
    node.change_tool("rpm", "#!/bin/sh\nprintf 2023.5.20240805\n")
    node.change_tool("dnf", "#!/bin/sh\necho '  Version 2023.6.20241031:'\necho '  Version 2023.6.20241010:'\n")
    report = look(node)
    assert report.problems == ()
    [warning] = report.warnings
    assert "2023.5.20240805" in warning
    assert "2023.6.20241031" in warning
    (node.root / "etc" / "dnf" / "vars").mkdir(parents=True)
    (node.root / "etc" / "dnf" / "vars" / "releasever").write_text("latest\n")
    assert look(node).warnings == ()


@pytest.mark.parametrize("value", ["$(touch owned)", "it's", '"', "{{ssm:x}}", "-x"])
def test_a_value_is_never_code(node: Node, value: str) -> None:
    report = look(node, application=value, path=f"/{value}")
    assert sorted(codes(report)) == ["node_application_missing", "node_path_missing"]


def test_hooks_of_the_operators_own_need_nothing_else(node: Node) -> None:
    node.change_tool("ss", "#!/bin/sh\nexit 0\n")
    assert codes(look(node, kind="custom", application="", path="", user="nosuchuser")) == []
