"""Commands and their invocations: sent within their rate, delivered, answered, cancelled, timed out."""

from __future__ import annotations

import datetime
import json
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from lab.api.commands.queue import MessageQueue
from lab.api.documents.content import parameters_for_agent, step_names
from lab.api.documents.store import Document, Version
from lab.api.nodes.store import Nodes
from lab.api.runtime.clockwork import Clockwork

TERMINAL = frozenset({"Success", "Cancelled", "TimedOut", "Failed"})
# As in AWS, these never count as errors of the command.
UNCOUNTED = frozenset({"Undeliverable", "InvalidPlatform", "AccessDenied"})
DEFAULT_EXECUTION = 3600


@dataclass
class Plugin:
    name: str
    status: str = "Pending"
    details: str = "Pending"
    code: int = -1
    output: str = ""
    stdout: str = ""
    stderr: str = ""
    started: datetime.datetime | None = None
    ended: datetime.datetime | None = None


@dataclass
class Invocation:
    command: Command
    instance_id: str
    plugins: dict[str, Plugin]
    visible: float
    status: str = "Pending"
    details: str = "Pending"
    trace: str = ""
    requested: datetime.datetime = field(default_factory=lambda: datetime.datetime.now(datetime.UTC))

    @property
    def ended(self) -> bool:
        return self.status in TERMINAL

    @property
    def message_id(self) -> str:
        return f"aws.ssm.{self.command.id}.{self.instance_id}"

    def put(self, status: str, details: str | None = None) -> None:
        self.status, self.details = status, details or status


@dataclass(kw_only=True)
class Command:
    id: str
    document: Document
    version: Version
    parameters: dict[str, list[str]]
    waiting: list[str]
    concurrency: int
    errors_allowed: int
    delivery_timeout: int
    # The members of SendCommand, which answers show again: Comment, Targets, InstanceIds, MaxConcurrency and so on.
    request: dict[str, Any]
    on_change: Callable[[Invocation], None] | None = None
    invocations: dict[str, Invocation] = field(default_factory=dict)
    requested: datetime.datetime = field(default_factory=lambda: datetime.datetime.now(datetime.UTC))
    visible: float = 0.0
    total: int = 0
    region_name: str = ""
    stopped: bool = False

    @property
    def errors(self) -> int:
        return sum(
            1
            for invocation in self.invocations.values()
            if invocation.status in ("Failed", "TimedOut") and invocation.details not in UNCOUNTED
        )

    @property
    def execution_timeout(self) -> int:
        given = self.parameters.get("executionTimeout", [""])[0]
        return int(given) if given.isdigit() else DEFAULT_EXECUTION

    @property
    def expires(self) -> datetime.datetime:
        return self.requested + datetime.timedelta(seconds=self.delivery_timeout + self.execution_timeout)


class Commands:
    def __init__(self, clockwork: Clockwork, nodes: Nodes) -> None:
        self._clockwork = clockwork
        self._nodes = nodes
        self.by_id: dict[str, Command] = {}
        self.queue = MessageQueue()

    def send(self, command: Command) -> None:
        """Add a command, and start as many of its invocations as its rate allows."""
        delay = self._clockwork.settings.api.invocation_delay
        command.visible = time.monotonic() + delay
        command.total = len(command.waiting)
        command.region_name = self._clockwork.region_name
        self.by_id[command.id] = command
        whole = command.delivery_timeout + command.execution_timeout
        self._clockwork.engine.later(whole, lambda: self._expire(command))
        self._start_waiting(command)

    def _start_waiting(self, command: Command) -> None:
        if command.errors > command.errors_allowed and not command.stopped:
            self._stop(command)
        while command.waiting and self._running_count(command) < command.concurrency:
            self._start(command, command.waiting.pop(0))

    @staticmethod
    def _running_count(command: Command) -> int:
        return sum(1 for invocation in command.invocations.values() if not invocation.ended)

    def _stop(self, command: Command) -> None:
        command.stopped = True
        left, command.waiting = command.waiting, []
        for instance_id in left:
            self._new_invocation(command, instance_id).put("Cancelled", "Terminated")

    def cancel_waiting(self, command: Command, instance_ids: list[str]) -> None:
        """Give nodes that have not started yet a cancelled invocation."""
        for instance_id in [one for one in command.waiting if one in instance_ids]:
            command.waiting.remove(instance_id)
            self.end(self._new_invocation(command, instance_id), "Cancelled")

    def _new_invocation(self, command: Command, instance_id: str) -> Invocation:
        invocation = Invocation(
            command=command,
            instance_id=instance_id,
            plugins={name: Plugin(name) for name in step_names(command.version.parsed)},
            visible=time.monotonic() + self._clockwork.settings.api.invocation_delay,
        )
        command.invocations[instance_id] = invocation
        return invocation

    def _start(self, command: Command, instance_id: str) -> None:
        invocation = self._new_invocation(command, instance_id)
        if not self._nodes.is_managed(instance_id) or not self._nodes.is_running(instance_id):
            self.end(invocation, "Failed", "Undeliverable")
            return
        self.queue.put(instance_id, invocation.message_id, "sendCommand", _payload(command))
        self._clockwork.engine.later(command.delivery_timeout, lambda: self._undelivered(invocation))
        self._clockwork.engine.changed.notify_all()

    def _undelivered(self, invocation: Invocation) -> None:
        if invocation.status == "Pending":
            self.queue.drop(invocation.message_id)
            self.end(invocation, "TimedOut", "DeliveryTimedOut")

    def _expire(self, command: Command) -> None:
        for invocation in list(command.invocations.values()):
            if not invocation.ended:
                self.queue.drop(invocation.message_id)
                self.end(invocation, "TimedOut", "DeliveryTimedOut")

    def delivered(self, invocation: Invocation) -> None:
        if invocation.status == "Pending":
            invocation.put("InProgress")
            self._emit("command_delivered", invocation)
            self._call_on_change(invocation)

    def end(self, invocation: Invocation, status: str, details: str | None = None) -> None:
        """End an invocation, and start the next ones that wait."""
        # An agent that refuses a document does not acknowledge its message.
        self.queue.drop(invocation.message_id)
        invocation.put(status, details)
        if status in ("TimedOut", "Cancelled") or invocation.details in UNCOUNTED:
            for plugin in invocation.plugins.values():
                if plugin.status not in TERMINAL:
                    plugin.status, plugin.details = status, invocation.details
        self._emit("command_ended", invocation, status=status, details=invocation.details)
        self._start_waiting(invocation.command)
        self._call_on_change(invocation)

    def cancel(self, invocation: Invocation) -> None:
        """Best effort: drop the command when the node has not received it yet, else ask the node to stop it."""
        if invocation.status == "Pending":
            self.queue.drop(invocation.message_id)
            self.end(invocation, "Cancelled")
        elif not invocation.ended:
            invocation.put("Cancelling")
            self.queue.put_cancel(invocation.instance_id, invocation.message_id)
            self._clockwork.engine.changed.notify_all()

    def invocation_of_message(self, message_id: str) -> Invocation | None:
        command_id, _, instance_id = message_id.removeprefix("aws.ssm.").partition(".")
        command = self.by_id.get(command_id)
        return command.invocations.get(instance_id) if command else None

    def _call_on_change(self, invocation: Invocation) -> None:
        if invocation.command.on_change is not None:
            invocation.command.on_change(invocation)

    def _emit(self, name: str, invocation: Invocation, **details: Any) -> None:
        command = invocation.command
        self._clockwork.events.emit(
            name,
            instance_id=invocation.instance_id,
            command_id=command.id,
            document=command.document.name,
            operation=next(iter(command.parameters.get("Operation", [])), None),
            **details,
        )


def _payload(command: Command) -> str:
    request = command.request
    cloud_watch = request.get("CloudWatchOutputConfig", {})
    return json.dumps(
        {
            "Parameters": parameters_for_agent(command.version.parsed, command.parameters),
            "DocumentContent": command.version.parsed,
            "CommandId": command.id,
            "DocumentName": command.document.name,
            "OutputS3KeyPrefix": request.get("OutputS3KeyPrefix", ""),
            "OutputS3BucketName": request.get("OutputS3BucketName", ""),
            "CloudWatchLogGroupName": cloud_watch.get("CloudWatchLogGroupName", ""),
            "CloudWatchOutputEnabled": str(cloud_watch.get("CloudWatchOutputEnabled", False)).lower(),
        },
        default=str,
    )
