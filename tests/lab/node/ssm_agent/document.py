"""The interpreter of Command documents, schemas 1.2, 2.0 and 2.2."""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from . import actions, nested, script
from .config import Config
from .control_flow import Operation, Outcome, conclude, ends_document, operation
from .output import Output, cut_stream
from .parameters import Resolve
from .precondition import Crash
from .result import DocumentResult, Status, StepResult, aggregate, merge
from .steps import SCRIPTS, Step, parse

Report = Callable[[StepResult], None]
Fetch = Callable[[str, str], str]
CANCELLED = Outcome(Status.CANCELLED, 1)


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
    """Runs the steps of one document."""

    config: Config
    command_id: str
    # (name, version) -> content, as GetDocument gives it.
    fetch: Fetch
    resolve: Resolve
    cancel: script.Cancellation
    # Everything that the steps write is below it.
    folder: Path
    depth: int = 0

    def run(
        self, steps: Iterable[Step], *, progress: Progress | None = None, report: Report = ignore
    ) -> DocumentResult:
        """Run every step in turn, telling `report` about each one that is finished or asks for a reboot."""
        progress = progress or Progress()
        results: list[StepResult] = []
        for step in steps:
            result = progress.done.get(step.name)
            if result is None:
                result = self._next(step, results, progress)
                report(result)
            results.append(result)
            if result.status is Status.REBOOT:
                break
        return DocumentResult(status=aggregate(one.status for one in results), steps=tuple(results))

    def _next(self, step: Step, before: list[StepResult], progress: Progress) -> StepResult:
        interrupted = progress.interrupted
        again = interrupted is not None and interrupted.name == step.name
        started = interrupted.started if interrupted is not None and again else time.time()
        blank = StepResult(name=step.name, action=step.action, status=Status.SKIPPED, started=started)
        what, reason = operation(step, before)
        if what is Operation.SKIP:
            result = replace(blank, output=reason)
        elif what is Operation.FAIL:
            result = replace(blank, status=Status.FAILED, code=1, error=reason)
            result = replace(result, ends_document=ends_document(step, result))
        else:
            result = conclude(step, blank, self._perform(step))
        return replace(result, ended=time.time())

    def folder_of(self, step_name: str) -> Path:
        return self.folder / "".join(char if char.isalnum() or char in "-_" else "_" for char in step_name)

    def _perform(self, step: Step) -> Outcome:
        folder = self.folder_of(step.name)
        try:
            if not isinstance(step.inputs, list):
                return self._act(step, step.inputs, Output(folder))
            parts = [self._act(step, one, Output(folder / str(i))) for i, one in enumerate(step.inputs)]
        except Exception as error:  # whatever a document does, its command must come to an end
            return Outcome(Status.FAILED, 1, error=f"Plugin crashed with message {error}!")
        code = next((part.code for part in parts if part.code), 0)
        streams = ["\n".join(text for text in texts if text) for texts in zip(*map(_streams, parts), strict=True)]
        stdout, stderr = streams or ("", "")
        Output(folder).add(stdout=stdout, stderr=stderr)
        return Outcome(merge(part.status for part in parts), code, stdout, stderr)

    def _act(self, step: Step, inputs: Any, output: Output) -> Outcome:
        if self.cancel.is_set():
            status, code = CANCELLED.status, CANCELLED.code
        elif step.action in SCRIPTS:
            status, code = actions.run_script(self._surroundings(step), inputs, output, self.cancel)
        elif step.action == "aws:runDocument":
            status, code = self._run_document(inputs, output)
        elif step.action == "aws:downloadContent":
            status, code = actions.download_content(inputs, output, self.fetch)
        elif step.action == "aws:refreshAssociation":
            return actions.refresh_association(inputs)
        else:
            status, code = actions.refuse(step.action, output)
        return Outcome(status, code, output.stdout.decode(errors="replace"), output.stderr.decode(errors="replace"))

    def _run_document(self, inputs: Any, output: Output) -> tuple[Status, int]:
        """Run a child. Nothing cancels it: it has a switch of its own, which nobody turns."""
        try:
            called = nested.resolve(inputs, self.depth, self.fetch, output.folder)
            if called is None:
                return Status.SUCCESS, 0
            env_var = self.config.knows_env_var
            steps = parse(called.document, called.supplied, env_var=env_var, in_child=True, resolve=self.resolve)
        except nested.NestedError as error:
            output.add(stderr=str(error))
            return Status.FAILED, 1
        except Crash:
            raise
        except Exception as error:
            output.add(stderr=f"{nested.PREPARING}{error}")
            return Status.FAILED, 1
        child = replace(self, cancel=script.Cancellation(), folder=output.folder, depth=self.depth + 1)
        return _merged(child.run(steps).steps, output)

    def _surroundings(self, step: Step) -> actions.Surroundings:
        own = {
            "AWS_SSM_INSTANCE_ID": self.config.instance_id,
            "AWS_SSM_REGION_NAME": self.config.region,
            "AWS_SSM_PLATFORM_NAME": self.config.platform_name,
            "AWS_SSM_PLATFORM_VERSION": self.config.platform_version,
        }
        return actions.Surroundings(
            action=step.action,
            environment={**step.environment, **own},
            command_id=self.command_id,
            minimum_timeout=self.config.minimum_timeout,
        )


def _streams(part: Outcome) -> tuple[str, str]:
    return part.stdout, part.stderr


def _merged(results: Iterable[StepResult], output: Output) -> tuple[Status, int]:
    """Status, code and output of the calling step. The steps' own codes are lost, and so is their order."""
    steps = list(results)
    for one in random.sample(steps, len(steps)):
        output.add(stdout=cut_stream(one.stdout), stderr=cut_stream(one.stderr))
        output.add(stderr=one.error)
    status = merge(one.status for one in steps)
    return status, 1 if status is Status.FAILED else 0
