# Copyright: steadyfleet contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection: may change without notice.

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any

from .._aws import parameter_store
from .._aws.context import Context
from .._common.errors import InvalidInput, Refused
from . import api as elbv2
from . import ledger as ledgers
from .model import Group, LedgerEntry, Situation

# Each step of AWS's patch documents ends after two hours or less.
_LONGEST_PATCH_RUN = timedelta(days=1)


@dataclass(frozen=True, kw_only=True)
class RotationContext(Context):
    """``client`` is that of Elastic Load Balancing, ``ssm`` that of the Parameter Store, which has the ledger."""

    ssm: Any
    ledger_prefix: str = ""
    # How many times in a row an instance must be seen healthy before it counts as healthy.
    healthy_polls: int = 3


def read_situation(
    context: RotationContext, instance_id: str, named: list[str] | None, drain: bool, patch_runs: bool = False
) -> Situation:
    """The instance in the groups of its ledger entry and, for a drain, in every group that it may be in.

    :param named: the ARNs of the only groups that are concerned, or None.
    :param patch_runs: whether to read what patches an instance that is in the ledger.
    """
    entry = read_ledger_entry(context, instance_id)
    arns = groups_to_read(context.client, named) if drain else []
    now = read_groups_of(context, instance_id, entry, arns)
    return replace(now, patch_runs=read_patch_runs(context.ssm, instance_id)) if patch_runs and entry else now


def read_patch_runs(ssm: Any, instance_id: str) -> tuple[str, ...]:
    """The commands that patch an instance and have not ended there, each with its document."""
    return elbv2.patch_runs(ssm, instance_id, datetime.now(UTC) - _LONGEST_PATCH_RUN)


def read_groups_of(
    context: RotationContext, instance_id: str, entry: LedgerEntry | None, arns: Iterable[str] = ()
) -> Situation:
    """The instance in some groups and in those of its ledger entry."""
    recorded = [item.target_group_arn for item in entry.registrations] if entry else []
    try:
        groups = read_groups(context.client, [*arns, *recorded], frozenset({instance_id}))
    except InvalidInput as error:
        if error.details.get("target_group_arn") not in recorded:
            raise
        name = ledgers.name_for(context.ledger_prefix, instance_id)
        raise Refused(
            f"{error}, and the ledger entry {name} names it: create the group again, or delete that parameter and "
            f"register {instance_id} by hand",
            code="recorded_target_group_not_found",
        ) from error
    return Situation(instance_id=instance_id, ledger=entry, groups=groups)


def read_ledger_entry(context: RotationContext, instance_id: str) -> LedgerEntry | None:
    name = ledgers.name_for(context.ledger_prefix, instance_id)
    text = parameter_store.value(context.ssm, name)
    return None if text is None else ledgers.decode(text, name, instance_id)


def read_ledger(ssm: Any, prefix: str) -> dict[str, LedgerEntry]:
    """Every ledger entry, by instance id."""
    entries = {}
    for name, text in parameter_store.values_under(ssm, ledgers.folder(prefix)).items():
        instance_id = name.rsplit("/", 1)[-1]
        entries[instance_id] = ledgers.decode(text, name, instance_id)
    return entries


def groups_to_read(elb: Any, named: list[str] | None) -> list[str]:
    """The groups that were named, or all whose members are instances; addresses and functions name no instance."""
    if named is not None:
        return named
    return [group.arn for group in elbv2.target_groups(elb) if group.target_type == "instance"]


def read_groups(elb: Any, arns: Iterable[str], instance_ids: frozenset[str] | None = None) -> tuple[Group, ...]:
    """One DescribeTargetHealth a group, and its attributes where one of ``instance_ids`` (None: anyone) is a target.

    :raises InvalidInput: for a group that holds addresses: nothing shows whether an instance is in it.
    """
    return tuple(_read_group(elb, arn, instance_ids) for arn in dict.fromkeys(arns))


def _read_group(elb: Any, arn: str, instance_ids: frozenset[str] | None) -> Group:
    targets = elbv2.targets(elb, arn)
    if any(not target.registration.id.startswith("i-") for target in targets):
        raise InvalidInput(
            f"target group {arn} does not hold instances; name only groups of target type instance",
            code="target_group_without_instances",
        )
    group = Group(arn=arn, targets=targets)
    if instance_ids is not None and all(target.registration.id not in instance_ids for target in targets):
        return group
    return replace(group, settings=elbv2.settings(elb, arn))
