"""The playbook release.yml, run by ansible-playbook against the lab's API."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Callable
from typing import Any

import pytest
from lab.api.testing.kit import Lab
from unit.roles.test_playbooks import play

FQCN = "steadyfleet.aws_patching.release"
QUICK = ("-e", "restore_poll_interval=0.1", "-e", "restore_wait_timeout=5")

pytestmark = pytest.mark.live


@pytest.fixture
def lab_overrides() -> dict[str, Any]:
    return {"load_balancer.deregistration_delay": 0}


@pytest.fixture
def quarantined(run_module: Callable[..., dict[str, Any]], aws: Lab) -> list[str]:
    """Two instances in quarantine."""
    ids = list(aws.instance_ids[:2])
    for each in ids:
        run_module("elb_rotation", {"instance_id": each, "state": "drained", "poll_interval": 0.1})
        run_module("elb_rotation", {"instance_id": each, "state": "quarantined", "reason": "broken"})
    aws.forget_calls()
    return ids


def release(*arguments: str) -> subprocess.CompletedProcess[str]:
    return play(FQCN, *QUICK, *arguments)


def healthy(aws: Lab) -> set[str]:
    found = aws.client("elbv2").describe_target_health(TargetGroupArn=aws.target_group("shop-web"))
    return {
        item["Target"]["Id"] for item in found["TargetHealthDescriptions"] if item["TargetHealth"]["State"] == "healthy"
    }


def test_the_command_of_the_message_puts_the_instance_back(
    quarantined: list[str], run_module: Callable[..., dict[str, Any]], aws: Lab
) -> None:
    message = run_module("elb_rotation", {"instance_id": quarantined[0], "state": "restored"})["msg"]
    command = re.search(r"ansible-playbook (\S+) (-e \S+)$", message)
    assert command is not None, message
    assert command[1] == FQCN

    played = release(*command[2].split())

    assert played.returncode == 0, played.stdout
    assert healthy(aws) == set(aws.instance_ids) - {quarantined[1]}


def test_several_are_put_back_and_check_mode_writes_nothing(quarantined: list[str], aws: Lab) -> None:
    named = f"release_instance_ids={','.join([*quarantined, quarantined[0]])}"

    predicted = release("-e", named, "--check")
    assert predicted.returncode == 0, predicted.stdout
    assert predicted.stdout.count("changed: [localhost]") == 2
    assert aws.writes() == []

    played = release("-e", named)
    assert played.returncode == 0, played.stdout
    assert played.stdout.count("changed: [localhost]") == 2
    assert healthy(aws) == set(aws.instance_ids)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ((), "No instance is named: set release_instance_ids"),
        (("-e", "release_instance_ids="), "No instance is named: set release_instance_ids"),
        (("-e", "release_instance_ids=i-00000000000000001,i-0000000000000000f"), "no entry of i-0000000000000000f"),
        (("-e", "release_instance_ids=shop-1"), "'shop-1' is no EC2 instance id"),
        (
            ("-e", "release_instance_ids=i-00000000000000001", "-e", "restore_require_healthy=maybe"),
            "restore_require_healthy must be one of",
        ),
    ],
)
def test_a_mistake_is_refused_before_anything_is_written(
    quarantined: list[str], aws: Lab, arguments: tuple[str, ...], words: str
) -> None:
    played = release(*arguments)

    assert played.returncode == 2
    assert words in played.stdout.replace("\n", " ")
    assert aws.writes() == []


def test_there_is_always_a_way_out(quarantined: list[str], aws: Lab) -> None:
    """An instance that the load balancer does not find healthy is put back when its operator wants it back."""
    one = quarantined[0]
    aws.balancer.set_sick(one)
    named = ("-e", f"release_instance_ids={one}", "-e", "restore_wait_timeout=1")

    assert release(*named).returncode == 2
    played = release(*named, "-e", "restore_require_healthy=none")

    assert played.returncode == 0, played.stdout
    found = aws.client("elbv2").describe_target_health(TargetGroupArn=aws.target_group("shop-web"))
    assert one in {item["Target"]["Id"] for item in found["TargetHealthDescriptions"]}
