"""The interpreter of Command documents, schema 2.2."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from . import nested, precondition, script
from .config import Config
from .parameters import Values, substitute
from .result import (
    CODE_EXIT_FAILURE,
    CODE_EXIT_SUCCESS,
    DocumentResult,
    Status,
    StepResult,
    aggregate,
)

SCHEMAS = ("2.0", "2.2")
DEFAULT_TIMEOUT = 3600.0
LONGEST_TIMEOUT = 172800.0
# Plugins the real agent has on Windows only: their steps are skipped here and count as a success.
WINDOWS_ONLY = frozenset({"aws:psModule", "aws:applications", "aws:cloudWatch"})
Report = Callable[[StepResult], None]
Fetch = Callable[[str, str], str]


def ignore(_result: StepResult) -> None:
    """Steps of a child document are nobody's business but its parent's."""


@dataclass(frozen=True, kw_only=True)
class Progress:
    """Where a document stood when its reboot came."""

    done: Mapping[str, StepResult] = field(default_factory=dict)
    # The step that asked for the reboot: it runs again from its start.
    interrupted: StepResult | None = None


@dataclass(frozen=True, kw_only=True)
class Interpreter:
    """Runs the documents of one command."""

    config: Config
    command_id: str
    # (name, version) -> content, as GetDocument gives it.
    fetch: Fetch
    cancel: script.Cancellation
    orchestration: Path

    def run(
        self,
        document: Mapping[str, Any],
        values: Values,
        *,
        depth: int = 0,
        progress: Progress | None = None,
        report: Report = ignore,
    ) -> DocumentResult:
        """Run every step in turn, telling `report` about each one that is finished."""
        if document.get("schemaVersion") not in SCHEMAS:
            schema = document.get("schemaVersion")
            return DocumentResult(status=Status.FAILED, trace=f"Document schema version {schema} is not supported")
        progress = progress or Progress()
        steps: list[Mapping[str, Any]] = document.get("mainSteps") or []
        results: list[StepResult] = []
        ended = False
        for step in steps:
            result = progress.done.get(step["name"])
            if result is None:
                result = self._next(step, values, depth, skip=ended and not _is_finally(step, steps))
                if progress.interrupted is not None and progress.interrupted.name == result.name:
                    result = result.after(progress.interrupted)
                if result.status is not Status.REBOOT:
                    report(result)
            results.append(result)
            ended = ended or result.ends_document
            if result.status is Status.REBOOT:
                break
        return DocumentResult(status=aggregate(one.status for one in results), steps=tuple(results))

    def _next(self, step: Mapping[str, Any], values: Values, depth: int, *, skip: bool) -> StepResult:
        started = time.time()
        blank = StepResult(
            name=step["name"], action=step.get("action", ""), status=Status.SKIPPED, started=started, ended=started
        )
        if self.cancel.is_set():
            return replace(blank, status=Status.CANCELLED, code=1)
        if skip:
            return blank
        result = self._perform(step, blank, values, depth)
        return replace(_with_flow(step, values, result), ended=time.time())

    def _perform(self, step: Mapping[str, Any], blank: StepResult, values: Values, depth: int) -> StepResult:
        try:
            if not precondition.met(step.get("precondition"), values.values):
                return blank
        except precondition.PreconditionError as error:
            return _failed(blank, str(error))
        actions = {
            "aws:runShellScript": self._run_script,
            "aws:runPowerShellScript": self._run_script,
            "aws:runDocument": self._run_document,
        }
        if blank.action in WINDOWS_ONLY:
            return blank
        action = actions.get(blank.action)
        if action is None:
            return _failed(blank, f"Plugin with name {blank.action} is not supported by this agent")
        return action(step, blank, values, depth)

    def _run_script(self, step: Mapping[str, Any], blank: StepResult, values: Values, depth: int) -> StepResult:
        raw = dict(step.get("inputs") or {})
        # ENV_VAR parameters reach a script as variables only, never as text.
        lines = substitute(raw.pop("runCommand", []), values.values, values.shielded)
        inputs = substitute(raw, values.values)
        ended = script.run(
            script.Script(
                text="\n".join(map(str, lines)) if isinstance(lines, list) else str(lines),
                path=self.orchestration / f"{depth}-{_file_name(blank.name)}" / "_script.sh",
                working_directory=str(inputs.get("workingDirectory") or ""),
                environment=self._environment(values),
                timeout=_timeout(inputs.get("timeoutSeconds"), self.config.minimum_timeout),
                interpreter=("pwsh", "-File") if blank.action == "aws:runPowerShellScript" else (),
            ),
            self.cancel,
        )
        return replace(
            blank,
            status=ended.status,
            code=ended.code,
            stdout=ended.stdout,
            stderr=ended.stderr,
            ends_document=ended.code in (CODE_EXIT_SUCCESS, CODE_EXIT_FAILURE),
        )

    def _run_document(self, step: Mapping[str, Any], blank: StepResult, values: Values, depth: int) -> StepResult:
        inputs = substitute(step.get("inputs") or {}, values.values)
        try:
            called = nested.resolve(inputs, depth, self.fetch, env_var=self.config.knows_env_var)
        except nested.NestedError as error:
            return _failed(blank, str(error))
        if called is None:
            return replace(blank, status=Status.SUCCESS)
        result = self.run(called.document, called.values, depth=depth + 1)
        status, code = nested.outcome(result)
        return replace(
            blank,
            status=status,
            code=code,
            stdout="".join(one.stdout for one in result.steps),
            stderr="".join(one.stderr for one in result.steps) + result.trace,
        )

    def _environment(self, values: Values) -> dict[str, str]:
        own = {
            "SSM_COMMAND_ID": self.command_id,
            "AWS_SSM_INSTANCE_ID": self.config.instance_id,
            "AWS_SSM_REGION_NAME": self.config.region,
            "AWS_SSM_PLATFORM_NAME": self.config.platform_name,
            "AWS_SSM_PLATFORM_VERSION": self.config.platform_version,
        }
        return {**os.environ, **own, **values.environment}


def _is_finally(step: Mapping[str, Any], steps: list[Mapping[str, Any]]) -> bool:
    return step is steps[-1] and str((step.get("inputs") or {}).get("finallyStep", "")).lower() == "true"


def _with_flow(step: Mapping[str, Any], values: Values, result: StepResult) -> StepResult:
    """What onFailure and onSuccess make of a result. A step that timed out has not failed: AWS's own trap."""
    inputs = substitute(step.get("inputs") or {}, values.values)
    if result.status is Status.FAILED and inputs.get("onFailure") == "successAndExit":
        return replace(result, status=Status.SUCCESS, ends_document=True)
    if result.status is Status.FAILED and inputs.get("onFailure") == "exit":
        return replace(result, ends_document=True)
    if result.status is Status.SUCCESS and inputs.get("onSuccess") == "exit":
        return replace(result, ends_document=True)
    return result


def _timeout(value: Any, minimum: float) -> float:
    try:
        seconds = float(value)
    except (TypeError, ValueError):
        return DEFAULT_TIMEOUT
    return seconds if minimum <= seconds <= LONGEST_TIMEOUT else DEFAULT_TIMEOUT


def _file_name(step_name: str) -> str:
    return "".join(char if char.isalnum() or char in "-_" else "_" for char in step_name)


def _failed(blank: StepResult, message: str) -> StepResult:
    return replace(blank, status=Status.FAILED, code=1, stderr=message)
