# Copyright: steadyfleet contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection: may change without notice.

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from itertools import batched
from typing import Any

from .._aws.context import SendOnceContext
from .._command.apply import send_command
from .._command.model import CommandRequest, SentCommand
from .._common.errors import WaitTimeout
from .._common.wait import Deadline, PollInterval, wait
from . import api as ssm_nodes
from .patch_state import PatchState

States = dict[str, PatchState]

_COMMENT = "steadyfleet.aws_patching"
# A node reports its patch state before its command ends; AWS may show it a little later.
_REPORT_SECONDS = 60.0
_SHORTEST_DELIVERY, _LONGEST_DELIVERY = 30, 2_592_000  # what SendCommand takes


def send_script(
    client: Any, instance_ids: Sequence[str], script: str, deadline: Deadline, interval: PollInterval
) -> list[SentCommand]:
    """Run a shell script on instances, 50 a command; see ``follow`` in _command.py for the results."""
    return _send(client, instance_ids, "AWS-RunShellScript", {"commands": [script]}, deadline, interval)


def send_scan(
    client: Any, instance_ids: Sequence[str], snapshot_id: str, deadline: Deadline, interval: PollInterval
) -> list[SentCommand]:
    """Scan instances for missing patches, 50 a command; nothing is installed and nothing reboots."""
    parameters = {"Operation": ["Scan"], "RebootOption": ["NoReboot"], "SnapshotId": [snapshot_id]}
    return _send(client, instance_ids, "AWS-RunPatchBaseline", parameters, deadline, interval)


def shown_patch_states(client: Any, instance_ids: Sequence[str]) -> dict[str, dict[str, Any]]:
    """What instances last reported of their patches, as a module returns it; one that never did is left out."""
    return {each: state.as_dict() for each, state in ssm_nodes.patch_states(client, instance_ids).items()}


def reported_states(
    client: Any,
    instance_ids: Sequence[str],
    fresh: Callable[[States], bool],
    deadline: Deadline,
    interval: PollInterval,
) -> States:
    """Patch states, looked at until they are ``fresh``, for a minute at most; if they are is the caller's to judge."""
    seen: list[States] = []

    def look() -> States:
        seen.append(ssm_nodes.patch_states(client, instance_ids))
        return seen[-1]

    soon = deadline.at_most(_REPORT_SECONDS)
    try:
        return wait(
            look, fresh, deadline=soon, interval=interval, describe=lambda states: f"{len(states)} patch states"
        )
    except WaitTimeout:
        return seen[-1]


def _send(
    client: Any,
    instance_ids: Sequence[str],
    document: str,
    parameters: Mapping[str, list[str]],
    deadline: Deadline,
    interval: PollInterval,
) -> list[SentCommand]:
    # What is not delivered by the time this call has given up must not run later.
    delivery = min(max(int(deadline.remaining()), _SHORTEST_DELIVERY), _LONGEST_DELIVERY)
    sent = []
    for batch in batched(instance_ids, 50):
        request = CommandRequest(
            document_name=document,
            instance_ids=batch,
            parameters=dict(parameters),
            comment=_COMMENT,
            options={"timeout_seconds": delivery, "max_concurrency": "100%", "max_errors": "100%"},
        )
        context = SendOnceContext(client=client, send_once_client=lambda: client, deadline=deadline, interval=interval)
        sent.append(SentCommand(command_id=send_command(context, request).command_id, instance_ids=frozenset(batch)))
    return sent
