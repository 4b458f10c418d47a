"""Faults of the API that a test can switch on: throttling, server errors, stale reads and their like."""

from __future__ import annotations

import random
import threading
from collections.abc import Callable
from dataclasses import dataclass, field

from lab.api.errors import ApiError, DropConnection
from lab.api.http.wire import Call
from lab.api.runtime.logs import READ_PREFIXES

THROTTLED = {
    "ssm": ("ThrottlingException", 400),
    "elbv2": ("Throttling", 400),
    "sts": ("Throttling", 400),
    "ec2": ("RequestLimitExceeded", 503),
}
BROKEN = {"ssm": "InternalServerError", "ec2": "InternalError"}

# AWS refuses these with TooManyUpdates while another update of the same resource is in progress.
ONE_AT_A_TIME = ("UpdateAssociation", "DeleteAssociation", "AddTagsToResource", "RemoveTagsFromResource")

# name -> what it does
NAMES = {
    "throttling": "refuse calls for their rate (rate=0..1 or next=N; actions=[...])",
    "server_error": "answer calls with a 500 (rate=0..1 or next=N; actions=[...])",
    "lost_answer": "calls are done, but their answers never arrive (rate=0..1 or next=N; actions=[...])",
    "slow": "hold every answer (seconds; actions=[...])",
    "stale": "reads show the state of so long ago (seconds)",
    "busy": "refuse writes as if an update of somebody else's were under way (rate=0..1 or next=N; actions=[...])",
    "document_failed": "documents become Failed instead of Active (next=N)",
    "crash_point": "from a call on nothing of the controller gets through (action, nth, when=before|after, answer)",
}


@dataclass(kw_only=True)
class Fault:
    """One fault that is on. Its name decides which of the fields it uses."""

    rate: float = 1.0
    next: int | None = None
    seconds: float | None = None
    actions: tuple[str, ...] = ()
    source: str = "controller"
    # crash_point: the nth call of this action (None: of any action that writes) is the last one. It is executed when
    # ``when`` is "after".
    action: str | None = None
    nth: int = 1
    when: str = "before"
    # "error": later calls are refused with ExpiredToken, which no client retries. "drop": they get no answer.
    answer: str = "error"
    crashed: bool = False

    def hits(self, call: Call, dice: random.Random) -> bool:
        if self.source not in ("any", call.source) or (self.actions and call.action not in self.actions):
            return False
        if self.next is not None:
            self.next -= 1
            return self.next >= 0
        return dice.random() < self.rate


@dataclass
class Faults:
    """The faults that are on. Their random numbers are seeded, so that every run is the same."""

    default_seconds: dict[str, float]
    pause: Callable[[float], None]
    on: dict[str, Fault] = field(default_factory=dict)
    _dice: random.Random = field(default_factory=lambda: random.Random(7))
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def switch(self, name: str, on: bool = True, **options: object) -> None:
        if name not in NAMES:
            raise ValueError(f"no such fault: {name} (there are: {', '.join(sorted(NAMES))})")
        with self._lock:
            if not on:
                self.on.pop(name, None)
                return
            if isinstance(options.get("actions"), (list, set)):
                options["actions"] = tuple(options["actions"])  # type: ignore[arg-type]
            fault = Fault(**options)  # type: ignore[arg-type]
            fault.seconds = self.default_seconds.get(name) if fault.seconds is None else fault.seconds
            self.on[name] = fault

    def clear(self) -> None:
        self.on.clear()

    def staleness(self) -> float:
        fault = self.on.get("stale")
        return fault.seconds or 0.0 if fault else 0.0

    def strikes(self, name: str) -> bool:
        """Whether a fault that does not depend on a call happens now."""
        fault = self.on.get(name)
        return fault is not None and fault.hits(Call(service="", action="", params={}, source=fault.source), self._dice)

    def before_call(self, call: Call) -> None:
        """Apply the faults that come before a call is handled.

        :raises ApiError: when a fault refuses it.
        :raises DropConnection: when it gets no answer.
        """
        self._crash(call, "before")
        slow = self._hit("slow", call)
        if slow is not None:
            self.pause(slow.seconds or 0.0)
        if self._hit("throttling", call) is not None:
            code, status = THROTTLED.get(call.service, ("ThrottlingException", 400))
            raise ApiError(code, "Rate exceeded", status)
        if call.service == "ssm" and call.action in ONE_AT_A_TIME and self._hit("busy", call) is not None:
            raise ApiError("TooManyUpdates", "There are concurrent updates for a resource that supports one at a time.")
        if self._hit("server_error", call) is not None:
            raise ApiError(BROKEN.get(call.service, "InternalFailure"), "An internal error occurred", 500)

    def after_call(self, call: Call) -> None:
        """Apply the faults that come after a call is done and before it is answered.

        :raises DropConnection: when it gets no answer.
        """
        self._crash(call, "after")
        if self._hit("lost_answer", call) is not None:
            raise DropConnection

    def _hit(self, name: str, call: Call) -> Fault | None:
        with self._lock:
            fault = self.on.get(name)
            return fault if fault is not None and fault.hits(call, self._dice) else None

    def _crash(self, call: Call, when: str) -> None:
        with self._lock:
            fault = self.on.get("crash_point")
            if fault is None or call.source != "controller":
                return
            if not fault.crashed and when == fault.when and _is_point(fault, call):
                fault.nth -= 1
                fault.crashed = fault.nth <= 0
            if not fault.crashed:
                return
        if fault.answer == "drop":
            raise DropConnection
        raise ApiError("ExpiredTokenException", "the lab's crash point: this controller is gone", 403)


def _is_point(fault: Fault, call: Call) -> bool:
    return call.action == fault.action if fault.action else not call.action.startswith(READ_PREFIXES)
