from __future__ import annotations

import json

import pytest
from ansible_collections.steadyfleet.aws_patching.plugins.module_utils._aws.tags import (
    list_tags,
    option_tag_problems,
    tag_list,
    write_tags,
)
from ansible_collections.steadyfleet.aws_patching.plugins.module_utils._common.tags import plan_tags
from lab.api.testing.kit import Lab

NAME = "shop"
STEP = {"action": "aws:runShellScript", "name": "a", "inputs": {"runCommand": ["b"]}}
CONTENT = json.dumps({"schemaVersion": "2.2", "mainSteps": [STEP]})


def test_tags_are_written_and_removed(aws: Lab) -> None:
    client = aws.client("ssm")
    client.create_document(Name=NAME, Content=CONTENT, DocumentType="Command")
    assert list_tags(client, "Document", NAME) == {}
    for desired in ({"Team": "web", "Old": "1"}, {"Team": "shop"}, {}):
        write_tags(client, "Document", NAME, plan_tags(list_tags(client, "Document", NAME), desired, purge=True))
        assert list_tags(client, "Document", NAME) == desired


def test_nothing_is_called_when_the_tags_are_equal(aws: Lab) -> None:
    write_tags(aws.client("ssm"), "Document", NAME, plan_tags({"Team": "web"}, {"Team": "web"}, purge=True))
    assert aws.calls() == []


def test_no_tags_are_no_parameter() -> None:
    assert tag_list({}) is None
    assert tag_list(None) is None
    assert tag_list({"Team": "web"}) == [{"Key": "Team", "Value": "web"}]


@pytest.mark.parametrize(
    ("tags", "fact"),
    [({"": "x"}, "tags[0].key"), ({"a": "x" * 257}, "257"), ({"a": "$"}, "'$'"), ({"aws:a": "x"}, "'aws:a'")],
)
def test_tags_are_compared_with_the_limits_of_aws(aws: Lab, tags: dict[str, str], fact: str) -> None:
    [problem] = option_tag_problems(aws.client("ssm"), tags)
    assert fact in problem.message
    assert aws.calls() == []
