from __future__ import annotations

import pytest
from ansible_collections.steadyfleet.aws_patching.plugins.module_utils._aws import parameter_store
from ansible_collections.steadyfleet.aws_patching.plugins.module_utils._common.errors import AwsError
from lab.api.testing.kit import Lab

NAME = "/fleet/i-1"


def test_a_parameter_from_its_creation_to_its_end(aws: Lab) -> None:
    client = aws.client("ssm")
    assert parameter_store.value(client, NAME) is None
    assert parameter_store.create(client, NAME, "one", "A test", None)
    assert not parameter_store.create(client, NAME, "two", "A test", None), "it exists already"
    assert parameter_store.value(client, NAME) == "one"
    parameter_store.replace(client, NAME, "three", "A test", "Standard")
    assert parameter_store.values_under(client, "/fleet") == {NAME: "three"}
    parameter_store.delete(client, NAME)
    parameter_store.delete(client, NAME)
    assert parameter_store.value(client, NAME) is None
    assert parameter_store.values_under(client, "/fleet") == {}


@pytest.mark.parametrize(("tier", "sent"), [(None, {}), ("Advanced", {"Tier": "Advanced"})])
def test_what_is_sent_with_a_parameter(aws: Lab, tier: str | None, sent: dict[str, str]) -> None:
    client = aws.client("ssm")
    parameter_store.create(client, NAME, "one", "A test", tier)
    parameter_store.replace(client, NAME, "two", "Another", tier)
    requests = [call.parameters for call in aws.calls("PutParameter")]
    expected = {"Name": NAME, "Type": "String", **sent}
    assert requests == [
        {**expected, "Value": "one", "Description": "A test", "Overwrite": False},
        {**expected, "Value": "two", "Description": "Another", "Overwrite": True},
    ]


def test_another_error_is_not_taken_for_a_missing_parameter(aws: Lab) -> None:
    aws.fault("throttling", rate=1.0)
    client = aws.client("ssm")
    for attempt in (
        lambda: parameter_store.value(client, NAME),
        lambda: parameter_store.create(client, NAME, "one", "A test", None),
        lambda: parameter_store.delete(client, NAME),
    ):
        with pytest.raises(AwsError) as raised:
            attempt()
        assert raised.value.aws_code == "ThrottlingException"
