# Copyright: steadyfleet contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection: may change without notice.

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import Any

from .model import Command, CommandRequest, Invocation, SentCommand, Step
from .outcome import Execution, Outcome, Target
from .output import Outputs, invocation_result, with_outputs, with_shortened_output

# What the agent adds to a script's own output: remarks, truncation marks, and the line where standard error begins.
_AGENT_REMARK = re.compile(
    r"^(Step was found to have onFailure property\..*"
    r"|Step exited with code \d+\. Therefore, .*|-{3,}.*-{3,})$"
)
# The agent adds this to standard error with nothing between, not even a newline.
_AGENT_END = re.compile(r"failed to run commands: exit status \d+\s*$")
# Why an invocation has no failed step.
_NO_STEP = {
    "DeliveryTimedOut": "the command was not picked up: is the SSM Agent running?",
    "Undeliverable": "the command could not be delivered: is the SSM Agent running?",
    "Terminated": "the command was not started, because too many other nodes had failed",
    "InvalidPlatform": "the document does not support the node's platform",
    "AccessDenied": "AWS refused to run the command there",
}
_MAX_LINE = 300


def last_line(output: str) -> str:
    """The last line of a step's own output. Standard error follows standard output, so its lines come first."""
    lines = (_AGENT_END.sub("", line).strip() for line in reversed(output.splitlines()))
    found = next((line for line in lines if line and not _AGENT_REMARK.match(line)), "")
    return found if len(found) <= _MAX_LINE else found[: _MAX_LINE - 1] + "…"


def describe_step(step: Step) -> str:
    """A failed step in words: ``step X Failed (exit code 1): the last line of its output``."""
    code = "" if step.response_code is None else f" (exit code {step.response_code})"
    line = last_line(step.output)
    return f"step {step.name} {step.status}{code}" + (f": {line}" if line else "")


def invocation_failure(invocation: Invocation) -> str | None:
    """Why an invocation did not succeed, in one line that names instance, step and code. None when it succeeded."""
    if invocation.succeeded:
        return None
    details = invocation.status_details or invocation.status
    if (step := invocation.failed_step) and details not in _NO_STEP:
        return f"{invocation.instance_id}: {describe_step(step)}"
    reason = _NO_STEP.get(details) or last_line(invocation.trace)
    return f"{invocation.instance_id}: {details}" + (f": {reason}" if reason else "")


def invocation_failures(invocations: Iterable[Invocation]) -> tuple[str, ...]:
    return tuple(line for line in map(invocation_failure, invocations) if line)


def missing_results(expected: Iterable[str], reported: Iterable[str]) -> list[str]:
    """One line for every expected node that has no result."""
    return [f"{instance_id}: AWS has no result for it" for instance_id in sorted(set(expected) - set(reported))]


def sent_failures(sent: Iterable[SentCommand], invocations: Iterable[Invocation]) -> tuple[str, ...]:
    """Every reason why commands did not succeed on every node, one line each. A node without a result is one."""
    invocations = tuple(invocations)
    missing = [
        line
        for command in sent
        for line in missing_results(
            command.instance_ids, (each.instance_id for each in invocations if each.command_id == command.command_id)
        )
    ]
    return (*invocation_failures(invocations), *missing)


def pending(sent: Iterable[SentCommand], invocations: Iterable[Invocation]) -> tuple[str, ...]:
    """The nodes without a result, as ``i-1 InProgress``; a node that AWS does not show yet is ``not started``."""
    invocations = tuple(invocations)
    waiting = []
    for command in sent:
        shown = {found.instance_id: found for found in invocations if found.command_id == command.command_id}
        for instance_id in sorted(command.instance_ids):
            invocation = shown.get(instance_id)
            if invocation is None or not invocation.ended:
                waiting.append(f"{instance_id} {_progress(invocation)}")
    return tuple(waiting)


def _progress(invocation: Invocation | None) -> str:
    if invocation is None:
        return "not started"
    running = next((step.name for step in reversed(invocation.steps) if step.status == "InProgress"), "")
    return f"{invocation.status} in step {running}" if running else invocation.status


def command_failures(
    command: Command, request: CommandRequest, invocations: Sequence[Invocation], expected: int | None
) -> tuple[str, ...]:
    """Every reason why a command that has ended did not succeed, one line each.

    :param expected: how many nodes it had to reach, when the caller gave a number.
    """
    failures = list(invocation_failures(invocations))
    failures += missing_results(request.instance_ids, (found.instance_id for found in invocations))
    if expected is not None and len(invocations) != expected:
        failures.append(f"the command reached {len(invocations)} nodes, not the {expected} that were expected")
    if failures and command.triggered_alarms:
        failures.append(f"alarm {', '.join(command.triggered_alarms)} stopped the command")
    return tuple(failures)


def command_result(
    command: Command, status: str, invocations: Sequence[Invocation], outputs: Outputs
) -> dict[str, Any]:
    """A command as the module returns it: in its own form as ``command``, and in the form of an association's execution
    as ``execution``, so that one verdict can judge both ways to run a document.
    """
    invocations = with_shortened_output(with_outputs(invocations, outputs))
    return {
        "command": {
            "command_id": command.command_id,
            "document_name": command.document_name,
            "comment": command.comment,
            "requested_at": command.requested_at,
            "expires_at": command.expires_at,
            "status": status,
            "invocations": [invocation_result(found, outputs) for found in invocations],
        },
        "execution": _outcome(command, status, invocations).as_dict(),
    }


def _outcome(command: Command, status: str, invocations: Sequence[Invocation]) -> Outcome:
    statuses = [invocation.status for invocation in invocations]
    execution = Execution(
        execution_id=command.command_id,
        status=status,
        detailed_status=command.status_details if command.ended else status,
        created_at=command.requested_at,
        resource_count_by_status={each: statuses.count(each) for each in sorted(set(statuses))},
    )
    return Outcome(execution=execution, targets=tuple(map(_target, invocations)))


def _target(invocation: Invocation) -> Target:
    return Target(
        resource_id=invocation.instance_id,
        resource_type="ManagedInstance",
        status=invocation.status,
        detailed_status=invocation.status_details,
        output_id=invocation.command_id,
        output_type="RunCommand",
        invocation=invocation,
    )
