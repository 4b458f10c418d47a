"""Files attached to documents: read from S3, checked, and reused by reference."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from lab.api.documents.attachments import NO_BUCKET
from lab.api.testing.kit import Lab
from moto.s3.models import s3_backends

CODE = b"print('hello')\n"
SHA256 = hashlib.sha256(CODE).hexdigest()
FOLDER = "s3://shop-files/hello"


@pytest.fixture(autouse=True)
def bucket(lab_api: Lab) -> Iterator[None]:
    backend = s3_backends[lab_api.settings.account.account_id]["aws"]
    backend.create_bucket("shop-files", lab_api.settings.account.region)
    backend.put_object("shop-files", "hello/hello.py", CODE)
    yield
    s3_backends.reset()


def text(sha256: str = SHA256, name: str = "hello.py", description: str = "d") -> str:
    files = {name: {"checksums": {"sha256": sha256}}}
    step = {"name": "a", "action": "aws:pause", "inputs": {}}
    return json.dumps({"schemaVersion": "0.3", "description": description, "files": files, "mainSteps": [step]})


def source(key: str, value: str, name: str | None = None) -> dict[str, Any]:
    return {"Key": key, "Values": [value], **({"Name": name} if name else {})}


@pytest.fixture
def create(ssm: Any, eventually: Callable[..., Any]) -> Callable[..., dict[str, Any]]:
    def make(name: str, attachment: dict[str, Any], content: str = text()) -> dict[str, Any]:
        ssm.create_document(Name=name, Content=content, DocumentType="Automation", Attachments=[attachment])
        eventually(lambda: ssm.describe_document(Name=name)["Document"]["Status"] != "Creating")
        found: dict[str, Any] = ssm.describe_document(Name=name)["Document"]
        return found

    return make


@pytest.mark.parametrize(
    "attachment",
    [
        source("S3FileUrl", f"{FOLDER}/hello.py", "hello.py"),
        source("S3FileUrl", f"{FOLDER}/hello.py"),
        source("SourceUrl", FOLDER),
    ],
)
def test_a_file_is_attached(ssm: Any, create: Callable[..., dict[str, Any]], attachment: dict[str, Any]) -> None:
    described = create("my-doc", attachment)
    assert (described["Status"], described["AttachmentsInformation"]) == ("Active", [{"Name": "hello.py"}])
    [content] = ssm.get_document(Name="my-doc")["AttachmentsContent"]
    assert content == {"Name": "hello.py", "Size": len(CODE), "Hash": SHA256, "HashType": "Sha256"}


def test_a_file_is_reused_by_reference(create: Callable[..., dict[str, Any]]) -> None:
    create("first", source("S3FileUrl", f"{FOLDER}/hello.py"))
    assert create("second", source("AttachmentReference", "first/1/hello.py"))["Status"] == "Active"
    wrong = create("third", source("AttachmentReference", "first/1/bye.py"))
    assert "first/1/bye.py is not valid" in wrong["StatusInformation"]


@pytest.mark.parametrize(
    ("attachment", "content", "told"),
    [
        (source("S3FileUrl", "s3://no-such-bucket/a.py"), text(), NO_BUCKET),
        (source("S3FileUrl", f"{FOLDER}/bye.py"), text(), "bye.py does not exist"),
        (source("S3FileUrl", f"{FOLDER}/hello.py"), text("0" * 64), "checksum of hello.py does not match"),
    ],
)
def test_a_file_that_is_not_right_fails_the_version(
    create: Callable[..., dict[str, Any]], attachment: dict[str, Any], content: str, told: str
) -> None:
    described = create("my-doc", attachment, content)
    assert described["Status"] == "Failed"
    assert told in described["StatusInformation"]


def test_a_version_has_the_files_it_was_given(ssm: Any, create: Callable[..., dict[str, Any]]) -> None:
    create("my-doc", source("S3FileUrl", f"{FOLDER}/hello.py"))
    ssm.update_document(Name="my-doc", Content=text(description="new"), DocumentVersion="$LATEST")
    latest = ssm.describe_document(Name="my-doc", DocumentVersion="$LATEST")["Document"]
    assert latest.get("AttachmentsInformation", []) == []
    assert ssm.describe_document(Name="my-doc")["Document"]["AttachmentsInformation"] == [{"Name": "hello.py"}]


@pytest.mark.parametrize(
    ("attachments", "code"),
    [
        ([source("Nonsense", FOLDER)], "ValidationException"),
        ([source("SourceUrl", FOLDER, "a b")], "ValidationException"),
        ([{"Key": "SourceUrl", "Values": [FOLDER, FOLDER]}], "ValidationException"),
        ([source("SourceUrl", FOLDER)] * 21, "ValidationException"),
        ([source("S3FileUrl", "https://example.com/a")], "NotImplementedInLab"),
    ],
)
def test_what_is_no_attachment(
    ssm: Any, refusal: Callable[..., str], attachments: list[dict[str, Any]], code: str
) -> None:
    asked = {"Name": "my-doc", "Content": text(), "DocumentType": "Automation", "Attachments": attachments}
    assert refusal(ssm.create_document, **asked) == code
