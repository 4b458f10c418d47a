"""Following commands, run for real against an AWS that is a script, on a clock of its own."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.steadyfleet.aws_patching.plugins.module_utils._command.apply import send_command
from ansible_collections.steadyfleet.aws_patching.plugins.module_utils._command.read import with_complete_output
from ansible_collections.steadyfleet.aws_patching.plugins.module_utils._command.waiters import await_invocations
from ansible_collections.steadyfleet.aws_patching.plugins.module_utils._common.errors import (
    AwsError,
    InvalidInput,
    WaitTimeout,
)
from botocore.exceptions import ReadTimeoutError
from unit.plugins.module_utils.scripted_aws import REQUEST, Aws, commands, refusal, sent, shown


def test_a_command_that_is_not_visible_yet_is_waited_for() -> None:
    nothing: list[Any] = [{"CommandInvocations": []}, refusal("InvalidCommandId"), refusal("InvocationDoesNotExist")]
    aws = Aws({"list_command_invocations": [*nothing, shown(("i-1", "Pending")), shown(("i-1", "Success"))]})
    [found] = await_invocations(aws.context(), [sent("i-1")])
    assert found.succeeded
    assert aws.time == 4


def test_any_other_error_is_raised() -> None:
    aws = Aws({"list_command_invocations": [refusal("AccessDeniedException")]})
    with pytest.raises(AwsError, match="AccessDeniedException"):
        await_invocations(aws.context(), [sent("i-1")])


def test_every_node_is_waited_for_and_not_only_those_that_aws_shows() -> None:
    shows = {"list_command_invocations": [shown(("i-1", "Success"))], "list_commands": [commands("InProgress", 2)]}
    aws = Aws(shows)
    with pytest.raises(WaitTimeout, match=r"gave up after 5 s: .*i-2 not started$"):
        await_invocations(aws.context(5), [sent("i-1", "i-2")])


def test_a_failed_node_ends_like_any_other() -> None:
    aws = Aws({"list_command_invocations": [shown(("i-1", "TimedOut"), ("i-2", "Cancelled"))]})
    assert [found.status for found in await_invocations(aws.context(), [sent("i-1", "i-2")])] == [
        "TimedOut",
        "Cancelled",
    ]


def test_two_commands_share_the_deadline_and_an_ended_one_is_not_polled_again() -> None:
    scripts = {
        "a": [shown(("i-1", "Success"), command="a")],
        "b": [*[shown(("i-1", "InProgress"), command="b")] * 3, shown(("i-1", "Failed"), command="b")],
    }
    aws = Aws({"list_command_invocations": [scripts]})
    found = await_invocations(aws.context(), [sent("i-1", command="a"), sent("i-1", command="b")])
    assert [(one.command_id, one.status) for one in found] == [("a", "Success"), ("b", "Failed")]
    assert aws.count("list_command_invocations", CommandId="a") == 1
    assert aws.count("list_command_invocations", CommandId="b") == 4


def test_complete_output_is_read_for_failed_and_truncated_steps_only() -> None:
    whole = {"StandardOutputContent": "long", "StandardErrorContent": "the reason"}
    listed = shown(("i-1", "Failed"), output="x" * 2500)
    cut = Aws({"list_command_invocations": [listed], "get_command_invocation": [whole]})
    [found] = with_complete_output(cut, await_invocations(cut.context(), [sent("i-1")]))
    assert found.steps[0].output.endswith("the reason")
    assert cut.count("get_command_invocation", PluginName="step", InstanceId="i-1") == 1
    short = Aws({"list_command_invocations": [shown(("i-1", "Failed"), output="short")]})
    with_complete_output(short, await_invocations(short.context(), [sent("i-1")]))
    assert short.count("get_command_invocation") == 0


RESPONSE = {"Command": {"CommandId": "c", "Status": "Pending"}}


def test_only_a_throttled_request_is_made_again() -> None:
    aws = Aws({"send_command": [refusal("ThrottlingException"), refusal("ThrottlingException"), RESPONSE]})
    assert send_command(aws.context(), REQUEST).command_id == "c"
    assert aws.count("send_command") == 3


def test_throttling_without_end_is_a_timeout() -> None:
    aws = Aws({"send_command": [refusal("ThrottlingException")]})
    with pytest.raises(WaitTimeout, match="the command was not sent: SendCommand: ThrottlingException"):
        send_command(aws.context(3), REQUEST)


@pytest.mark.parametrize(
    "failure", [refusal("InternalServerError"), ReadTimeoutError(endpoint_url="https://ssm"), refusal("503")]
)
def test_a_request_without_a_response_is_not_repeated(failure: Exception) -> None:
    aws = Aws({"send_command": [failure, RESPONSE]})
    with pytest.raises(AwsError) as failed:
        send_command(aws.context(), REQUEST)
    assert failed.value.code == "command_unanswered"
    assert aws.count("send_command") == 1


def test_a_refusal_is_wrong_input() -> None:
    aws = Aws({"send_command": [refusal("InvalidDocument")]})
    with pytest.raises(InvalidInput, match="document doc cannot be used"):
        send_command(aws.context(), REQUEST)


def test_nodes_that_never_got_their_turn_end_the_wait_when_the_command_is_over() -> None:
    aws = Aws(
        {
            "list_command_invocations": [shown(("i-1", "InProgress")), shown(("i-1", "Cancelled"))],
            "list_commands": [commands("Cancelling", 2), commands("Cancelled", 2)],
        }
    )
    found = await_invocations(aws.context(), [sent("i-1", "i-2")])
    assert [invocation.instance_id for invocation in found] == ["i-1"]
    assert aws.count("list_commands") == 3
