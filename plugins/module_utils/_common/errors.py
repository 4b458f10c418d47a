# Copyright: steadyfleet contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection: may change without notice.

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict, dataclass
from typing import Any, ClassVar

from .text import one_line


class PatchingError(Exception):
    """An error that an operator must see, in one line.

    :param code: a stable name for this kind of error. Modules return it, so that playbooks and tests need not read the
        message. Without one, the class's own.
    :param details: JSON-ready values that become part of the module's result beside ``msg``.
    """

    default_code: ClassVar[str] = "error"

    def __init__(self, message: str, *, code: str = "", **details: Any) -> None:
        super().__init__(message)
        self.code = code or self.default_code
        self.details = details


class InvalidInput(PatchingError):
    """The caller asked for something that is not possible. Nothing was changed."""

    default_code = "invalid_input"


class NotFound(PatchingError):
    """Something that the caller named does not exist."""

    default_code = "not_found"


class Refused(PatchingError):
    """A guard refused the request. Nothing was changed."""

    default_code = "refused"


class WaitTimeout(PatchingError):
    """The deadline passed. This is never downgraded to a warning."""

    default_code = "wait_timeout"


class WaitFailed(PatchingError):
    """What the module waited for reached a state from which it cannot succeed."""

    default_code = "wait_failed"


class AwsError(PatchingError):
    """AWS refused a call, or could not be reached.

    ``aws_code`` is AWS's own error code, or the name of the botocore exception when there was no response.
    """

    default_code = "aws_error"

    def __init__(self, message: str, aws_code: str, operation: str, *, code: str = "") -> None:
        super().__init__(message, code=code, error_code=aws_code, operation=operation)
        self.aws_code = aws_code
        self.operation = operation


@dataclass(frozen=True, slots=True)
class Problem:
    """One reason to refuse a request."""

    message: str
    code: str = "invalid_option"


def raise_if_any(problems: Iterable[Problem], error: type[PatchingError] = InvalidInput) -> None:
    """Raise one error that names all problems; its code is that of the first.

    :raises PatchingError: of the class ``error``, with all of them as ``problems``, when there is at least one.
    """
    if found := list(problems):
        message = one_line([problem.message for problem in found], shown=len(found) if error is InvalidInput else 3)
        raise error(message, code=found[0].code, problems=[asdict(problem) for problem in found])
