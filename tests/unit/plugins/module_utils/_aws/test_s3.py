from __future__ import annotations

import io
from typing import Any

import pytest
from ansible_collections.steadyfleet.aws_patching.plugins.module_utils._aws.s3 import read_text
from ansible_collections.steadyfleet.aws_patching.plugins.module_utils._common.errors import PatchingError
from botocore.response import StreamingBody


class Bucket:
    """Has one object."""

    def __init__(self, content: bytes) -> None:
        self.content = content
        self.body = StreamingBody(io.BytesIO(content), len(content))

    def get_object(self, **params: Any) -> dict[str, Any]:
        assert params == {"Bucket": "logs", "Key": "stdout"}
        return {"ContentLength": len(self.content), "Body": self.body}


@pytest.mark.parametrize(
    ("content", "text"), [(b"", ""), ("größer".encode(), "größer"), (b"a\xffb", "a\N{REPLACEMENT CHARACTER}b")]
)
def test_an_object_is_read_as_text(content: bytes, text: str) -> None:
    assert read_text(Bucket(content), "logs", "stdout", 100) == text


def test_an_object_may_have_as_many_bytes_as_allowed() -> None:
    assert read_text(Bucket(b"12345"), "logs", "stdout", 5) == "12345"


def test_an_object_that_is_too_large_is_not_read() -> None:
    bucket = Bucket(b"12345")
    with pytest.raises(PatchingError, match="5 bytes, more than 4"):
        read_text(bucket, "logs", "stdout", 4)
    assert bucket.body._raw_stream.closed
