"""S3 as far as the output of commands needs it: moto's, reached by path-style requests."""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import unquote

from moto.core.request import Request
from moto.s3.models import s3_backends
from moto.s3.responses import S3Response

from lab.api.errors import NotInThisLab

# One bucket is there from the start, as an operator's account would have one.
BUCKET = "shop-command-output"
ACTIONS = {
    ("PUT", False): "CreateBucket",
    ("PUT", True): "PutObject",
    ("GET", True): "GetObject",
}
# The SDKs name the operation once more in the query.
_IGNORED_QUERY = {"x-id"}
_SIGNED_FOR_S3 = re.compile(r"Credential=[^/]+/\d{8}/[^/]+/s3/aws4_request")
_PARTITION = "aws"


def is_for_s3(request: Request) -> bool:
    """S3 has no action in its requests; the signature says for which service it was made."""
    return bool(_SIGNED_FOR_S3.search(request.headers.get("Authorization", "")))


def named(request: Request) -> tuple[str, dict[str, Any]]:
    """(action, parameters) of a path-style request."""
    bucket, _, key = unquote(request.path).removeprefix("/").partition("/")
    action = ACTIONS.get((request.method, bool(key)))
    if action is None or not bucket or set(request.args) - _IGNORED_QUERY:
        raise NotInThisLab(f"s3 {request.method} {request.full_path}")
    return action, {"Bucket": bucket, "Key": key} if key else {"Bucket": bucket}


def dispatch(action: str, request: Request) -> tuple[int, dict[str, Any], bytes | str]:
    serve = S3Response.bucket_dispatch if action == "CreateBucket" else S3Response.key_dispatch
    status, headers, body = serve(request, request.url, request.headers)
    return int(status), headers, body


def reset() -> None:
    s3_backends.reset()


def create_bucket(account: str, region: str, name: str) -> None:
    s3_backends[account][_PARTITION].create_bucket(name, region)


def has_bucket(account: str, name: str) -> bool:
    return name in s3_backends[account][_PARTITION].buckets


def put(account: str, bucket: str, key: str, text: str) -> None:
    """What a node in this process uploads."""
    s3_backends[account][_PARTITION].put_object(bucket, key, text.encode())


def keys(account: str, bucket: str) -> list[str]:
    """What is in a bucket, for tests."""
    return sorted(s3_backends[account][_PARTITION].buckets[bucket].keys)
