"""The errors that the API answers with."""

from __future__ import annotations


class ApiError(Exception):
    """An error as AWS would send it: a code from the service's model, a message, an HTTP status."""

    def __init__(self, code: str, message: str, status: int = 400) -> None:
        super().__init__(f"{code}: {message}")
        self.code = code
        self.message = message
        self.status = status


class NotImplementedInLab(ApiError):
    """AWS does this, the lab does not. It refuses, because a test against a silent mock would prove nothing."""

    def __init__(self, what: str) -> None:
        super().__init__("NotImplementedInLab", f"the lab does not do this: {what}", 501)


class DropConnection(ConnectionError):
    """The caller gets no answer: the server closes the connection (faults "crash_point" and "lost_answer")."""
