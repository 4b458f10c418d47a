"""One command on this node: run its document, tell the service, survive a reboot."""

from __future__ import annotations

import json
import time
import uuid
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from . import log, parameter_store, replies
from .config import Config
from .document import Interpreter
from .output_keys import output_key
from .parameters import ParameterError, bind
from .result import DocumentResult, Status, StepResult
from .script import Cancellation
from .state import Command, Store
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

    def start(self) -> None:
        """Tell the service that the command has arrived, then take its message off the queue."""
        self.store.save(self.command)
        self.reply(Status.IN_PROGRESS)
        self._send("AcknowledgeMessage", {"MessageId": self.command.message_id})

    def run(self) -> None:
        result = self._interpret()
        if result.status is Status.REBOOT:
            self.store.save(self.command.at_reboot(result.steps))
            self.reboot()
            return
        # With more than one step the service keeps the step replies it has had.
        steps = self.command.payload["DocumentContent"].get("mainSteps") or []
        self.reply(result.status, result.steps if len(steps) == 1 else (), trace=result.trace)
        self.store.complete(self.command.command_id)

    def cut_off(self) -> None:
        """The end of a command that a reboot or a kill tore apart: Failed, its first step with it."""
        first, *_others = self.command.payload["DocumentContent"].get("mainSteps") or [{}]
        now = time.time()
        step = StepResult(
            name=first.get("name", ""),
            action=first.get("action", ""),
            status=Status.FAILED,
            code=1,
            stderr=CUT_OFF,
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

    def _interpret(self) -> DocumentResult:
        interpreter = Interpreter(
            config=self.config,
            command_id=self.command.command_id,
            fetch=self._document,
            cancel=self.cancel,
            orchestration=self.config.state_dir / "orchestration" / self.command.command_id,
        )
        try:
            payload = parameter_store.resolve(self.command.payload, self.client)
            document = payload["DocumentContent"]
            values = bind(document, payload.get("Parameters") or {}, env_var=self.config.knows_env_var)
            if self.command.progress is not None:
                self._finished.extend(self.command.progress.done.values())
            return interpreter.run(document, values, progress=self.command.progress, report=self._report)
        except (ParameterError, ServiceError) as error:
            return DocumentResult(status=Status.FAILED, trace=str(error))
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
        for stream, text in (("stdout", result.stdout), ("stderr", result.stderr)):
            key = output_key(prefix, command_id, self.config.instance_id, result.action, result.name, stream)
            try:
                if bucket and text:
                    self.client.put_object(bucket, key, text.encode())
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
