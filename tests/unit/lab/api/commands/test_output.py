"""The output of commands in S3: the node writes it, the operator reads it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from lab.api.moto_bridge import buckets
from lab.api.testing.kit import Lab
from lab.api.testing.scripted_node import ScriptedNode, Step
from lab.node.ssm_agent.output_keys import output_key

ONE = "i-00000000000000001"
SHELL = {"DocumentName": "AWS-RunShellScript", "Parameters": {"commands": ["id"]}}
HOOKS = {"DocumentName": "AWS-RunPatchBaselineWithHooks", "Parameters": {"Operation": ["Install"]}}


def plugins(ssm: Any, eventually: Callable[..., Any], command_id: str) -> dict[str, Any]:
    def look() -> Any:
        found = ssm.list_command_invocations(CommandId=command_id, Details=True)["CommandInvocations"]
        return found and found[0]["Status"] == "Success" and found[0]["CommandPlugins"]

    return {plugin["Name"]: plugin for plugin in eventually(look)}


def test_each_stream_lies_where_aws_puts_it(
    lab_api: Lab, ssm: Any, nodes: dict[str, ScriptedNode], eventually: Callable[..., Any]
) -> None:
    nodes[ONE].shell = lambda _commands: Step(stdout="o" * 50_000, stderr="note")
    asked = {"OutputS3BucketName": buckets.BUCKET, "OutputS3KeyPrefix": "my/logs"}
    command_id = ssm.send_command(InstanceIds=[ONE], **asked, **SHELL)["Command"]["CommandId"]
    [plugin] = plugins(ssm, eventually, command_id).values()
    folder = f"my/logs/{command_id}/{ONE}/awsrunShellScript"
    place = f"{folder}/0.awsrunShellScript"
    url = f"https://s3.{lab_api.settings.account.region}.amazonaws.com/{buckets.BUCKET}/{place}"
    assert (plugin["StandardOutputUrl"], plugin["StandardErrorUrl"]) == (f"{url}/stdout", f"{url}/stderr")
    assert (plugin["OutputS3BucketName"], plugin["OutputS3KeyPrefix"]) == (buckets.BUCKET, folder)
    objects = lab_api.client("s3")
    assert objects.get_object(Bucket=buckets.BUCKET, Key=f"{place}/stdout")["Body"].read() == b"o" * 50_000
    assert objects.get_object(Bucket=buckets.BUCKET, Key=f"{place}/stderr")["Body"].read() == b"note"
    got = ssm.get_command_invocation(CommandId=command_id, InstanceId=ONE)
    assert got["StandardOutputUrl"] == f"{url}/stdout"


def test_a_step_that_says_nothing_writes_nothing(
    lab_api: Lab, ssm: Any, nodes: dict[str, ScriptedNode], eventually: Callable[..., Any]
) -> None:
    nodes[ONE].missing = 0
    command_id = ssm.send_command(InstanceIds=[ONE], OutputS3BucketName=buckets.BUCKET, **HOOKS)["Command"]["CommandId"]
    told = plugins(ssm, eventually, command_id)
    written = buckets.object_keys(lab_api.settings.account.account_id, buckets.BUCKET)
    spoke = [name for name, plugin in told.items() if plugin["Output"]]
    assert len(written) == len(spoke) > 0
    assert f"{command_id}/{ONE}/awsrunShellScript/VerifyLocalPatchStatesLinux/stdout" in written


def test_without_a_bucket_there_is_no_address(
    ssm: Any, nodes: dict[str, ScriptedNode], eventually: Callable[..., Any]
) -> None:
    command_id = ssm.send_command(InstanceIds=[ONE], **SHELL)["Command"]["CommandId"]
    [plugin] = plugins(ssm, eventually, command_id).values()
    assert (plugin["StandardOutputUrl"], plugin["OutputS3BucketName"]) == ("", "")


@pytest.mark.parametrize(
    ("bucket", "key", "code"), [(buckets.BUCKET, "nothing", "NoSuchKey"), ("no-such-bucket", "x", "NoSuchBucket")]
)
def test_what_is_not_there_is_refused(
    lab_api: Lab, refusal: Callable[..., str], bucket: str, key: str, code: str
) -> None:
    assert refusal(lab_api.client("s3").get_object, Bucket=bucket, Key=key) == code


def test_other_things_of_s3_are_not_done(lab_api: Lab, refusal: Callable[..., str]) -> None:
    client = lab_api.client("s3")
    assert refusal(client.list_objects_v2, Bucket=buckets.BUCKET) == "NotImplementedInLab"
    assert refusal(client.get_object_acl, Bucket=buckets.BUCKET, Key="x") == "NotImplementedInLab"


def test_a_bucket_can_be_made_and_used(lab_api: Lab, ssm: Any, nodes: dict[str, ScriptedNode]) -> None:
    region = lab_api.settings.account.region
    lab_api.client("s3").create_bucket(Bucket="mine", CreateBucketConfiguration={"LocationConstraint": region})
    assert ssm.send_command(InstanceIds=[ONE], OutputS3BucketName="mine", **SHELL)["Command"]["CommandId"]


@pytest.mark.parametrize(
    ("prefix", "action", "step", "key"),
    [
        ("p", "aws:runShellScript", "aws:runShellScript", "p/c/i/awsrunShellScript/0.awsrunShellScript/stdout"),
        ("", "aws:runShellScript", "PatchLinux", "c/i/awsrunShellScript/PatchLinux/stdout"),
        ("a/b/", "aws:runDocument", "PreInstallScan", "a/b/c/i/awsrunDocument/PreInstallScan/stdout"),
    ],
)
def test_keys(prefix: str, action: str, step: str, key: str) -> None:
    assert output_key(prefix, "c", "i", action, step, "stdout") == key
