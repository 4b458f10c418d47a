from __future__ import annotations

import re
import uuid
from typing import Any

import botocore.session
from ansible_collections.steadyfleet.aws_patching.plugins.module_utils._automation.transformations import (
    automation_request,
    execution_filters,
    start_parameters,
    token_tag,
    token_uuid,
)
from botocore.validate import ParamValidator

SSM = botocore.session.get_session().get_service_model("ssm")
# Every option of a start at once; what excludes each other is left to the checks.
EVERYTHING: dict[str, Any] = {
    "document_name": "arn:aws:ssm:eu-central-1:123456789012:document/shop",
    "document_version": "3",
    "parameters": {"InstanceId": "i-1", "Count": 3, "Words": ["a", "b"]},
    "mode": "Auto",
    "targets": [{"key": "tag:App", "values": ["shop"]}],
    "target_parameter_name": "InstanceId",
    "max_concurrency": "10%",
    "max_errors": "0",
    "target_locations": [
        {
            "accounts": ["123456789012"],
            "regions": ["eu-central-1"],
            "target_location_max_concurrency": "1",
            "target_location_max_errors": None,
            "execution_role_name": "role",
            "target_location_alarm_configuration": {"alarms": [{"name": "high"}], "ignore_poll_alarm_failure": True},
            "include_child_organization_units": False,
            "exclude_accounts": ["210987654321"],
            "targets": [{"key": "tag:App", "values": ["shop"]}],
            "targets_max_concurrency": "1",
            "targets_max_errors": "1",
        }
    ],
    "target_locations_url": "https://bucket.s3.amazonaws.com/locations.json",
    "alarm_configuration": {"alarms": [{"name": "high"}], "ignore_poll_alarm_failure": None},
    "client_token": "release-7",
    "tags": {"Team": "shop", "Cost": 7},
}


def test_every_option_reaches_aws_under_its_name() -> None:
    parameters = start_parameters(automation_request(EVERYTHING))
    shape = SSM.operation_model("StartAutomationExecution").input_shape
    assert ParamValidator().validate(parameters, shape).generate_report() == ""
    assert set(parameters) == set(shape.members) - {"ClientToken", "TargetMaps"}
    assert parameters["Parameters"] == {"InstanceId": ["i-1"], "Count": ["3"], "Words": ["a", "b"]}
    assert parameters["TargetLocations"][0]["TargetLocationAlarmConfiguration"]["Alarms"] == [{"Name": "high"}]
    assert parameters["AlarmConfiguration"] == {"Alarms": [{"Name": "high"}]}
    tags = {tag["Key"]: tag["Value"] for tag in parameters["Tags"]}
    assert tags == {"Team": "shop", "Cost": "7", token_tag("release-7"): "release-7"}


def test_target_maps_keep_their_names() -> None:
    options = {"document_name": "shop", "target_maps": [{"instance_id": "i-1"}, {"instance_id": ["i-2"]}]}
    parameters = start_parameters(automation_request(options))
    assert parameters["TargetMaps"] == [{"instance_id": ["i-1"]}, {"instance_id": ["i-2"]}]


def test_a_token_is_always_the_same_uuid() -> None:
    given = str(uuid.uuid4())
    assert token_uuid(given.upper()) == given
    assert token_uuid("release-7") == token_uuid("release-7") != token_uuid("release-8")
    pattern = SSM.shape_for("IdempotencyToken").metadata["pattern"]
    assert re.fullmatch(pattern, token_uuid("release-7"))


def test_only_given_conditions_are_filters() -> None:
    names = ("document_name", "status", "started_after", "started_before", "tag_key", "client_token")
    nothing = dict.fromkeys(names)
    assert execution_filters(nothing) == []
    given = {"document_name": "shop", "status": "Failed", "started_after": "2026-08-01", "started_before": "2026-08-02"}
    assert execution_filters({**nothing, **given, "tag_key": "Team"}) == [
        {"Key": "DocumentNamePrefix", "Values": ["shop"]},
        {"Key": "ExecutionStatus", "Values": ["Failed"]},
        {"Key": "StartTimeAfter", "Values": ["2026-08-01T00:00:00Z"]},
        {"Key": "StartTimeBefore", "Values": ["2026-08-02T00:00:00Z"]},
        {"Key": "TagKey", "Values": ["Team"]},
    ]
    assert execution_filters({**nothing, "client_token": "t"}) == [{"Key": "TagKey", "Values": [token_tag("t")]}]
