# Copyright: steadyfleet contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection: may change without notice.

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from .._common.errors import AwsError
from .._common.wait import Deadline, Pace, wait

Answer = TypeVar("Answer")

# Refused before anything was done: asking again is not sending twice.
_THROTTLED = frozenset(
    {"ThrottlingException", "Throttling", "TooManyRequestsException", "RequestLimitExceeded", "RateExceeded"}
)
# The request may have arrived all the same.
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
    act: Callable[[], Answer], deadline: Deadline, pace: Pace, otherwise: str, also: frozenset[str] = frozenset()
) -> Answer:
    """Do what must not be done twice; only a request that AWS turned away for its rate is repeated.

    :param act: makes the call with a client made by ``connect(..., send_once=True)``.
    :param otherwise: what has not happened, for the time-out message.
    :param also: more error codes after which nothing has happened, and asking again helps.
    """
    answers: list[Answer] = []

    def attempt() -> AwsError | None:
        try:
            answers.append(act())
        except AwsError as error:
            if error.code not in _THROTTLED | also:
                raise
            return error
        return None

    wait(
        attempt,
        lambda refusal: refusal is None,
        deadline=deadline,
        pace=pace,
        describe=lambda refusal: f"{otherwise}: {refusal}",
    )
    return answers[0]


def unanswered(error: AwsError) -> bool:
    """May the request have been carried out all the same?"""
    return error.code in _UNANSWERED
