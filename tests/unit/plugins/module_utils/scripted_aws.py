"""An AWS that is a script, on a clock of its own, and the answers of Run Command."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from ansible_collections.steadyfleet.aws_patching.plugins.module_utils._aws.context import SendOnceContext
from ansible_collections.steadyfleet.aws_patching.plugins.module_utils._command.model import CommandRequest, SentCommand
from ansible_collections.steadyfleet.aws_patching.plugins.module_utils._common.wait import Clock, Deadline, PollInterval
from botocore.exceptions import ClientError

REQUEST = CommandRequest(document_name="doc", instance_ids=("i-1",))
PACE = PollInterval(initial=1, growth=1)


@dataclass
class Aws:
    """Answers each operation's calls one after another; the last answer stays. An exception is raised."""

    answers: dict[str, list[Any]]
    time: float = 0.0
    calls: list[tuple[str, dict[str, Any]]] = field(default_factory=list)

    def deadline(self, seconds: float = 100) -> Deadline:
        return Deadline.after(seconds, Clock(now=lambda: self.time, sleep=self._sleep, jitter=lambda: 1.0))

    def context(self, seconds: float = 100) -> SendOnceContext:
        return SendOnceContext(
            client=self, send_once_client=lambda: self, deadline=self.deadline(seconds), interval=PACE
        )

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


def sent(*instance_ids: str, command: str = "c") -> SentCommand:
    return SentCommand(command_id=command, instance_ids=frozenset(instance_ids))
