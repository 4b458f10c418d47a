from __future__ import annotations

import pytest
from ansible_collections.steadyfleet.aws_patching.plugins.module_utils._aws.context import Context, SendOnceContext
from ansible_collections.steadyfleet.aws_patching.plugins.module_utils._common.errors import WaitFailed, WaitTimeout
from unit.plugins.module_utils._aws.test_once import context


def test_a_context_polls_until_the_state_is_reached() -> None:
    states = iter(["Pending", "Pending", "Active"])
    assert context().poll_until(lambda state: state == "Active", lambda: next(states), describe=str) == "Active"


def test_it_fails_at_once_when_the_state_cannot_be_reached() -> None:
    with pytest.raises(WaitFailed, match="it is broken"):
        context().poll_until(lambda _: False, lambda: 1, describe=str, failure_of=lambda _: "it is broken")


def test_a_part_of_an_operation_has_a_deadline_of_its_own_but_no_later_one() -> None:
    whole = context(seconds=10)
    with pytest.raises(WaitTimeout):
        whole.at_most(3).poll_until(lambda _: False, lambda: "Pending", describe=str)
    assert 5 < whole.deadline.remaining() < 10
    with pytest.raises(WaitTimeout):
        whole.at_most(99).poll_until(lambda _: False, lambda: "Pending", describe=str)
    assert whole.deadline.remaining() == 0


def test_the_parts_of_a_subclass_are_of_that_subclass() -> None:
    plain = context()
    once = SendOnceContext(
        client=None, deadline=plain.deadline, interval=plain.interval, wait=False, send_once_client=lambda: "client"
    )
    part = once.at_most(1)
    assert (type(part), part.wait, part.send_once_client()) == (SendOnceContext, False, "client")
    assert isinstance(part, Context)
