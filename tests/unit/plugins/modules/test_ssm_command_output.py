"""The output of a step as ssm_command returns it, and where the module reads it."""

from __future__ import annotations

from typing import Any

import pytest
from lab.api.moto_bridge import buckets as s3
from lab.api.testing.kit import Lab, RunModule
from lab.api.testing.scripted_node import ScriptedNode, Step

ONE = "i-00000000000000001"
SHELL = {"document_name": "AWS-RunShellScript", "parameters": {"commands": "true"}, "instance_ids": [ONE]}
LINES = "".join(f"line {number}\n" for number in range(10_000))
BUCKET = {"output_s3_bucket": s3.BUCKET, "output_s3_key_prefix": "logs/nightly"}


@pytest.fixture
def run_step(run_module: RunModule, nodes: dict[str, ScriptedNode]) -> Any:
    def run(step: Step, **options: Any) -> dict[str, Any]:
        nodes[ONE].shell = lambda _commands: step
        result = run_module("ssm_command", {**SHELL, "poll_interval": 0.05, "wait_timeout": 15, **options})
        [found] = result["command"]["invocations"][0]["steps"]
        return {**found, "msg": result.get("msg")}

    return run


def test_short_output_costs_no_further_call(run_step: Any, aws: Lab) -> None:
    step = run_step(Step(stdout="out\n", stderr="err\n"), **BUCKET)
    assert (step["stdout"], step["stderr"], step["truncated"], step["truncated_reason"]) == (
        "out\n",
        "err\n",
        False,
        None,
    )
    judged = {"DescribeDocument", "GetDocument", "DescribeInstanceInformation"}
    assert {call.action for call in aws.calls()} == {*judged, "SendCommand", "ListCommandInvocations"}


def test_what_the_listing_cuts_is_read_whole(run_step: Any, aws: Lab) -> None:
    step = run_step(Step(stdout="o" * 20_000, stderr="e" * 7_000))
    assert (len(step["stdout"]), len(step["stderr"]), step["truncated"]) == (20_000, 7_000, False)
    assert len(aws.calls("GetCommandInvocation")) == 1
    assert not aws.calls("GetObject")


def test_more_than_aws_keeps_is_cut_with_a_reason(run_step: Any) -> None:
    step = run_step(Step(stdout=LINES))
    assert step["stdout"] == LINES[:24_000]
    assert step["truncated"]
    assert "output_s3_bucket_name" in step["truncated_reason"]


def test_with_a_bucket_all_of_it_is_there(run_step: Any, aws: Lab) -> None:
    step = run_step(Step(stdout=LINES, stderr="a note\n"), **BUCKET)
    assert (step["stdout"], step["stderr"]) == (LINES, "a note\n")
    assert (step["truncated"], step["truncated_reason"]) == (False, None)
    assert len(step["output"]) == 32_000
    [command] = aws.api.region.commands.by_id
    [read] = aws.calls("GetObject")
    place = f"logs/nightly/{command}/{ONE}/awsrunShellScript/0.awsrunShellScript"
    assert read.parameters == {"Bucket": s3.BUCKET, "Key": f"{place}/stdout"}


def test_a_failure_is_reported_by_its_last_line_however_long_the_output_is(run_step: Any, aws: Lab) -> None:
    step = run_step(Step(status="Failed", code=2, stdout="x\n" * 50, stderr=LINES + "the disk is full\n"), **BUCKET)
    assert step["msg"] == f"{ONE}: step aws:runShellScript Failed (exit code 2): the disk is full"
    assert len(aws.calls("GetCommandInvocation")) == 1


@pytest.mark.parametrize(("lost", "reason"), [("object", "NoSuchKey"), ("size", "more than 10485760")])
def test_what_cannot_be_read_from_the_bucket_is_reported(
    run_step: Any, aws: Lab, monkeypatch: pytest.MonkeyPatch, lost: str, reason: str
) -> None:
    uploaded = s3.put

    def upload(account: str, bucket: str, key: str, text: str) -> None:
        if lost == "size":
            uploaded(account, bucket, key, text * 150)

    monkeypatch.setattr(s3, "put", upload)
    step = run_step(Step(stdout=LINES), **BUCKET)
    assert (step["stdout"], step["truncated"]) == (LINES[:24_000], True)
    assert step["truncated_reason"].startswith(f"s3://{s3.BUCKET}/logs/nightly/")
    assert reason in step["truncated_reason"]
