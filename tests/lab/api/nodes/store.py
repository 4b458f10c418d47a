"""The managed nodes, and what their agents have reported."""

from __future__ import annotations

import datetime
import time
from dataclasses import dataclass, field
from typing import Any

from lab.api.errors import ApiError
from lab.api.moto_bridge import services
from lab.api.runtime.clockwork import Clockwork


@dataclass(frozen=True, kw_only=True)
class InstanceSpec:
    """One EC2 instance; ``zone`` is the letter of its availability zone."""

    instance_id: str
    name: str
    ip: str
    zone: str


@dataclass
class Node:
    instance_id: str
    info: dict[str, Any] = field(default_factory=dict)
    registered: datetime.datetime | None = None
    pinged: datetime.datetime | None = None
    pinged_at: float = 0.0
    # inventory or compliance type -> the items of the node's last report
    inventory: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    compliance: dict[str, list[dict[str, Any]]] = field(default_factory=dict)


class Nodes:
    """The instances of the Region, and what their agents have reported."""

    def __init__(self, clockwork: Clockwork) -> None:
        self._settings = clockwork.settings
        self.instances: dict[str, InstanceSpec] = {}
        self.by_id: dict[str, Node] = {}

    def ping(self, instance_id: str, info: dict[str, Any]) -> None:
        self.check_exists(instance_id)
        node = self.by_id.setdefault(instance_id, Node(instance_id))
        node.info.update(info)
        node.pinged = datetime.datetime.now(datetime.UTC)
        node.pinged_at = time.monotonic()
        node.registered = node.registered or node.pinged

    def is_managed(self, instance_id: str) -> bool:
        """Whether the instance's agent has ever reported."""
        return instance_id in self.by_id

    def is_online(self, instance_id: str) -> bool:
        node = self.by_id.get(instance_id)
        return node is not None and time.monotonic() - node.pinged_at < self._settings.api.ping_lost

    def get(self, instance_id: str) -> Node:
        if instance_id not in self.by_id:
            raise unknown_instance(instance_id)
        return self.by_id[instance_id]

    def check_exists(self, instance_id: str) -> None:
        """Refuse an id that is no instance of this account and Region.

        :raises ApiError: InvalidInstanceId.
        """
        if instance_id not in self.instances:
            raise unknown_instance(instance_id)

    def is_running(self, instance_id: str) -> bool:
        instance = services.ec2(self._settings.account).get_instance_by_id(instance_id)
        return instance is not None and instance.state == "running"

    def tags(self, instance_id: str) -> dict[str, str]:
        tags = services.ec2(self._settings.account).describe_tags(filters={"resource-id": [instance_id]})
        return {tag["key"]: tag["value"] for tag in tags}


def unknown_instance(instance_id: str) -> ApiError:
    return ApiError("InvalidInstanceId", f"Instances [[{instance_id}]] not in a valid state for the account.")
