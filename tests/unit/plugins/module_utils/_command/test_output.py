from __future__ import annotations

import pytest
from ansible_collections.steadyfleet.aws_patching.plugins.module_utils._command.model import Invocation, Step
from ansible_collections.steadyfleet.aws_patching.plugins.module_utils._command.output import (
    StepOutput,
    invocation_result,
    is_truncated,
    listed_output,
    object_key,
    with_outputs,
)

ERROR = "\n----------ERROR-------\n"


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
    assert object_key(url, "logs") == key


@pytest.mark.parametrize(
    ("text", "expected"), [("x" * 9, False), ("x" * 10, True), ("x\n--output truncated--", True), ("", False)]
)
def test_a_truncated_stream(text: str, expected: bool) -> None:
    assert is_truncated(text, 30 if text.startswith("x\n") else 10) is expected


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
    result = listed_output(Step(name="s", status="Success", output=output)).as_dict()
    assert (result["stdout"], result["stderr"], result["truncated"]) == (stdout, stderr, truncated)


def test_outputs_go_to_their_own_step_and_node() -> None:
    steps = (Step(name="a", status="Success", output="x"), Step(name="b", status="Success", output="y"))
    found = Invocation(command_id="c", instance_id="i-1", status="Success", steps=steps)
    outputs = {("i-1", "b"): StepOutput(stdout="whole", stderr="err"), ("i-2", "a"): StepOutput(stdout="no")}
    [filled] = with_outputs([found], outputs)
    assert [step.output for step in filled.steps] == ["x", f"whole{ERROR}err"]
    assert [(step["name"], step["stdout"]) for step in invocation_result(found, outputs)["steps"]] == [
        ("a", "x"),
        ("b", "whole"),
    ]
