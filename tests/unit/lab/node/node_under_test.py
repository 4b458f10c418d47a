"""A node for tests, and short forms for the documents it runs."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from lab.node.ssm_agent.config import REBOOT_EXIT_CODE, Config
from lab.node.ssm_agent.service import Agent
from unit.lab.node.fake_service import INSTANCE, PATIENCE, FakeService, Outcome


class Node:
    """A node whose reboots are runs of the agent on the same state."""

    def __init__(self, folder: Path, **settings: Any) -> None:
        self.folder = folder
        self.service = FakeService()
        self.boots = 0
        self._settings = settings
        self._agent: Agent | None = None
        self._thread: threading.Thread | None = None
        self.exit_code: int | None = None

    def boot(self) -> None:
        defaults = {"minimum_timeout": 0.1, "retry_pause": 0.05, "request_timeout": 5.0, "ping_interval": 300.0}
        config = Config(
            endpoint=self.service.endpoint,
            instance_id=INSTANCE,
            region="eu-central-1",
            state_dir=self.folder / "state",
            **{**defaults, **self._settings},
        )
        self.stop()
        self._agent = agent = Agent(config)
        self.exit_code = None
        self.boots += 1

        def work() -> None:
            self.exit_code = agent.run()

        self._thread = threading.Thread(target=work, daemon=True)
        self._thread.start()

    def wait_for_reboot(self) -> None:
        assert self._thread is not None
        self._thread.join(PATIENCE)
        assert self.exit_code == REBOOT_EXIT_CODE

    def run(self, document: Mapping[str, Any], parameters: Mapping[str, Any] | None = None) -> Outcome:
        return self.service.wait_until_final(self.service.send(document, parameters))

    def run_with_reboots(
        self, document: Mapping[str, Any], parameters: Mapping[str, Any] | None = None, reboots: int = 1
    ) -> Outcome:
        command_id = self.service.send(document, parameters)
        for _ in range(reboots):
            self.wait_for_reboot()
            self.boot()
        return self.service.wait_until_final(command_id)

    def stop(self) -> None:
        if self._agent is not None:
            self._agent.stop()

    def close(self) -> None:
        self.stop()
        self.service.close()


def step(name: str, *lines: str, action: str = "aws:runShellScript", **keys: Any) -> dict[str, Any]:
    """A step of a document; `precondition` stands beside the inputs, everything else in them."""
    outer = {key: keys.pop(key) for key in ("precondition",) if key in keys}
    script = {"runCommand": list(lines)} if action == "aws:runShellScript" else {}
    return {"name": name, "action": action, **outer, "inputs": {**script, **keys}}


def call(name: str, path: str, **keys: Any) -> dict[str, Any]:
    """A step that calls another document."""
    keys = {"documentType": "SSMDocument", "documentPath": path, **keys}
    return step(name, action="aws:runDocument", **keys)


def document(*steps: Mapping[str, Any], **parameters: Any) -> dict[str, Any]:
    return {"schemaVersion": "2.2", "parameters": parameters, "mainSteps": list(steps)}
