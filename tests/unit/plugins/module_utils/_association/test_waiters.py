"""The run of an association is followed, against an AWS that is a script."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.steadyfleet.aws_patching.plugins.module_utils._association.model import Baseline
from ansible_collections.steadyfleet.aws_patching.plugins.module_utils._association.report import outcome_failures
from ansible_collections.steadyfleet.aws_patching.plugins.module_utils._association.waiters import (
    AssociationContext,
    await_created,
    await_run,
)
from ansible_collections.steadyfleet.aws_patching.plugins.module_utils._common.errors import AwsError, WaitTimeout
from unit.plugins.module_utils.scripted_aws import PACE, Aws, commands, refusal, shown

FIELDS = {"association_name": "name", "document_name": "doc"}
LISTED = {"Associations": [{"AssociationId": "a-1", "AssociationName": "name"}]}
DESCRIBED = {"AssociationDescription": {"AssociationId": "a-1", "AssociationName": "name", "Name": "doc"}}


def context_of(aws: Aws, seconds: float = 100) -> AssociationContext:
    return AssociationContext(
        client=aws,
        send_once_client=lambda: aws,
        deadline=aws.deadline(seconds),
        interval=PACE,
        label="association name",
    )


def executions(*statuses: str) -> dict[str, Any]:
    return {
        "AssociationExecutions": [
            {"ExecutionId": f"e-{number}", "Status": each} for number, each in enumerate(statuses)
        ]
    }


def targets(*pairs: tuple[str, str]) -> dict[str, Any]:
    source = {"OutputSourceId": "c", "OutputSourceType": "RunCommand"}
    return {
        "AssociationExecutionTargets": [
            {"ResourceId": node, "Status": status, "OutputSource": source} for node, status in pairs
        ]
    }


def test_a_node_that_the_cancelled_command_never_reached_does_not_hold_the_module() -> None:
    aws = Aws(
        {
            "describe_association_executions": [executions("Failed")],
            "describe_association_execution_targets": [targets(("i-1", "Success"), ("i-2", "Cancelled"))],
            "list_command_invocations": [shown(("i-1", "Success"))],
            "list_commands": [commands("Cancelled", 2)],
        }
    )
    outcome = await_run(context_of(aws), "a-1", Baseline())
    assert outcome_failures(outcome, frozenset()) == ("i-2: Cancelled",)
    assert aws.time < 10


def test_an_association_that_aws_does_not_know_yet_is_polled_again() -> None:
    unknown = refusal("AssociationDoesNotExist")
    aws = Aws(
        {
            "describe_association_executions": [unknown, executions("Pending"), executions("Success")],
            "describe_association_execution_targets": [targets(("i-1", "Success"))],
            "list_command_invocations": [shown(("i-1", "Success"))],
        }
    )
    outcome = await_run(context_of(aws), "a-1", Baseline())
    assert (outcome.execution.status, aws.count("describe_association_executions")) == ("Success", 3)


def test_an_association_that_is_deleted_during_its_run_is_an_error() -> None:
    aws = Aws({"describe_association_executions": [executions("Pending"), refusal("AssociationDoesNotExist")]})
    with pytest.raises(AwsError) as failed:
        await_run(context_of(aws), "a-1", Baseline())
    assert failed.value.aws_code == "AssociationDoesNotExist"


def test_an_execution_that_a_later_response_lacks_is_still_followed() -> None:
    aws = Aws({"describe_association_executions": [executions("Pending"), executions()]})
    with pytest.raises(WaitTimeout, match="execution e-0 is Pending"):
        await_run(context_of(aws, 5), "a-1", Baseline())


def test_a_creation_without_a_response_is_found_when_aws_shows_it() -> None:
    nothing: dict[str, Any] = {"Associations": []}
    aws = Aws({"list_associations": [nothing, nothing, LISTED], "describe_association": [DESCRIBED]})
    found = await_created(context_of(aws), FIELDS)
    assert found
    assert (found["AssociationId"], aws.time) == ("a-1", 2)


@pytest.mark.parametrize(
    "answers",
    [
        pytest.param({"list_associations": [{"Associations": []}]}, id="not shown"),
        pytest.param({"list_associations": [refusal("AccessDeniedException")]}, id="not readable"),
        pytest.param(
            {
                "list_associations": [{"Associations": LISTED["Associations"] * 2}],
                "describe_association": [DESCRIBED],
            },
            id="several",
        ),
        pytest.param(
            {
                "list_associations": [LISTED],
                "describe_association": [
                    {"AssociationDescription": {**DESCRIBED["AssociationDescription"], "MaxErrors": "1"}}
                ],
            },
            id="with other fields",
        ),
    ],
)
def test_reading_cannot_tell_whether_it_was_created(answers: dict[str, Any]) -> None:
    aws = Aws(answers)
    assert await_created(context_of(aws), FIELDS) is None
    assert aws.time <= 31
