"""Messages for nodes. They are kept until acknowledged, so that a node that dies before gets them again."""

from __future__ import annotations

import datetime
import json
import time
import uuid
from dataclasses import dataclass


@dataclass
class Message:
    id: str
    destination: str
    topic: str
    payload: str
    created: str
    hidden_until: float = 0.0

    def as_sent(self) -> dict[str, str]:
        return {
            "CreatedDate": self.created,
            "Destination": self.destination,
            "MessageId": self.id,
            "Payload": self.payload,
            "Topic": self.topic,
        }


class MessageQueue:
    def __init__(self) -> None:
        self._messages: dict[str, Message] = {}
        self._polls: dict[str, int] = {}

    def put(self, instance_id: str, message_id: str, kind: str, payload: str) -> None:
        self._messages[message_id] = Message(
            id=message_id,
            destination=instance_id,
            topic=f"aws.ssm.{kind}.{instance_id}",
            payload=payload,
            created=datetime.datetime.now(datetime.UTC).isoformat(timespec="milliseconds"),
        )

    def put_cancel(self, instance_id: str, cancelled_id: str) -> None:
        message_id = f"aws.ssm.{uuid.uuid4()}.{instance_id}"
        self.put(instance_id, message_id, "cancelCommand", json.dumps({"CancelMessageId": cancelled_id}))

    def begin_poll(self, instance_id: str) -> int:
        """Number an instance's long poll. Only the newest one gets messages: an older one may be a dead agent's."""
        self._polls[instance_id] = self._polls.get(instance_id, 0) + 1
        return self._polls[instance_id]

    def is_newest(self, instance_id: str, poll: int) -> bool:
        return self._polls.get(instance_id) == poll

    def take_messages(self, instance_id: str, hidden_for: float, poll: int) -> list[Message]:
        """The messages that wait for an instance. Later polls do not see them for ``hidden_for`` seconds."""
        if not self.is_newest(instance_id, poll):
            return []
        now = time.monotonic()
        messages = [
            message
            for message in self._messages.values()
            if message.destination == instance_id and message.hidden_until <= now
        ]
        for message in messages:
            message.hidden_until = now + hidden_for
        return messages

    def visible_in(self, instance_id: str) -> float | None:
        """Seconds until the instance's next message is visible; None when no message waits."""
        times = [message.hidden_until for message in self._messages.values() if message.destination == instance_id]
        return max(0.0, min(times) - time.monotonic()) if times else None

    def drop(self, message_id: str) -> bool:
        return self._messages.pop(message_id, None) is not None
