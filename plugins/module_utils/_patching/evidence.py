# Copyright: steadyfleet contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection: may change without notice.

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from .._aws.context import Context
from .._command.report import invocation_failures
from .._command.waiters import await_invocations
from .._common.errors import WaitTimeout
from .._common.text import one_line
from .._common.wait import Deadline, PollInterval
from .._rotation import health
from .._rotation.model import Situation
from .._rotation.read import read_groups
from .._rotation.waiters import await_steady
from . import probe
from .patch_state import PatchState, newer
from .probe import Probed
from .verdict import steps_of
from .waiters import reported_states, send_script


@dataclass(frozen=True, kw_only=True)
class Clients:
    """``send`` repeats nothing by itself: a command that is sent twice runs twice."""

    elb: Any
    ssm: Any
    send: Any


@dataclass(frozen=True, kw_only=True)
class Question:
    """What is asked about an instance."""

    instance_id: str
    health_url: str | None
    health_timeout: int
    target_group_arns: tuple[str, ...]
    healthy_polls: int
    execution: Mapping[str, Any] | None = None
    """The patch run, which may have told all that a probe would ask."""
    patch_state: PatchState | None = None
    """What the caller has seen of it; read again unless it is new enough."""


@dataclass(frozen=True, kw_only=True)
class Seen:
    probed: Probed
    patch_state: PatchState | None
    target_health: str | None


def gather(clients: Clients, question: Question, after: datetime, deadline: Deadline, interval: PollInterval) -> Seen:
    """Everything about an instance that only AWS and the instance itself can tell.

    A probe that does not come back is no error here: not knowing is for the verdict to judge.
    """
    probed = probe.told(steps_of(question.execution), question.health_url) or _probe(
        clients, question, deadline, interval
    )
    return Seen(
        probed=probed,
        patch_state=_patch_state(clients, question, after, deadline, interval),
        target_health=target_health(clients.elb, question, deadline, interval),
    )


def _patch_state(
    clients: Clients, question: Question, after: datetime, deadline: Deadline, interval: PollInterval
) -> PatchState | None:
    if newer(question.patch_state, after):
        return question.patch_state
    instance_id = question.instance_id
    states = reported_states(
        clients.ssm, [instance_id], lambda seen: newer(seen.get(instance_id), after), deadline, interval
    )
    return states.get(instance_id)


def _probe(clients: Clients, question: Question, deadline: Deadline, interval: PollInterval) -> Probed:
    script = probe.script(question.health_url, question.health_timeout)
    sent = send_script(clients.send, [question.instance_id], script, deadline, interval)
    try:
        invocations = await_invocations(Context(client=clients.ssm, deadline=deadline, interval=interval), sent)
    except WaitTimeout as timeout:
        return Probed(trouble=f"the probe did not come back: {timeout}")
    if failed := invocation_failures(invocations):
        return Probed(trouble=f"the probe failed: {one_line(failed)}")
    return probe.parse([step for found in invocations for step in found.steps])


def target_health(elb: Any, question: Question, deadline: Deadline, interval: PollInterval) -> str | None:
    """Why the instance is not steadily healthy in every group that was named, in words; None when it is."""
    if not question.target_group_arns:
        return None
    groups = read_groups(elb, question.target_group_arns, frozenset({question.instance_id}))
    if absent := [g.name for g in groups if not any(map(health.registered, g.of(question.instance_id)))]:
        return f"it is not registered in target group {', '.join(absent)}"
    now = Situation(instance_id=question.instance_id, groups=groups)
    items = [t.registration for g in groups for t in g.of(question.instance_id) if health.registered(t)]
    try:
        await_steady(elb, items, now, deadline, interval, question.healthy_polls)
    except WaitTimeout as timeout:
        return str(timeout)
    return None
