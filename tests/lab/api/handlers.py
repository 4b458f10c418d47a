"""Which handler a call gets, and who may call it. The modules imported below register their handlers on import."""

from __future__ import annotations

from typing import Any

from lab.api.associations import actions as association_actions  # noqa: F401
from lab.api.automation import actions as automation_actions  # noqa: F401
from lab.api.commands import actions as command_actions  # noqa: F401
from lab.api.commands import agent_actions  # noqa: F401
from lab.api.documents import actions as document_actions  # noqa: F401
from lab.api.documents import permission_actions  # noqa: F401
from lab.api.errors import ApiError, NotImplementedInLab
from lab.api.http.private_models import NODE_OPERATIONS
from lab.api.http.wire import Call
from lab.api.load_balancer import actions as target_group_actions  # noqa: F401
from lab.api.moto_bridge import services
from lab.api.nodes import actions as node_actions  # noqa: F401
from lab.api.parameters import actions as parameter_actions  # noqa: F401
from lab.api.region import Region
from lab.api.registry import ACTIONS
from lab.api.tags import actions as tag_actions  # noqa: F401
from lab.api.windows import actions as window_actions  # noqa: F401

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
