"""The actions of a step, but for aws:runDocument."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from . import nested, script, wire
from .control_flow import Outcome
from .output import Output
from .result import Status

DEFAULT_TIMEOUT = 3600.0
LONGEST_TIMEOUT = 172800.0
DOWNLOADS = "downloads"
Ended = tuple[Status, int]


@dataclass(frozen=True, kw_only=True)
class Surroundings:
    """What a script finds beside its inputs."""

    action: str
    environment: Mapping[str, str]
    command_id: str
    minimum_timeout: float


def run_script(around: Surroundings, inputs: Any, output: Output, cancel: script.Cancellation) -> Ended:
    """aws:runShellScript and aws:runPowerShellScript."""
    problem = _script_problem(inputs)
    if problem:
        output.add(stderr=f"Invalid format in plugin properties {json.dumps(inputs)};\nerror {problem}")
        return Status.FAILED, 1
    lines = inputs.get("runCommand") or []
    own = {**(inputs.get("environment") or {}), "SSM_COMMAND_ID": around.command_id}
    return script.run(
        script.Script(
            text="\n".join("" if line is None else line for line in lines) + "\n",
            path=output.folder / "_script.sh",
            working_directory=_working_directory(inputs.get("workingDirectory") or "", output.folder),
            environment={**os.environ, **own, **around.environment},
            timeout=timeout(inputs.get("timeoutSeconds"), around.minimum_timeout),
            program="pwsh" if around.action == "aws:runPowerShellScript" else "sh",
        ),
        output,
        cancel,
    )


def _script_problem(inputs: Any) -> str:
    if not isinstance(inputs, Mapping):
        return "the inputs are no map"
    lines = inputs.get("runCommand")
    if lines is not None and not (
        isinstance(lines, list) and all(one is None or isinstance(one, str) for one in lines)
    ):
        return "runCommand is no list of texts"
    variables = inputs.get("environment")
    if variables is None:
        return ""
    if not isinstance(variables, Mapping) or not all(isinstance(value, str) for value in variables.values()):
        return "environment is no map of texts"
    return ""


def _working_directory(given: str, folder: Path) -> str:
    """A relative one is looked for among the downloads; elsewhere it means the agent's own, which is `/`."""
    if Path(given).is_absolute():
        return given
    downloaded = folder.parent / DOWNLOADS / given
    return str(downloaded) if downloaded.is_dir() else "/"


def timeout(value: Any, minimum: float) -> float:
    try:
        seconds = float(value)
    except (TypeError, ValueError):
        return DEFAULT_TIMEOUT
    return seconds if minimum <= seconds <= LONGEST_TIMEOUT else DEFAULT_TIMEOUT


def download_content(inputs: Any, output: Output, fetch: Callable[[str, str], str]) -> Ended:
    """aws:downloadContent, of SSM documents."""
    info = inputs.get("sourceInfo") or ""
    if inputs.get("sourceType") != "SSMDocument":
        output.add(stderr=f"The lab's agent downloads SSMDocument only, not {inputs.get('sourceType')}")
        return Status.FAILED, 1
    try:
        name, version = nested.split_name((info if isinstance(info, Mapping) else json.loads(info)).get("name") or "")
        content = nested.fetched(fetch, name, version)
    except (AttributeError, ValueError):
        output.add(stderr="SourceInfo could not be unmarshalled for SourceType SSMDocument")
        return Status.FAILED, 1
    except (nested.NestedError, wire.ServiceError) as error:
        output.add(stderr=str(error))
        return Status.FAILED, 1
    given = inputs.get("destinationPath") or ""
    # Joined as text: a `/` at the end says that it is a folder.
    destination = given if Path(given).is_absolute() else f"{output.folder.parent / DOWNLOADS}/{given}"
    is_folder = destination.endswith("/") or Path(destination).is_dir()
    file = Path(destination, f"{Path(name).name}.json") if is_folder else Path(destination)
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(content, encoding="utf-8")
    file.chmod(0o700)
    output.add(stdout=f"Content downloaded to {destination}")
    return Status.SUCCESS, 0


def refresh_association(inputs: Any) -> Outcome:
    """aws:refreshAssociation. The lab's API sends an association's commands itself, so nothing is left to do."""
    given = inputs.get("associationIds") or [] if isinstance(inputs, Mapping) else []
    return Outcome(Status.SUCCESS, output=f"[{' '.join(given)}]")


def refuse(action: str, output: Output) -> Ended:
    """aws:cloudWatch, which fails on Linux, and what a lab's node does not have."""
    reason = "fails on Linux" if action == "aws:cloudWatch" else "is not implemented in the lab's agent"
    output.add(stderr=f"{action} {reason}")
    return Status.FAILED, 1
