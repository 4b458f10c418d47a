from __future__ import annotations

from typing import Any

from ansible_collections.steadyfleet.aws_patching.plugins.module_utils._aws.autoscaling import scaling_groups
from unit.plugins.module_utils.scripted_aws import Aws


def item(instance_id: str) -> dict[str, Any]:
    return {"InstanceId": instance_id, "AutoScalingGroupName": "shop"}


def test_fifty_instances_are_read_in_a_call() -> None:
    ids = [f"i-{number}" for number in range(51)]
    pages = [{"AutoScalingInstances": [item("i-1")]}, {"AutoScalingInstances": [item("i-50")]}]
    aws = Aws({"describe_auto_scaling_instances": pages})
    assert scaling_groups(aws, ids) == {"i-1": "shop", "i-50": "shop"}
    assert [len(params["InstanceIds"]) for _operation, params in aws.calls] == [50, 1]


def test_no_instance_is_no_call() -> None:
    """Without ids the operation returns all instances of the account."""
    aws = Aws({})
    assert scaling_groups(aws, []) == {}
    assert aws.calls == []
