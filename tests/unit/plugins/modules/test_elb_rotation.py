"""elb_rotation against the lab's API: what it calls, what it says, and what is left when it dies."""

from __future__ import annotations

import re
import time
from typing import Any

import pytest

QUICK = {"poll_interval": 0.05, "wait_timeout": 10}
PREFIX = "/steadyfleet/aws_patching/ledger"
WRITES = [
    "PutParameter",
    "DeregisterTargets",
    "DeregisterTargets",
    "RegisterTargets",
    "RegisterTargets",
    "DeleteParameter",
]

Lab = Any
RunModule = Any


SLOW_DRAIN = pytest.mark.parametrize("lab_overrides", [{"load_balancer.deregistration_delay": 1}])


@pytest.fixture
def lab_overrides() -> dict[str, Any]:
    """A drain that is over at once, for the tests that are not about draining."""
    return {"load_balancer.deregistration_delay": 0}


@pytest.fixture
def rotate(run_module: RunModule, aws: Lab) -> Any:
    """rotate("drained", ...): the module on the first instance."""

    def rotate(state: str, check: bool = False, **args: Any) -> dict[str, Any]:
        instance_id = args.pop("instance_id", aws.instance_ids[0])
        return run_module("elb_rotation", {**QUICK, "instance_id": instance_id, "state": state, **args}, check=check)

    return rotate


def registered(lab: Lab, instance_id: str) -> set[tuple[str, int, str]]:
    """As AWS tells it: (group, port, state)."""
    elb, found = lab.client("elbv2"), set()
    for group in ("shop-web", "shop-api"):
        health = elb.describe_target_health(TargetGroupArn=lab.target_group(group))["TargetHealthDescriptions"]
        found |= {
            (group, item["Target"]["Port"], item["TargetHealth"]["State"])
            for item in health
            if item["Target"]["Id"] == instance_id
        }
    return found


HEALTHY = {("shop-web", 443, "healthy"), ("shop-api", 443, "healthy")}


@SLOW_DRAIN
def test_out_and_back(rotate: Any, aws: Lab) -> None:
    one = aws.instance_ids[0]
    out = rotate("drained", run_id="r1", context={"boot_id": "b"})
    assert (out["failed"], out["changed"], out["rotation"]["phase"]) == (False, True, "drained")
    assert registered(aws, one) == set()
    assert out["rotation"]["healthy_targets"] == {
        "shop-web": {"before": 4, "after": 3, "minimum": 1},
        "shop-api": {"before": 4, "after": 3, "minimum": 1},
    }
    assert {(r["target_group_name"], r["id"], r["port"]) for r in out["rotation"]["registrations"]} == {
        ("shop-web", one, 443),
        ("shop-api", one, 443),
    }
    assert out["diff"]["before"] == {"registered": ["shop-api:443", "shop-web:443"], "ledger": None}
    assert out["diff"]["after"]["registered"] == []
    back = rotate("restored")
    assert (back["failed"], back["changed"], back["rotation"]["phase"]) == (False, True, "in_rotation")
    assert (back["rotation"]["run_id"], back["rotation"]["context"]) == ("r1", {"boot_id": "b"})
    assert registered(aws, one) == HEALTHY
    assert aws.writes() == WRITES


@SLOW_DRAIN
def test_the_calls_of_a_drain_with_named_groups(rotate: Any, aws: Lab) -> None:
    arns = [aws.target_group("shop-web"), aws.target_group("shop-api")]
    rotate("drained", target_group_arns=arns)
    actions = [call.action for call in aws.calls()]
    assert actions[:8] == [
        "GetParameter",
        "DescribeTargetHealth",
        "DescribeTargetGroupAttributes",
        "DescribeTargetHealth",
        "DescribeTargetGroupAttributes",
        "PutParameter",
        "DeregisterTargets",
        "DeregisterTargets",
    ]
    # One look when the drain begins, and one or two when the delay is over: two groups each.
    assert set(actions[8:]) == {"DescribeTargetHealth"}
    assert len(actions[8:]) <= 6


def test_a_second_call_changes_nothing(rotate: Any, aws: Lab) -> None:
    rotate("drained")
    aws.forget_calls()
    again = rotate("drained")
    assert (again["changed"], again["rotation"]["phase"], aws.writes()) == (False, "drained", [])
    assert again["diff"]["before"] == again["diff"]["after"]
    rotate("restored")
    aws.forget_calls()
    again = rotate("restored")
    assert (again["changed"], again["rotation"]["registrations"], aws.writes()) == (False, [], [])
    assert [call.action for call in aws.calls()] == ["GetParameter"]


def test_check_mode_writes_nothing_and_predicts_all(rotate: Any, aws: Lab) -> None:
    said = rotate("drained", check=True)
    assert aws.writes() == []
    done = rotate("drained")
    keys = ("changed", "diff", "steps", "rotation")
    for result in (said, done):
        result["rotation"].pop("healthy_targets")
    assert {key: said[key] for key in keys} == {key: done[key] for key in keys}
    aws.forget_calls()
    said = rotate("restored", check=True)
    assert aws.writes() == []
    done = rotate("restored")
    for result in (said, done):
        result["rotation"].pop("healthy_targets")
    assert {key: said[key] for key in keys} == {key: done[key] for key in keys}


def test_an_instance_in_no_group_is_left_alone(rotate: Any, aws: Lab) -> None:
    result = rotate("drained", instance_id="i-0123456789abcdef0")
    assert (result["failed"], result["changed"], result["rotation"]["registrations"]) == (False, False, [])
    assert aws.writes() == []


def test_capacity(rotate: Any, aws: Lab) -> None:
    one, *others = aws.instance_ids
    result = rotate("drained", min_healthy_targets=4)
    assert re.match(
        f"{one} cannot leave target group shop-(web|api): 4 healthy now, 3 would remain, 4 needed; bring more targets",
        result["msg"],
    )
    aws.balancer.set_sick(others[0])
    assert rotate("drained", min_healthy_targets=3, check=True)["failed"]
    assert aws.writes() == []
    assert registered(aws, one) == HEALTHY


def test_the_group_s_own_minimum_holds(rotate: Any, aws: Lab) -> None:
    aws.client("elbv2").modify_target_group_attributes(
        TargetGroupArn=aws.target_group("shop-api"),
        Attributes=[
            {"Key": "target_group_health.unhealthy_state_routing.minimum_healthy_targets.percentage", "Value": "100"}
        ],
    )
    aws.balancer.set_sick(aws.instance_ids[1])
    aws.forget_calls()
    result = rotate("drained")
    assert "cannot leave target group shop-api: 3 healthy now, 2 would remain, 3 needed" in result["msg"]
    assert aws.writes() == []


@pytest.mark.parametrize("lab_overrides", [{"load_balancer.deregistration_delay": 600}])
def test_one_that_others_are_draining_is_refused(rotate: Any, aws: Lab) -> None:
    one = aws.instance_ids[0]
    aws.client("elbv2").deregister_targets(
        TargetGroupArn=aws.target_group("shop-web"), Targets=[{"Id": one, "Port": 443}]
    )
    aws.forget_calls()
    result = rotate("drained")
    assert result["msg"].startswith(f"{one} is being taken out by somebody else: shop-web:443 draining")
    assert aws.writes() == []


def test_a_broken_instance_is_quarantined(rotate: Any, aws: Lab) -> None:
    one = aws.instance_ids[0]
    rotate("drained")
    aws.balancer.set_sick(one)
    result = rotate("restored", wait_timeout=1)
    assert result["failed"]
    assert result["msg"].startswith(f"gave up after 1 s: {one} is not steadily healthy: shop-")
    assert result["msg"].endswith(
        "it was taken out again and is in quarantine: repair it, then release it with "
        f"ansible-playbook steadyfleet.aws_patching.release -e release_instance_ids={one}"
    )
    assert registered(aws, one) == set()
    assert "is in quarantine (gave up after 1 s" in rotate("drained")["msg"]
    aws.forget_calls()
    assert rotate("quarantined", reason="again")["changed"] is False
    assert aws.writes() == []
    aws.balancer.set_sick(one, False)
    assert rotate("restored", release=True)["changed"] is True
    assert registered(aws, one) == HEALTHY


def test_no_more_is_demanded_after_than_there_was_before(rotate: Any, aws: Lab) -> None:
    """Nothing listens behind a second port: it was unhealthy before, so it only has to be registered again."""
    one = aws.instance_ids[0]
    second = with_a_sick_port(aws, one)
    before = registered(aws, one)
    out = rotate("drained")
    assert {(item["port"], item["state_before"]) for item in out["rotation"]["registrations"]} == {
        (443, "healthy"),
        (second, "unhealthy"),
    }
    assert registered(aws, one) == set()
    strict = rotate("restored", require_healthy="all", wait_timeout=1)
    assert strict["code"] == "restore_failed"
    assert registered(aws, one) == set()
    back = rotate("restored", release_quarantine=True)
    assert (back["failed"], back["rotation"]["phase"]) == (False, "in_rotation")
    assert {"step": "await_healthy", "registrations": ["shop-api:443", "shop-web:443"],
            "registered": [f"shop-web:{second}"]} in back["steps"]  # fmt: skip
    assert registered(aws, one) == before


def test_what_was_healthy_before_must_be_healthy_again_unless_somebody_says_so(rotate: Any, aws: Lab) -> None:
    one = aws.instance_ids[0]
    rotate("drained")
    second = with_a_sick_port(aws, one, port=443, group=None)
    assert rotate("restored", wait_timeout=1)["code"] == "restore_failed"
    assert rotate("restored", wait_timeout=1, release_quarantine=True)["code"] == "restore_failed"
    back = rotate("restored", release_quarantine=True, require_healthy="none")
    assert (back["failed"], back["rotation"]["phase"]) == (False, "in_rotation")
    assert {port for _group, port, _state in registered(aws, one)} == {second}


def with_a_sick_port(aws: Lab, instance_id: str, port: int = 8443, group: str | None = "shop-web") -> int:
    """Register an instance with one more port, and let that port fail its health checks."""
    if group:
        targets = [{"Id": instance_id, "Port": port}]
        aws.client("elbv2").register_targets(TargetGroupArn=aws.target_group(group), Targets=targets)
    aws.balancer.set_sick(instance_id, port=port)
    while any(state == "initial" for _group, _port, state in registered(aws, instance_id)):
        time.sleep(0.02)
    return port


@pytest.mark.parametrize("lab_overrides", [{"load_balancer.deregistration_delay": 0, "api.invocation_delay": 0.0}])
def test_an_instance_is_not_put_back_while_it_is_being_patched(rotate: Any, aws: Lab) -> None:
    """A cancelled command may still run on the node, so only its end on the node ends the wait."""
    one = aws.instance_ids[0]
    node = aws.start_nodes(one)[one]
    node.obeys_cancel = False
    node.hold()
    rotate("drained")
    command = aws.client("ssm").send_command(
        DocumentName="AWS-RunPatchBaseline", InstanceIds=[one], Parameters={"Operation": ["Install"]}
    )["Command"]["CommandId"]
    while aws.client("ssm").list_commands(CommandId=command)["Commands"][0]["Status"] != "InProgress":
        time.sleep(0.02)
    aws.client("ssm").cancel_command(CommandId=command)
    aws.forget_calls()
    words = f"{one} is being patched by command {command} (AWS-RunPatchBaseline): restore it when that has ended"
    waited = rotate("restored", wait_timeout=1)
    assert (waited["code"], words in waited["msg"]) == ("wait_timeout", True), waited["msg"]
    refused = rotate("restored", wait=False)
    assert (refused["code"], words in refused["msg"]) == ("instance_being_patched", True), refused["msg"]
    predicted = rotate("restored", check=True)
    assert predicted["steps"][0] == {"step": "await_patch_runs", "patch_runs": [f"{command} (AWS-RunPatchBaseline)"]}
    assert aws.writes() == []
    node.release()
    assert rotate("restored")["rotation"]["phase"] == "in_rotation"
    assert registered(aws, one) == HEALTHY


def test_a_target_group_that_is_gone_is_named_with_the_way_out(rotate: Any, aws: Lab) -> None:
    one = aws.instance_ids[0]
    rotate("drained")
    arn = aws.target_group("shop-api")
    del aws.api.region.target_groups.by_arn[arn]
    aws.forget_calls()
    result = rotate("restored")
    assert result["code"] == "recorded_target_group_not_found"
    assert result["msg"] == (
        f"target group {arn} does not exist in this account and Region, and the ledger entry {PREFIX}/{one} names it: "
        f"create the group again, or delete that parameter and register {one} by hand"
    )
    assert aws.writes() == []


def test_a_named_group_that_does_not_exist_is_named(rotate: Any, aws: Lab) -> None:
    arn = aws.target_group("shop-api").replace("shop-api", "shop-apis")
    aws.forget_calls()
    result = rotate("drained", target_group_arns=[arn])
    assert (result["code"], arn in result["msg"]) == ("target_group_not_found", True)
    assert aws.writes() == []


def test_quarantine_of_a_drained_instance(rotate: Any, aws: Lab) -> None:
    rotate("drained")
    result = rotate("quarantined", reason="patching failed", check=True)
    assert (result["changed"], result["rotation"]["phase"]) == (True, "quarantined")
    result = rotate("quarantined", reason="patching failed")
    assert (result["changed"], result["rotation"]["reason"]) == (True, "patching failed")
    text = aws.client("ssm").get_parameter(Name=f"{PREFIX}/{aws.instance_ids[0]}")["Parameter"]["Value"]
    assert '"phase":"quarantined","reason":"patching failed"' in text


def test_quarantine_of_what_was_never_taken_out_does_nothing(rotate: Any, aws: Lab) -> None:
    result = rotate("quarantined", reason="x")
    assert (result["changed"], result["rotation"]["phase"], aws.writes()) == (False, "untracked", [])


@SLOW_DRAIN
def test_without_waiting_it_can_be_finished_later(rotate: Any, aws: Lab) -> None:
    one = aws.instance_ids[0]
    begun = rotate("drained", wait=False)
    assert (begun["changed"], begun["rotation"]["phase"]) == (True, "draining")
    ended = rotate("drained")
    assert (ended["changed"], ended["rotation"]["phase"]) == (False, "drained")
    assert rotate("restored", wait=False)["rotation"]["phase"] == "restoring"
    assert aws.client("ssm").get_parameter(Name=f"{PREFIX}/{one}")
    assert rotate("restored")["rotation"]["phase"] == "in_rotation"
    assert registered(aws, one) == HEALTHY


@pytest.mark.parametrize("nth", range(1, len(WRITES) + 1))
@pytest.mark.parametrize("when", ["before", "after"])
def test_it_dies_at_any_write_and_the_next_run_puts_everything_back(rotate: Any, aws: Lab, nth: int, when: str) -> None:
    one = aws.instance_ids[0]
    aws.fault("crash_point", nth=nth, when=when)
    died = [rotate(state)["failed"] for state in ("drained", "restored")]
    assert any(died)
    aws.fault("crash_point", on=False)
    for state in ("drained", "restored"):
        assert not rotate(state)["failed"]
    assert registered(aws, one) == HEALTHY
    assert aws.client("ssm").get_parameters_by_path(Path=PREFIX)["Parameters"] == []


@pytest.mark.parametrize(
    ("args", "said"),
    [
        ({"instance_id": "web-1"}, "'web-1' is no EC2 instance id; it must look like i-0123456789abcdef0"),
        ({"ledger_prefix": "ledger"}, "ledger_prefix must be a path like"),
        ({"state": "quarantined"}, "state is quarantined but all of the following are missing: reason"),
    ],
)
def test_wrong_input_gets_one_line(rotate: Any, aws: Lab, args: dict[str, Any], said: str) -> None:
    result = rotate(args.pop("state", "drained"), **args)
    assert result["failed"]
    assert said in result["msg"]
    assert "\n" not in result["msg"]
    assert aws.calls() == []


def test_a_second_port_comes_back_as_it_was(rotate: Any, aws: Lab) -> None:
    one = aws.instance_ids[0]
    elb = aws.client("elbv2")
    elb.register_targets(TargetGroupArn=aws.target_group("shop-web"), Targets=[{"Id": one, "Port": 8443}])
    rotate("drained")
    assert registered(aws, one) == set()
    rotate("restored")
    assert registered(aws, one) == HEALTHY | {("shop-web", 8443, "healthy")}


def test_throttling_is_waited_out(rotate: Any, aws: Lab) -> None:
    aws.fault("throttling", next=2)
    assert not rotate("drained")["failed"]


def test_the_one_instance_of_a_ledger_entry_that_is_not_ours_to_read(rotate: Any, aws: Lab) -> None:
    name = f"{PREFIX}/{aws.instance_ids[0]}"
    aws.client("ssm").put_parameter(Name=name, Value="drained", Type="String")
    aws.forget_calls()
    assert rotate("drained")["msg"].startswith(f"ledger entry {name} cannot be read")
    assert aws.writes() == []
