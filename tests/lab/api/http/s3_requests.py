"""Requests for S3: which action a path-style request means."""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import unquote

from moto.core.request import Request

from lab.api.errors import NotImplementedInLab

# (method, whether there is a key) -> action
S3_ACTIONS = {
    ("PUT", False): "CreateBucket",
    ("PUT", True): "PutObject",
    ("GET", True): "GetObject",
}
# The SDKs repeat the operation's name in this query parameter.
_IGNORED_QUERY = {"x-id"}
_SIGNED_FOR_S3 = re.compile(r"Credential=[^/]+/\d{8}/[^/]+/s3/aws4_request")


def is_for_s3(request: Request) -> bool:
    """Whether the request is signed for S3. S3's requests name no action, but their signature names the service."""
    return bool(_SIGNED_FOR_S3.search(request.headers.get("Authorization", "")))


def s3_action(request: Request) -> tuple[str, dict[str, Any]]:
    """(action, parameters) of a path-style request.

    :raises NotImplementedInLab: for every other action than S3_ACTIONS.
    """
    bucket, _, key = unquote(request.path).removeprefix("/").partition("/")
    action = S3_ACTIONS.get((request.method, bool(key)))
    if action is None or not bucket or set(request.args) - _IGNORED_QUERY:
        raise NotImplementedInLab(f"s3 {request.method} {request.full_path}")
    return action, {"Bucket": bucket, "Key": key} if key else {"Bucket": bucket}
