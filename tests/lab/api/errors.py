"""What the API answers when it does not do what was asked."""

from __future__ import annotations


class ApiError(Exception):
    """An error as AWS would send it: a code from the service's model, a message, an HTTP status."""

    def __init__(self, code: str, message: str, status: int = 400) -> None:
        super().__init__(f"{code}: {message}")
        self.code = code
        self.message = message
        self.status = status


class NotImplementedInLab(ApiError):
    """AWS could do it, the lab does not: refused loudly, because a silent mock would make a test worth nothing."""

    def __init__(self, what: str) -> None:
        super().__init__("NotImplementedInLab", f"the lab does not do this: {what}", 501)


class DropConnection(ConnectionError):
    """The caller gets no answer at all (fault "crash_point"): the server takes it for a connection that broke."""
