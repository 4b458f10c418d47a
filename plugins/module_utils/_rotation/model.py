# Copyright: steadyfleet contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection: may change without notice.

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Union

from . import health
from .capacity import Group
from .health import Registration, Target
from .ledger import Ledger


@dataclass(frozen=True, slots=True, kw_only=True)
class Situation:
    """All that a decision rests on: the instance's ledger entry, and every group it is in or was in."""

    instance_id: str
    groups: tuple[Group, ...]
    ledger: Ledger | None = None

    def seen(self, registration: Registration) -> Target | None:
        return next(
            (
                target
                for group in self.groups
                if group.arn == registration.target_group_arn
                for target in group.targets
                if target.registration.key == registration.key
            ),
            None,
        )

    def out(self, registrations: Iterable[Registration]) -> bool:
        return all(health.gone(self.seen(item)) for item in registrations)

    def back(self, registrations: Iterable[Registration]) -> bool:
        return all(health.healthy(self.seen(item)) for item in registrations)

    def describe(self, registrations: Iterable[Registration]) -> str:
        return ", ".join(health.describe(item, self.seen(item)) for item in registrations)


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """What the caller asked for beside the state itself."""

    min_healthy_targets: int = 1
    run_id: str = ""
    reason: str = ""
    at: str = ""
    context: Mapping[str, str] = field(default_factory=dict)
    release: bool = False
    seconds: float | None = None
    """How long the caller waits for a drain, if it does."""


@dataclass(frozen=True, slots=True)
class WriteLedger:
    """``overwrite`` is only true for an entry that was read: a new one must never replace somebody else's."""

    ledger: Ledger
    overwrite: bool


@dataclass(frozen=True, slots=True)
class Deregister:
    registrations: tuple[Registration, ...]


@dataclass(frozen=True, slots=True)
class AwaitDrained:
    """``not_before``: the deregistration delay, when this plan starts it; an idle target shows `draining` until then.
    ``guarded``: the groups in which capacity must hold while the instance leaves them."""

    registrations: tuple[Registration, ...]
    not_before: float = 0.0
    guarded: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Register:
    registrations: tuple[Registration, ...]


@dataclass(frozen=True, slots=True)
class AwaitHealthy:
    registrations: tuple[Registration, ...]


@dataclass(frozen=True, slots=True)
class DeleteLedger:
    ledger: Ledger


@dataclass(frozen=True, slots=True)
class GiveUp:
    """The end of a plan that could not do all: what is left is for the operator."""

    message: str


Step = Union[WriteLedger, Deregister, AwaitDrained, Register, AwaitHealthy, DeleteLedger, GiveUp]
Plan = tuple[Step, ...]
