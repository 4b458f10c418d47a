# Copyright: steadyfleet contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection: may change without notice.

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from .._aws.context import Context, SendOnceContext
from .._common.errors import InvalidInput
from .._document import api as documents
from .._rotation.model import Situation
from .._rotation.read import RotationContext, groups_to_read, read_groups, read_ledger
from . import api as nodes
from .hooks import PATCH_DOCUMENT
from .patch_state import PatchState
from .preflight import FleetMember


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
    context: PatchingContext, instance_ids: Sequence[str], named: list[str] | None
) -> dict[str, FleetMember]:
    """The whole fleet as it is: every target group, ledger entry and batch of nodes is read once.

    :param named: the ARNs of the only target groups that are concerned, or None.
    """
    elb = context.rotation.client
    known = nodes.nodes(context.client, instance_ids)
    ledger = read_ledger(context.client, context.rotation.ledger_prefix)
    recorded = [item.target_group_arn for each in instance_ids if each in ledger for item in ledger[each].registrations]
    arns = [*groups_to_read(elb, named), *recorded]
    groups = read_groups(elb, arns, frozenset(instance_ids))
    return {
        each: FleetMember(
            node=known.get(each), rotation=Situation(instance_id=each, groups=groups, ledger=ledger.get(each))
        )
        for each in instance_ids
    }


def read_patch_document_version(ssm: Any) -> str:
    """The default version of the document that will patch, for the whole rollout to run the same.

    :raises InvalidInput: when it does not exist, or may not be read.
    """
    found = documents.describe_document(ssm, PATCH_DOCUMENT, "$DEFAULT")
    if found is None:
        raise InvalidInput(
            f"there is no document {PATCH_DOCUMENT} in this Region: nothing can be patched with hooks",
            code="patch_document_not_found",
        )
    return found.default_version


def last_patch_states(ssm: Any, instance_ids: Sequence[str]) -> dict[str, PatchState | None]:
    """What each instance's last patch operation reported, whenever that was."""
    states = nodes.patch_states(ssm, instance_ids)
    return {each: states.get(each) for each in instance_ids}


def patch_state_results(ssm: Any, instance_ids: Sequence[str]) -> dict[str, dict[str, Any]]:
    """What instances last reported of their patches, as a module returns it; one that never did is left out."""
    return {each: state.as_dict() for each, state in nodes.patch_states(ssm, instance_ids).items()}
