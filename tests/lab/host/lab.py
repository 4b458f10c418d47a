"""The lab itself: what runs as the second process of its PID namespace."""

from __future__ import annotations

import shutil
import socket
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from ..credentials import ACCESS_KEY, SECRET_KEY
from ..settings import Settings
from . import image, network, packages, web
from .balancer import HaproxyBalancer
from .commands import EventLog, LabError, check_tools
from .haproxy import Haproxy, check_version
from .instance import Instance, provision
from .layout import CACHE, Layout, plan_instances

LOOK_AGAIN = 0.05


class Lab:
    """Builds everything, in the order that gets the slow parts going first."""

    def __init__(
        self,
        settings: Settings,
        layout: Layout,
        count: int,
        sockets: dict[str, socket.socket],
        say: Callable[..., None],
    ) -> None:
        self.settings = settings
        self._layout = layout
        self._sockets = sockets
        self._say = say
        self._plans = plan_instances(settings, count)
        self.emit = EventLog(layout.events)
        self.instances: dict[str, Instance] = {}
        self.api: Any = None
        self.balancer: HaproxyBalancer | None = None

    def start(self) -> None:
        check_tools()
        check_version()
        network.build(self.settings.network)
        programs = image.Programs.of_this_host()
        self._say("repositories")
        debs = self._repositories()
        self._say("image of the instances")
        boot = provision(self.settings, programs, debs / "pool", self._layout.base / "image.log")
        source = image.ensure(CACHE, self.settings, programs, boot)
        # Connections wait here until the API serves, so that the first ping of an agent does not fail.
        place = self.settings.network
        self._sockets["node"] = socket.create_server((place.gateway, place.api_port), backlog=128)
        self._say(f"booting {len(self._plans)} instances")
        self._boot_all(source, programs)
        self._say("AWS API")
        self._start_api()
        self._wait("the application", self._answers)
        self._say("load balancer")
        self._seed()
        self._wait("a healthy target", self._is_healthy)
        self._wait("the agent's ping", self._has_pinged)

    def check(self) -> None:
        """Raise when a part has died that the lab is nothing without."""
        if self.balancer is not None:
            self.balancer.check()
        failed = [instance.failed for instance in self.instances.values() if instance.failed is not None]
        if failed:
            raise LabError(failed[0])

    def stop(self) -> None:
        for instance in self.instances.values():
            instance.stop()

    def _repositories(self) -> Path:
        """The apt repository's folder; built for this start, it takes a fraction of a second."""
        folder = self._layout.repositories
        shutil.rmtree(folder, ignore_errors=True)
        place = self.settings.network
        packages.build_debs(self.settings.packages, folder / "apt")
        packages.build_npm(self.settings.packages_npm, folder / "npm", place.npm_url)
        web.serve_apt(folder / "apt", (place.gateway, place.apt_port))
        web.serve_npm(folder / "npm", (place.gateway, place.npm_port))
        return folder / "apt"

    def _boot_all(self, source: Path, programs: image.Programs) -> None:
        for plan in self._plans:
            log = self._layout.instance_log(plan.instance_id)
            instance = Instance(plan, self.settings, programs, log, self.emit)
            self.instances[plan.instance_id] = instance
            threading.Thread(target=instance.run, args=(source,), name=plan.name, daemon=True).start()

    def _start_api(self) -> None:
        # Late: importing moto takes seconds, which the instances use to boot.
        from lab.api.server import LabApi

        proxy = Haproxy(self._sockets["lb"], self.settings.load_balancer, self._layout.base / "haproxy.log")
        self.balancer = HaproxyBalancer(proxy, self.settings.load_balancer.watch_interval)
        self.api = LabApi(self.settings, self.balancer, self._layout.base)

    def _seed(self) -> None:
        # Late, for the same reason.
        from lab.api.nodes.store import InstanceSpec

        self.api.seed(
            [
                InstanceSpec(instance_id=plan.instance_id, name=plan.name, ip=plan.ip, zone=plan.zone)
                for plan in self._plans
            ]
        )
        self.api.serve(self._sockets["node"], source="node")
        self.api.serve(self._sockets["api"], source="controller")

    def _wait(self, what: str, ready: Callable[[str], bool]) -> None:
        """Wait until every instance is; one that failed ends the start at once."""
        deadline = time.monotonic() + self.settings.instance.ready_timeout
        missing = list(self.instances)
        while missing := [instance_id for instance_id in missing if not ready(instance_id)]:
            self.check()
            if time.monotonic() > deadline:
                logs = self._layout.instance_log(missing[0])
                raise LabError(f"{', '.join(missing)}: {what} did not come in time: see {logs}")
            time.sleep(LOOK_AGAIN)

    def _answers(self, instance_id: str) -> bool:
        balancer = self.settings.load_balancer
        request = f"GET {balancer.health_path} HTTP/1.0\r\n\r\n".encode()
        try:
            ip = self.instances[instance_id].plan.ip
            with socket.create_connection((ip, balancer.target_port), timeout=1) as connection:
                connection.sendall(request)
                return connection.recv(64).split(b" ")[1:2] == [b"200"]
        except OSError:
            return False

    def _is_healthy(self, instance_id: str) -> bool:
        assert self.balancer is not None
        states = self.balancer.of_instance(instance_id)
        return bool(states) and all(state == "up" for state in states)

    def _has_pinged(self, instance_id: str) -> bool:
        return any(
            call.source == "node"
            and call.action == "UpdateInstanceInformation"
            and call.parameters.get("InstanceId") == instance_id
            for call in self.api.calls.records
        )

    def describe(self) -> dict[str, Any]:
        """What the state file says."""
        host = {name: f"http://127.0.0.1:{self._sockets[name].getsockname()[1]}" for name in ("api", "lb")}
        return {
            "api_url": host["api"],
            "lb_url": host["lb"],
            "region": self.settings.account.region,
            "access_key": ACCESS_KEY,
            "secret_key": SECRET_KEY,
            "load_balancer": self.settings.load_balancer.name,
            "target_groups": self.balancer.group_names() if self.balancer else [],
            "instances": [
                {"instance_id": plan.instance_id, "name": plan.name, "zone": plan.zone, "ip": plan.ip}
                for plan in self._plans
            ],
        }

    def health(self) -> dict[str, Any]:
        assert self.balancer is not None
        groups = self.balancer.group_names()
        return {name: self.balancer.health_by_name(name) for name in groups}
