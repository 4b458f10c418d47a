"""The agent itself: pings, fetches messages, and starts a runner for each command."""

from __future__ import annotations

import json
import threading
import time
import uuid
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from . import log
from .config import REBOOT_EXIT_CODE, Config
from .precondition import Crash
from .result import Status
from .runner import Runner
from .state import Command, Store
from .wire import Client, ServiceError

CANCEL_TOPIC = "aws.ssm.cancelCommand"
SEND_TOPIC = "aws.ssm.sendCommand"
VISIBILITY_TIMEOUT = 10


class Agent:
    """Works until it is stopped; `run` gives the exit code."""

    def __init__(self, config: Config) -> None:
        self._config = config
        self._client = Client(
            endpoint=config.endpoint,
            region=config.region,
            agent_version=config.version,
            timeout=config.request_timeout,
            retry_pause=config.retry_pause,
        )
        self._store = Store(config.state_dir)
        self._places = threading.Semaphore(config.max_documents)
        self._runners: dict[str, Runner] = {}
        self._failing: set[str] = set()
        self._stopped = threading.Event()
        self._exit_code = 0

    def run(self) -> int:
        for loop in (self._ping, self._poll):
            threading.Thread(target=loop, daemon=True).start()
        self._stopped.wait()
        return self._exit_code

    def stop(self, exit_code: int = 0) -> None:
        self._exit_code = exit_code
        self._stopped.set()

    def reboot(self) -> None:
        log.info("a document asked for a reboot")
        self.stop(REBOOT_EXIT_CODE)

    def _ping(self) -> None:
        body = {
            "InstanceId": self._config.instance_id,
            "AgentName": "amazon-ssm-agent",
            "AgentVersion": self._config.version,
            "AgentStatus": "Active",
            "PlatformType": "Linux",
            "PlatformName": self._config.platform_name,
            "PlatformVersion": self._config.platform_version,
            "IPAddress": self._config.ip_address,
            "ComputerName": self._config.computer_name,
        }
        pause = 0.0
        while not self._stopped.wait(pause):
            answer = self._try("ssm", "UpdateInstanceInformation", body)
            pause = self._config.retry_pause if answer is None else self._config.ping_interval

    def _poll(self) -> None:
        for command in self._store.unfinished():
            self._take_up(command)
        while not self._stopped.is_set():
            body = {
                "Destination": self._config.instance_id,
                "MessagesRequestId": str(uuid.uuid4()),
                "VisibilityTimeoutInSeconds": VISIBILITY_TIMEOUT,
            }
            began = time.monotonic()
            answer = self._try("ec2messages", "GetMessages", body)
            at_once = time.monotonic() - began < 1
            if answer is None:
                self._stopped.wait(self._config.retry_pause)
                continue
            for message in answer.get("Messages") or []:
                if not self._stopped.is_set():
                    self._handle(message)
            if at_once:
                self._stopped.wait(self._config.message_pause)

    def _try(self, service: str, action: str, body: Mapping[str, Any]) -> dict[str, Any] | None:
        try:
            answer = self._client.call(service, action, body)
        except ServiceError as error:
            # Once: a service that is away is asked again and again.
            if action not in self._failing and not self._stopped.is_set():
                log.error(str(error))
            self._failing.add(action)
            return None
        self._failing.discard(action)
        return answer

    def _take_up(self, command: Command) -> None:
        """Go on after a restart: where a reboot was asked for, else only to say that it is over."""
        runner = self._runner(command)
        if command.progress is not None:
            # This reboot is used up: another one that nobody asked for must not resume from here.
            self._store.save(replace(command, progress=None))
            log.info(f"{command.command_id}: resumed after its reboot")
            self._start(runner, runner.run)
            return
        timer = threading.Timer(self._config.orphan_resume, runner.cut_off)
        timer.daemon = True
        timer.start()

    def _handle(self, message: Mapping[str, Any]) -> None:
        message_id, topic = str(message.get("MessageId", "")), str(message.get("Topic", ""))
        try:
            payload = json.loads(message["Payload"])
            if topic.startswith(CANCEL_TOPIC):
                self._cancel(message_id, payload["CancelMessageId"])
            elif topic.startswith(SEND_TOPIC):
                self._accept(Command(command_id=payload["CommandId"], message_id=message_id, payload=payload))
            else:
                raise ValueError(f"unknown topic {topic}")
        except (KeyError, TypeError, ValueError) as error:
            log.error(f"{message_id}: not a message this agent can read: {error}")
            failure = {"MessageId": message_id, "FailureType": "InternalHandlerException"}
            self._try("ec2messages", "FailMessage", failure)

    def _accept(self, command: Command) -> None:
        runner = self._runner(command)
        if self._store.knows(command.command_id):
            # A duplicate; the late InProgress is what the real agent sends, and the service knows better.
            self._try("ec2messages", "AcknowledgeMessage", {"MessageId": command.message_id})
            runner.reply(Status.IN_PROGRESS)
            return
        try:
            if not runner.is_readable():
                return
        except Crash as error:
            # The real agent's poll panics here: no reply, no acknowledgement, and later the same message again.
            log.error(f"{command.command_id}: panic: {error}")
            return
        log.info(f"{command.command_id}: {command.payload.get('DocumentName', '')}")
        runner.start()
        self._start(runner, runner.run)

    def _cancel(self, message_id: str, target_message_id: str) -> None:
        self._try("ec2messages", "AcknowledgeMessage", {"MessageId": message_id})
        runner = self._runners.get(target_message_id)
        if runner is not None:
            log.info(f"{runner.command.command_id}: cancelled")
            runner.cancel.set()
        self._try("ec2messages", "DeleteMessage", {"MessageId": message_id})

    def _runner(self, command: Command) -> Runner:
        return Runner(config=self._config, client=self._client, store=self._store, command=command, reboot=self.reboot)

    def _start(self, runner: Runner, work: Callable[[], None]) -> None:
        self._runners[runner.command.message_id] = runner

        def in_turn() -> None:
            with self._places:
                work()
            self._runners.pop(runner.command.message_id, None)

        threading.Thread(target=in_turn, daemon=True).start()
