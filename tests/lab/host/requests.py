"""What can be asked of a running lab over its control socket."""

from __future__ import annotations

from typing import Any

from .commands import LabError
from .instance import Instance
from .lab import Lab

# Faults of one instance; every other name is the API's.
INSTANCE_FAULTS = {
    "app_broken": "the application does not come up healthy any more once it is started again",
    "agent_down": "the agent is gone",
}


class Requests:
    def __init__(self, lab: Lab) -> None:
        self._lab = lab
        self._kinds = {
            "health": self._health,
            "fault": self._fault,
            "execute": self._execute,
            "reboot": self._reboot,
            "power": self._power,
        }

    def handle(self, request: dict[str, Any]) -> dict[str, Any]:
        kind = self._kinds.get(request.pop("kind"))
        if kind is None:
            raise LabError("the lab does not know this request")
        return kind(request)

    def _health(self, _request: dict[str, Any]) -> dict[str, Any]:
        return {"health": self._lab.health()}

    def _fault(self, request: dict[str, Any]) -> dict[str, Any]:
        name, on = request["name"], request["on"]
        if name not in INSTANCE_FAULTS:
            self._lab.api.fault(name, on, **request.get("options", {}))
            return {}
        for instance in self._chosen(request.get("instance_id")):
            if name == "app_broken":
                instance.break_application(on)
            else:
                instance.stop_agent(on)
        return {}

    def _execute(self, request: dict[str, Any]) -> dict[str, Any]:
        return self._one(request["instance_id"]).execute(request["command"])

    def _reboot(self, request: dict[str, Any]) -> dict[str, Any]:
        self._one(request["instance_id"]).reboot()
        return {}

    def _power(self, request: dict[str, Any]) -> dict[str, Any]:
        self._one(request["instance_id"]).cut_power()
        return {}

    def _chosen(self, instance_id: str | None) -> list[Instance]:
        return [self._one(instance_id)] if instance_id else list(self._lab.instances.values())

    def _one(self, instance_id: str) -> Instance:
        instance = self._lab.instances.get(instance_id)
        if instance is None:
            known = ", ".join(self._lab.instances)
            raise LabError(f"no instance {instance_id} in this lab (there are: {known})")
        return instance
