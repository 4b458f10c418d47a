# Copyright: steadyfleet contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection: may change without notice.

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any

from .._aws import parameter_store
from .._common.errors import InvalidInput, Refused
from .._common.wait import Clock
from . import api as elbv2
from . import ledger as ledgers
from .capacity import Group
from .ledger import Ledger
from .model import Situation

ROTATION_SPEC: dict[str, Any] = {
    "ledger_prefix": {"type": "str", "default": "/steadyfleet/aws_patching/ledger"},
    "min_healthy_targets": {"type": "int", "default": 1},
    "target_group_arns": {"type": "list", "elements": "str"},
}


@dataclass(frozen=True, kw_only=True)
class Tools:
    """Everything outside this process that a rotation touches."""

    elb: Any
    ssm: Any
    prefix: str
    clock: Clock


def read_ledger(tools: Tools, instance_id: str) -> Ledger | None:
    name = ledgers.name_for(tools.prefix, instance_id)
    text = parameter_store.value(tools.ssm, name)
    return None if text is None else decoded(text, name, instance_id)


def read_ledgers(ssm: Any, prefix: str) -> dict[str, Ledger]:
    """Every ledger entry, by instance id."""
    found = parameter_store.values_under(ssm, ledgers.folder(prefix))
    entries = ((name.rsplit("/", 1)[-1], name, text) for name, text in found.items())
    return {instance_id: decoded(text, name, instance_id) for instance_id, name, text in entries}


def groups_to_read(elb: Any, named: list[str] | None) -> list[str]:
    """The groups that were named, or all whose members are instances; addresses and functions name no instance."""
    if named is not None:
        return named
    return [group.arn for group in elbv2.target_groups(elb) if group.target_type == "instance"]


def read_groups(elb: Any, arns: Iterable[str], instance_ids: frozenset[str] | None = None) -> tuple[Group, ...]:
    """One DescribeTargetHealth a group, and its attributes where one of ``instance_ids`` (None: anyone) is a target.

    :raises InvalidInput: for a group that holds addresses: that an instance is not in it could not be told.
    """
    return tuple(_read_group(elb, arn, instance_ids) for arn in dict.fromkeys(arns))


def read(tools: Tools, instance_id: str, entry: Ledger | None, arns: Iterable[str]) -> Situation:
    """The situation in the named groups and in those of the ledger entry."""
    held = [item.target_group_arn for item in entry.registrations] if entry else []
    groups = read_groups(tools.elb, [*arns, *held], frozenset({instance_id}))
    return Situation(instance_id=instance_id, ledger=entry, groups=groups)


def decoded(text: str, name: str, instance_id: str) -> Ledger:
    entry = ledgers.decode(text, name)
    if entry.instance_id != instance_id:
        raise Refused(f"ledger entry {name} is about {entry.instance_id}: repair or delete it by hand")
    return entry


def _read_group(elb: Any, arn: str, instance_ids: frozenset[str] | None) -> Group:
    found = elbv2.targets(elb, arn)
    if any(not target.registration.id.startswith("i-") for target in found):
        raise InvalidInput(f"target group {arn} does not hold instances; name only groups of target type instance")
    group = Group(arn=arn, targets=found)
    if instance_ids is not None and all(target.registration.id not in instance_ids for target in found):
        return group
    return replace(group, settings=elbv2.settings(elb, arn))
