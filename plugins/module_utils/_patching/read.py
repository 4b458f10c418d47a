# Copyright: steadyfleet contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection: may change without notice.

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from .._aws import autoscaling, classic_elb, ec2
from .._aws.context import Context, SendOnceContext
from .._common.errors import Problem, raise_if_any
from .._document.waiters import await_settled
from .._rotation import api as elbv2
from .._rotation.model import Situation
from .._rotation.read import RotationContext, read_groups, read_ledger
from . import api as nodes
from .fleet import AddressTarget, Fleet, FleetMember, Instance, Outsider, arns_of_outsiders, targets_at
from .hooks import PATCH_DOCUMENT
from .patch_state import PatchState
from .transformations import instance_of

# The first one patches, and runs the second one. The third one runs the probes.
_NEEDED_DOCUMENTS = (PATCH_DOCUMENT, "AWS-RunPatchBaseline", "AWS-RunShellScript")


@dataclass(frozen=True, kw_only=True)
class PatchingContext(SendOnceContext):
    """``client`` is that of SSM. A command must not be sent twice: it would run twice."""

    # For what Elastic Load Balancing and the ledger know.
    rotation: RotationContext


def patching_context(
    context: Context, elb: Any, send_once_client: Callable[[], Any], **rotation: Any
) -> PatchingContext:
    """
    :param context: with a client of SSM.
    :param rotation: what RotationContext has beside its clients.
    """
    return PatchingContext(
        **vars(context),
        send_once_client=functools.cache(send_once_client),
        rotation=RotationContext(**{**vars(context), "client": elb}, ssm=context.client, **rotation),
    )


def read_fleet(
    context: PatchingContext,
    connect: Callable[[str], Any],
    instance_ids: Sequence[str],
    named: list[str] | None,
    elsewhere: bool = True,
) -> Fleet:
    """The whole fleet as it is: everything is read once, however many instances there are.

    :param connect: makes a client of a service.
    :param named: the ARNs of the only target groups that are concerned, or None.
    :param elsewhere: whether to look in the target groups that are not concerned as well.
    """
    elb = context.rotation.client
    known = nodes.nodes(context.client, instance_ids)
    ledger = read_ledger(context.client, context.rotation.ledger_prefix)
    recorded = [item.target_group_arn for each in instance_ids if each in ledger for item in ledger[each].registrations]
    listed = elbv2.target_groups(elb) if named is None or elsewhere else []
    by_id = [group.arn for group in listed if group.target_type == "instance"]
    concerned = [*(by_id if named is None else named), *recorded]
    groups = read_groups(elb, concerned, frozenset(instance_ids))
    others = read_groups(elb, [arn for arn in by_id if arn not in concerned], frozenset())
    addresses = [
        AddressTarget(target=target, vpc_id=group.vpc_id)
        for group in listed
        if group.target_type == "ip"
        for target in elbv2.targets(elb, group.arn)
    ]
    installs = nodes.installs(context.client, instance_ids)
    members = {
        each: FleetMember(
            node=known.get(each),
            install=installs.get(each, ""),
            rotation=Situation(instance_id=each, groups=groups, ledger=ledger.get(each)),
            other_targets=tuple(target for group in others for target in group.targets_of(each)),
        )
        for each in instance_ids
    }
    outside = arns_of_outsiders(groups, ledger, frozenset(instance_ids))
    return _with_surroundings(connect, members, outside, addresses)


def _with_surroundings(
    connect: Callable[[str], Any],
    members: Mapping[str, FleetMember],
    outside: Mapping[str, Sequence[str]],
    addresses: Sequence[AddressTarget],
) -> Fleet:
    """The fleet with what EC2, EC2 Auto Scaling and Elastic Load Balancing know of its instances."""
    instances = {
        item["InstanceId"]: instance_of(item) for item in ec2.describe_instances(connect("ec2"), [*members, *outside])
    }
    scaling_groups = autoscaling.scaling_groups(connect("autoscaling"), list(members))
    balancers = classic_elb.classic_load_balancers(connect("elb"))
    return Fleet(
        members={
            each: replace(
                member,
                instance=(instance := instances.get(each)),
                scaling_group=scaling_groups.get(each, ""),
                classic_load_balancers=tuple(balancers.get(each, ())),
                address_targets=targets_at(instance.addresses, addresses) if instance else (),
            )
            for each, member in members.items()
        },
        outsiders=tuple(
            Outsider(instance=instances.get(each, Instance(instance_id=each)), target_group_arns=tuple(arns))
            for each, arns in outside.items()
        ),
    )


def read_patch_document_version(context: Context) -> str:
    """The default version of the document that will patch, for the whole rollout to run the same.

    :raises InvalidInput: naming every document that the rollout needs and that does not exist or is not Active.
    """
    found = {name: await_settled(context, name, "$DEFAULT") for name in _NEEDED_DOCUMENTS}
    raise_if_any(
        Problem(f"document {name} does not exist in this Region: nothing can be patched", "patch_document_not_found")
        if document is None
        else Problem(f"document {name} is {document.status}, not Active", "patch_document_not_active")
        for name, document in found.items()
        if document is None or document.status != "Active"
    )
    return next(document.default_version for document in found.values() if document)


def last_patch_states(ssm: Any, instance_ids: Sequence[str]) -> dict[str, PatchState | None]:
    """What each instance's last patch operation reported, whenever that was."""
    states = nodes.patch_states(ssm, instance_ids)
    return {each: states.get(each) for each in instance_ids}


def patch_state_results(ssm: Any, instance_ids: Sequence[str]) -> dict[str, dict[str, Any]]:
    """What instances last reported of their patches, as a module returns it; one that never did is left out."""
    return {each: state.as_dict() for each, state in nodes.patch_states(ssm, instance_ids).items()}
