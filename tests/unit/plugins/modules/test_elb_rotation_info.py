"""elb_rotation_info against the lab's API."""

from __future__ import annotations

from typing import Any

import pytest

Lab = Any
RunModule = Any


@pytest.fixture
def lab_overrides() -> dict[str, Any]:
    return {"load_balancer.deregistration_delay": 0}


def test_the_whole_fleet_in_few_calls(run_module: RunModule, aws: Lab) -> None:
    aws.balancer.set_sick(aws.instance_ids[3])
    result = run_module("elb_rotation_info", {})
    assert not result["changed"]
    assert [item["instance_id"] for item in result["rotations"]] == list(aws.instance_ids)
    web = next(group for group in result["target_groups"] if group["name"] == "shop-web")
    assert (web["healthy"], web["total"], web["minimum"]) == (3, 4, 1)
    sick = result["rotations"][3]
    assert {(r["target_group_name"], r["port"], r["state"]) for r in sick["registrations"]} == {
        ("shop-web", 443, "unhealthy"),
        ("shop-api", 443, "unhealthy"),
    }
    assert sick["ledger"] is None
    counts = {call.action for call in aws.calls()}
    assert counts == {
        "DescribeTargetGroups", "DescribeTargetHealth", "DescribeTargetGroupAttributes", "GetParametersByPath",
    }  # fmt: skip
    assert len(aws.calls("DescribeTargetHealth")) == 2
    assert len(aws.calls("DescribeTargetGroups", "GetParametersByPath")) == 2


def test_what_is_out_is_told_from_the_ledger(run_module: RunModule, aws: Lab) -> None:
    one, two = aws.instance_ids[:2]
    args = {"instance_id": one, "state": "drained", "run_id": "r", "poll_interval": 0.05}
    assert not run_module("elb_rotation", args)["failed"]
    args |= {"state": "quarantined", "reason": "it broke"}
    assert not run_module("elb_rotation", args)["failed"]
    result = run_module("elb_rotation_info", {"instance_ids": [two, one]})
    assert [item["instance_id"] for item in result["rotations"]] == [two, one]
    out = result["rotations"][1]
    assert out["registrations"] == []
    assert (out["ledger"]["phase"], out["ledger"]["reason"], out["ledger"]["run_id"]) == (
        "quarantined",
        "it broke",
        "r",
    )
    assert {item["target_group_name"] for item in out["ledger"]["registrations"]} == {"shop-web", "shop-api"}
    # Out of every group, it is still listed when nobody is named.
    everyone = run_module("elb_rotation_info", {"target_group_arns": [aws.target_group("shop-web")]})
    assert one in [item["instance_id"] for item in everyone["rotations"]]
    assert [group["name"] for group in everyone["target_groups"]] == ["shop-web"]


def test_wrong_input(run_module: RunModule) -> None:
    assert "'shop-1' is no EC2 instance id" in run_module("elb_rotation_info", {"instance_ids": ["shop-1"]})["msg"]
    assert "ledger_prefix must be a path" in run_module("elb_rotation_info", {"ledger_prefix": "x"})["msg"]
