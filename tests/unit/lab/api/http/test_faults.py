"""Faults: throttling, server errors, slow answers, lost answers, a controller that dies."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import botocore.exceptions
import pytest
from lab.api.testing.kit import Lab
from lab.api.testing.scripted_node import ScriptedNode

ONE = "i-00000000000000001"


@pytest.mark.parametrize(
    ("service", "operation", "code", "status"),
    [
        ("ssm", "list_documents", "ThrottlingException", 400),
        ("elbv2", "describe_target_groups", "Throttling", 400),
        ("ec2", "describe_instances", "RequestLimitExceeded", 503),
        ("sts", "get_caller_identity", "Throttling", 400),
    ],
)
def test_throttling_speaks_each_service_s_words(
    lab_api: Lab, refusal: Callable[..., str], service: str, operation: str, code: str, status: int
) -> None:
    lab_api.fault("throttling", next=1)
    call = getattr(lab_api.client(service), operation)
    assert refusal(call) == code
    assert lab_api.calls()[-1].status == status
    call()


def test_a_throttled_write_has_not_happened(lab_api: Lab, ssm: Any, refusal: Callable[..., str]) -> None:
    lab_api.fault("throttling", actions=["PutParameter"])
    assert refusal(ssm.put_parameter, Name="/a", Value="x", Type="String") == "ThrottlingException"
    lab_api.fault("throttling", on=False)
    assert refusal(ssm.get_parameter, Name="/a") == "ParameterNotFound"


def test_a_rate_is_a_rate(lab_api: Lab, ssm: Any) -> None:
    lab_api.fault("server_error", rate=0.5)
    codes = []
    for _ in range(40):
        try:
            ssm.list_documents()
            codes.append(200)
        except botocore.exceptions.ClientError as error:
            codes.append(error.response["ResponseMetadata"]["HTTPStatusCode"])
    assert 8 < codes.count(500) < 32
    assert set(codes) == {200, 500}


def test_slow_answers(lab_api: Lab, ssm: Any) -> None:
    lab_api.fault("slow", actions=["ListDocuments"])
    started = time.monotonic()
    ssm.list_documents()
    assert time.monotonic() - started >= lab_api.settings.api.fault_delay


def test_nodes_are_spared(
    lab_api: Lab, nodes: dict[str, ScriptedNode], ssm: Any, eventually: Callable[..., Any]
) -> None:
    lab_api.fault("throttling")
    nodes[ONE].ping()


@pytest.mark.parametrize(("when", "written"), [("before", []), ("after", ["/a"])])
def test_at_the_crash_point_the_controller_is_gone(
    lab_api: Lab, ssm: Any, refusal: Callable[..., str], when: str, written: list[str]
) -> None:
    lab_api.fault("crash_point", action="PutParameter", when=when)
    ssm.list_documents()
    assert refusal(ssm.put_parameter, Name="/a", Value="x", Type="String") == "ExpiredTokenException"
    assert refusal(ssm.delete_parameter, Name="/a") == "ExpiredTokenException"
    lab_api.fault("crash_point", on=False)
    assert [item["Name"] for item in ssm.describe_parameters()["Parameters"]] == written


def test_the_nth_write_as_crash_point(lab_api: Lab, ssm: Any, refusal: Callable[..., str]) -> None:
    lab_api.fault("crash_point", nth=2)
    ssm.put_parameter(Name="/a", Value="x", Type="String")
    assert refusal(ssm.put_parameter, Name="/b", Value="x", Type="String") == "ExpiredTokenException"


def test_a_crash_can_cut_the_connection(lab_api: Lab, ssm: Any) -> None:
    lab_api.fault("crash_point", answer="drop")
    with pytest.raises(botocore.exceptions.ConnectionClosedError):
        ssm.put_parameter(Name="/a", Value="x", Type="String")


def test_an_unknown_fault_is_refused(lab_api: Lab) -> None:
    with pytest.raises(ValueError, match="no such fault: earthquake"):
        lab_api.fault("earthquake")
