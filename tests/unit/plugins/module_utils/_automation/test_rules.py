from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.steadyfleet.aws_patching.plugins.module_utils._automation.model import (
    AutomationExecution,
)
from ansible_collections.steadyfleet.aws_patching.plugins.module_utils._automation.rules import (
    differences,
    existing_problems,
    query_problems,
    start_problems,
)
from ansible_collections.steadyfleet.aws_patching.plugins.module_utils._automation.transformations import (
    automation_request,
)

TARGETS = [{"key": "tag:App", "values": ["shop"]}]


@pytest.mark.parametrize(
    ("options", "named"),
    [
        ({"targets": TARGETS}, "target_parameter_name"),
        ({"targets": TARGETS, "target_parameter_name": "Id", "target_maps": [{"Id": ["1"]}]}, "exclude"),
        ({"target_parameter_name": "Id"}, "targets or target_maps"),
        ({"max_errors": "1"}, "max_errors requires"),
        (
            {"targets": [{"key": "tag:App", "values": []}], "target_parameter_name": "Id"},
            "target tag:App needs",
        ),
        ({"tags": dict.fromkeys("abcdef", "")}, "at most 5 tags"),
        ({"tags": dict.fromkeys("abcde", ""), "client_token": "t"}, "at most 4 tags"),
        ({"tags": {"steadyfleet.aws_patching/client_token/x": "x"}}, "reserved"),
        ({"client_token": "a token"}, "client_token"),
    ],
)
def test_options_of_a_start_that_do_not_go_together(options: dict[str, Any], named: str) -> None:
    [problem] = start_problems(automation_request({"document_name": "shop", **options}))
    assert named in problem.message


@pytest.mark.parametrize(
    ("options", "named"),
    [
        ({"parameters": {"a": "b"}}, "parameters and execution_id"),
        ({"signal": "Resume"}, "step_name"),
        ({"signal": "Approve", "comment": "x" * 513}, "512"),
    ],
)
def test_options_for_an_execution_that_exists(options: dict[str, Any], named: str) -> None:
    assert existing_problems({"signal": "Approve"}) == []
    [problem] = existing_problems(options)
    assert named in problem.message


def test_an_execution_is_compared_with_the_request() -> None:
    request = automation_request(
        {"document_name": "arn:aws:ssm:r:1:document/shop", "document_version": "2", "parameters": {"Id": "i-1"}}
    )
    same = AutomationExecution(
        execution_id="e-1",
        status="Success",
        document_name="shop",
        document_version="2",
        parameters={"Id": ["i-1"], "Other": ["default"]},
    )
    assert differences(request, same) == []
    other = AutomationExecution(
        execution_id="e-1", status="Success", document_name="web", mode="Interactive", target_parameter_name="Id"
    )
    assert differences(request, other) == [
        "document_name",
        "document_version",
        "parameters",
        "target_parameter_name",
        "mode",
    ]


@pytest.mark.parametrize(
    ("query", "option"),
    [
        ({}, None),
        ({"client_token": "release-7", "started_after": "2026-08-01"}, None),
        ({"client_token": "a b"}, "client_token"),
        ({"max_executions": 0}, "max_executions"),
        ({"started_after": "yesterday"}, "started_after"),
        ({"started_before": ""}, "started_before"),
    ],
)
def test_what_ssm_automation_info_cannot_read(query: dict[str, Any], option: str | None) -> None:
    usual = {"client_token": None, "started_after": None, "started_before": None, "max_executions": 1}
    assert [problem.message.split()[0] for problem in query_problems({**usual, **query})] == (
        [option] if option else []
    )
