from __future__ import annotations

import io
from typing import Any

import pytest
from ansible_collections.steadyfleet.aws_patching.plugins.module_utils._aws.call import call, paginate, read_body
from ansible_collections.steadyfleet.aws_patching.plugins.module_utils._common.errors import AwsError
from botocore.exceptions import ClientError, EndpointConnectionError, NoCredentialsError, ReadTimeoutError
from botocore.response import StreamingBody


class Client:
    """Has one operation, which records its parameters and answers or raises."""

    def __init__(self, answer: Any) -> None:
        self.answer = answer
        self.requests: list[dict[str, Any]] = []

    def list_nodes(self, **params: Any) -> Any:
        self.requests.append(params)
        if isinstance(self.answer, Exception):
            raise self.answer
        return self.answer

    def get_paginator(self, operation: str) -> Any:
        assert operation == "list_nodes"
        return self

    def paginate(self, **params: Any) -> Any:
        return self.list_nodes(**params)


def client_error(code: str, message: str = "It is so.") -> ClientError:
    return ClientError({"Error": {"Code": code, "Message": message}}, "ListNodes")


def test_parameters_that_are_none_are_left_out() -> None:
    client = Client({"Nodes": []})
    assert call(client, "list_nodes", Name="a", Filter=None, Empty="") == {"Nodes": []}
    assert client.requests == [{"Name": "a", "Empty": ""}]


def test_all_pages_become_one_list() -> None:
    client = Client([{"Nodes": [1, 2]}, {}, {"Nodes": [3]}])
    assert paginate(client, "list_nodes", "Nodes", Name="a", Filter=None) == [1, 2, 3]
    assert client.requests == [{"Name": "a"}]


@pytest.mark.parametrize(
    ("error", "aws_code", "fact"),
    [
        (client_error("AccessDenied"), "AccessDenied", "ListNodes: AccessDenied: It is so."),
        (client_error("Throttling", "two\n  lines"), "Throttling", "ListNodes: Throttling: two lines"),
        (client_error("ExpiredTokenException"), "ExpiredTokenException", "have expired"),
        (NoCredentialsError(), "NoCredentialsError", "no AWS credentials were found"),
        (EndpointConnectionError(endpoint_url="x"), "EndpointConnectionError", "EndpointConnectionError"),
        (ReadTimeoutError(endpoint_url="x"), "ReadTimeoutError", "ReadTimeoutError"),
    ],
)
@pytest.mark.parametrize("how", ["call", "paginate"])
def test_every_failure_becomes_one_line_with_the_code_of_aws(
    how: str, error: Exception, aws_code: str, fact: str
) -> None:
    client = Client(error)
    with pytest.raises(AwsError) as raised:
        _ = call(client, "list_nodes") if how == "call" else paginate(client, "list_nodes", "Nodes")
    assert (raised.value.aws_code, raised.value.operation, raised.value.code) == (aws_code, "ListNodes", "aws_error")
    assert fact in str(raised.value)
    assert "\n" not in str(raised.value)


def test_a_body_that_breaks_off_is_an_error_of_aws() -> None:
    assert read_body(StreamingBody(io.BytesIO(b"all"), 3), "get_object") == b"all"
    with pytest.raises(AwsError) as raised:
        read_body(StreamingBody(io.BytesIO(b"all"), 5), "get_object")
    assert (raised.value.operation, raised.value.aws_code) == ("GetObject", "IncompleteReadError")
