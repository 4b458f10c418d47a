"""Following commands, run for real against an AWS that is a script, on a clock of its own."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.steadyfleet.aws_patching.plugins.module_utils._command.waiters import follow, send
from ansible_collections.steadyfleet.aws_patching.plugins.module_utils._common.errors import (
    AwsError,
    InvalidInput,
    WaitTimeout,
)
from botocore.exceptions import ReadTimeoutError
from unit.plugins.module_utils.scripted_aws import PACE, REQUEST, Aws, refusal, sent, shown


def test_a_command_that_is_not_visible_yet_is_waited_for() -> None:
    nothing: list[Any] = [{"CommandInvocations": []}, refusal("InvalidCommandId"), refusal("InvocationDoesNotExist")]
    aws = Aws({"list_command_invocations": [*nothing, shown(("i-1", "Pending")), shown(("i-1", "Success"))]})
    [found] = follow(aws, [sent("i-1")], aws.deadline(), PACE)
    assert found.succeeded
    assert aws.time == 4


def test_any_other_refusal_is_told() -> None:
    aws = Aws({"list_command_invocations": [refusal("AccessDeniedException")]})
    with pytest.raises(AwsError, match="AccessDeniedException"):
        follow(aws, [sent("i-1")], aws.deadline(), PACE)


def test_every_node_is_due_not_only_those_that_aws_shows() -> None:
    aws = Aws({"list_command_invocations": [shown(("i-1", "Success"))]})
    with pytest.raises(WaitTimeout, match=r"gave up after 5 s: still due: i-2 not started$"):
        follow(aws, [sent("i-1", "i-2")], aws.deadline(5), PACE)


def test_a_failed_node_ends_like_any_other() -> None:
    aws = Aws({"list_command_invocations": [shown(("i-1", "TimedOut"), ("i-2", "Cancelled"))]})
    assert [found.status for found in follow(aws, [sent("i-1", "i-2")], aws.deadline(), PACE)] == [
        "TimedOut",
        "Cancelled",
    ]


def test_two_commands_share_the_deadline_and_an_ended_one_is_not_looked_at_again() -> None:
    scripts = {
        "a": [shown(("i-1", "Success"), command="a")],
        "b": [*[shown(("i-1", "InProgress"), command="b")] * 3, shown(("i-1", "Failed"), command="b")],
    }
    aws = Aws({"list_command_invocations": [scripts]})
    found = follow(aws, [sent("i-1", command="a"), sent("i-1", command="b")], aws.deadline(), PACE)
    assert [(one.command_id, one.status) for one in found] == [("a", "Success"), ("b", "Failed")]
    assert aws.count("list_command_invocations", CommandId="a") == 1
    assert aws.count("list_command_invocations", CommandId="b") == 4


def test_the_whole_output_is_read_for_failed_and_cut_steps_only() -> None:
    whole = {"StandardOutputContent": "long", "StandardErrorContent": "the reason"}
    listed = shown(("i-1", "Failed"), output="x" * 2500)
    cut = Aws({"list_command_invocations": [listed], "get_command_invocation": [whole]})
    [found] = follow(cut, [sent("i-1")], cut.deadline(), PACE)
    assert found.steps[0].output.endswith("the reason")
    assert cut.count("get_command_invocation", PluginName="step", InstanceId="i-1") == 1
    short = Aws({"list_command_invocations": [shown(("i-1", "Failed"), output="short")]})
    follow(short, [sent("i-1")], short.deadline(), PACE)
    assert short.count("get_command_invocation") == 0


ANSWER = {"Command": {"CommandId": "c", "Status": "Pending"}}


def test_only_a_throttled_request_is_made_again() -> None:
    aws = Aws({"send_command": [refusal("ThrottlingException"), refusal("ThrottlingException"), ANSWER]})
    assert send(aws, REQUEST, aws.deadline(), PACE).command_id == "c"
    assert aws.count("send_command") == 3


def test_throttling_without_end_is_a_timeout() -> None:
    aws = Aws({"send_command": [refusal("ThrottlingException")]})
    with pytest.raises(WaitTimeout, match="the command was not sent: SendCommand: ThrottlingException"):
        send(aws, REQUEST, aws.deadline(3), PACE)


@pytest.mark.parametrize(
    "failure", [refusal("InternalServerError"), ReadTimeoutError(endpoint_url="https://ssm"), refusal("503")]
)
def test_a_request_without_an_answer_is_not_made_again(failure: Exception) -> None:
    aws = Aws({"send_command": [failure, ANSWER]})
    with pytest.raises(AwsError, match="it is not known whether the command runs"):
        send(aws, REQUEST, aws.deadline(), PACE)
    assert aws.count("send_command") == 1


def test_a_refusal_is_wrong_input() -> None:
    aws = Aws({"send_command": [refusal("InvalidDocument")]})
    with pytest.raises(InvalidInput, match="document doc cannot be used"):
        send(aws, REQUEST, aws.deadline(), PACE)
