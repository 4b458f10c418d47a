from __future__ import annotations

import pytest
from ansible_collections.steadyfleet.aws_patching.plugins.module_utils._common.targets import (
    instance_id_problems,
    target_problems,
)


@pytest.mark.parametrize("instance_id", ["i-01234567", "i-0123456789abcdef0", "mi-0123456789abcdef0"])
def test_ids_of_instances_and_of_managed_nodes_are_valid(instance_id: str) -> None:
    assert instance_id_problems([instance_id]) == []
    assert target_problems([{"key": "InstanceIds", "values": [instance_id]}]) == []


@pytest.mark.parametrize("instance_id", ["", "shop-1", "i-012345678", "mi-01234567", " i-01234567", "i-01234567\n"])
def test_every_other_id_is_refused_by_its_value(instance_id: str) -> None:
    [problem] = instance_id_problems([instance_id])
    assert repr(instance_id) in problem.message
    assert target_problems([{"key": "InstanceIds", "values": [instance_id]}]) == [problem]


def test_the_target_of_all_instances_is_valid() -> None:
    assert target_problems([{"key": "InstanceIds", "values": ["*"]}]) == []


@pytest.mark.parametrize("values", [[], None])
def test_a_target_without_values_is_refused(values: list[str] | None) -> None:
    [problem] = target_problems([{"key": "tag:App", "values": values}])
    assert "target tag:App" in problem.message


def test_the_values_of_other_keys_are_not_ids() -> None:
    assert target_problems([{"key": "tag:App", "values": ["shop"]}]) == []
