"""Following commands, run for real against an AWS that is a script, on a clock of its own."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest
from ansible_collections.steadyfleet.aws_patching.plugins.module_utils._command import follow, follow_whole, send
from ansible_collections.steadyfleet.aws_patching.plugins.module_utils._core.errors import (
    AwsError,
    InvalidInput,
    WaitFailed,
    WaitTimeout,
)
from ansible_collections.steadyfleet.aws_patching.plugins.module_utils._core.execution import CommandRequest, Sent
from ansible_collections.steadyfleet.aws_patching.plugins.module_utils._wait import Clock, Deadline, Pace
from botocore.exceptions import ClientError, ReadTimeoutError

REQUEST = CommandRequest(document_name="doc", instance_ids=("i-1",))
PACE = Pace(first=1, growth=1)


@dataclass
class Aws:
    """Answers each operation's calls one after another; the last answer stays. An exception is raised."""

    answers: dict[str, list[Any]]
    time: float = 0.0
    calls: list[tuple[str, dict[str, Any]]] = field(default_factory=list)

    def deadline(self, seconds: float = 100) -> Deadline:
        return Deadline.after(seconds, Clock(now=lambda: self.time, sleep=self._sleep, jitter=lambda: 1.0))

    def _sleep(self, seconds: float) -> None:
        self.time += seconds

    def __getattr__(self, operation: str) -> Any:
        return lambda **params: self._answer(operation, params)

    def get_paginator(self, operation: str) -> Any:
        aws = self

        class Pages:
            def paginate(self, PaginationConfig: Any = None, **params: Any) -> Iterator[Any]:  # noqa: N803 - botocore's
                yield aws._answer(operation, params)

        return Pages()

    def _answer(self, operation: str, params: dict[str, Any]) -> Any:
        self.calls.append((operation, params))
        script = self.answers[operation]
        if isinstance(script[0], dict) and params.get("CommandId") in script[0]:
            script = script[0][params["CommandId"]]  # a script for each command
        answer = script.pop(0) if len(script) > 1 else script[0]
        if isinstance(answer, Exception):
            raise answer
        return answer

    def count(self, operation: str, **params: Any) -> int:
        return sum(1 for name, given in self.calls if name == operation and params.items() <= given.items())


def refusal(code: str) -> ClientError:
    return ClientError({"Error": {"Code": code, "Message": "no"}}, "Operation")


def shown(*pairs: tuple[str, str], command: str = "c", output: str = "") -> dict[str, Any]:
    plugin = {"Name": "step", "Status": "Failed", "ResponseCode": 1, "Output": output}
    return {
        "CommandInvocations": [
            {"CommandId": command, "InstanceId": one, "Status": status, "CommandPlugins": [plugin] if output else []}
            for one, status in pairs
        ]
    }


def commands(status: str, count: int, details: str = "") -> dict[str, Any]:
    return {"Commands": [{"CommandId": "c", "Status": status, "StatusDetails": details, "TargetCount": count}]}


def sent(*instance_ids: str, command: str = "c") -> Sent:
    return Sent(command_id=command, instance_ids=frozenset(instance_ids))


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


def test_by_tag_the_command_has_to_end_and_all_its_targets_to_be_shown() -> None:
    aws = Aws(
        {
            "list_commands": [{"Commands": []}, commands("InProgress", 2), commands("Success", 2)],
            "list_command_invocations": [shown(("i-1", "Success")), shown(("i-1", "Success"), ("i-2", "Success"))],
        }
    )
    assert len(follow_whole(aws, "c", aws.deadline(), PACE)) == 2


def test_a_success_of_the_whole_with_a_missing_node_is_no_success() -> None:
    aws = Aws({"list_commands": [commands("Success", 2)], "list_command_invocations": [shown(("i-1", "Success"))]})
    with pytest.raises(WaitTimeout, match="1 of 2 nodes have a result"):
        follow_whole(aws, "c", aws.deadline(5), PACE)


def test_a_command_that_ran_nowhere_is_a_failure() -> None:
    aws = Aws({"list_commands": [commands("Success", 0, "NoInstancesInTag")]})
    with pytest.raises(WaitFailed, match=r"ran nowhere \(NoInstancesInTag\)"):
        follow_whole(aws, "c", aws.deadline(), PACE)


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
