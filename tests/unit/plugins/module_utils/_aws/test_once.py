from __future__ import annotations

import pytest
from ansible_collections.steadyfleet.aws_patching.plugins.module_utils._aws.context import Context
from ansible_collections.steadyfleet.aws_patching.plugins.module_utils._aws.once import once, unanswered
from ansible_collections.steadyfleet.aws_patching.plugins.module_utils._common.errors import AwsError, WaitTimeout
from ansible_collections.steadyfleet.aws_patching.plugins.module_utils._common.wait import Clock, Deadline, PollInterval


class Time:
    """A clock that only sleeping moves."""

    now = 0.0

    def sleep(self, seconds: float) -> None:
        self.now += seconds


def context(seconds: float = 10) -> Context:
    time = Time()
    clock = Clock(now=lambda: time.now, sleep=time.sleep)
    return Context(client=None, deadline=Deadline.after(seconds, clock), interval=PollInterval(initial=1.0))


class Requests:
    """Raises these codes one after another, then answers."""

    def __init__(self, *codes: str) -> None:
        self.codes = list(codes)
        self.count = 0

    def __call__(self) -> str:
        self.count += 1
        if self.codes:
            raise AwsError("AWS refuses", self.codes.pop(0), "SendCommand")
        return "answer"


def test_a_request_that_was_throttled_is_repeated() -> None:
    requests = Requests("ThrottlingException", "RateExceeded")
    assert once(context(), requests, "nothing was sent") == "answer"
    assert requests.count == 3


@pytest.mark.parametrize("code", ["ReadTimeoutError", "InternalServerError", "AccessDenied", "DuplicateInstanceId"])
def test_every_other_failure_ends_it_after_one_request(code: str) -> None:
    requests = Requests(code)
    with pytest.raises(AwsError) as raised:
        once(context(), requests, "nothing was sent")
    assert (raised.value.aws_code, requests.count) == (code, 1)


def test_further_codes_can_be_repeated() -> None:
    requests = Requests("InvalidInstanceId", "InvalidInstanceId")
    assert once(context(), requests, "nothing was sent", also=frozenset({"InvalidInstanceId"})) == "answer"
    assert requests.count == 3


def test_the_deadline_ends_the_repetition_and_names_what_has_not_happened() -> None:
    requests = Requests(*["Throttling"] * 99)
    with pytest.raises(WaitTimeout, match="nothing was sent: AWS refuses"):
        once(context(seconds=5), requests, "nothing was sent")
    assert 2 < requests.count < 10


@pytest.mark.parametrize(
    ("code", "result"), [("ReadTimeoutError", True), ("503", True), ("Throttling", False), ("AccessDenied", False)]
)
def test_whether_the_request_may_have_been_carried_out(code: str, result: bool) -> None:
    assert unanswered(AwsError("no answer", code, "SendCommand")) is result
