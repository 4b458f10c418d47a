from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.steadyfleet.aws_patching.plugins.module_utils._aws.ec2 import describe_instances
from unit.plugins.module_utils.scripted_aws import Aws


class Meta:
    """The part of a client that knows its service model, with the members of an operation's input."""

    def __init__(self, *members: str) -> None:
        self.service_model = self.input_shape = self
        self.members = members

    def operation_model(self, name: str) -> Any:
        assert name == "DescribeInstances"
        return self


@pytest.mark.parametrize("members", [(), ("IncludeManagedResources",)])
def test_managed_instances_are_read_where_botocore_can(members: tuple[str, ...]) -> None:
    aws = Aws({"describe_instances": [{"Reservations": [{"Instances": [{"InstanceId": "i-1"}]}]}]})
    vars(aws)["meta"] = Meta(*members)
    assert describe_instances(aws, ["i-1"]) == [{"InstanceId": "i-1"}]
    filters = [{"Name": "instance-id", "Values": ["i-1"]}]
    assert aws.calls == [("describe_instances", {"Filters": filters, **dict.fromkeys(members, True)})]
