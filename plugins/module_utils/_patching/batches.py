# Copyright: steadyfleet contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection: may change without notice.

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from .._common.errors import InvalidInput, Problem, Refused
from .._rotation.capacity import Capacity, capacities_without, capacity_without, shortfall
from .._rotation.model import Deregister, DesiredRotation, Group, Registration, Situation, Target
from .._rotation.plan import plan_drain
from .fleet import FleetMember

_SIZE = re.compile(r"\s*(-?\d+)\s*(%?)\s*")


def batch_sizes(serial: Any) -> list[str]:
    """How many hosts the batches have.

    :param serial: a number, a percentage such as ``30%``, or a list of them.
    :raises InvalidInput: for anything else, which Ansible would meet with a traceback.
    """
    sizes = serial if isinstance(serial, list) else [serial]
    for size in sizes:
        if isinstance(size, bool) or not _SIZE.fullmatch(str(size)):
            raise InvalidInput(
                f"serial (patch_alb_serial) must be a number of hosts, a percentage such as 30%, or a list of these, "
                f"not {size!r}",
                code="serial_invalid",
            )
    return list(map(str, sizes))


def batches_of(hosts: Sequence[str], sizes: Sequence[str]) -> list[list[str]]:
    """The batches of a play, by Ansible's rules for ``serial``: the last size holds for all batches that follow, a
    percentage is of all hosts and at least one host, and 0 is all that are left.

    https://docs.ansible.com/ansible/latest/playbook_guide/playbooks_strategies.html#setting-the-batch-size-with-serial
    """
    batches: list[list[str]] = []
    left = list(hosts)
    while left:
        size = _number(sizes[min(len(batches), len(sizes) - 1)], len(hosts)) if sizes else 0
        size = size if size > 0 else len(left)
        batches.append(left[:size])
        left = left[size:]
    return batches


def batch_problems(
    batches: Sequence[Sequence[str]], members: Mapping[str, FleetMember], min_healthy_targets: int
) -> list[Problem]:
    """Every reason why a batch cannot leave its target groups. The drain's own plan says whether it would be refused.

    The instances of a batch leave one after another and are out together. What an interrupted run has drained is back
    after its own batch, which is one of the first.

    :param members: the instances by the names of their hosts.
    """
    groups = {group.arn: group for member in members.values() for group in member.rotation.groups}
    problems: list[Problem] = []
    for number, hosts in enumerate(batches, start=1):
        name = f"batch {number} of {len(batches)} ({', '.join(hosts)})"
        problems += _problems_of_batch(name, [members[host] for host in hosts], groups, min_healthy_targets)
        for item in (item for host in hosts for item in members[host].rotation.recorded):
            groups[item.target_group_arn] = _with_target(groups[item.target_group_arn], item, "healthy")
    return problems


def _number(size: str, count: int) -> int:
    found = _SIZE.fullmatch(size)
    number, percentage = (int(found[1]), bool(found[2])) if found else (0, False)
    return (int(number / 100.0 * count) or 1) if percentage else number


def _problems_of_batch(
    name: str, batch: Sequence[FleetMember], groups: Mapping[str, Group], floor: int
) -> list[Problem]:
    problems: list[Problem] = []
    current = dict(groups)
    for member in batch:
        now = replace(member.rotation, groups=tuple(current.values()))
        try:
            plan = plan_drain(now, DesiredRotation(min_healthy_targets=floor))
        except Refused as refused:
            short = _short_by_the_others(now, groups, floor) if refused.code == "capacity_too_low" else None
            if short is None:
                problems.append(Problem(str(refused), refused.code))
                continue
            found = _capacity_of_batch(groups[short], current[short], now.instance_id, batch, floor)
            message = f"{shortfall(found, name)}, or lower serial (patch_alb_serial)"
            return [*problems, Problem(message, refused.code)]
        for item in (item for step in plan if isinstance(step, Deregister) for item in step.registrations):
            current[item.target_group_arn] = _with_target(current[item.target_group_arn], item, "draining")
    return problems


def _short_by_the_others(now: Situation, groups: Mapping[str, Group], floor: int) -> str | None:
    """The ARN of a group that an instance cannot leave, because others of its batch have left it."""
    leaving = [target.registration for target in now.targets if target.registered and not target.idle]
    alone = replace(now, groups=tuple(groups.values()))
    enough_alone = capacities_without(alone, leaving, floor)
    together = capacities_without(now, leaving, floor)
    return next((arn for arn, found in together.items() if not found.enough and enough_alone[arn].enough), None)


def _capacity_of_batch(
    before: Group, refused: Group, instance_id: str, batch: Iterable[FleetMember], floor: int
) -> Capacity:
    """The capacity of a group from before a batch to when all of it has left, or as it was refused if that is less.

    An unhealthy instance that leaves lowers a minimum that is a percentage.

    :param instance_id: the instance that was refused.
    """
    after = refused
    for target in (target for member in batch for target in refused.targets_of(member.instance_id)):
        if target.registered and not target.idle:
            after = _with_target(after, target.registration, "draining")
    found = (capacity_without(refused, instance_id, floor), capacity_without(after, "", floor))
    least = min(reversed(found), key=lambda capacity: capacity.after - capacity.minimum)
    return replace(least, before=capacity_without(before, "", floor).before)


def _with_target(group: Group, item: Registration, state: str) -> Group:
    """A group in which a registration has a state."""
    others = tuple(target for target in group.targets if target.registration.key != item.key)
    return replace(group, targets=(*others, Target(registration=item, state=state)))
