"""What the report of a node says to the operator."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.steadyfleet.aws_patching.plugins.module_utils._command.model import Step
from ansible_collections.steadyfleet.aws_patching.plugins.module_utils._common.errors import InvalidInput
from ansible_collections.steadyfleet.aws_patching.plugins.module_utils._patching.node_check import (
    NodeCheck,
    check_script,
    node_report,
)

URL = "http://localhost:443/health-check"
BOOT = "boot_id=7f1f9a4c-2d1b-4a0f-9a33-0d3f6c0c4d11\n"
CUSTOM: dict[str, Any] = {"kind": "custom", "health_url": URL, "port": 443}


NO_CHECK = NodeCheck()


def report(output: str, check: NodeCheck = NO_CHECK) -> Any:
    return node_report("i-1", [Step(name="check", status="Success", output=output)], check)


@pytest.mark.parametrize(
    ("line", "code", "facts"),
    [
        ("finding=tool_missing curl", "node_tool_missing", ["curl"]),
        ("finding=firewall_missing iptables\r", "node_firewall_missing", ["iptables", "patch_hooks_block_port"]),
        ("finding=space_low /boot has 9 MiB free and needs 128 MiB", "node_space_low", ["/boot", "9", "128"]),
        ("finding=packages_interrupted ", "node_packages_interrupted", ["dpkg --configure -a"]),
    ],
)
def test_one_line_for_each_finding(line: str, code: str, facts: list[str]) -> None:
    [problem] = report(f"{BOOT}{line}\n").problems
    assert problem.code == code
    assert problem.message.startswith("i-1: ")
    assert all(fact in problem.message for fact in facts)


def test_a_node_that_reports_nothing_of_its_health_is_not_healthy() -> None:
    assert [problem.code for problem in report(BOOT, NodeCheck(settings=CUSTOM)).problems] == [
        "node_health_url_unhealthy"
    ]
    assert report(f"{BOOT}health=0 200\n", NodeCheck(settings=CUSTOM)).problems == ()
    assert report(BOOT).problems == ()


def test_a_plain_boot_id_is_a_report() -> None:
    assert report("7f1f9a4c-2d1b-4a0f-9a33-0d3f6c0c4d11\n").boot_id == "7f1f9a4c-2d1b-4a0f-9a33-0d3f6c0c4d11"


@pytest.mark.parametrize(
    ("url", "asked"), [(URL, True), ("http://localhost:8080/", False), ("http://localhost/", False), ("", False)]
)
def test_with_hooks_of_the_operators_own_the_port_is_that_of_the_url(url: str, asked: bool) -> None:
    assert ("port=443" in check_script(NodeCheck(settings={**CUSTOM, "health_url": url}))) == asked


def test_a_url_that_is_none_is_refused() -> None:
    with pytest.raises(InvalidInput) as refused:
        check_script(NodeCheck(settings={**CUSTOM, "health_url": "localhost"}))
    assert refused.value.code == "health_url_invalid"
