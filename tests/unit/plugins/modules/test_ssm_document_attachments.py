"""ssm_document: files attached to a document."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from lab.api.testing.kit import Lab, RunModule
from moto.s3.models import s3_backends
from unit.plugins.modules.document_under_test import Documents, command

READ = ["DescribeDocument", "GetDocument"]
HELLO = {"key": "S3FileUrl", "values": ["s3://shop-files/hello/hello.py"], "name": "hello.py"}
BYE = {"key": "S3FileUrl", "values": ["s3://shop-files/hello/bye.py"], "name": "bye.py"}


@pytest.fixture
def document(aws: Lab, run_module: RunModule) -> Iterator[Documents]:
    backend = s3_backends[aws.settings.account.account_id]["aws"]
    backend.create_bucket("shop-files", aws.settings.account.region)
    for name in ("hello.py", "bye.py"):
        backend.put_object("shop-files", f"hello/{name}", name.encode())
    yield Documents(aws, run_module)
    s3_backends.reset()


def test_files_are_attached_to_every_new_version(document: Documents, aws: Lab) -> None:
    made = document.four_steps(["CreateDocument"], READ, content=command(), attachments=[HELLO])
    assert made["document"]["attachments"] == ["hello.py"]
    again = document.four_steps(["UpdateDocument"], READ, content=command("bye"), attachments=[HELLO, BYE])
    assert again["document"]["attachments"] == ["bye.py", "hello.py"]
    assert (again["diff"]["before"]["attachments"], again["diff"]["after"]["attachments"]) == (
        ["hello.py"],
        ["bye.py", "hello.py"],
    )
    reused = {"key": "AttachmentReference", "values": ["shop-hello/2/bye.py"], "name": "bye.py"}
    document.four_steps(["UpdateDocument"], READ, content=command("third"), attachments=[reused])
    dropped = document.four_steps(["UpdateDocument"], READ, content=command("fourth"), attachments=[])
    assert dropped["document"]["attachments"] == []


def test_a_folder_s_names_are_aws_s_to_tell(document: Documents) -> None:
    folder = [{"key": "SourceUrl", "values": ["s3://shop-files/hello"]}]
    content = {**command(), "files": {"hello.py": {}, "bye.py": {}}}
    made = document(content=content, attachments=folder)
    assert made["document"]["attachments"] == ["bye.py", "hello.py"]
    assert document(content=content, attachments=folder)["changed"] is False


def test_files_are_never_lost_by_mistake(document: Documents) -> None:
    document(content=command(), attachments=[HELLO])
    document.refused("attachments_not_given", "hello.py", content=command("bye"))
    document.refused("content_unchanged", "attachments of shop-hello", content=command(), attachments=[BYE])
    assert document(content=command())["changed"] is False


@pytest.mark.parametrize(
    ("attachment", "told"),
    [
        (
            {"key": "S3FileUrl", "values": ["s3://no-such/x.py"], "name": "x.py"},
            "The specified S3 bucket doesn't exist",
        ),
        ({"key": "AttachmentReference", "values": ["other/1/x.py"], "name": "x.py"}, "other/1/x.py is not valid"),
    ],
)
def test_a_file_that_is_not_there_fails_with_the_reason_of_aws(
    document: Documents, attachment: dict[str, Any], told: str
) -> None:
    result = document(content=command(), attachments=[attachment])
    assert result["failed"]
    assert "version 1 of document shop-hello is Failed: " in result["msg"]
    assert told in result["msg"]


def test_info_tells_of_files(document: Documents, run_module: RunModule) -> None:
    document(content=command(), attachments=[HELLO])
    [found] = run_module("ssm_document_info", {"names": ["shop-hello"], "include_attachments": True})["documents"]
    assert found["attachments"] == ["hello.py"]
    [content] = found["attachments_content"]
    assert (content["name"], content["size"], content["hash_type"]) == ("hello.py", 8, "Sha256")
    assert "content" not in found


def test_every_argument_of_aws_can_be_given(document: Documents, aws: Lab) -> None:
    options: dict[str, Any] = {
        "document_type": "Command",
        "document_format": "JSON",
        "target_type": "/",
        "display_name": "Hello",
        "attachments": [HELLO],
        "requires": [{"name": "AWS-Noop", "version": "1", "version_name": "v1", "require_type": "Command"}],
        "tags": {"Team": "shop"},
    }
    model = aws.client("ssm").meta.service_model
    if "CloudProviders" in model.operation_model("CreateDocument").input_shape.members:  # botocore 1.44.8
        options["cloud_providers"] = ["AWS"]
    for name in ("one", "two"):
        done = document(content=command(name), version_name=name, **options)
        assert not done["failed"], done["msg"]
    for action in ("CreateDocument", "UpdateDocument"):
        [call] = aws.calls(action)
        assert set(call.parameters) == set(model.operation_model(action).input_shape.members)
    [required] = aws.calls("CreateDocument")[0].parameters["Requires"]
    assert set(required) == set(model.shape_for("DocumentRequires").members)
