"""Fixtures that the tests of the API share."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import pytest
from botocore.exceptions import ClientError


@pytest.fixture
def ssm(lab_api: Any) -> Any:
    return lab_api.client("ssm")


@pytest.fixture
def elbv2(lab_api: Any) -> Any:
    return lab_api.client("elbv2")


@pytest.fixture
def web(lab_api: Any) -> str:
    """The ARN of shop-web."""
    return str(lab_api.target_group("shop-web"))


@pytest.fixture
def eventually() -> Callable[..., Any]:
    """Poll a function until its result is true, and return it; fail after some seconds."""

    def wait(poll: Callable[[], Any], seconds: float = 5.0) -> Any:
        ends = time.monotonic() + seconds
        while not (result := poll()):
            assert time.monotonic() < ends, f"not within {seconds} s: {poll}"
            time.sleep(0.02)
        return result

    return wait


@pytest.fixture
def refusal() -> Callable[..., str]:
    """Make a call that is refused, and return its error code."""

    def call(operation: Callable[..., Any], **params: Any) -> str:
        with pytest.raises(ClientError) as caught:
            operation(**params)
        return str(caught.value.response["Error"]["Code"])

    return call
