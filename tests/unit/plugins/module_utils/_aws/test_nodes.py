from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.steadyfleet.aws_patching.plugins.module_utils._aws.nodes import list_nodes
from lab.api.testing.kit import Lab

pytestmark = pytest.mark.api


def test_nodes_that_aws_does_not_know_are_left_out(aws: Lab) -> None:
    ids = [*aws.instance_ids, "i-0abcdefabcdefabcd"]
    client: Any = aws.client("ssm")
    assert list_nodes(client, ids) == []
    aws.start_nodes(aws.instance_ids[0])
    [node] = list_nodes(client, ids)
    assert (node["InstanceId"], node["PlatformType"]) == (aws.instance_ids[0], "Linux")
