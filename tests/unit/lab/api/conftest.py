"""What the tests of the API share."""

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
    """Look until the answer is true, and give it; fail after some seconds."""

    def wait(look: Callable[[], Any], seconds: float = 5.0) -> Any:
        ends = time.monotonic() + seconds
        while not (seen := look()):
            assert time.monotonic() < ends, f"not within {seconds} s: {look}"
            time.sleep(0.02)
        return seen

    return wait


@pytest.fixture
def refusal() -> Callable[..., str]:
    """The error code that a call is refused with."""

    def call(operation: Callable[..., Any], **params: Any) -> str:
        with pytest.raises(ClientError) as caught:
            operation(**params)
        return str(caught.value.response["Error"]["Code"])

    return call
