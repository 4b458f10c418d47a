"""ssm_association_info against the lab's API, run as Ansible runs it."""

from __future__ import annotations

from typing import Any

import pytest
import yaml
from ansible_collections.steadyfleet.aws_patching.plugins.modules import ssm_association, ssm_association_info
from lab.api.testing.kit import Lab, RunModule
from lab.api.testing.scripted_node import ScriptedNode
from unit.plugins.modules.association_kit import CRON, NAME, ONE, SHELL, caller, undocumented

GROUP = [{"key": "resource-groups:Name", "values": ["shop"]}]


@pytest.fixture
def info(run_module: RunModule) -> Any:
    def run(**options: Any) -> list[dict[str, Any]]:
        result = run_module("ssm_association_info", options)
        assert (result["failed"], result["changed"]) == (False, False), result
        found: list[dict[str, Any]] = result["associations"]
        return found

    return run


@pytest.fixture
def three(run_module: RunModule, aws: Lab, nodes: dict[str, ScriptedNode]) -> dict[str, str]:
    """Names and ids: one that has run with success, one for a group, one that has failed."""
    association = caller(run_module)
    ran = association(**SHELL, instance_ids=[ONE], tags={"Team": "shop"})["association"]
    group = association(**{**SHELL, **CRON, "association_name": "group", "targets": GROUP})["association"]
    lost = association(**{**SHELL, "association_name": "lost", "targets": [{"key": "tag:App", "values": ["no"]}]})
    aws.forget_calls()
    return {
        "ran": ran["association_id"],
        "group": group["association_id"],
        "lost": lost["association"]["association_id"],
    }


def test_each_id_takes_one_call(info: Any, aws: Lab, three: dict[str, str]) -> None:
    unknown = "12345678-1234-1234-1234-123456789012"
    found = info(association_ids=[three["lost"], unknown, three["ran"], three["lost"]])
    assert [item["association_id"] for item in found] == [three["lost"], three["ran"]]
    assert [call.action for call in aws.calls()] == ["DescribeAssociation"] * 3


def test_fields_of_an_association(info: Any, aws: Lab, three: dict[str, str]) -> None:
    [ran] = info(association_names=[NAME])
    assert [call.action for call in aws.calls()] == ["ListAssociations", "DescribeAssociation"]
    assert ran["parameters"] == {"commands": ["true"]}
    assert ran["targets"] == [{"key": "InstanceIds", "values": [ONE]}]
    assert (ran["status"], ran["detailed_status"], ran["target_count_by_status"]) == (
        "Success",
        "Success",
        {"Success": 1},
    )
    assert ran["last_execution_at"] == ran["last_successful_execution_at"] >= ran["created_at"] == ran["updated_at"]
    assert (ran["instance_id"], ran["triggered_alarms"]) == (None, [])
    assert {"tags", "executions", "max_errors"} & set(ran) == set()
    [group] = info(association_names=["group"])
    assert (group["status"], group["last_execution_at"]) == ("Pending", None)


def test_optional_parts(info: Any, aws: Lab, three: dict[str, str]) -> None:
    client = aws.client("ssm")
    [first] = client.describe_association_executions(AssociationId=three["ran"])["AssociationExecutions"]
    aws.forget_calls()
    [ran] = info(association_id=three["ran"], include_tags=True, max_executions=5, include_execution_targets=True)
    assert [call.action for call in aws.calls()] == [
        "DescribeAssociation",
        "ListTagsForResource",
        "DescribeAssociationExecutions",
        "DescribeAssociationExecutionTargets",
    ]
    assert ran["tags"] == {"Team": "shop"}
    [execution] = ran["executions"]
    assert execution["execution_id"] == first["ExecutionId"]
    assert (execution["status"], execution["resource_count_by_status"]) == ("Success", {"Success": 1})
    assert execution["association_version"] == "1"
    documented = yaml.safe_load(ssm_association_info.RETURN)["associations"]["contains"]
    same = yaml.safe_load(ssm_association.RETURN)
    documented = same["association"]["contains"] | documented
    documented["executions"]["contains"] = same["execution"]["contains"] | documented["executions"]["contains"]
    assert not undocumented([ran], documented)
    [target] = execution["targets"]
    assert (target["resource_id"], target["status"], target["automation_execution_id"]) == (ONE, "Success", None)
    assert target["command_id"]


def test_only_the_newest_executions(info: Any, aws: Lab, three: dict[str, str]) -> None:
    association = aws.api.region.associations.by_id[three["ran"]]
    aws.client("ssm").start_associations_once(AssociationIds=[association.id])
    old, new = association.runs
    association.runs.reverse()  # AWS promises no order
    [found] = info(association_names=[NAME], max_executions=1)
    assert [item["execution_id"] for item in found["executions"]] == [new.id]
    [found] = info(association_names=[NAME], executions=9, executions_after=old.created.isoformat())
    assert [item["execution_id"] for item in found["executions"]] == [new.id]


@pytest.mark.parametrize(
    ("filters", "found"),
    [
        ({"AssociationStatusName": "Failed"}, {"lost"}),
        ({"Name": "AWS-RunShellScript", "AssociationName": "group"}, {"group"}),
        ({"ResourceGroupName": "shop"}, {"group"}),
        ({"LastExecutedAfter": "2020-01-01T00:00:00Z"}, {"ran", "lost"}),
        ({"LastExecutedBefore": "2020-01-01T00:00:00Z"}, set()),
        ({"InstanceId": ONE}, set()),
        ({}, {"ran", "group", "lost"}),
    ],
)
def test_filters(info: Any, three: dict[str, str], filters: dict[str, str], found: set[str]) -> None:
    ids = {item["association_id"] for item in info(filters=filters)}
    assert ids == {three[name] for name in found}


def test_throttled_reads_are_repeated(info: Any, aws: Lab, three: dict[str, str]) -> None:
    aws.fault("throttling", next=2)
    assert len(info(association_names=[NAME])) == 1


@pytest.mark.parametrize(
    ("options", "named"),
    [
        ({"association_ids": ["x"]}, "association_id must match"),
        ({"include_execution_targets": True}, "include_execution_targets requires max_executions"),
        ({"association_names": ["a b"]}, "association_name must match"),
        ({"filters": {"Nme": "x"}}, "filters[0].key must be one of InstanceId, Name, AssociationId"),
        ({"filters": {"Name": ""}}, "filter Name takes one value, not ''"),
        ({"filters": {"Name": ["a", "b"]}}, "filter Name takes one value, not ['a', 'b']"),
        ({"executions": -1}, "max_executions must not be negative"),
        ({"max_executions": 1, "executions_after": "today"}, "executions_after must be a time like 2026-08-01T09:30"),
        ({"executions_after": "2026-08-01"}, "executions_after requires max_executions"),
        ({"names": ["abc"], "filters": {}}, "mutually exclusive"),
    ],
)
def test_wrong_input_fails_before_any_call(
    run_module: RunModule, aws: Lab, options: dict[str, Any], named: str
) -> None:
    result = run_module("ssm_association_info", options)
    assert named in result["msg"]
    assert "\n" not in result["msg"]
    assert not aws.calls()
