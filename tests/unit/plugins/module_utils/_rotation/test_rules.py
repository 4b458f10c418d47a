"""What is no instance id."""

from __future__ import annotations

import pytest
from ansible_collections.steadyfleet.aws_patching.plugins.module_utils._common.errors import InvalidInput
from ansible_collections.steadyfleet.aws_patching.plugins.module_utils._rotation.rules import (
    checked_instance_ids,
    ec2_instance_id_problems,
)


@pytest.mark.parametrize("instance_id", ["i-0123456789abcdef0", "i-01234567"])
def test_instance_ids(instance_id: str) -> None:
    assert ec2_instance_id_problems(instance_id) == []


@pytest.mark.parametrize(
    "instance_id", ["", "web-1", "i-", "i-0123", "i-0123456789ABCDEF0", "mi-0123456789abcdef0", "i-01234567\n", "*"]
)
def test_anything_else_is_named(instance_id: str) -> None:
    [problem] = ec2_instance_id_problems(instance_id)
    assert problem.code == "instance_id_invalid"
    assert repr(instance_id) in problem.message


def test_each_id_once_and_every_wrong_one_named() -> None:
    assert checked_instance_ids(["i-00000002", "i-00000001", "i-00000002"]) == ["i-00000002", "i-00000001"]
    with pytest.raises(InvalidInput) as error:
        checked_instance_ids(["i-00000002", "web-1", "web-2"])
    assert "'web-1'" in str(error.value)
    assert "'web-2'" in str(error.value)
