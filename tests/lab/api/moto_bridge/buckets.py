"""moto's S3 buckets, as far as the output of commands and attachments need them."""

from __future__ import annotations

from typing import Any

from moto.core.request import Request
from moto.s3.models import s3_backends
from moto.s3.responses import S3Response

# The bucket that exists from the start.
BUCKET = "shop-command-output"
_PARTITION = "aws"


def dispatch_to_s3(action: str, request: Request) -> tuple[int, dict[str, Any], bytes | str]:
    serve = S3Response.bucket_dispatch if action == "CreateBucket" else S3Response.key_dispatch
    status, headers, body = serve(request, request.url, request.headers)
    return int(status), headers, body


def reset_buckets() -> None:
    s3_backends.reset()


def create_bucket(account: str, region: str, name: str) -> None:
    s3_backends[account][_PARTITION].create_bucket(name, region)


def has_bucket(account: str, name: str) -> bool:
    return name in s3_backends[account][_PARTITION].buckets


def put(account: str, bucket: str, key: str, text: str) -> None:
    """Store a text, as a node in this process uploads it."""
    s3_backends[account][_PARTITION].put_object(bucket, key, text.encode())


def read_object(account: str, bucket: str, key: str) -> bytes | None:
    """The content of a file; None when the bucket has no such file.

    :raises LookupError: when there is no such bucket.
    """
    if not has_bucket(account, bucket):
        raise LookupError(bucket)
    stored = s3_backends[account][_PARTITION].get_object(bucket, key)
    return None if stored is None else bytes(stored.value)


def object_keys(account: str, bucket: str) -> list[str]:
    """The keys of all objects in a bucket, sorted; for tests."""
    return sorted(s3_backends[account][_PARTITION].buckets[bucket].keys)
