# Copyright: steadyfleet contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection: may change without notice.

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from .._common.errors import Refused
from .model import CommandRequest, CommandState, Invocation, problems
from .outcome import Execution, Outcome, Target
from .output import Outputs, shortened, shown, with_outputs
from .transformations import short_name


def mine(found: Iterable[CommandState], token: str, request: CommandRequest) -> CommandState | None:
    """The command that was sent with this token, or None.

    :raises Refused: when it is not the command that is asked for, or there are several.
    """
    same = [command for command in found if has_token(command.comment, token)]
    if len(same) > 1:
        ids = " and ".join(command.command_id for command in same)
        raise Refused(f"token {token} was used by commands {ids}: which one is meant can't be told")
    for command in same:
        if differing := _differences(command, request):
            raise Refused(
                f"token {token} belongs to command {command.command_id}, which has another {differing}: "
                "take another token for another command"
            )
    return same[0] if same else None


def has_token(comment: str, token: str) -> bool:
    return comment.split()[-1:] == [f"token={token}"]


def _differences(command: CommandState, request: CommandRequest) -> str:
    """What is asked for differently. Not the parameters: they may say the same with other words or versions."""
    wrong = []
    if short_name(command.document_name) != short_name(request.document_name):
        wrong.append(f"document ({command.document_name})")
    if sorted(command.instance_ids) != sorted(request.instance_ids):
        wrong.append(f"set of instances ({', '.join(command.instance_ids) or 'found by targets'})")
    if _plain(command.targets) != _plain(request.targets):
        wrong.append("set of targets")
    return " and ".join(wrong)


def _plain(targets: Iterable[dict[str, Any]]) -> list[tuple[str, list[str]]]:
    return sorted((target["Key"], sorted(target["Values"])) for target in targets)


def shortfalls(
    command: CommandState, request: CommandRequest, seen: Sequence[Invocation], expected: int | None
) -> tuple[str, ...]:
    """Every reason why a command that is over is no success, one line each; none when it is one.

    :param expected: how many nodes it had to reach, when the caller said so.
    """
    found = list(problems(seen))
    missing = set(request.instance_ids) - {invocation.instance_id for invocation in seen}
    found += [f"{instance_id}: AWS has no result for it" for instance_id in sorted(missing)]
    if expected is not None and len(seen) != expected:
        found.append(f"the command reached {len(seen)} nodes, not the {expected} that were expected")
    if found and command.triggered_alarms:
        found.append(f"alarm {', '.join(command.triggered_alarms)} stopped the command")
    return tuple(found)


def result(command: CommandState, status: str, seen: Sequence[Invocation], outputs: Outputs) -> dict[str, Any]:
    """What the module returns of a command: in its own form, and in that of an association's execution.

    One thing can so judge both ways to run a document.
    """
    seen = shortened(with_outputs(seen, outputs))
    told = {
        "command_id": command.command_id,
        "document_name": command.document_name,
        "comment": command.comment,
        "requested_at": command.requested_at,
        "expires_at": command.expires_at,
        "status": status,
        "invocations": [shown(found, outputs) for found in seen],
    }
    return {"command": told, "execution": _as_execution(command, status, seen)}


def _as_execution(command: CommandState, status: str, seen: Sequence[Invocation]) -> dict[str, Any]:
    words = [invocation.status for invocation in seen]
    counts = ", ".join(f"{word}={words.count(word)}" for word in sorted(set(words)))
    execution = Execution(
        execution_id=command.command_id,
        status=status,
        detailed_status=command.status_details if command.ended else status,
        created_at=command.requested_at,
        resource_count_by_status=f"{{{counts}}}",
    )
    return Outcome(execution=execution, targets=tuple(map(_target, seen))).as_dict()


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
