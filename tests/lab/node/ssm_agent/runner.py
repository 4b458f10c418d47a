"""One command on this node: run its document, tell the service, survive a reboot."""

from __future__ import annotations

import json
import time
import uuid
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

from . import log, parameter_store, replies
from .config import Config
from .document import Interpreter
from .output import Output
from .output_keys import output_key
from .precondition import Crash
from .result import DocumentResult, Status, StepResult
from .script import Cancellation
from .state import Command, Store
from .steps import DocumentError, Step, parse
from .wire import Client, ServiceError

CUT_OFF = "The document did not survive a restart of the agent that it had not asked for"


@dataclass(kw_only=True)
class Runner:
    """Runs one command from where it stands to its end or its reboot."""

    config: Config
    client: Client
    store: Store
    command: Command
    reboot: Callable[[], None]
    cancel: Cancellation = field(default_factory=Cancellation)
    _finished: list[StepResult] = field(default_factory=list)

    def is_readable(self) -> bool:
        """Whether the document can be run. When it cannot, one Failed reply is all that the service hears of it.

        :raises Crash: the real agent panics over it, and tells nobody.
        """
        try:
            self._steps()
        except Crash:
            raise
        except (DocumentError, ServiceError) as error:
            trace = str(error)
        except Exception as error:  # a document of a shape that nobody thought of
            trace = f"{type(error).__name__}: {error}"
        else:
            return True
        self.reply(Status.FAILED, trace=trace)
        return False

    def start(self) -> None:
        """Tell the service that the command has arrived, then take its message off the queue."""
        self.store.save(self.command)
        self.reply(Status.IN_PROGRESS)
        self._send("AcknowledgeMessage", {"MessageId": self.command.message_id})

    def run(self) -> None:
        result = self._interpret()
        if result.status is Status.REBOOT:
            self.store.save(self.command.at_reboot(result.steps))
        # With more than one step the service keeps the step replies it has had.
        self.reply(result.status, result.steps if len(result.steps) <= 1 else (), trace=result.trace)
        if result.status is Status.REBOOT:
            self.reboot()
        else:
            self.store.complete(self.command.command_id)

    def cut_off(self) -> None:
        """The end of a command that a reboot or a kill tore apart: Failed, its first step with it."""
        first = self._first_step()
        now = time.time()
        step = StepResult(
            name=first[0],
            action=first[1],
            status=Status.FAILED,
            code=1,
            error=CUT_OFF,
            started=now,
            ended=now,
        )
        self.reply(Status.FAILED, [step], trace=CUT_OFF)
        self.store.complete(self.command.command_id)

    def reply(self, status: Status, reported: Iterable[StepResult] = (), trace: str = "") -> None:
        text = replies.payload(
            status,
            agent_version=self.config.version,
            finished=self._finished,
            reported=reported,
            trace=trace,
        )
        body = {"MessageId": self.command.message_id, "Payload": text, "ReplyId": str(uuid.uuid4())}
        self._send("SendReply", body)

    def _steps(self) -> list[Step]:
        payload = self.command.payload
        return parse(
            payload["DocumentContent"],
            payload.get("Parameters") or {},
            env_var=self.config.knows_env_var,
            resolve=self._resolve,
        )

    def _resolve(self, node: Any) -> Any:
        return parameter_store.resolve(node, self.client)

    def _first_step(self) -> tuple[str, str]:
        """Its name and its action, of a document that may have no step at all."""
        content = self.command.payload["DocumentContent"]
        legacy = [(name, name) for name in content.get("runtimeConfig") or {}]
        named = [(step.get("name", ""), step.get("action", "")) for step in content.get("mainSteps") or []]
        return (legacy + named or [("", "")])[0]

    def _interpreter(self) -> Interpreter:
        return Interpreter(
            config=self.config,
            command_id=self.command.command_id,
            fetch=self._document,
            resolve=self._resolve,
            cancel=self.cancel,
            folder=self.config.state_dir / "orchestration" / self.command.command_id,
        )

    def _interpret(self) -> DocumentResult:
        try:
            if self.command.progress is not None:
                self._finished.extend(self.command.progress.done.values())
            return self._interpreter().run(self._steps(), progress=self.command.progress, report=self._report)
        except Exception as error:  # whatever a document does, its command must come to an end
            log.error(f"{self.command.command_id}: {type(error).__name__}: {error}")
            return DocumentResult(status=Status.FAILED, trace=f"{type(error).__name__}: {error}")

    def _report(self, result: StepResult) -> None:
        self._finished.append(result)
        self._upload(result)
        self.reply(Status.IN_PROGRESS, [result])

    def _upload(self, result: StepResult) -> None:
        """The whole output of a step into the command's bucket; an empty stream is none, a failure is only logged."""
        payload, command_id = self.command.payload, self.command.command_id
        bucket, prefix = payload.get("OutputS3BucketName", ""), payload.get("OutputS3KeyPrefix", "")
        written = Output(self._interpreter().folder_of(result.name))
        for stream, data in (("stdout", written.stdout), ("stderr", written.stderr)):
            key = output_key(prefix, command_id, self.config.instance_id, result.action, result.name, stream)
            try:
                if bucket and data:
                    self.client.put_object(bucket, key, data)
            except ServiceError as error:
                log.error(f"{command_id}: Failed to upload the output to s3: {error}")

    def _document(self, name: str, version: str) -> str:
        body = {"Name": name, "DocumentFormat": "JSON", **({"DocumentVersion": version} if version else {})}
        content = self.client.deliver("ssm", "GetDocument", body).get("Content", "")
        return content if isinstance(content, str) else json.dumps(content)

    def _send(self, action: str, body: dict[str, str]) -> None:
        try:
            self.client.deliver("ec2messages", action, body)
        except ServiceError as error:
            log.error(f"{self.command.command_id}: {action} was refused: {error}")
