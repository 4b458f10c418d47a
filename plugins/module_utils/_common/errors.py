# Copyright: steadyfleet contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection: may change without notice.

from __future__ import annotations

from typing import Any


class PatchingError(Exception):
    """Anything an operator must be told, in one line.

    ``details`` (JSON-ready) becomes part of the module's result beside ``msg``.
    """

    def __init__(self, message: str, **details: Any) -> None:
        super().__init__(message)
        self.details = details


class InvalidInput(PatchingError):
    """The caller asked for something that cannot be; nothing was changed."""


class NotFound(PatchingError):
    """A thing that was named does not exist."""


class Refused(PatchingError):
    """A guard said no; nothing was changed."""


class WaitTimeout(PatchingError):
    """A deadline passed. Never downgraded to a warning."""


class WaitFailed(PatchingError):
    """What was waited for reached a state from which it cannot succeed."""


class AwsError(PatchingError):
    """AWS refused a call, or could not be reached.

    ``code`` is AWS's own error code, or the botocore exception's name when there was no answer.
    """

    def __init__(self, message: str, code: str, operation: str) -> None:
        super().__init__(message, error_code=code, operation=operation)
        self.code = code
        self.operation = operation
