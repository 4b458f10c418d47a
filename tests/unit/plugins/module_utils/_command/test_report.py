from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.steadyfleet.aws_patching.plugins.module_utils._command.model import (
    CommandRequest,
    CommandState,
    Invocation,
    Step,
)
from ansible_collections.steadyfleet.aws_patching.plugins.module_utils._command.output import (
    StepOutput,
    cut,
    listed,
    location,
    shown,
    with_outputs,
)
from ansible_collections.steadyfleet.aws_patching.plugins.module_utils._command.report import has_token, mine
from ansible_collections.steadyfleet.aws_patching.plugins.module_utils._command.transformations import (
    commented,
    short_name,
)
from ansible_collections.steadyfleet.aws_patching.plugins.module_utils._common.errors import Refused

ERROR = "\n----------ERROR-------\n"
REQUEST = CommandRequest(document_name="doc", instance_ids=("i-1", "i-2"))


def sent(**fields: Any) -> CommandState:
    usual = {"command_id": "c", "status": "Success", "status_details": "Success", "target_count": 2}
    named = {"document_name": "doc", "comment": "token=t", "instance_ids": ("i-2", "i-1")}
    return CommandState(**{**usual, **named, **fields})


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
    assert commented(comment, token) == whole


def test_the_command_of_a_token() -> None:
    others = [sent(comment="token=u"), sent(comment="")]
    assert mine([*others, sent()], "t", REQUEST) == sent()
    assert mine(others, "t", REQUEST) is None


@pytest.mark.parametrize(
    ("commands", "said"),
    [
        ([sent(), sent(command_id="d")], "used by commands c and d"),
        ([sent(document_name="other")], r"another document \(other\)"),
        ([sent(instance_ids=("i-1",))], r"another set of instances \(i-1\)"),
        (
            [sent(instance_ids=(), targets=({"Key": "tag:a", "Values": ["b"]},))],
            "found by targets.* and set of targets",
        ),
    ],
)
def test_a_token_of_something_else_is_refused(commands: list[CommandState], said: str) -> None:
    with pytest.raises(Refused, match=said):
        mine(commands, "t", REQUEST)


def test_the_order_of_targets_and_the_form_of_a_name_mean_nothing() -> None:
    one, two = {"Key": "tag:a", "Values": ["x", "y"]}, {"Key": "tag:b", "Values": ["z"]}
    name = "arn:aws:ssm:eu-central-1:123456789012:document/doc"
    request = CommandRequest(document_name=name, targets=(two, {**one, "Values": ["y", "x"]}))
    assert mine([sent(instance_ids=(), targets=(one, two))], "t", request)


@pytest.mark.parametrize(
    ("name", "short"),
    [("doc", "doc"), ("arn:aws:ssm:r:1:document/doc", "doc"), ("arn:aws:ssm:r::document/AWS-X", "AWS-X")],
)
def test_short_names(name: str, short: str) -> None:
    assert short_name(name) == short


@pytest.mark.parametrize(
    ("url", "key"),
    [
        (
            "https://s3.eu-central-1.amazonaws.com/logs/p/c/i-1/awsrunShellScript/step/stdout",
            "p/c/i-1/awsrunShellScript/step/stdout",
        ),
        ("https://s3.amazonaws.com/logs/c/stdout", "c/stdout"),
        ("https://logs.s3.eu-central-1.amazonaws.com/c/a%20b/stdout", "c/a b/stdout"),
        ("https://s3.cn-north-1.amazonaws.com.cn/logs/c/stdout", "c/stdout"),
        ("https://s3.eu-central-1.amazonaws.com/logs2/c/stdout", None),
        ("https://logs.s3.eu-central-1.amazonaws.com/", None),
        ("", None),
    ],
)
def test_where_an_output_lies(url: str, key: str | None) -> None:
    assert location(url, "logs") == key


@pytest.mark.parametrize(
    ("text", "is_cut"), [("x" * 9, False), ("x" * 10, True), ("x\n--output truncated--", True), ("", False)]
)
def test_a_cut_stream(text: str, is_cut: bool) -> None:
    assert cut(text, 30 if text.startswith("x\n") else 10) is is_cut


@pytest.mark.parametrize(
    ("output", "stdout", "stderr", "truncated"),
    [
        ("out", "out", "", False),
        (f"out{ERROR}err", "out", "err", False),
        (f"{ERROR}err", "", "err", False),
        ("x" * 2500, "x" * 2500, "", True),
        (f"a\n---Output truncated---{ERROR}b", "a\n---Output truncated---", "b", True),
    ],
)
def test_a_listed_output_is_taken_apart(output: str, stdout: str, stderr: str, truncated: bool) -> None:
    told = listed(Step(name="s", status="Success", output=output)).as_dict()
    assert (told["stdout"], told["stderr"], told["truncated"]) == (stdout, stderr, truncated)


def test_outputs_go_to_their_own_step_and_node() -> None:
    steps = (Step(name="a", status="Success", output="x"), Step(name="b", status="Success", output="y"))
    found = Invocation(command_id="c", instance_id="i-1", status="Success", steps=steps)
    outputs = {("i-1", "b"): StepOutput(stdout="whole", stderr="err"), ("i-2", "a"): StepOutput(stdout="no")}
    [filled] = with_outputs([found], outputs)
    assert [step.output for step in filled.steps] == ["x", f"whole{ERROR}err"]
    assert [(step["name"], step["stdout"]) for step in shown(found, outputs)["steps"]] == [("a", "x"), ("b", "whole")]
