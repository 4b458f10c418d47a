"""patch_preflight on wrong fleets: one line for each, before anything is written, in check mode and without."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import pytest
from lab.api.moto_bridge import services

QUICK = {"poll_interval": 0.05, "wait_timeout": 10}
HARMLESS = {"SendCommand"}

Lab = Any
RunModule = Any
Preflight = Callable[..., dict[str, Any]]


@pytest.fixture
def lab_overrides() -> dict[str, Any]:
    return {"load_balancer.deregistration_delay": 0}


@pytest.fixture
def preflight(run_module: RunModule, aws: Lab) -> Preflight:
    """preflight(...): the module on the whole fleet."""

    def preflight(check: bool = False, **args: Any) -> dict[str, Any]:
        return run_module("patch_preflight", {**QUICK, "instance_ids": list(aws.instance_ids), **args}, check=check)

    return preflight


def auto_scaling(aws: Lab, one: str) -> None:
    aws.add_to_auto_scaling_group("shop-asg", one)


def classic(aws: Lab, one: str) -> None:
    aws.add_to_classic_load_balancer("old-shop", one)


def windows(aws: Lab, one: str) -> None:
    aws.api.region.nodes.by_id[one].info["PlatformType"] = "Windows"


def address(aws: Lab, one: str) -> None:
    aws.add_target_group("by-address", aws.api.region.nodes.instances[one].ip, target_type="ip")


def zones(aws: Lab, one: str) -> None:
    aws.client("elbv2").modify_target_group_attributes(
        TargetGroupArn=aws.add_target_group("one-zone", one),
        Attributes=[{"Key": "load_balancing.cross_zone.enabled", "Value": "false"}],
    )


def kubernetes(aws: Lab, one: str) -> None:
    services.ec2(aws.settings.account).create_tags([one], {"kubernetes.io/cluster/k1": "owned"})


def sick(aws: Lab, one: str) -> None:
    aws.balancer.set_sick(one)


WRONG: list[tuple[Callable[[Lab, str], None], str, str]] = [
    (auto_scaling, "instance_in_auto_scaling_group", "shop-asg"),
    (classic, "instance_in_classic_load_balancer", "old-shop"),
    (windows, "platform_unsupported", "Windows"),
    (address, "instance_is_ip_target", "by-address:443"),
    (zones, "cross_zone_disabled", "one-zone"),
    (kubernetes, "instance_in_kubernetes_cluster", "k1"),
    (sick, "registration_unhealthy", "shop-web:443 unhealthy (Target.FailedHealthChecks)"),
]


@pytest.mark.parametrize("check", [True, False])
@pytest.mark.parametrize("wrong", WRONG)
def test_a_wrong_fleet_is_refused_before_anything_is_written(
    preflight: Preflight, aws: Lab, nodes: Any, wrong: tuple[Callable[[Lab, str], None], str, str], check: bool
) -> None:
    make, code, fact = wrong
    one, *others = aws.instance_ids
    make(aws, one)
    aws.forget_calls()
    result = preflight(check=check)
    assert [problem["code"] for problem in result["problems"]] == [code]
    assert result["msg"].startswith(f"{one} ")
    assert fact in result["msg"]
    assert "\n" not in result["msg"]
    assert not any(other in result["msg"] for other in others)
    assert aws.writes() == []


def test_the_fleet_is_read_once(preflight: Preflight, aws: Lab, nodes: Any) -> None:
    preflight(check=True)
    reads = ("DescribeAutoScalingInstances", "DescribeLoadBalancers", "DescribeInstances", "DescribeTargetGroups")
    assert sorted(call.action for call in aws.calls(*reads)) == sorted(reads)


def test_a_group_of_other_addresses_is_not_in_the_way(preflight: Preflight, aws: Lab, nodes: Any) -> None:
    aws.add_target_group("by-address", "10.77.200.200", target_type="ip")
    assert not preflight(check=True)["failed"]


def test_who_was_unhealthy_before_may_be_patched_when_that_is_allowed(
    preflight: Preflight, aws: Lab, nodes: Any
) -> None:
    sick(aws, aws.instance_ids[0])
    found = preflight(check=True, allow_unhealthy=True)
    assert aws.instance_ids[0] in found["preflight"]["queue"]


@pytest.mark.parametrize("check", [True, False])
def test_a_group_that_is_not_named_must_not_send_requests(
    preflight: Preflight, aws: Lab, nodes: Any, check: bool
) -> None:
    result = preflight(check=check, target_group_arns=[aws.target_group("shop-web")])
    assert {problem["code"] for problem in result["problems"]} == {"registered_in_other_target_groups"}
    assert len(result["problems"]) == 4
    assert "shop-api:443" in result["msg"]
    assert aws.writes() == []


def test_a_group_that_is_not_named_may_be_allowed(preflight: Preflight, aws: Lab, nodes: Any) -> None:
    web = aws.target_group("shop-web")
    result = preflight(check=True, target_group_arns=[web], allow_other_target_groups=True)
    assert not result["failed"]
    assert aws.calls("DescribeTargetGroups") == []
    assert [call.parameters["TargetGroupArn"] for call in aws.calls("DescribeTargetHealth")] == [web]


@pytest.mark.parametrize("check", [True, False])
def test_the_batch_that_capacity_does_not_allow_is_named(
    preflight: Preflight, aws: Lab, nodes: Any, check: bool
) -> None:
    _one, two, three, four = aws.instance_ids
    result = preflight(check=check, serial=[1, "75%"], min_healthy_targets=2)
    assert result["code"] == "capacity_too_low"
    assert result["msg"].startswith(f"batch 2 of 2 ({two}, {three}, {four}) cannot leave target group shop-")
    assert "4 healthy now, 1 would remain, 2 needed" in result["msg"]
    assert set(aws.writes()) <= (set() if check else HARMLESS)


@pytest.mark.parametrize("check", [True, False])
def test_the_batches_are_returned(preflight: Preflight, aws: Lab, nodes: Any, check: bool) -> None:
    one, two, three, four = aws.instance_ids
    found = preflight(check=check, serial="50%", min_healthy_targets=2)["preflight"]
    assert found["batches"] == [[one, two], [three, four]]


def test_a_wrong_serial_is_refused_before_any_call(preflight: Preflight, aws: Lab) -> None:
    result = preflight(serial="two")
    assert result["code"] == "serial_invalid"
    assert "'two'" in result["msg"]
    assert aws.calls() == []


def test_who_is_not_in_the_run_is_named(preflight: Preflight, aws: Lab, nodes: Any) -> None:
    one, two, *others = aws.instance_ids
    result = preflight(check=True, instance_ids=[one, two])
    groups = {aws.target_group("shop-web"), aws.target_group("shop-api")}
    found = result["preflight"]["not_in_run"]
    assert [(item["instance_id"], item["name"]) for item in found] == [(others[0], "shop-3"), (others[1], "shop-4")]
    assert all(set(item["target_group_arns"]) == groups for item in found)
    [warning] = result["warnings"]
    assert "shop-3" in str(warning)
    assert "shop-4" in str(warning)


@pytest.mark.parametrize("check", [True, False])
def test_the_run_may_have_to_cover_all_targets(preflight: Preflight, aws: Lab, nodes: Any, check: bool) -> None:
    one, *others = aws.instance_ids
    result = preflight(check=check, instance_ids=[one], require_all_targets=True)
    assert [problem["code"] for problem in result["problems"]] == ["target_not_in_run"] * 3
    assert all(problem["message"].startswith(other) for problem, other in zip(result["problems"], others, strict=True))
    assert aws.writes() == []


@pytest.mark.parametrize("name", ["AWS-RunPatchBaselineWithHooks", "AWS-RunPatchBaseline", "AWS-RunShellScript"])
def test_the_documents_of_the_rollout_exist(preflight: Preflight, aws: Lab, nodes: Any, name: str) -> None:
    del aws.api.region.documents.by_name[name]
    result = preflight()
    assert result["code"] == "patch_document_not_found"
    assert f"document {name} does not exist" in result["msg"]
    assert aws.writes() == []


@pytest.mark.parametrize("lab_overrides", [{"api.invocation_delay": 0.0}])
def test_an_instance_that_somebody_patches_is_refused(preflight: Preflight, aws: Lab) -> None:
    """Not even a cancelled command is over before the node says so. A scan changes nothing and stops nobody."""
    one, two, *_others = aws.instance_ids
    for each, node in aws.start_nodes().items():
        if each in (one, two):
            node.obeys_cancel = False
            node.hold()
    commands = [
        aws.client("ssm").send_command(
            DocumentName="AWS-RunPatchBaseline", InstanceIds=[each], Parameters={"Operation": [operation]}
        )["Command"]["CommandId"]
        for each, operation in ((one, "Install"), (two, "Scan"))
    ]
    while aws.client("ssm").list_commands(CommandId=commands[0])["Commands"][0]["Status"] != "InProgress":
        time.sleep(0.02)
    aws.client("ssm").cancel_command(CommandId=commands[0])
    aws.forget_calls()
    for check in (True, False):
        result = preflight(check=check)
        assert result["code"] == "instance_being_patched", result
        assert [problem["message"] for problem in result["problems"]] == [
            f"{one} is being patched by command {commands[0]} (AWS-RunPatchBaseline): run again when that has ended on "
            "the node, which a cancellation does not hasten"
        ]
    assert aws.writes() == []
