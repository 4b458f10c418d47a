from __future__ import annotations

from typing import Any

import botocore.session
import pytest
from ansible_collections.steadyfleet.aws_patching.plugins.module_utils._command.transformations import (
    command_filters,
    command_request,
    comment_with_token,
    has_token,
    send_parameters,
    short_name,
)
from botocore.validate import ParamValidator

SEND_COMMAND = botocore.session.get_session().get_service_model("ssm").operation_model("SendCommand").input_shape
# Every option of the module at once.
EVERYTHING: dict[str, Any] = {
    "document_name": "doc",
    "document_version": "3",
    "document_hash": "0" * 64,
    "document_hash_type": "Sha256",
    "instance_ids": ["i-0123456789abcdef0"],
    "targets": [{"key": "tag:App", "values": ["shop"]}],
    "parameters": {"commands": "ls", "count": 3},
    "comment": "why",
    "client_token": "t",
    "timeout_seconds": 60,
    "max_concurrency": "1",
    "max_errors": "0",
    "output_s3_bucket_name": "logs",
    "output_s3_key_prefix": "p",
    "cloud_watch_log_group_name": "/logs",
    "cloud_watch_output_enabled": None,
    "service_role_arn": "arn:aws:iam::123456789012:role/r",
    "notification_config": {"notification_arn": "arn:t", "notification_events": ["All"], "notification_type": None},
    "alarm_configuration": {"alarms": [{"name": "down"}], "ignore_poll_alarm_failure": None},
}
# AWS deprecates it: it knows the bucket's Region.
UNUSED = {"OutputS3Region"}


def test_every_option_reaches_aws_by_its_name() -> None:
    sent = send_parameters(command_request(EVERYTHING))
    assert ParamValidator().validate(sent, SEND_COMMAND).generate_report() == ""
    assert set(sent) == set(SEND_COMMAND.members) - UNUSED
    assert sent["Parameters"] == {"commands": ["ls"], "count": ["3"]}
    assert sent["Targets"] == [{"Key": "tag:App", "Values": ["shop"]}]
    assert sent["CloudWatchOutputConfig"] == {"CloudWatchLogGroupName": "/logs", "CloudWatchOutputEnabled": True}
    assert sent["NotificationConfig"] == {"NotificationArn": "arn:t", "NotificationEvents": ["All"]}
    assert sent["AlarmConfiguration"] == {"Alarms": [{"Name": "down"}]}
    assert sent["Comment"] == "why token=t"


def test_what_is_not_given_is_not_sent() -> None:
    assert send_parameters(command_request({"document_name": "doc", "instance_ids": ["i-1"]})) == {
        "DocumentName": "doc",
        "InstanceIds": ["i-1"],
    }


@pytest.mark.parametrize(
    ("comment", "token", "found"),
    [
        ("token=t", "t", True),
        ("why token=t", "t", True),
        ("token=t and more", "t", False),
        ("token=tt", "t", False),
        ("token=t", "tt", False),
        ("nottoken=t", "t", False),
        ("", "t", False),
    ],
)
def test_the_token_is_the_last_word(comment: str, token: str, found: bool) -> None:
    assert has_token(comment, token) is found


@pytest.mark.parametrize(
    ("comment", "token", "whole"),
    [("why", "t", "why token=t"), (None, "t", "token=t"), ("why", None, "why"), (None, None, None), ("", None, None)],
)
def test_a_comment_carries_the_token(comment: str | None, token: str | None, whole: str | None) -> None:
    assert comment_with_token(comment, token) == whole


@pytest.mark.parametrize(
    ("name", "short"),
    [("doc", "doc"), ("arn:aws:ssm:r:1:document/doc", "doc"), ("arn:aws:ssm:r::document/AWS-X", "AWS-X")],
)
def test_short_names(name: str, short: str) -> None:
    assert short_name(name) == short


def test_only_given_conditions_are_filters() -> None:
    assert command_filters({"document_name": None, "status": None, "invoked_after": None}) == []
    query = {"document_name": "doc", "status": "Failed", "invoked_after": "2026-08-01T11:30:00+02:00"}
    assert command_filters(query) == [
        {"key": "DocumentName", "value": "doc"},
        {"key": "Status", "value": "Failed"},
        {"key": "InvokedAfter", "value": "2026-08-01T09:30:00Z"},
    ]
