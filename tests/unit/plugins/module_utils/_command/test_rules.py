from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.steadyfleet.aws_patching.plugins.module_utils._command.model import Command, CommandRequest
from ansible_collections.steadyfleet.aws_patching.plugins.module_utils._command.rules import (
    find_by_token,
    option_problems,
    query_problems,
)
from ansible_collections.steadyfleet.aws_patching.plugins.module_utils._common.errors import Refused

REQUEST = CommandRequest(document_name="doc", instance_ids=("i-1", "i-2"))
BY_ID = {"instance_ids": ["i-0123456789abcdef0"]}


def sent(**fields: Any) -> Command:
    usual = {"command_id": "c", "status": "Success", "status_details": "Success", "target_count": 2}
    named = {"document_name": "doc", "comment": "token=t", "instance_ids": ("i-2", "i-1")}
    return Command(**{**usual, **named, **fields})


def test_the_command_of_a_token() -> None:
    others = [sent(comment="token=u"), sent(comment="")]
    assert find_by_token([*others, sent()], "t", REQUEST) == sent()
    assert find_by_token(others, "t", REQUEST) is None


@pytest.mark.parametrize(
    ("commands", "code", "fact"),
    [
        ([sent(), sent(command_id="d")], "client_token_ambiguous", "commands c and d"),
        ([sent(document_name="other")], "client_token_taken", "another document (other)"),
        ([sent(instance_ids=("i-1",))], "client_token_taken", "another set of instances (i-1)"),
        (
            [sent(instance_ids=(), targets=({"key": "tag:a", "values": ["b"]},))],
            "client_token_taken",
            "another set of instances (found by targets) and set of targets",
        ),
    ],
)
def test_a_token_of_something_else_is_refused(commands: list[Command], code: str, fact: str) -> None:
    with pytest.raises(Refused) as refused:
        find_by_token(commands, "t", REQUEST)
    assert refused.value.code == code
    assert fact in str(refused.value)


def test_the_order_of_targets_and_the_form_of_a_name_mean_nothing() -> None:
    one, two = {"key": "tag:a", "values": ["x", "y"]}, {"key": "tag:b", "values": ["z"]}
    name = "arn:aws:ssm:eu-central-1:123456789012:document/doc"
    request = CommandRequest(document_name=name, targets=(two, {**one, "values": ["y", "x"]}))
    assert find_by_token([sent(instance_ids=(), targets=(one, two))], "t", request)


@pytest.mark.parametrize(
    "options", [BY_ID, {"targets": [{"key": "tag:App", "values": ["shop"]}]}, {**BY_ID, "expected_target_count": 1}]
)
def test_options_that_go_together(options: dict[str, Any]) -> None:
    assert option_problems(options) == []


@pytest.mark.parametrize(
    ("options", "named"),
    [
        ({}, "instance_ids and targets"),
        ({"instance_ids": ["i-1"] * 2}, "instance_ids"),
        ({**BY_ID, "expected_target_count": 2}, "expected_target_count must be 1"),
        ({"targets": [{"key": "tag:App", "values": ["x"]}], "expected_target_count": 0}, "expected_target_count"),
        ({"targets": [{"key": "tag:App", "values": []}]}, "tag:App"),
        ({"targets": [{"key": "InstanceIds", "values": ["web-1"]}]}, "'web-1'"),
        ({**BY_ID, "client_token": "a token"}, "client_token"),
        ({**BY_ID, "client_token_max_age": 59}, "client_token_max_age must be 60 to 2592000, not 59"),
        ({**BY_ID, "document_hash_type": "Sha256"}, "document_hash_type requires document_hash"),
    ],
)
def test_options_that_do_not_go_together(options: dict[str, Any], named: str) -> None:
    [problem] = option_problems(options)
    assert named in problem.message


@pytest.mark.parametrize(
    ("query", "option"),
    [
        ({}, None),
        ({"status": "Pending"}, None),
        ({"instance_id": "i-0123456789abcdef0", "status": "Success"}, None),
        ({"instance_id": "i-0123456789abcdef0", "status": "Pending"}, "instance_id"),
        ({"max_commands": 0}, "max_commands"),
        ({"invoked_after": "yesterday"}, "invoked_after"),
    ],
)
def test_what_ssm_command_info_cannot_read(query: dict[str, Any], option: str | None) -> None:
    usual = {"instance_id": None, "status": None, "invoked_after": None, "max_commands": 1}
    assert [problem.message.split()[0] for problem in query_problems({**usual, **query})] == (
        [option] if option else []
    )
