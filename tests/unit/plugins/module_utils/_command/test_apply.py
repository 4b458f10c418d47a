"""Sending, following and cancelling one command, against an AWS that is a script."""

from __future__ import annotations

import pytest
from ansible_collections.steadyfleet.aws_patching.plugins.module_utils._command.apply import (
    cancel_command,
    send_command_with_token,
)
from ansible_collections.steadyfleet.aws_patching.plugins.module_utils._command.model import (
    Command,
    CommandRequest,
    Invocation,
)
from ansible_collections.steadyfleet.aws_patching.plugins.module_utils._command.read import find_command
from ansible_collections.steadyfleet.aws_patching.plugins.module_utils._command.waiters import await_command
from ansible_collections.steadyfleet.aws_patching.plugins.module_utils._common.errors import (
    AwsError,
    Refused,
    WaitFailed,
    WaitTimeout,
)
from botocore.exceptions import ReadTimeoutError
from unit.plugins.module_utils.scripted_aws import REQUEST, Aws, commands, refusal, shown

BY_TAG = CommandRequest(document_name="doc", targets=({"key": "tag:App", "values": ["shop"]},))
SENT = {"Command": {"CommandId": "c", "Status": "Pending", "DocumentName": "doc", "InstanceIds": ["i-1"]}}
LISTED = {**SENT["Command"], "Comment": "token=t", "RequestedDateTime": None}


def followed(aws: Aws, seconds: float = 100, request: CommandRequest = BY_TAG) -> tuple[Invocation, ...]:
    return await_command(aws.context(seconds), Command(command_id="c", status="Pending"), request)


def test_by_tag_the_command_has_to_end_and_all_its_targets_to_be_shown() -> None:
    aws = Aws(
        {
            "list_commands": [{"Commands": []}, commands("InProgress", 2), commands("Success", 2)],
            "list_command_invocations": [shown(("i-1", "Success")), shown(("i-1", "Success"), ("i-2", "Success"))],
        }
    )
    assert len(followed(aws)) == 2


def test_a_success_of_the_whole_with_a_missing_node_is_no_success() -> None:
    aws = Aws({"list_commands": [commands("Success", 2)], "list_command_invocations": [shown(("i-1", "Success"))]})
    with pytest.raises(WaitTimeout, match="1 of 2 nodes have a result"):
        followed(aws, 5)


def test_a_command_that_ran_nowhere_is_a_failure() -> None:
    aws = Aws({"list_commands": [commands("Success", 0, "NoInstancesInTag")]})
    with pytest.raises(WaitFailed, match="NoInstancesInTag") as failed:
        followed(aws)
    assert failed.value.code == "no_matching_node"


@pytest.mark.parametrize(
    "failure", [refusal("InternalServerError"), ReadTimeoutError(endpoint_url="https://ssm"), refusal("503")]
)
def test_without_a_response_the_token_tells_whether_it_was_sent(failure: Exception) -> None:
    aws = Aws(
        {"send_command": [failure], "list_commands": [{"Commands": []}, {"Commands": []}, {"Commands": [LISTED]}]}
    )
    command = send_command_with_token(aws.context(), REQUEST, "t", 60)
    assert (command.command_id, aws.time) == ("c", 2)
    assert aws.count("send_command") == 1


def test_what_is_not_found_under_its_token_is_a_failure() -> None:
    aws = Aws({"send_command": [refusal("InternalServerError")], "list_commands": [{"Commands": []}]})
    with pytest.raises(AwsError) as failed:
        send_command_with_token(aws.context(), REQUEST, "t", 60)
    assert failed.value.code == "command_unanswered"
    assert (aws.count("send_command"), aws.time) == (1, 30)


@pytest.mark.parametrize("token", [None, "t"])
def test_what_was_refused_is_not_searched(token: str | None) -> None:
    aws = Aws({"send_command": [refusal("AccessDeniedException")], "list_commands": [{"Commands": []}]})
    with pytest.raises(AwsError, match="AccessDeniedException"):
        send_command_with_token(aws.context(), REQUEST, token, 60)
    assert not aws.count("list_commands")


def test_a_lost_response_of_another_command_with_the_token_is_refused() -> None:
    other = {"Commands": [{**LISTED, "InstanceIds": ["i-9"]}]}
    aws = Aws({"send_command": [refusal("503")], "list_commands": [other]})
    with pytest.raises(Refused) as refused:
        send_command_with_token(aws.context(), REQUEST, "t", 60)
    assert refused.value.code == "client_token_taken"


def test_a_cancellation_that_fails_is_reported() -> None:
    aws = Aws({"cancel_command": [refusal("AccessDeniedException")]})
    cancelled, message = cancel_command(aws.context(), "c")
    assert not cancelled
    assert "CancelCommand: AccessDeniedException" in message


def test_without_a_token_nothing_is_searched() -> None:
    aws = Aws({"list_commands": [{"Commands": [LISTED]}]})
    assert find_command(aws, REQUEST, None, 60) is None
    assert not aws.calls
