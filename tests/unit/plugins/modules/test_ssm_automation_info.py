"""ssm_automation_info against the lab's API, run as Ansible runs it."""

from __future__ import annotations

import copy
import datetime
import json
import time
from collections.abc import Callable
from typing import Any

import pytest
import yaml
from ansible_collections.steadyfleet.aws_patching.plugins.modules import ssm_automation, ssm_automation_info
from lab.api.testing.kit import Lab, RunModule
from unit.plugins.modules.association_kit import undocumented

ONE, TWO = "i-00000000000000001", "i-00000000000000002"
UNKNOWN = "12345678-1234-1234-1234-123456789012"
NAP = {"name": "nap", "action": "aws:sleep", "inputs": {"Duration": "PT0.01S"}}
PAUSE = {"name": "hold", "action": "aws:pause", "inputs": {}}
PARAMETERS = {"Word": {"type": "String", "default": "a"}}
Info = Callable[..., list[dict[str, Any]]]


@pytest.fixture
def info(run_module: RunModule, aws: Lab) -> Info:
    """Reads executions, in check mode and without; both read the same and write nothing."""

    def run(**options: Any) -> list[dict[str, Any]]:
        checked = run_module("ssm_automation_info", options, check=True)
        aws.forget_calls()
        result = run_module("ssm_automation_info", options)
        assert (result["failed"], result["changed"]) == (False, False), result
        assert result["executions"] == checked["executions"]
        assert not aws.writes()
        found: list[dict[str, Any]] = result["executions"]
        return found

    return run


@pytest.fixture
def four(run_module: RunModule, aws: Lab) -> dict[str, dict[str, Any]]:
    """Executions by name: one with a token and tags, one of a runbook with a longer name, one for two targets, and one
    that waits.
    """
    for name, step in {"shop": NAP, "shop-hold": PAUSE}.items():
        content = json.dumps({"schemaVersion": "0.3", "parameters": PARAMETERS, "mainSteps": [step]})
        aws.client("ssm").create_document(Name=name, DocumentType="Automation", Content=content)
        while aws.client("ssm").describe_document(Name=name)["Document"]["Status"] != "Active":
            time.sleep(0.01)

    def start(name: str, **options: Any) -> dict[str, Any]:
        quick = {"poll_interval": 0.02, "wait_timeout": 10}
        result = run_module("ssm_automation", {**quick, "document_name": name, **options})
        assert not result["failed"], result
        execution: dict[str, Any] = result["execution"]
        return execution

    targets = {"targets": [{"key": "ParameterValues", "values": ["x", "y"]}], "target_parameter_name": "Word"}
    return {
        "token": start("shop", client_token="run-7/shop", tags={"Team": "shop"}, parameters={"Word": "b"}),
        "interactive": start("shop-hold", mode="Interactive"),
        "targets": start("shop", **targets),
        "plain": start("shop"),
    }


def ids(executions: list[dict[str, Any]]) -> set[str]:
    return {execution["execution_id"] for execution in executions}


def actions(aws: Lab) -> list[str]:
    return [call.action for call in aws.calls()]


def test_by_id_each_costs_one_call(info: Info, aws: Lab, four: dict[str, dict[str, Any]]) -> None:
    plain, token = four["plain"]["execution_id"], four["token"]["execution_id"]
    found = info(execution_ids=[plain, UNKNOWN, token, plain])
    assert [execution["execution_id"] for execution in found] == [plain, token]
    assert actions(aws) == ["GetAutomationExecution"] * 3
    assert info(execution_ids=[]) == []
    assert not aws.calls()


def test_an_execution_is_returned_as_ssm_automation_returns_it(
    info: Info, aws: Lab, four: dict[str, dict[str, Any]]
) -> None:
    token = four["token"]
    [found] = info(execution_id=token["execution_id"], include_steps=True, include_tags=True)
    assert actions(aws) == ["GetAutomationExecution", "ListTagsForResource"]
    assert {**found, "children": []} == token
    assert (found["parameters"], found["tags"]) == ({"Word": ["b"]}, {"Team": "shop"})
    assert [step["name"] for step in found["steps"]] == ["nap"]
    [found] = info(execution_id=token["execution_id"])
    assert set(token) - set(found) == {"steps", "failed_steps", "children", "tags"}
    documented = yaml.safe_load(ssm_automation.RETURN)["execution"]["contains"]
    documented |= yaml.safe_load(ssm_automation_info.RETURN)["executions"]["contains"]
    [found] = info(
        execution_id=four["targets"]["execution_id"], include_steps=True, include_children=True, include_tags=True
    )
    assert not undocumented([found], documented)


def test_what_aws_lists(info: Info, aws: Lab, four: dict[str, dict[str, Any]]) -> None:
    [listed] = info(client_token="run-7/shop")
    assert actions(aws) == ["DescribeAutomationExecutions"]
    assert "parameters" not in listed
    assert listed == {name: four["token"][name] for name in listed}
    [listed] = info(client_token="run-7/shop", include_steps=True)
    assert actions(aws) == ["DescribeAutomationExecutions", "DescribeAutomationStepExecutions"]
    assert listed["steps"] == four["token"]["steps"]
    assert listed["failed_steps"] == []


def test_executions_for_targets(info: Info, aws: Lab, four: dict[str, dict[str, Any]]) -> None:
    targets = four["targets"]
    [found] = info(execution_ids=[targets["execution_id"]], include_children=True)
    assert actions(aws) == ["GetAutomationExecution", "DescribeAutomationExecutions"]
    assert [child["target"] for child in found["children"]] == ["x", "y"]
    assert {child["parent_execution_id"] for child in found["children"]} == {targets["execution_id"]}
    # Nothing that AWS does not list looks like nothing that happened.
    assert all({"parameters", "steps", "failed_steps", "children"} & set(child) == set() for child in found["children"])
    [plain] = info(execution_ids=[four["plain"]["execution_id"]], include_children=True)
    assert plain["children"] == []


@pytest.mark.parametrize(
    ("conditions", "names"),
    [
        ({"document_name": "shop"}, {"token", "targets", "plain"}),
        ({"document_name": "shop-hold"}, {"interactive"}),
        ({"document_name": "shop-"}, set()),
        ({"status": "Waiting"}, {"interactive"}),
        ({"document_name": "shop", "status": "Waiting"}, set()),
        ({"tag_key": "Team"}, {"token"}),
        ({"client_token": "run-7/shop"}, {"token"}),
        ({"client_token": "run-7"}, set()),
        ({"started_after": "2020-01-01T00:00:00Z"}, {"token", "interactive", "targets", "plain"}),
        ({"started_before": "2020-01-01T00:00:00Z"}, set()),
    ],
)
def test_conditions(
    info: Info, aws: Lab, four: dict[str, dict[str, Any]], conditions: dict[str, str], names: set[str]
) -> None:
    found = [execution for execution in info(**conditions) if execution["parent_execution_id"] is None]
    assert ids(found) == {four[name]["execution_id"] for name in names}
    assert actions(aws) == ["DescribeAutomationExecutions"]


def test_times_with_an_offset(info: Info, aws: Lab, four: dict[str, dict[str, Any]]) -> None:
    early = aws.api.region.automations.by_id[four["plain"]["execution_id"]]
    assert early.started
    early.started -= datetime.timedelta(hours=2)
    offset = datetime.timezone(datetime.timedelta(hours=5))
    an_hour_ago = (datetime.datetime.now(offset) - datetime.timedelta(hours=1)).isoformat()
    assert ids(info(started_before=an_hour_ago)) == {four["plain"]["execution_id"]}
    assert four["plain"]["execution_id"] not in ids(info(started_after=an_hour_ago))


def test_no_more_than_asked_for(info: Info, aws: Lab, four: dict[str, dict[str, Any]]) -> None:
    assert len(info(max_executions=1)) == 1
    # Five executions are of runbook shop, two of them for targets. AWS also finds the one of runbook shop-hold.
    assert len(info(document_name="shop", max_executions=5)) == 5
    assert len(info(execution_ids=sorted(ids(list(four.values()))), max_executions=1)) == 4


def test_no_more_pages_are_read_than_needed(info: Info, aws: Lab, four: dict[str, dict[str, Any]]) -> None:
    executions = aws.api.region.automations.by_id
    one = executions[four["plain"]["execution_id"]]
    for number in range(120):
        another = copy.copy(one)
        another.id = f"{number:036}"
        executions[another.id] = another
    assert len(info(max_executions=30)) == 30
    assert actions(aws) == ["DescribeAutomationExecutions"]
    assert len(info(max_executions=200)) > 120
    assert len(actions(aws)) > 2


@pytest.mark.parametrize("lab_overrides", [{"api.automation_steps_shown": 0}])
def test_steps_that_aws_leaves_out_are_read(info: Info, aws: Lab, four: dict[str, dict[str, Any]]) -> None:
    [found] = info(execution_ids=[four["plain"]["execution_id"]], include_steps=True)
    assert [step["name"] for step in found["steps"]] == ["nap"]
    assert actions(aws) == ["GetAutomationExecution", "DescribeAutomationStepExecutions"]


def test_throttled_reads_are_repeated(info: Info, aws: Lab, four: dict[str, dict[str, Any]]) -> None:
    aws.fault("throttling", next=2)
    assert len(info(status="Waiting")) == 1


@pytest.mark.parametrize(
    ("options", "code", "facts"),
    [
        ({"execution_ids": ["x"]}, "invalid_option", ["execution_ids must have 36 characters"]),
        ({"document_name": "?"}, "invalid_option", ["document_name must match"]),
        ({"client_token": "a b"}, "invalid_option", ["client_token must be"]),
        ({"tag_key": "x" * 129}, "invalid_option", ["tag_key must have 1 to 128 characters"]),
        (
            {"started_after": "today", "max_executions": 0},
            "time_invalid",
            ["started_after must be a time", "max_executions must be at"],
        ),
        ({"started_before": "1785576600"}, "time_invalid", ["started_before must be a time"]),
    ],
)
def test_wrong_input_is_refused_before_any_call(
    run_module: RunModule, aws: Lab, options: dict[str, Any], code: str, facts: list[str]
) -> None:
    for check in (True, False):
        result = run_module("ssm_automation_info", options, check=check)
        assert result["code"] == code
        assert [fact for fact in facts if fact not in result["msg"]] == []
        assert len(result["problems"]) == len(facts)
    assert not aws.calls()


@pytest.mark.parametrize(
    ("options", "excluded"),
    [
        ({"execution_ids": [UNKNOWN], "document_name": "shop"}, "execution_ids|document_name"),
        ({"execution_ids": [UNKNOWN], "client_token": "t"}, "execution_ids|client_token"),
        ({"execution_ids": [UNKNOWN], "status": "Failed"}, "execution_ids|status"),
        ({"execution_ids": [UNKNOWN], "started_after": "2026-08-01"}, "execution_ids|started_after"),
        ({"execution_ids": [UNKNOWN], "started_before": "2026-08-01"}, "execution_ids|started_before"),
        ({"execution_ids": [UNKNOWN], "tag_key": "Team"}, "execution_ids|tag_key"),
        ({"client_token": "t", "tag_key": "Team"}, "client_token|tag_key"),
    ],
)
def test_what_excludes_each_other(run_module: RunModule, aws: Lab, options: dict[str, Any], excluded: str) -> None:
    result = run_module("ssm_automation_info", options)
    assert result["failed"]
    assert f"mutually exclusive: {excluded}" in result["msg"]
    assert not aws.calls()


def test_a_status_that_aws_does_not_know(run_module: RunModule, four: dict[str, dict[str, Any]]) -> None:
    result = run_module("ssm_automation_info", {"status": "Nonsense"})
    assert (result["code"], result["error_code"]) == ("aws_error", "InvalidFilterValue")
    assert "Nonsense" in result["msg"]
