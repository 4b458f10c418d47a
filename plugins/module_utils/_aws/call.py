# Copyright: steadyfleet contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection: may change without notice.

from __future__ import annotations

from contextlib import suppress
from typing import Any, NoReturn

# AnsibleAWSModule reports a missing library before anything here runs.
with suppress(ImportError):
    import botocore.exceptions as boto_errors

from .._common.errors import AwsError

_HINTS = {
    "NoCredentialsError": "no AWS credentials were found: set a profile, access keys, or run where a role is attached",
    "ExpiredToken": "the AWS credentials have expired: refresh them and run again",
    "ExpiredTokenException": "the AWS credentials have expired: refresh them and run again",
    "UnrecognizedClientException": "AWS does not know these credentials: check the access key and the account",
    "InvalidClientTokenId": "AWS does not know these credentials: check the access key and the account",
}

_ACCESS_DENIED = frozenset({"AccessDeniedException", "AccessDenied", "UnauthorizedOperation"})


def is_access_denied(error: AwsError) -> bool:
    """Whether the caller lacks the permission for a call."""
    return error.aws_code in _ACCESS_DENIED


def call(client: Any, operation: str, **params: Any) -> dict[str, Any]:
    """Make one AWS call; parameters that are None are left out.

    :param operation: the client's method name, as ``describe_target_health``.
    :raises AwsError: for every way a call can fail.
    """
    try:
        response: dict[str, Any] = getattr(client, operation)(**_present(params))
    except (boto_errors.ClientError, boto_errors.BotoCoreError) as error:
        _translate(error, operation)
    return response


def paginate(client: Any, operation: str, key: str, **params: Any) -> list[Any]:
    """All pages of a listing call, as one list of what each has under ``key``.

    :raises AwsError: as :func:`call`.
    """
    try:
        pages = client.get_paginator(operation).paginate(**_present(params))
        return [item for page in pages for item in page.get(key, [])]
    except (boto_errors.ClientError, boto_errors.BotoCoreError) as error:
        _translate(error, operation)


def read_body(body: Any, operation: str) -> bytes:
    """The whole content of a streamed response.

    :raises AwsError: when the connection ends before the content does.
    """
    try:
        content: bytes = body.read()
    except boto_errors.BotoCoreError as error:
        _translate(error, operation)
    return content


def _present(params: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in params.items() if value is not None}


def _translate(error: Exception, operation: str) -> NoReturn:
    # Without a response, botocore's exceptions have no response, or one that is None.
    response = (getattr(error, "response", None) or {}).get("Error", {})
    code = response.get("Code") or type(error).__name__
    message = " ".join((response.get("Message") or str(error)).split())
    action = "".join(part.capitalize() for part in operation.split("_"))
    raise AwsError(f"{action}: {_HINTS.get(code) or f'{code}: {message}'}", code, action) from error
