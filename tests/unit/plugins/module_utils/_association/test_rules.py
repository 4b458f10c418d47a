from __future__ import annotations

import pytest
from ansible_collections.steadyfleet.aws_patching.plugins.module_utils._association.rules import (
    check,
    check_given,
    starts_at_once,
)
from ansible_collections.steadyfleet.aws_patching.plugins.module_utils._association.transformations import Fields
from ansible_collections.steadyfleet.aws_patching.plugins.module_utils._common.errors import InvalidInput


@pytest.mark.parametrize(
    ("fields", "at_once"),
    [
        ({}, True),
        ({"schedule_expression": "cron(0 2 * * ? *)"}, True),
        ({"schedule_expression": "cron(0 2 * * ? *)", "apply_only_at_cron_interval": True}, False),
        ({"schedule_expression": "rate(1 day)", "apply_only_at_cron_interval": True}, True),
    ],
)
def test_starts_at_once(fields: Fields, at_once: bool) -> None:
    assert starts_at_once(fields) is at_once


TARGETS = [{"key": "tag:App", "values": ["shop"]}]
ON_SCHEDULE = {"apply_only_at_cron_interval": True}


@pytest.mark.parametrize(
    "fields",
    [
        {"targets": TARGETS, "automation_target_parameter_name": "InstanceId"},
        {"target_maps": [{"InstanceId": ["i-1"]}]},
        {"schedule_offset": 2, **ON_SCHEDULE, "schedule_expression": "cron(0 2 ? * TUE#2 *)"},
        {"schedule_expression": "rate(1 day)"},
        {"targets": [{"key": "resource-groups:Name", "values": ["shop"]}]},
        {"target_locations": [{"accounts": ["123456789012"], "exclude_accounts": ["ou-abcd-12345678"]}]},
        {"output_location": {"s3_bucket": "logs"}},
        {"schedule_expression": "", "targets": [], "output_location": {}, "duration": 0},
    ],
)
def test_what_aws_takes(fields: Fields) -> None:
    check_given(fields, None, {"Team": "shop"})
    check(fields)


@pytest.mark.parametrize(
    ("fields", "told"),
    [
        ({"targets": TARGETS, "target_maps": [{"Id": ["1"]}]}, "targets and target_maps exclude each other"),
        ({**ON_SCHEDULE, "schedule_expression": "rate(1 day)"}, "does not go with a rate"),
        ({"alarm_configuration": {"ignore_poll_alarm_failure": True}}, "needs exactly one alarm"),
        ({"schedule_offset": 2, "apply_only_at_cron_interval": False}, "schedule_offset needs apply_only"),
        ({"automation_target_parameter_name": "Id", "target_maps": [{"Id": ["1"]}]}, "does not go with target_maps"),
        ({"targets": [{"key": "tag:App", "values": [""]}]}, "target tag:App has an empty value"),
        ({"targets": [{"key": "resource-groups:Name", "values": ["a", "b"]}]}, "takes one resource group, not 2"),
        ({"target_maps": [{}]}, "target map 1 needs 1 to 20 parameters, not 0"),
        ({"target_maps": [{"Id": ["1"] * 26}]}, "target map 1: Id takes at most 25 values, not 26"),
        ({"target_maps": [{"Id": ["1"]}] * 301}, "at most 300 target_maps"),
        ({"target_locations": [{"accounts": []}]}, "target location 1: accounts takes 1 to 50 values, not 0"),
        ({"target_locations": [{"regions": ["r"] * 51}]}, "regions takes 1 to 50 values, not 51"),
        ({"target_locations": [{"targets_max_errors": "x"}]}, "target location 1: targets_max_errors must be a number"),
        ({"target_locations": [{"execution_role_name": "a role"}]}, "must be the name of an IAM role"),
        ({"target_locations": [{"exclude_accounts": ["12"]}]}, "exclude_accounts takes account ids"),
        ({"target_locations": [{"targets": TARGETS * 2}]}, "target location 1: only one target is possible"),
        ({"target_locations": [{"regions": ["r"]}] * 101}, "at most 100 target_locations"),
        ({"output_location": {"s3_key_prefix": "p"}}, "output_location needs s3_bucket"),
        ({"schedule_offset": 7, "duration": -1}, "schedule_offset must be from 1 to 6, not 7; duration must be from 1"),
    ],
)
def test_what_aws_would_refuse_is_told_beforehand(fields: Fields, told: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        check_given(fields, None, None)
    assert told in str(caught.value)


@pytest.mark.parametrize(
    ("fields", "told"),
    [
        ({"schedule_offset": 2}, "schedule_offset needs apply_only_at_cron_interval"),
        ({"automation_target_parameter_name": "Id"}, "needs targets: AWS takes both or neither"),
    ],
)
def test_what_may_be_there_already_is_asked_for_later(fields: Fields, told: str) -> None:
    check_given(fields, None, None)
    with pytest.raises(InvalidInput, match=told):
        check(fields)


@pytest.mark.parametrize(
    "tags", [{"aws:mine": "x"}, {"": "x"}, {"a*": "x"}, {"a": "x" * 257}, {str(n): "" for n in range(51)}]
)
def test_tags_that_cannot_be(tags: dict[str, str]) -> None:
    with pytest.raises(InvalidInput, match="tag"):
        check_given({}, None, tags)
