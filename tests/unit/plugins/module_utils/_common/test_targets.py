from __future__ import annotations

import pytest
from ansible_collections.steadyfleet.aws_patching.plugins.module_utils._common.targets import (
    instance_id_problems,
    named_instances,
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


@pytest.mark.parametrize(
    ("targets", "codes"),
    [
        ([("tag:App", ["shop"]), ("tag-key", ["Env"])], []),
        ([("instanceids", ["i-01234567"])], []),
        ([("resource-groups:Name", ["shop"]), ("resource-groups:ResourceTypeFilters", ["AWS::EC2::Instance"])], []),
        ([("tag:App", [""])], ["target_value_empty"]),
        ([("tag-key", ["Env", ""])], ["target_value_empty"]),
        ([("tag:", ["x"])], ["target_key_invalid"]),
        ([("App", ["x"])], ["target_key_invalid"]),
        ([("ParameterValues", ["x"])], ["target_key_invalid"]),
        ([("tag:App", ["a"]), ("tag:App", ["b"])], ["target_key_repeated"]),
        ([("InstanceIds", ["i-01234567"]), ("tag:App", ["b"])], ["target_keys_exclusive"]),
        ([("resource-groups:Name", ["a"]), ("tag:App", ["b"])], ["target_keys_exclusive"]),
        ([("resource-groups:Name", ["a", "b"])], ["too_many_resource_groups"]),
    ],
)
def test_targets_of_nodes(targets: list[tuple[str, list[str]]], codes: list[str]) -> None:
    problems = target_problems([{"key": key, "values": values} for key, values in targets])
    assert [problem.code for problem in problems] == codes


@pytest.mark.parametrize("key", ["ParameterValues", "ResourceGroup", "AWS::EC2::Instance", "CloudConnector"])
def test_a_runbook_takes_more_keys(key: str) -> None:
    assert target_problems([{"key": key, "values": ["x"]}], of_runbook=True) == []


def test_all_nodes_are_no_named_instances() -> None:
    both = [{"key": "InstanceIds", "values": ["i-1", "i-2", "i-1"]}, {"key": "tag:App", "values": ["x"]}]
    assert named_instances(both) == ("i-1", "i-2")
    assert named_instances([{"key": "InstanceIds", "values": ["*"]}]) == ()
