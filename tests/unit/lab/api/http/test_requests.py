"""What every request goes through: parsing, the list of supported actions, authorization, the log."""

from __future__ import annotations

import http.client
import json
import urllib.parse
from collections.abc import Callable
from pathlib import Path
from typing import Any

import boto3
import pytest
from lab.api.errors import ApiError, NotImplementedInLab
from lab.api.testing.kit import Lab

ONE = "i-00000000000000001"


@pytest.mark.parametrize(
    ("service", "operation", "params", "code"),
    [
        ("ssm", "get_parameter", {}, "ValidationException"),
        ("ssm", "get_parameter", {"Name": 5}, "SerializationException"),
        ("elbv2", "describe_target_health", {}, "ValidationError"),
        ("elbv2", "create_target_group", {"Name": "x"}, "NotImplementedInLab"),
        ("ssm", "describe_activations", {}, "NotImplementedInLab"),
        ("ec2", "terminate_instances", {"InstanceIds": [ONE]}, "NotImplementedInLab"),
        (
            "sts",
            "assume_role",
            {"RoleArn": "arn:aws:iam::123456789012:role/x", "RoleSessionName": "xx"},
            "NotImplementedInLab",
        ),
        ("elb", "describe_account_limits", {}, "NotImplementedInLab"),
        ("autoscaling", "describe_auto_scaling_groups", {}, "NotImplementedInLab"),
    ],
)
def test_what_the_lab_does_not_do_is_refused(
    lab_api: Lab, refusal: Callable[..., str], service: str, operation: str, params: dict[str, Any], code: str
) -> None:
    client = lab_api.client(service, checked=False)
    assert refusal(getattr(client, operation), **params) == code


def _post(lab: Lab, headers: dict[str, str], body: str = "") -> tuple[int, str]:
    connection = http.client.HTTPConnection(urllib.parse.urlsplit(lab.url).netloc)
    connection.request("POST", "/", body, headers)
    answer = connection.getresponse()
    return answer.status, answer.read().decode()


@pytest.mark.parametrize(
    ("headers", "body", "status", "words"),
    [
        ({"X-Amz-Target": "AmazonSSM.GetParameter"}, "{}", 403, "MissingAuthenticationToken"),
        ({"X-Amz-Target": "AmazonSSM.GetParameter", "Authorization": "x"}, "not json", 400, "SerializationException"),
        ({"X-Amz-Target": "AmazonSSM.GetParameter", "Authorization": "x"}, "[1]", 400, "SerializationException"),
        ({"X-Amz-Target": "AmazonSSM.GetParameter", "Authorization": "x"}, '{"Nonsense": 1}', 400, "Unknown parameter"),
        ({"X-Amz-Target": "DynamoDB_20120810.GetItem", "Authorization": "x"}, "{}", 501, "NotImplementedInLab"),
        (
            {"Content-Type": "application/x-www-form-urlencoded", "Authorization": "x"},
            "Action=DescribeTargetGroups&Version=2015-12-01&Nonsense=1",
            400,
            "Nonsense is not recognized",
        ),
        (
            {"Content-Type": "application/x-www-form-urlencoded", "Authorization": "x"},
            "Action=DescribeTargetGroups&Version=2015-12-01&PageSize=many",
            400,
            "wrong type",
        ),
        (
            {"X-Amz-Target": "AmazonSSM.PutInventory", "Authorization": "x"},
            '{"InstanceId": null}',
            400,
            "must not be null",
        ),
    ],
)
def test_malformed_requests(lab_api: Lab, headers: dict[str, str], body: str, status: int, words: str) -> None:
    got, text = _post(lab_api, headers, body)
    assert (got, words in text) == (status, True), text


@pytest.mark.parametrize(
    ("source", "service", "action", "params"),
    [
        ("controller", "ec2messages", "GetMessages", {"Destination": ONE, "MessagesRequestId": "x"}),
        ("controller", "ssm", "UpdateInstanceInformation", {"InstanceId": ONE, "AgentVersion": "1"}),
        ("node", "ssm", "SendCommand", {"DocumentName": "AWS-Noop", "InstanceIds": [ONE]}),
        ("node", "elbv2", "DescribeTargetGroups", {}),
    ],
)
def test_who_calls_decides_what_is_allowed(
    lab_api: Lab, source: str, service: str, action: str, params: dict[str, Any]
) -> None:
    with pytest.raises(ApiError) as caught:
        lab_api.api.call(service, action, params, source=source)
    assert caught.value.code == "AccessDeniedException"


def test_another_region_is_not_there(lab_api: Lab, aws: Lab, refusal: Callable[..., str]) -> None:
    elsewhere = boto3.client("ssm", region_name="us-east-1")
    assert refusal(elsewhere.list_documents) == "NotImplementedInLab"


def test_calls_are_logged_with_their_outcome(lab_api: Lab, refusal: Callable[..., str]) -> None:
    ssm = lab_api.client("ssm")
    ssm.put_parameter(Name="/a", Value="v", Type="String")
    refusal(ssm.put_parameter, Name="/a", Value="v", Type="String")
    refusal(ssm.get_parameter, Name="/none")
    told = [(call.service, call.action, call.status, call.error_code, call.source) for call in lab_api.calls()]
    assert told == [
        ("ssm", "PutParameter", 200, None, "controller"),
        ("ssm", "PutParameter", 400, "ParameterAlreadyExists", "controller"),
        ("ssm", "GetParameter", 400, "ParameterNotFound", "controller"),
    ]
    assert lab_api.calls("PutParameter")[0].parameters == {"Name": "/a", "Value": "v", "Type": "String"}
    assert lab_api.writes() == ["PutParameter", "PutParameter"]


def test_log_files_hold_one_line_for_each(lab_api: Lab, tmp_path: Path) -> None:
    from lab.api.load_balancer.balancer import MemoryBalancer
    from lab.api.server import LabApi

    api = LabApi(lab_api.settings, MemoryBalancer(), tmp_path)
    with pytest.raises(NotImplementedInLab):
        api.call("ssm", "NoSuchAction", {})
    api.region.events.emit("boot", instance_id=ONE)
    api.close()
    (call,) = [json.loads(line) for line in (tmp_path / "calls.jsonl").read_text().splitlines()]
    assert (call["action"], call["error_code"], call["source"]) == ("NoSuchAction", "NotImplementedInLab", "node")
    (event,) = [json.loads(line) for line in (tmp_path / "events.jsonl").read_text().splitlines()]
    assert (event["event"], event["instance_id"]) == ("boot", ONE)


def test_the_inventory_s_calls_are_answered(lab_api: Lab) -> None:
    ec2 = lab_api.client("ec2")
    filters = [{"Name": "tag:App", "Values": ["shop"]}, {"Name": "instance-state-name", "Values": ["running"]}]
    found = [item for page in ec2.describe_instances(Filters=filters)["Reservations"] for item in page["Instances"]]
    assert [item["InstanceId"] for item in found] == list(lab_api.instance_ids)
    assert found[1]["PrivateIpAddress"] == "10.77.2.12"
    assert [item["Placement"]["AvailabilityZone"][-1] for item in found] == ["a", "b", "c", "a"]
    assert lab_api.client("sts").get_caller_identity()["Account"] == "123456789012"
