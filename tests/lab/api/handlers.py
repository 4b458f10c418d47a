"""Which handler a call gets, and who may call it."""

from __future__ import annotations

from typing import Any

from lab.api.associations import actions as association_actions
from lab.api.automation import actions as automation_actions
from lab.api.commands import actions as command_actions
from lab.api.commands import agent_actions
from lab.api.documents import actions as document_actions
from lab.api.documents import permission_actions
from lab.api.errors import ApiError, NotImplementedInLab
from lab.api.http.private_models import NODE_OPERATIONS
from lab.api.http.wire import Call
from lab.api.load_balancer import actions as target_group_actions
from lab.api.moto_bridge import services
from lab.api.nodes import actions as node_actions
from lab.api.parameters import actions as parameter_actions
from lab.api.region import Region
from lab.api.registry import ACTIONS
from lab.api.tags import actions as tag_actions
from lab.api.windows import actions as window_actions

# These modules register their handlers when they are imported.
ACTION_MODULES = (
    agent_actions,
    association_actions,
    automation_actions,
    command_actions,
    document_actions,
    node_actions,
    parameter_actions,
    permission_actions,
    tag_actions,
    target_group_actions,
    window_actions,
)

# The actions that AmazonSSMManagedInstanceCore allows an instance's role, as far as the lab does them.
NODE_ACTIONS = frozenset(
    {
        "GetDocument",
        "DescribeDocument",
        "GetParameter",
        "GetParameters",
        "PutInventory",
        "PutComplianceItems",
        # The role allows this in addition: the node uploads the output of commands.
        "PutObject",
    }
) | frozenset(NODE_OPERATIONS)


def handle(region: Region, call: Call) -> Any:
    """Do a call.

    :return: a result to serialize, or moto's finished answer.
    :raises ApiError: as AWS would refuse; NotImplementedInLab for everything that the lab does not do.
    """
    _authorize(call)
    handler = ACTIONS.get((call.service, call.action))
    if handler is None and call.action not in services.ACTIONS.get(call.service, ()):
        raise NotImplementedInLab(f"{call.service} {call.action}")
    with region.engine.lock:
        result = handler(region, call) if handler is not None else services.dispatch_to_moto(call)
        region.engine.changed.notify_all()
        return result


def _authorize(call: Call) -> None:
    node_only = call.service == "ec2messages" or call.action in NODE_OPERATIONS
    allowed = node_only or call.action in NODE_ACTIONS if call.source == "node" else not node_only
    if not allowed:
        who = "assumed-role/lab-instance" if call.source == "node" else "user/operator"
        raise ApiError(
            "AccessDeniedException",
            f"User: arn:aws:sts::123456789012:{who} is not authorized to perform: {call.service}:{call.action}",
        )
