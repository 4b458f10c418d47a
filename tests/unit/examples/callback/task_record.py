"""Writes what became of every task, as a line of JSON each, for the test that started the playbook."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

from ansible.plugins.callback import CallbackBase

DOCUMENTATION = """
name: task_record
type: aggregate
short_description: Write what became of every task
description:
  - Appends a line of JSON for every task's result to the file that the environment variable TASK_RECORD names.
"""


class CallbackModule(CallbackBase):
    CALLBACK_VERSION = 2.0
    CALLBACK_TYPE = "aggregate"
    CALLBACK_NAME = "task_record"
    CALLBACK_NEEDS_ENABLED = True

    def v2_runner_on_ok(self, result: Any) -> None:
        self._append("changed" if result.result.get("changed") else "ok", result)

    def v2_runner_on_failed(self, result: Any, ignore_errors: bool = False) -> None:
        self._append("ignored" if ignore_errors else "failed", result)

    def v2_runner_on_skipped(self, result: Any) -> None:
        self._append("skipped", result)

    def v2_runner_on_unreachable(self, result: Any) -> None:
        self._append("unreachable", result)

    def _append(self, outcome: str, result: Any) -> None:
        task = result.task
        told = {"name": task.name, "action": task.resolved_action, "outcome": outcome, "msg": result.result.get("msg")}
        with Path(os.environ["TASK_RECORD"]).open("a", encoding="utf-8") as file:
            file.write(json.dumps(told, default=str) + "\n")
