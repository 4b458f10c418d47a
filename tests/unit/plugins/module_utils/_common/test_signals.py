"""A signal ends what is under way, wherever it meets it."""

from __future__ import annotations

import contextlib
import os
import signal

import pytest
from ansible_collections.steadyfleet.aws_patching.plugins.module_utils._common.signals import Interrupted, interruptible


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP])
def test_code_that_swallows_exceptions_does_not_swallow_it(number: signal.Signals) -> None:
    before = signal.getsignal(number)
    told = pytest.raises(Interrupted, match=f"stopped by {number.name}")
    # The last one stands for what botocore does around every request.
    with told, interruptible(), contextlib.suppress(Exception):
        os.kill(os.getpid(), number)
        signal.sigtimedwait([], 1)
    assert signal.getsignal(number) == before


def test_the_second_signal_does_not_cut_off_the_tidying_up() -> None:
    with interruptible() as shield:
        shield()
        os.kill(os.getpid(), signal.SIGTERM)
        signal.sigtimedwait([], 0.05)
