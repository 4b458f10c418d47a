# Copyright: steadyfleet contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection: may change without notice.

from __future__ import annotations

from collections.abc import Iterable, Iterator

from .._common.errors import Problem
from .._rotation.capacity import zones_stand_alone
from .._rotation.model import Target
from .fleet import FleetMember, Instance

_SUPPORTED_PLATFORM = "Linux"


def limit_problems(member: FleetMember) -> Iterator[Problem]:
    """What an instance is, or belongs to, that this collection cannot patch yet. Each problem is one line."""
    if member.node and member.node.platform_type != _SUPPORTED_PLATFORM:
        platform = member.node.platform_type or "a platform that SSM does not name"
        message = (
            f"{member.instance_id} runs {platform}: this collection patches {_SUPPORTED_PLATFORM} only; leave it out"
        )
        yield Problem(message, "platform_unsupported")
    yield from _instance_problems(member.instance_id, member.instance)
    if member.scaling_group:
        yield Problem(
            f"{member.instance_id} is in the Auto Scaling group {member.scaling_group}, which would replace it while "
            "it is out of service: leave it out, and patch the group by a new image and an instance refresh",
            "instance_in_auto_scaling_group",
        )
    if member.classic_load_balancers:
        yield Problem(
            f"{member.instance_id} is in the Classic Load Balancer {', '.join(member.classic_load_balancers)}, which "
            "would send it requests while it reboots: deregister it there, or leave it out",
            "instance_in_classic_load_balancer",
        )
    yield from _target_problems(member)


def _instance_problems(instance_id: str, instance: Instance | None) -> Iterator[Problem]:
    if instance is None:
        message = f"{instance_id} is not known to EC2 in this account and Region, so its addresses are not known either"
        yield Problem(message, "instance_not_found")
        return
    if instance.operator:
        message = f"{instance_id} is managed by {instance.operator}, which replaces it instead: leave it out"
        yield Problem(message, "instance_managed_by_aws")
    if instance.kubernetes_cluster:
        yield Problem(
            f"{instance_id} is a node of the Kubernetes cluster {instance.kubernetes_cluster}, whose pods need a drain "
            "of their own: leave it out",
            "instance_in_kubernetes_cluster",
        )


def _target_problems(member: FleetMember) -> Iterator[Problem]:
    if found := _with_requests(member.address_targets):
        yield Problem(
            f"{member.instance_id} is also an ip target and would get requests while it reboots: {found}; deregister "
            "the address, or leave the instance out",
            "instance_is_ip_target",
        )
    if found := _with_requests(member.other_targets):
        yield Problem(
            f"{member.instance_id} is also in target groups that are not named and would get requests while it "
            f"reboots: {found}; name them in target_group_arns (patch_alb_target_group_arns) as well, or set "
            "allow_other_target_groups (patch_alb_allow_other_target_groups)",
            "registered_in_other_target_groups",
        )
    for group in member.rotation.groups:
        own = group.targets_of(member.instance_id)
        if group.settings.cross_zone == "false" and any(target.registered and not target.idle for target in own):
            yield Problem(zones_stand_alone(group.name, member.instance_id), "cross_zone_disabled")


def _with_requests(targets: Iterable[Target]) -> str:
    return ", ".join(target.describe() for target in targets if target.may_have_requests)
