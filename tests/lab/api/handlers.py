"""From a checked call to what does it; the explicit list of everything that the lab does."""

from __future__ import annotations

from typing import Any

from lab.api.associations import actions as ssm_associations  # noqa: F401
from lab.api.associations import run_actions as ssm_association_runs  # noqa: F401

# Imported for what they register in region.ACTIONS.
from lab.api.automation import actions as automations  # noqa: F401
from lab.api.commands import actions as ssm_commands  # noqa: F401
from lab.api.commands import agent_actions as messages  # noqa: F401
from lab.api.documents import actions as ssm_documents  # noqa: F401
from lab.api.documents import permission_actions as ssm_document_permissions  # noqa: F401
from lab.api.errors import ApiError, NotInThisLab
from lab.api.http import private_models
from lab.api.http.wire import Call
from lab.api.load_balancer import store as elbv2  # noqa: F401
from lab.api.moto_bridge import services as moto_bridge
from lab.api.nodes import actions as ssm_nodes  # noqa: F401
from lab.api.parameters import actions as ssm_parameters  # noqa: F401
from lab.api.region import ACTIONS, Region
from lab.api.tags import actions as ssm_tags  # noqa: F401
from lab.api.windows import actions as maintenance_windows  # noqa: F401
from lab.api.windows import item_actions as maintenance_window_items  # noqa: F401

# What AmazonSSMManagedInstanceCore lets an instance's own role do, as far as the lab does it.
NODE_ACTIONS = frozenset(
    {
        "GetDocument",
        "DescribeDocument",
        "GetParameter",
        "GetParameters",
        "PutInventory",
        "PutComplianceItems",
        # The role's own addition: the output of commands goes into a bucket.
        "PutObject",
    }
) | frozenset(private_models.NODE_OPERATIONS)


def handle(region: Region, call: Call) -> Any:
    """A result to serialize, or moto's ready answer.

    :raises ApiError: as AWS would refuse; NotInThisLab for everything that is not done here.
    """
    _authorize(call)
    handler = ACTIONS.get((call.service, call.action))
    if handler is None and call.action not in moto_bridge.ACTIONS.get(call.service, ()):
        raise NotInThisLab(f"{call.service} {call.action}")
    with region.engine.lock:
        result = handler(region, call) if handler is not None else moto_bridge.dispatch(call)
        region.engine.changed.notify_all()
        return result


def _authorize(call: Call) -> None:
    node_only = call.service == "ec2messages" or call.action in private_models.NODE_OPERATIONS
    allowed = node_only or call.action in NODE_ACTIONS if call.source == "node" else not node_only
    if not allowed:
        who = "assumed-role/lab-instance" if call.source == "node" else "user/operator"
        raise ApiError(
            "AccessDeniedException",
            f"User: arn:aws:sts::123456789012:{who} is not authorized to perform: {call.service}:{call.action}",
        )
