# Copyright: steadyfleet contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection: may change without notice.

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from .._common.errors import AwsError
from .context import Context

Response = TypeVar("Response")

# AWS rejected the request before it did anything: sending it again does not do it twice.
_THROTTLED = frozenset(
    {"ThrottlingException", "Throttling", "TooManyRequestsException", "RequestLimitExceeded", "RateExceeded"}
)
# The request may have been carried out.
_UNANSWERED = frozenset(
    {
        "ReadTimeoutError",
        "ConnectionClosedError",
        "HTTPClientError",
        "ResponseParserError",
        "InternalServerError",
        "InternalFailure",
        "ServiceUnavailable",
        "500",
        "502",
        "503",
        "504",
    }
)


def once(
    context: Context, request: Callable[[], Response], failure: str, also: frozenset[str] = frozenset()
) -> Response:
    """Make a call that must not be made twice. Only a call that AWS throttled is repeated.

    :param request: makes the call, with a client made by ``connect(..., send_once=True)``.
    :param failure: what has not happened, for the time-out message.
    :param also: further AWS error codes after which nothing has happened and repeating the call helps.
    """

    def attempt() -> Response | AwsError:
        try:
            return request()
        except AwsError as error:
            if error.aws_code not in _THROTTLED | also:
                raise
            return error

    response = context.poll_until(
        lambda response: not isinstance(response, AwsError), attempt, describe=lambda error: f"{failure}: {error}"
    )
    if isinstance(response, AwsError):  # poll_until returns none of these; this tells the type checker
        raise response
    return response


def unanswered(error: AwsError) -> bool:
    """Whether the request may have been carried out although it failed here."""
    return error.aws_code in _UNANSWERED
