"""The constraints of the service models, in AWS's words."""

from __future__ import annotations

from typing import Any

import pytest
from lab.api.errors import ApiError
from lab.api.http import wire
from lab.api.http.validation import check_constraints, satisfies

ONE = "i-00000000000000001"


@pytest.mark.parametrize(
    ("service", "action", "params", "words"),
    [
        ("ssm", "GetParameter", {}, "Value null at 'name' failed to satisfy constraint: Member must not be null"),
        (
            "ssm",
            "CreateAssociation",
            {"Name": "AWS-Noop", "MaxErrors": "x"},
            "Value 'x' at 'maxErrors' failed to satisfy constraint: Member must satisfy regular expression pattern: ",
        ),
        (
            "ssm",
            "CreateAssociation",
            {"Name": "AWS-Noop", "ComplianceSeverity": "BAD"},
            "Member must satisfy enum value set: [CRITICAL, HIGH, MEDIUM, LOW, UNSPECIFIED]",
        ),
        (
            "ssm",
            "DescribeInstanceInformation",
            {"MaxResults": 2},
            "Value '2' at 'maxResults' failed to satisfy constraint: Member must have value greater than or equal to 5",
        ),
        (
            "ssm",
            "DescribeInstancePatchStates",
            {"InstanceIds": [ONE] * 51},
            "at 'instanceIds' failed to satisfy constraint: Member must have length less than or equal to 50",
        ),
        ("ssm", "SendCommand", {"DocumentName": "AWS-Noop", "InstanceIds": ["i-1"]}, "at 'instanceIds.1.member'"),
        # A newline before the end is no end: Python's own `$` would let it pass.
        ("ssm", "CreateDocument", {"Name": "name\n", "Content": "{}"}, "at 'name' failed to satisfy constraint"),
        ("elbv2", "DescribeTargetHealth", {}, "Value null at 'targetGroupArn'"),
        ("elbv2", "RegisterTargets", {"TargetGroupArn": "x", "Targets": [{"Port": 1}]}, "at 'targets.1.member.id'"),
        (
            "elbv2",
            "RegisterTargets",
            {"TargetGroupArn": "x", "Targets": [{"Id": "i", "Port": 0}]},
            "'targets.1.member.port'",
        ),
    ],
)
def test_the_model_is_held_against_every_request(service: str, action: str, params: dict[str, Any], words: str) -> None:
    with pytest.raises(ApiError, match="validation error") as caught:
        check_constraints(wire.operation(service, action).input_shape, params, "ValidationException")
    assert words in caught.value.message


def test_several_violations_are_told_together() -> None:
    shape = wire.operation("ssm", "PutParameter").input_shape
    with pytest.raises(ApiError, match=r"2 validation errors detected: .*'name'.*'value'"):
        check_constraints(shape, {}, "ValidationException")


@pytest.mark.parametrize(
    ("pattern", "value", "holds"),
    [
        (r"^[\p{L}\p{N}_.:/=+\-@]*$", "Straße_1", True),
        (r"^[\p{L}\p{N}_.:/=+\-@]*$", "no!", False),
        (r"(^$)|^[a-z]{3}$", "", True),
        (r"[a-z]+", "1a1", True),
        (r"^a$", "a\n", False),
        (r"^[\w-\/]+$", "a-b/c", True),
    ],
)
def test_patterns_are_read_as_java_reads_them(pattern: str, value: str, holds: bool) -> None:
    assert satisfies(pattern, value) is holds
