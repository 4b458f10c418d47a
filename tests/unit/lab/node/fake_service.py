"""The service as an agent meets it: hands out messages, takes replies, remembers every call."""

from __future__ import annotations

import json
import threading
import time
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

INSTANCE = "i-0123456789abcdef0"
FINAL = ("Success", "Failed", "TimedOut", "Cancelled")
PATIENCE = 20.0
HIDING = 1.0


@dataclass
class Reply:
    """One SendReply, as it was understood."""

    message_id: str
    status: str
    steps: dict[str, dict[str, Any]]
    trace: str
    payload: dict[str, Any]


@dataclass
class Outcome:
    """What the service knows of a command: its last status, and each step's last report."""

    status: str = "Pending"
    trace: str = ""
    steps: dict[str, dict[str, Any]] = field(default_factory=dict)

    def summary(self) -> dict[str, tuple[str, int]]:
        return {name: (step["status"], step["code"]) for name, step in self.steps.items()}

    def text(self) -> str:
        return "".join(step["standardOutput"] for step in self.steps.values())


class FakeService:
    """An HTTP server on a free port."""

    def __init__(self) -> None:
        self.calls: list[tuple[str, dict[str, Any]]] = []
        self.replies: list[Reply] = []
        self.documents: dict[str, Any] = {}
        # Contents that are no JSON.
        self.texts: dict[str, str] = {}
        self.parameters: dict[str, dict[str, str]] = {}
        # Actions answered with a 500, and how often still.
        self.failing: dict[str, int] = {}
        self._messages: list[dict[str, str]] = []
        self._hidden: dict[str, float] = {}
        self._changed = threading.Condition()
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self._server.daemon_threads = True
        threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True).start()

    @property
    def endpoint(self) -> str:
        return f"http://127.0.0.1:{self._server.server_port}"

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()

    def send(
        self, document: Mapping[str, Any], parameters: Mapping[str, Any] | None = None, command_id: str = ""
    ) -> str:
        command_id = command_id or str(uuid.uuid4())
        payload = {
            "Parameters": _typed(document, parameters or {}),
            "DocumentContent": document,
            "CommandId": command_id,
            "DocumentName": "test",
            "OutputS3KeyPrefix": "",
            "OutputS3BucketName": "",
            "CloudWatchLogGroupName": "",
            "CloudWatchOutputEnabled": "false",
        }
        self.put("aws.ssm.sendCommand.", f"aws.ssm.{command_id}.{INSTANCE}", json.dumps(payload))
        return command_id

    def cancel(self, command_id: str) -> None:
        payload = {"CancelMessageId": f"aws.ssm.{command_id}.{INSTANCE}"}
        self.put("aws.ssm.cancelCommand.", f"aws.ssm.{uuid.uuid4()}.{INSTANCE}", json.dumps(payload))

    def put(self, topic: str, message_id: str, payload: str) -> None:
        message = {
            "CreatedDate": "2026-01-01T00:00:00.000Z",
            "Destination": INSTANCE,
            "MessageId": message_id,
            "Topic": topic + "test",
            "Payload": payload,
        }
        with self._changed:
            self._messages.append(message)
            self._changed.notify_all()

    def outcome(self, command_id: str) -> Outcome:
        found = Outcome()
        for reply in self.replies:
            if f".{command_id}." in reply.message_id and found.status not in FINAL:
                found.status, found.trace = reply.status, reply.trace
                found.steps.update(reply.steps)
        return found

    def wait_until_final(self, command_id: str) -> Outcome:
        self.wait_for(lambda: self.outcome(command_id).status in FINAL)
        return self.outcome(command_id)

    def wait_for(self, condition: Any, seconds: float = PATIENCE) -> None:
        with self._changed:
            assert self._changed.wait_for(condition, seconds), f"nothing came of it; replies: {self.replies}"

    def actions(self, command_id: str = "") -> list[str]:
        """The names of the calls so far; with a command's id only those about it."""
        return [action for action, body in list(self.calls) if command_id in json.dumps(body)]

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        service = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                status, answer = service.answer(self.headers["X-Amz-Target"], body)
                data = json.dumps(answer).encode()
                self.send_response(status)
                self.send_header("Content-Length", str(len(data)))
                self.end_headers()
                self.wfile.write(data)

            def log_message(self, *_args: Any) -> None:
                pass

        return Handler

    def answer(self, target: str, body: dict[str, Any]) -> tuple[int, dict[str, Any]]:
        action = target.rpartition(".")[2]
        with self._changed:
            self.calls.append((action, body))
            if self.failing.get(action, 0) > 0:
                self.failing[action] -= 1
                return 500, {"__type": "InternalServerError", "message": "on purpose"}
            known: dict[str, Callable[[dict[str, Any]], tuple[int, dict[str, Any]]]] = {
                "GetMessages": self._messages_for,
                "AcknowledgeMessage": self._drop,
                "DeleteMessage": self._drop,
                "FailMessage": self._drop,
                "SendReply": self._take_reply,
                "GetDocument": self._document,
                "GetParameters": self._stored,
            }
            answer = known[action](body) if action in known else (200, {})
            self._changed.notify_all()
        return answer

    def _messages_for(self, body: dict[str, Any]) -> tuple[int, dict[str, Any]]:
        until = time.monotonic() + 0.5
        while not (found := self._visible()) and (left := until - time.monotonic()) > 0:
            self._changed.wait(left)
        for message in found:
            # An agent that dies before it acknowledges leaves the message to the next one.
            self._hidden[message["MessageId"]] = time.monotonic() + HIDING
        return 200, {"Destination": body["Destination"], "Messages": found}

    def _visible(self) -> list[dict[str, str]]:
        now = time.monotonic()
        return [one for one in self._messages if self._hidden.get(one["MessageId"], 0) < now]

    def _drop(self, body: dict[str, Any]) -> tuple[int, dict[str, Any]]:
        self._messages = [one for one in self._messages if one["MessageId"] != body["MessageId"]]
        self._hidden.pop(body["MessageId"], None)
        return 200, {}

    def _take_reply(self, body: dict[str, Any]) -> tuple[int, dict[str, Any]]:
        payload = json.loads(body["Payload"])
        reply = Reply(
            body["MessageId"],
            payload["documentStatus"],
            payload["runtimeStatus"],
            payload["documentTraceOutput"],
            payload,
        )
        self.replies.append(reply)
        if reply.status in FINAL:
            # Also of a document that the agent refused, and so never acknowledged.
            self._drop({"MessageId": reply.message_id})
        return 200, {}

    def _document(self, body: dict[str, Any]) -> tuple[int, dict[str, Any]]:
        name = f"{body['Name']}:{body['DocumentVersion']}" if "DocumentVersion" in body else body["Name"]
        if name in self.texts:
            return 200, {"Name": name, "Content": self.texts[name]}
        if name not in self.documents:
            return 400, {"__type": "InvalidDocument", "message": f"{name} does not exist"}
        return 200, {"Name": name, "Content": json.dumps(self.documents[name])}

    def _stored(self, body: dict[str, Any]) -> tuple[int, dict[str, Any]]:
        known = [name for name in body["Names"] if name in self.parameters]
        return 200, {
            "Parameters": [self.parameters[name] for name in known],
            "InvalidParameters": sorted(set(body["Names"]) - set(known)),
        }


def _typed(document: Mapping[str, Any], parameters: Mapping[str, Any]) -> dict[str, Any]:
    """As the service hands parameters on: a list for a StringList, text for everything else."""
    declared = document.get("parameters") or {}
    return {
        name: value[0]
        if isinstance(value, list) and declared.get(name, {}).get("type", "String") == "String" and len(value) == 1
        else value
        for name, value in parameters.items()
    }


def wait_until(condition: Any, seconds: float = PATIENCE) -> None:
    """For what no call announces."""
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "it did not happen"
        time.sleep(0.01)
