"""One command of ssm_command, walked against an AWS that is a script."""

from __future__ import annotations

import pytest
from ansible_collections.steadyfleet.aws_patching.plugins.module_utils._command.apply import Run
from ansible_collections.steadyfleet.aws_patching.plugins.module_utils._command.model import (
    CommandRequest,
    CommandState,
    Invocation,
)
from ansible_collections.steadyfleet.aws_patching.plugins.module_utils._common.errors import (
    AwsError,
    Refused,
    WaitFailed,
    WaitTimeout,
)
from botocore.exceptions import ReadTimeoutError
from unit.plugins.module_utils.scripted_aws import PACE, REQUEST, Aws, commands, refusal, shown

BY_TAG = CommandRequest(document_name="doc", targets=({"Key": "tag:App", "Values": ["shop"]},))
SENT = {"Command": {"CommandId": "c", "Status": "Pending", "DocumentName": "doc", "InstanceIds": ["i-1"]}}
LISTED = {**SENT["Command"], "Comment": "token=t", "RequestedDateTime": None}


def run_of(aws: Aws, request: CommandRequest = REQUEST, seconds: float = 100, token: str | None = None) -> Run:
    return Run(
        client=aws,
        once=lambda: aws,
        request=request,
        token=token,
        token_max_age=60,
        deadline=aws.deadline(seconds),
        interval=PACE,
    )


def followed(aws: Aws, seconds: float = 100, request: CommandRequest = BY_TAG) -> tuple[Invocation, ...]:
    run = run_of(aws, request, seconds)
    run.command = CommandState(command_id="c", status="Pending", status_details="", target_count=0)
    run.follow()
    return run.invocations


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
    with pytest.raises(WaitFailed, match=r"ran nowhere \(NoInstancesInTag\)"):
        followed(aws)


def test_nodes_that_never_got_their_turn_end_the_wait_when_the_command_is_over() -> None:
    request = CommandRequest(document_name="doc", instance_ids=("i-1", "i-2"))
    aws = Aws(
        {
            "list_command_invocations": [shown(("i-1", "InProgress")), shown(("i-1", "Cancelled"))],
            "list_commands": [commands("Cancelling", 2), commands("Cancelled", 2)],
        }
    )
    assert [found.instance_id for found in followed(aws, request=request)] == ["i-1"]
    assert aws.count("list_commands") == 3


@pytest.mark.parametrize(
    "failure", [refusal("InternalServerError"), ReadTimeoutError(endpoint_url="https://ssm"), refusal("503")]
)
def test_without_an_answer_the_token_tells_whether_it_was_sent(failure: Exception) -> None:
    aws = Aws(
        {"send_command": [failure], "list_commands": [{"Commands": []}, {"Commands": []}, {"Commands": [LISTED]}]}
    )
    run = run_of(aws, token="t")
    run.send()
    assert (run.command_id, run.attached, aws.time) == ("c", False, 2)
    assert aws.count("send_command") == 1


def test_what_is_not_found_under_its_token_is_a_failure() -> None:
    aws = Aws({"send_command": [refusal("InternalServerError")], "list_commands": [{"Commands": []}]})
    with pytest.raises(AwsError, match="it is not known whether the command runs"):
        run_of(aws, token="t").send()
    assert (aws.count("send_command"), aws.time) == (1, 30)


@pytest.mark.parametrize("token", [None, "t"])
def test_what_was_refused_is_not_looked_for(token: str | None) -> None:
    aws = Aws({"send_command": [refusal("AccessDeniedException")], "list_commands": [{"Commands": []}]})
    with pytest.raises(AwsError, match="AccessDeniedException"):
        run_of(aws, token=token).send()
    assert not aws.count("list_commands")


def test_a_lost_answer_of_another_command_with_the_token_is_told() -> None:
    other = {"Commands": [{**LISTED, "InstanceIds": ["i-9"]}]}
    aws = Aws({"send_command": [refusal("503")], "list_commands": [other]})
    with pytest.raises(Refused, match="another set of instances"):
        run_of(aws, token="t").send()


def test_a_cancellation_that_fails_is_told() -> None:
    aws = Aws({"cancel_command": [refusal("AccessDeniedException")]})
    run = run_of(aws)
    run.command = CommandState(command_id="c", status="InProgress", status_details="", target_count=1)
    assert run.cancel().startswith("cancelling it failed, it may be running on: CancelCommand: AccessDeniedException")
    assert not run.cancel_requested


def test_without_a_token_nothing_is_looked_for() -> None:
    aws = Aws({"list_commands": [{"Commands": [LISTED]}]})
    assert not run_of(aws).attach()
    assert not aws.calls
